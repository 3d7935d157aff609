package davserver

import (
	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// position is where the request wants its member in the order of the collection
// (RFC 3648 section 6.1); nil if it doesn't say.
func (q *request) position() (*dav.Position, error) {
	at, err := davxml.ParsePosition(q.r.Header)
	if err == nil && at != nil && q.orderer == nil {
		err = &dav.Error{Kind: dav.Conflict, Path: q.path, Condition: dav.Condition{Name: dav.CollectionMustBeOrdered},
			Message: "no collection here is ordered"}
	}
	return at, err
}

// ordering is the ordering-type that a new collection is to have (RFC 3648
// section 5.1); "" if the request doesn't say.
func (q *request) ordering() (string, error) {
	uri, err := davxml.ParseOrderingType(q.r.Header)
	if err == nil && uri != "" && uri != dav.Unordered && q.orderer == nil {
		err = &dav.Error{Kind: dav.Forbidden, Path: q.path, Condition: dav.Condition{Name: dav.OrderedCollectionsSupported},
			Message: "there are no ordered collections here"}
	}
	return uri, err
}

// appendOrdering appends the ordering-type of a collection (RFC 3648 section
// 4.1.1).
func appendOrdering(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
	uri := r.Ordering
	if uri == "" {
		uri = dav.Unordered
	}
	return davxml.AppendHref(b, uri), true
}
