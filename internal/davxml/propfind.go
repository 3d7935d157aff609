package davxml

import (
	"io"

	"github.com/quiredav/quire/dav"
)

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
	Include []dav.Name // for AllProp: what it is to yield besides; each once
}

// ReadPropfind reads a propfind body. An empty one means AllProp (RFC 4918
// section 9.1).
func ReadPropfind(body io.Reader, l Limits) (*Propfind, error) {
	d, err := open(body, l, "propfind")
	if err == errEmpty {
		return &Propfind{Kind: AllProp}, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	var names, include nameSet
	asked := map[PropfindKind]bool{}
	err = d.children(func(name dav.Name) error {
		switch name {
		case dav.DAV("allprop"):
			asked[AllProp] = true
		case dav.DAV("propname"):
			asked[PropName] = true
		case dav.DAV("prop"):
			asked[Prop] = true
			return names.read(d)
		case dav.DAV("include"):
			return include.read(d)
		}
		return nil
	})
	if err == nil {
		err = d.end()
	}
	switch {
	case err != nil:
		return nil, err
	case len(asked) == 0:
		return nil, invalid("propfind asks for none of allprop, propname and prop")
	case len(asked) > 1:
		return nil, invalid("propfind asks for more than one of allprop, propname and prop")
	case asked[PropName]:
		return &Propfind{Kind: PropName}, nil
	case asked[Prop]:
		return &Propfind{Kind: Prop, Names: names.list}, nil
	}
	return &Propfind{Kind: AllProp, Include: include.list}, nil
}

// nameSet holds names of children, each once, in order (RFC 4918 section 9.1).
type nameSet struct {
	list []dav.Name
	seen map[dav.Name]bool
}

func (n *nameSet) read(d *document) error {
	if n.seen == nil {
		n.seen = map[dav.Name]bool{}
	}
	return d.children(func(name dav.Name) error {
		if n.seen[name] {
			return nil
		}
		n.seen[name] = true
		n.list = append(n.list, name)
		return d.countProperties(len(n.list))
	})
}

// AppendPropfind appends the body for p.
func AppendPropfind(b []byte, p *Propfind) []byte {
	b = append(b, prolog+`<D:propfind xmlns:D="DAV:">`...)
	switch p.Kind {
	case PropName:
		b = append(b, "<D:propname/>"...)
	case Prop:
		b = appendNames(b, "D:prop", p.Names)
	default:
		b = append(b, "<D:allprop/>"...)
		if len(p.Include) > 0 {
			b = appendNames(b, "D:include", p.Include)
		}
	}
	return append(b, "</D:propfind>"...)
}

func appendNames(b []byte, tag string, names []dav.Name) []byte {
	b = append(b, "<"+tag+">"...)
	for _, n := range names {
		b = appendEmpty(b, n)
	}
	return append(b, "</"+tag+">"...)
}
