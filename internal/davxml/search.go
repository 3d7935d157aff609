package davxml

import (
	"io"
	"strconv"
	"strings"

	"github.com/quiredav/quire/dav"
)

// Basicsearch is the name of the one query grammar that is read (RFC 5323
// section 5).
var Basicsearch = dav.DAV("basicsearch")

// Search is the body of SEARCH (RFC 5323 section 2.2.2).
type Search struct {
	Discovery bool     // query-schema-discovery, not searchrequest
	Grammar   dav.Name // the rest is set only if it is Basicsearch

	Select Propfind // of kind AllProp or Prop
	Scopes []SearchScope
	Where  *dav.Where // nil: no condition; not yet prepared
	Order  []dav.SearchOrder
	Limit  int // nresults; -1: none
}

// SearchScope is a scope element (RFC 5323 section 5.4).
type SearchScope struct {
	Href     string // a URI reference
	Depth    dav.Depth
	Versions bool // include-versions
}

// ReadSearch reads a searchrequest or query-schema-discovery body. A query that
// breaks the rules of its grammar, or has an operator or a datatype that nobody
// knows, is Unprocessable; another document is Invalid.
func ReadSearch(body io.Reader, l Limits) (*Search, error) {
	d, err := open(body, l, "searchrequest", "query-schema-discovery")
	if err == errEmpty {
		return nil, invalid("the body is missing; DAV:searchrequest is wanted")
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	r := searchReader{document: d, Search: Search{Discovery: d.Name().Local != "searchrequest", Limit: -1}}
	err = d.children(r.grammar)
	if err == nil {
		err = d.end()
	}
	if err == nil {
		err = r.judge()
	}
	if err != nil {
		return nil, err
	}
	return &r.Search, nil
}

// searchReader reads the grammar basicsearch.
type searchReader struct {
	*document
	Search
	terms    int // operators and sort keys so far
	selected bool
	seen     map[string]bool
}

// grammar reads a child of the root: a query, whose name tells its grammar.
// Beside one that is known others are skipped.
func (r *searchReader) grammar(name dav.Name) error {
	if name != Basicsearch {
		if r.Grammar == (dav.Name{}) {
			r.Grammar = name
		}
		return nil
	}
	r.Grammar = name
	if err := r.once(name.Local); err != nil {
		return err
	}
	return r.children(r.part)
}

// part reads a child of basicsearch.
func (r *searchReader) part(name dav.Name) error {
	if name.Space != dav.Namespace {
		return nil
	}
	if err := r.once(name.Local); err != nil {
		return err
	}
	switch name.Local {
	case "select":
		return r.readSelect()
	case "from":
		return r.children(r.from)
	case "where":
		return r.readWhere()
	case "orderby":
		return r.children(r.order)
	case "limit":
		return r.children(r.limit)
	}
	return nil
}

// once refuses the second element of a name where there can be one.
func (r *searchReader) once(local string) error {
	if r.seen[local] {
		return unprocessable("the query has " + local + " twice")
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[local] = true
	return nil
}

func (r *searchReader) judge() error {
	switch {
	case r.Grammar == dav.Name{}:
		return invalid("the body has no query in it")
	case r.Grammar != Basicsearch:
		return nil
	case len(r.Scopes) == 0:
		return unprocessable("the query has no scope; DAV:from is to hold one")
	case !r.selected && !r.Discovery:
		return unprocessable("the query does not say which properties it wants; DAV:select is missing")
	}
	return nil
}

func (r *searchReader) readSelect() error {
	var names nameSet
	all, some := false, false
	err := r.children(func(name dav.Name) error {
		switch name {
		case dav.DAV("allprop"):
			all = true
		case dav.DAV("prop"):
			some = true
			return names.read(r.document)
		}
		return nil
	})
	switch {
	case err != nil || r.Err() != nil:
		return err
	case all == some:
		return unprocessable("DAV:select takes either DAV:allprop or DAV:prop")
	case some:
		r.Select = Propfind{Kind: Prop, Names: names.list}
	}
	r.selected = true
	return nil
}

// from reads a child of DAV:from.
func (r *searchReader) from(name dav.Name) error {
	if name != dav.DAV("scope") {
		return nil
	}
	if len(r.Scopes) == 2 {
		return nil // more than one is too many already
	}
	var s SearchScope
	href, depth := false, false
	err := r.children(func(name dav.Name) error {
		switch name {
		case dav.DAV("href"):
			href = true
			s.Href = strings.TrimSpace(string(r.Content()))
		case dav.DAV("depth"):
			var ok bool
			depth = true
			if s.Depth, ok = searchDepths[strings.ToLower(strings.TrimSpace(string(r.Content())))]; !ok && r.Err() == nil {
				return unprocessable("the depth of a scope is 0, 1 or infinity")
			}
		case dav.DAV("include-versions"):
			s.Versions = true
		}
		return nil
	})
	if err == nil && r.Err() == nil && !(href && depth) {
		err = unprocessable("a scope has both DAV:href and DAV:depth")
	}
	r.Scopes = append(r.Scopes, s)
	return err
}

var searchDepths = map[string]dav.Depth{"0": dav.Depth0, "1": dav.Depth1, "infinity": dav.DepthInfinity}

// order reads a child of DAV:orderby.
func (r *searchReader) order(name dav.Name) error {
	if name != dav.DAV("order") {
		return nil
	}
	if err := r.count(); err != nil {
		return err
	}
	var o dav.SearchOrder
	var err error
	if o.Caseless, err = r.caseless(); err != nil {
		return err
	}
	props, ascending := 0, false
	err = r.children(func(name dav.Name) (err error) {
		switch name {
		case dav.DAV("prop"):
			props++
			o.Name, err = r.property()
		case dav.DAV("score"):
			props++
			o.Score = true
		case dav.DAV("ascending"):
			ascending = true
		case dav.DAV("descending"):
			o.Descending = true
		}
		return err
	})
	switch {
	case err != nil || r.Err() != nil:
		return err
	case props != 1:
		return unprocessable("DAV:order takes one property, or the score")
	case ascending && o.Descending:
		return unprocessable("DAV:order is either ascending or descending")
	}
	r.Order = append(r.Order, o)
	return nil
}

// limit reads a child of DAV:limit.
func (r *searchReader) limit(name dav.Name) error {
	if name != dav.DAV("nresults") {
		return nil
	}
	text := strings.TrimSpace(string(r.Content()))
	if r.Err() != nil {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	switch {
	case err == nil:
		r.Limit = int(n)
	case strings.Trim(text, "0123456789") == "" && text != "": // more than there ever are
		r.Limit = 1<<31 - 1
	default:
		return unprocessable("DAV:nresults is a number")
	}
	return nil
}

func unprocessable(why string) error { return &dav.Error{Kind: dav.Unprocessable, Message: why} }
