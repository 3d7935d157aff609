package davxml

import "github.com/quiredav/quire/dav"

// PropfindKind is which of its three questions a PROPFIND asks.
type PropfindKind uint8

const (
	AllProp  PropfindKind = iota // every dead property and the live ones of RFC 4918
	PropName                     // the names alone
	Prop                         // the properties in Names
)

// Propfind is a propfind body (RFC 4918 section 14.20).
type Propfind struct {
	Kind    PropfindKind
	Names   []dav.Name // for Prop: each once, in the order asked; may be empty
	Include []dav.Name // for AllProp: what it is to yield besides
}
