package davxml

import (
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/xmlscan"
)

// ExpandProperty is a DAV:property element of an expand-property body (RFC 3253
// section 3.8): a property to be told and, of the resources that its value
// names, what is to be told of them in place of each href.
type ExpandProperty struct {
	Name   dav.Name
	Nested []ExpandProperty
}

func (d *document) expandProperty() ([]ExpandProperty, error) {
	n := 0
	return d.properties(&n)
}

// properties are the DAV:property children of the current element. A property
// that is named again there adds what is nested in it.
func (d *document) properties(n *int) (list []ExpandProperty, err error) {
	err = d.children(func(name dav.Name) error {
		if name != dav.DAV("property") {
			return nil
		}
		p, err := d.property()
		if err != nil {
			return err
		}
		if *n++; *n > d.limits.Properties {
			return d.countProperties(*n)
		}
		if p.Nested, err = d.properties(n); err != nil {
			return err
		}
		for i := range list {
			if list[i].Name == p.Name {
				list[i].Nested = mergeProperties(list[i].Nested, p.Nested)
				return nil
			}
		}
		list = append(list, p)
		return nil
	})
	return list, err
}

func mergeProperties(list, more []ExpandProperty) []ExpandProperty {
next:
	for _, p := range more {
		for i := range list {
			if list[i].Name == p.Name {
				list[i].Nested = mergeProperties(list[i].Nested, p.Nested)
				continue next
			}
		}
		list = append(list, p)
	}
	return list
}

// property reads the attributes of the current element.
func (d *document) property() (p ExpandProperty, err error) {
	p.Name.Space = dav.Namespace
	if space, ok := d.Attr(dav.Name{Local: "namespace"}); ok {
		p.Name.Space = string(space)
	}
	local, _ := d.Attr(dav.Name{Local: "name"})
	p.Name.Local = string(local)
	if !xmlscan.IsNCName(p.Name.Local) || p.Name.Space == xmlnsNamespace {
		return p, invalid("property has no name, or one that no property can have")
	}
	return p, nil
}

func appendExpandProperties(b []byte, list []ExpandProperty) []byte {
	for _, p := range list {
		b = append(b, `<D:property name="`...)
		b = appendText(b, p.Name.Local)
		if p.Name.Space != dav.Namespace {
			b = append(b, `" namespace="`...)
			b = appendText(b, p.Name.Space)
		}
		b = append(b, `">`...)
		b = appendExpandProperties(b, p.Nested)
		b = append(b, "</D:property>"...)
	}
	return b
}

// ReplaceHrefs appends element, a property as in [dav.Property.XML], with what f
// appends in place of each DAV:href in it that names something; f gets its text.
// The first error of f ends it.
func ReplaceHrefs(b []byte, element string, f func(b []byte, href string) ([]byte, error)) ([]byte, error) {
	s := xmlscan.New(strings.NewReader(element), xmlscan.Options{MaxDepth: len(element) + 1, MaxToken: len(element) + 1})
	from := 0 // what is appended of element
	for k := s.Next(); k != xmlscan.EOF && k != xmlscan.Invalid; {
		if k != xmlscan.Start || s.Depth() == 1 || s.Name() != dav.DAV("href") {
			k = s.Next()
			continue
		}
		at := s.Offset()
		href := strings.Trim(string(s.Content()), " \t\r\n")
		if k = s.Next(); href == "" {
			continue
		}
		var err error
		if b, err = f(append(b, element[from:at]...), href); err != nil {
			return b, err
		}
		from = int(s.Offset())
	}
	return append(b, element[from:]...), s.Err()
}
