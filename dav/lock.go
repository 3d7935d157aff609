package dav

import "time"

// LockScope is exclusive or shared (RFC 4918 section 6.2).
type LockScope uint8

const (
	Exclusive LockScope = iota
	Shared
)

func (s LockScope) String() string {
	if s == Shared {
		return "shared"
	}
	return "exclusive"
}

// Lock is a write lock (RFC 4918 section 6).
type Lock struct {
	Token      string // a URI, unique for all time
	Root       Path   // the URL that was locked
	Collection bool   // whether the root is a collection
	Depth      Depth  // Depth0 or DepthInfinity
	Scope      LockScope
	Owner      string // the client's owner element, whole and self-contained like Property.XML; "" if it sent none
	Principal  string // who made it; only they can use the token
	Timeout    time.Duration
	Expires    time.Time // zero: never
}

// Expired tells whether the lock has run out at now.
func (l *Lock) Expired(now time.Time) bool {
	return !l.Expires.IsZero() && !now.Before(l.Expires)
}

// Covers tells whether the lock, by its root and depth, covers the URL p.
func (l *Lock) Covers(p Path) bool {
	return l.Root == p || l.Depth == DepthInfinity && l.Root.Contains(p)
}

// Conflicts tells whether locks of the two scopes exclude each other (RFC 4918
// section 6.1).
func (s LockScope) Conflicts(o LockScope) bool { return s == Exclusive || o == Exclusive }
