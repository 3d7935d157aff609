package dav

import "time"

// SearchRequest is SEARCH with a query of the grammar DAV:basicsearch (RFC 5323
// section 5).
type SearchRequest struct {
	Path  Path // the search arbiter, which the conditional headers concern
	Scope Path
	Depth Depth         // below Scope; not heeded on what is no collection
	Where *Where        // what a hit must meet; nil: everything in scope is one
	Order []SearchOrder // how hits are sorted, the first one counting most; none: in no order
	Limit int           // hits at most; less than 0: as many as the backend will tell
	Query Query         // what is to be told of a hit; its Depth, Limit and Conditions are not heeded

	Conditions *Conditions
}

// SearchOrder is one key of the sort specification (RFC 5323 section 5.6).
type SearchOrder struct {
	Name       Name
	Score      bool // by [Resource.Score] instead
	Descending bool
	Caseless   bool

	Property *SearchProperty // what Name stands for, set by whoever knows the live properties
}

// SearchProperty is a property as a query refers to it. Nobody changes one once
// a request holds it.
type SearchProperty struct {
	Name Name

	// Type is what a plain literal is taken for in a comparison with it, and
	// how it sorts (RFC 5323 section 5.10): String, Integer or DateTime.
	Type Datatype

	// Live computes the value of a live property; nil: the property is dead.
	Live func(*Resource) Value
}

// Value is what a query sees of a property of a resource. The zero value is
// NULL: PROPFIND would not tell it (RFC 5323 section 5.5.3).
type Value struct {
	State ValueState
	Text  string    // its character content, if State is Simple
	Time  time.Time // of a date, besides Text
	Lang  string    // its xml:lang; "" if it is not known
}

// ValueState is whether a property has a value that can be compared.
type ValueState uint8

const (
	Null       ValueState = iota // there is no such property
	Structured                   // it holds elements; comparisons are unknown (RFC 5323 section 5.5.4)
	Simple                       // it is text
)

// SearchRecord is a resource as a condition looks at it.
type SearchRecord interface {
	// Resource is its state; what only a [Query] fills is not there.
	Resource() *Resource

	// Dead is the value of a dead property.
	Dead(Name) Value

	// Contains tells whether the text of its body holds a phrase.
	Contains(phrase string) bool

	// Score tells how well it matches the phrases that the query looks for, as
	// [Resource.Score] does.
	Score() int
}

// ValueOf is the value of the property on the resource.
func (p *SearchProperty) ValueOf(r SearchRecord) Value {
	if p.Live != nil {
		return p.Live(r.Resource())
	}
	return r.Dead(p.Name)
}

// Condition elements of RFC 5323 section 2.2.2.
var (
	SearchGrammarSupported          = DAV("search-grammar-supported")
	SearchGrammarDiscoverySupported = DAV("search-grammar-discovery-supported")
	SearchMultipleScopeSupported    = DAV("search-multiple-scope-supported")
	SearchScopeValid                = DAV("search-scope-valid")
)
