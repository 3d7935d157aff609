package dav

import (
	"io"
	"time"
)

// The requests below are what a backend's methods take. Every one carries the
// conditions under which it may go ahead; nil conditions always pass, save for
// locks. Times that are zero mean "now".

// PutRequest is a body for a URL (RFC 9110 section 9.3.4).
type PutRequest struct {
	Path       Path
	Body       io.Reader
	Length     int64 // of Body in bytes; -1 if not known
	MediaType  string
	Language   string
	Modified   time.Time // what Last-Modified is to say; zero: now
	Position   *Position // where in an ordered collection; nil: a new member last, an old one stays (RFC 3648 section 6)
	Conditions *Conditions
}

// MkcolRequest makes a collection (RFC 4918 section 9.3).
type MkcolRequest struct {
	Path       Path
	Properties []PropertyUpdate // set on the new collection, in order (RFC 5689)
	Ordering   string           // its ordering-type; "" or [Unordered]: none (RFC 3648 section 5)
	Position   *Position
	Conditions *Conditions
}

// DeleteRequest unmaps a URL (RFC 4918 section 9.6).
type DeleteRequest struct {
	Path       Path
	Conditions *Conditions
}

// CopyRequest is COPY or MOVE (RFC 4918 sections 9.8 and 9.9). Depth is Depth0
// or DepthInfinity; MOVE always acts as DepthInfinity. The conditional headers
// concern From.
type CopyRequest struct {
	From, To   Path
	Depth      Depth
	Modified   time.Time // what Last-Modified of To is to say; zero: that of From, or later (RFC 4918 section 8.8)
	Position   *Position // of To
	Conditions *Conditions
}

// ProppatchRequest is PROPPATCH on dead properties, and on the two live
// properties that clients may set: the body's modification time and language.
// It is done wholly or not at all.
type ProppatchRequest struct {
	Path       Path
	Updates    []PropertyUpdate
	Modified   time.Time // zero: leave it
	Language   *string   // what Content-Language is to say; "": nothing more; nil: leave it
	Conditions *Conditions

	// Check judges existence, conditions and locks, and changes nothing: the
	// server has found an instruction that can't be done, and must know
	// whether something else comes first.
	Check bool
}

// LockRequest asks for a new lock (RFC 4918 section 9.10). On an unmapped URL
// it also makes an empty resource.
type LockRequest struct {
	Path       Path
	Scope      LockScope
	Depth      Depth // Depth0 or DepthInfinity
	Owner      string
	Timeout    time.Duration // 0: never expires
	Position   *Position     // of a resource that it makes
	Conditions *Conditions
}

// RefreshRequest restarts the timer of a lock (RFC 4918 section 9.10.2). Token
// is the one that the If header submitted; Path lies in the lock's scope.
type RefreshRequest struct {
	Path       Path
	Token      string
	Timeout    time.Duration // 0: never expires
	Conditions *Conditions
}

// UnlockRequest removes a lock through any URL in its scope (RFC 4918 section
// 9.11).
type UnlockRequest struct {
	Path       Path
	Token      string
	Conditions *Conditions
}
