package davxml

// Limits bound what a request body may cost. A zero field means its default.
type Limits struct {
	Bytes         int64 // of the body, and of the property values taken from it together; default 4 MiB
	Depth         int   // of nested elements; default 128
	Properties    int   // named or changed in one request; default 1,000
	PropertyBytes int   // of one property value or lock owner; default 1 MiB
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 4 << 20
	}
	if l.Depth <= 0 {
		l.Depth = 128
	}
	if l.Properties <= 0 {
		l.Properties = 1000
	}
	if l.PropertyBytes <= 0 {
		l.PropertyBytes = 1 << 20
	}
	return l
}
