package dav

import "strings"

// ETag is an entity tag with its quotes, and W/ before them if it is weak
// (RFC 9110 section 8.8.3). "" means that there is none.
type ETag string

// Weak tells whether the tag is a weak one.
func (e ETag) Weak() bool { return strings.HasPrefix(string(e), "W/") }

// StrongMatch is the strong comparison of RFC 9110 section 8.8.3.2.
func (e ETag) StrongMatch(o ETag) bool { return e != "" && e == o && !e.Weak() }

// WeakMatch is the weak comparison of RFC 9110 section 8.8.3.2.
func (e ETag) WeakMatch(o ETag) bool {
	return e != "" && strings.TrimPrefix(string(e), "W/") == strings.TrimPrefix(string(o), "W/")
}

// ETags is the value of If-Match or If-None-Match. The zero value means that
// the header was not sent.
type ETags struct {
	Sent bool   // the header was there
	Any  bool   // it was "*"
	Tags []ETag // else its tags; what was no entity tag is left out and so matches nothing
}
