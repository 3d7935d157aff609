package davtest

// What RFC 3253 section 3.1 lets a client ask.

// supportsMethod tells whether supported-method-set of the resource has the
// method; not so if there is no such property.
func (t *T) supportsMethod(path, method string) bool {
	set := t.Prop(path, D("supported-method-set"))
	if set == nil {
		return false
	}
	for _, m := range set.All(D("supported-method")) {
		if name, _ := m.Attribute(Name{Local: "name"}); name == method {
			return true
		}
	}
	return false
}

// supportsProperty tells whether supported-live-property-set of the resource
// has the property.
func (t *T) supportsProperty(path string, name Name) bool {
	set := t.Prop(path, D("supported-live-property-set"))
	if set == nil {
		return false
	}
	for _, p := range set.All(D("supported-live-property")) {
		if p.Child(D("prop"), name) != nil {
			return true
		}
	}
	return false
}

// supportsReport tells whether supported-report-set of the resource has the
// report of DAV: with the name.
func (t *T) supportsReport(path, local string) bool {
	set := t.Prop(path, D("supported-report-set"))
	if set == nil {
		return false
	}
	for _, r := range set.All(D("supported-report")) {
		if r.Child(D("report"), D(local)) != nil {
			return true
		}
	}
	return false
}
