package dav

// Position says where in an ordered collection a member goes (RFC 3648 section
// 6). Segment is the sibling that Before and After refer to, decoded.
type Position struct {
	Place   Place
	Segment string
}

// Place is one of the four ways of RFC 3648 section 6.1 to say where.
type Place uint8

const (
	First Place = iota
	Last
	Before
	After
)

// OrderpatchRequest is ORDERPATCH (RFC 3648 section 7): a change of the type of
// ordering, and members to be moved, in order. It is done wholly or not at all.
type OrderpatchRequest struct {
	Path       Path
	Type       string // the new ordering-type, a URI; "": as it is
	Members    []OrderMember
	Conditions *Conditions
}

// OrderMember moves one member of a collection.
type OrderMember struct {
	Segment  string
	Position Position
}

// Unordered is the ordering-type of a collection whose members have no order
// (RFC 3648 section 4.1.1). A collection's order is any other URI.
const Unordered = "DAV:unordered"

// Condition elements of RFC 3648.
var (
	OrderedCollectionsSupported = DAV("ordered-collections-supported")
	CollectionMustBeOrdered     = DAV("collection-must-be-ordered")
	SegmentMustIdentifyMember   = DAV("segment-must-identify-member")
)
