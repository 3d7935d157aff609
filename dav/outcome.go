package dav

// Outcome is what became of one resource in a request on many (RFC 4918
// section 13). A backend sets Path, Collection and Err; the server fills in
// Href and Status; a client reads Href, Status, Condition and Description.
type Outcome struct {
	Path       Path
	Collection bool
	Err        error

	Href        string // as on the wire: percent-encoded, with the mount's prefix
	Status      int    // 200 to 599
	Condition   Condition
	Description string
}

// Report takes the outcome of one failed member. It is called within the
// backend's method, from one goroutine at a time.
type Report func(Outcome)
