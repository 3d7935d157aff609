package davtest

import (
	"strings"
)

// Response is an answer, with shorthand for what cases ask of it.
type Response struct {
	*Exchange
	t *T
}

// Multistatus is the body of a 207. Any other status, and a body that is no
// multistatus, end the case as failed.
func (r *Response) Multistatus() *Multistatus {
	r.t.Status(r, 207)
	m, err := r.Exchange.Multistatus()
	if err != nil {
		r.t.Fatalf("%s %s: %v", r.Method, r.Target, err)
	}
	return m
}

// Root is the document element of the body; a body that is no XML ends the
// case as failed.
func (r *Response) Root() *Element {
	root, err := r.XML()
	if err != nil {
		r.t.Fatalf("%s %s: %v", r.Method, r.Target, err)
	}
	return root
}

// Condition is the condition element in a DAV:error body, or nil if the body is
// another one or does not hold it (RFC 4918 section 16).
func (r *Response) Condition(name Name) *Element {
	root, err := r.XML()
	if err != nil || root.Name != D("error") {
		return nil
	}
	return root.Child(name)
}

// List are the members of a header field that is a comma-separated list, from
// all its lines.
func (r *Response) List(field string) []string {
	var list []string
	for _, line := range r.Header.Values(field) {
		for item := range strings.SplitSeq(line, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
	}
	return list
}
