package davxml

import "github.com/quiredav/quire/dav"

// Lockinfo is a lockinfo body (RFC 4918 section 14.11) that asks for a write
// lock.
type Lockinfo struct {
	Scope dav.LockScope
	Owner string // the owner element, whole and self-contained; "" if there is none
}
