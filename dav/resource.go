package dav

import (
	"encoding/hex"
	"time"
)

// Resource is the state of one resource as a backend tells it.
type Resource struct {
	Path       Path // its URL within the share, spelled as stored
	ID         ResourceID
	Collection bool

	ETag      ETag   // strong; "" on collections
	Length    int64  // of the body, in bytes
	MediaType string // as the client sent it; "" if it didn't
	Language  string // Content-Language as the client sent it; "" if it didn't

	Created  time.Time // zero if not known
	Modified time.Time // of the body; of a collection's membership

	// Reported marks a further binding of a collection that the listing has
	// told of already; its members are not listed again (RFC 5842 section 7.1).
	Reported bool

	Ordering string    // DAV:ordering-type of an ordered collection; "": unordered (RFC 3648)
	Redirect *Redirect // of a redirect reference; nil on everything else (RFC 4437)

	Parents   []Parent // every binding, if the query wanted them
	SyncToken string   // of a collection, a URI, if the query wanted it (RFC 6578 section 4)
	Changes   string   // changes whenever a member changes, opaque; on collections, if the query wanted it
	Quota     *Quota   // of a collection, if the query wanted it

	Dead  []Property // the dead properties that the query wanted
	Locks []Lock     // the locks in force on it, inherited ones too, if the query wanted them

	// Score tells how well a hit of a search matches the phrases that the search
	// looked for, from 1 to 10,000, the best (RFC 5323 section 5.16.1); 0: that is
	// not known.
	Score int

	// Err is set on a member that could not be read: only Path and Collection
	// are sure then. The listing goes on.
	Err error
}

// ResourceID is the identity of a resource: a UUID that is its alone for all
// time, whatever URLs lead to it (RFC 5842 section 3.1). The zero value means
// that the backend has none.
type ResourceID [16]byte

// AppendURN appends the identity as a URI, urn:uuid:...
func (id ResourceID) AppendURN(b []byte) []byte {
	b = append(b, "urn:uuid:"...)
	for i, part := range [...][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, part)
	}
	return b
}

// Query says what a listing is to yield.
type Query struct {
	Depth Depth
	Dead  DeadSelect
	Names []Name // for DeadNamed
	Locks bool   // fill Resource.Locks

	Parents   bool // fill Resource.Parents
	SyncToken bool // fill Resource.SyncToken
	Changes   bool // fill Resource.Changes
	Quota     bool // fill Resource.Quota

	// Bind says that the client knows bindings (the header DAV: bind): with
	// DepthInfinity a collection that is met again is Reported, not listed
	// again. Without it a loop is an [Error] of kind Loop: of the request, or of
	// the member that closes the loop (RFC 5842 section 7).
	Bind bool

	// Limit bounds the resources that DepthInfinity may yield; 0 means no
	// bound. Over it the listing fails before its first resource, as Forbidden
	// with the condition propfind-finite-depth (RFC 4918 section 9.1.1).
	Limit int

	// Conditions are judged before the first resource is yielded; may be nil.
	Conditions *Conditions
}
