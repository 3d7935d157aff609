package davtest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Name is the expanded name of an element or a property.
type Name = xml.Name

// D is a name in DAV:.
func D(local string) Name { return Name{Space: "DAV:", Local: local} }

// X is a name in the namespace of the suite's own dead properties, urn:davtest.
func X(local string) Name { return Name{Space: "urn:davtest", Local: local} }

func nameString(n Name) string {
	if n.Space == "DAV:" {
		return "DAV:" + n.Local
	}
	return "{" + n.Space + "}" + n.Local
}

// Element is an element with everything a test may ask about.
type Element struct {
	Name   Name
	Prefix string     // as written
	Attr   []xml.Attr // with expanded names, without namespace declarations
	Lang   string     // the xml:lang in scope
	Nodes  []any      // string and *Element, in document order, no two strings in a row
	Parent *Element

	bound map[string]string // prefixes this element binds
}

const xmlNamespace = "http://www.w3.org/XML/1998/namespace"

// Lookup is the namespace a prefix is bound to at this element; "" is the
// default namespace.
func (e *Element) Lookup(prefix string) (namespace string, ok bool) {
	if prefix == "xml" {
		return xmlNamespace, true
	}
	for ; e != nil; e = e.Parent {
		if ns, ok := e.bound[prefix]; ok {
			return ns, ns != "" || prefix == ""
		}
	}
	return "", prefix == ""
}

// Children are the child elements. It may be called on nil, as may All.
func (e *Element) Children() []*Element {
	if e == nil {
		return nil
	}
	var list []*Element
	for _, n := range e.Nodes {
		if c, ok := n.(*Element); ok {
			list = append(list, c)
		}
	}
	return list
}

// All are the child elements of the name.
func (e *Element) All(name Name) []*Element {
	return slices.DeleteFunc(e.Children(), func(c *Element) bool { return c.Name != name })
}

// Child is the element at the end of the path of names, each the first of its
// kind, or nil. It may be called on nil.
func (e *Element) Child(path ...Name) *Element {
	for _, name := range path {
		if e == nil {
			return nil
		}
		list := e.All(name)
		if len(list) == 0 {
			return nil
		}
		e = list[0]
	}
	return e
}

// Text is the character data directly inside the element.
func (e *Element) Text() string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	for _, n := range e.Nodes {
		if s, ok := n.(string); ok {
			b.WriteString(s)
		}
	}
	return b.String()
}

// Trimmed is Text without white space around it.
func (e *Element) Trimmed() string { return strings.TrimSpace(e.Text()) }

// Attribute is the value of an attribute; ok tells whether it is there.
func (e *Element) Attribute(name Name) (value string, ok bool) {
	for _, a := range e.Attr {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// Descendants are the element itself and all elements inside.
func (e *Element) Descendants() []*Element {
	list := []*Element{e}
	for _, c := range e.Children() {
		list = append(list, c.Descendants()...)
	}
	return list
}

// Inner is the content in a form in which two values are equal strings exactly
// if RFC 4918 section 4.3 holds them equal: names expanded, attributes sorted,
// white space kept, prefixes gone. Of nil it is "nothing".
func (e *Element) Inner() string {
	if e == nil {
		return "nothing"
	}
	var b strings.Builder
	e.inner(&b)
	return b.String()
}

func (e *Element) inner(b *strings.Builder) {
	for _, n := range e.Nodes {
		switch n := n.(type) {
		case string:
			fmt.Fprintf(b, "%q", n)
		case *Element:
			n.outer(b)
		}
	}
}

func (e *Element) outer(b *strings.Builder) {
	fmt.Fprintf(b, "<%s", nameString(e.Name))
	attrs := map[string]string{}
	for _, a := range e.Attr {
		attrs[nameString(a.Name)] = a.Value
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		fmt.Fprintf(b, " %s=%q", name, attrs[name])
	}
	b.WriteByte('>')
	e.inner(b)
	b.WriteString("</>")
}

// ParseXML reads a document strictly: it must be well-formed, namespace-well-
// formed, UTF-8 and without a DTD.
func ParseXML(data []byte) (*Element, error) {
	p := parser{data: data, dec: xml.NewDecoder(bytes.NewReader(data))}
	for {
		start := p.dec.InputOffset()
		tok, err := p.dec.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := p.token(tok, start); err != nil {
			return nil, fmt.Errorf("XML, byte %d: %w", start, err)
		}
	}
	if p.root == nil || p.open != nil {
		return nil, errors.New("XML: the document is cut short")
	}
	return p.root, nil
}

type parser struct {
	data       []byte
	dec        *xml.Decoder
	root, open *Element
}

func (p *parser) token(tok xml.Token, start int64) error {
	switch tok := tok.(type) {
	case xml.StartElement:
		if p.root != nil && p.open == nil {
			return errors.New("a second root")
		}
		tok, err := p.normalized(tok, start)
		if err != nil {
			return err
		}
		return p.start(tok)
	case xml.EndElement:
		if p.open == nil || p.open.Prefix != tok.Name.Space || p.open.Name.Local != tok.Name.Local {
			return fmt.Errorf("unexpected </%s>", tok.Name.Local)
		}
		p.open = p.open.Parent
	case xml.CharData:
		return p.text(string(tok))
	case xml.Directive:
		return errors.New("a document type declaration")
	}
	return nil
}

// normalized is the tag with white space in attribute values normalized (XML
// 1.0 section 3.3.3), which encoding/xml does not do: written as it is, white
// space becomes blanks; as a character reference it stays.
func (p *parser) normalized(tok xml.StartElement, start int64) (xml.StartElement, error) {
	raw := p.data[start:p.dec.InputOffset()]
	if !bytes.ContainsAny(raw, "\t\r\n") {
		return tok, nil
	}
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte(" "))
	raw = bytes.Map(func(r rune) rune {
		if r == '\t' || r == '\r' || r == '\n' {
			return ' '
		}
		return r
	}, raw)
	again, err := xml.NewDecoder(bytes.NewReader(raw)).RawToken()
	if err != nil {
		return tok, err
	}
	return again.(xml.StartElement), nil
}

func (p *parser) start(tok xml.StartElement) error {
	e := &Element{Prefix: tok.Name.Space, Parent: p.open, bound: map[string]string{}}
	if p.open != nil {
		e.Lang = p.open.Lang
	}
	for _, a := range tok.Attr {
		switch {
		case a.Name.Space == "xmlns":
			if a.Value == "" {
				return fmt.Errorf("prefix %s bound to nothing", a.Name.Local)
			}
			e.bound[a.Name.Local] = a.Value
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			e.bound[""] = a.Value
		}
	}
	ns, ok := e.Lookup(e.Prefix)
	if !ok {
		return fmt.Errorf("prefix %s is not bound", e.Prefix)
	}
	e.Name = Name{Space: ns, Local: tok.Name.Local}
	if err := e.attributes(tok.Attr); err != nil {
		return err
	}
	if p.open == nil {
		p.root = e
	} else {
		p.open.Nodes = append(p.open.Nodes, e)
	}
	p.open = e
	return nil
}

func (e *Element) attributes(attrs []xml.Attr) error {
	for _, a := range attrs {
		if a.Name.Space == "xmlns" || a.Name == (Name{Local: "xmlns"}) {
			continue
		}
		if a.Name.Space != "" {
			ns, ok := e.Lookup(a.Name.Space)
			if !ok {
				return fmt.Errorf("prefix %s is not bound", a.Name.Space)
			}
			a.Name.Space = ns
		}
		if _, twice := e.Attribute(a.Name); twice {
			return fmt.Errorf("attribute %s twice", nameString(a.Name))
		}
		if a.Name == (Name{Space: xmlNamespace, Local: "lang"}) {
			e.Lang = a.Value
		}
		e.Attr = append(e.Attr, a)
	}
	return nil
}

func (p *parser) text(s string) error {
	if p.open == nil {
		if strings.Trim(s, " \t\r\n\ufeff") != "" {
			return errors.New("text outside the root")
		}
		return nil
	}
	if n := len(p.open.Nodes); n > 0 {
		if before, ok := p.open.Nodes[n-1].(string); ok {
			p.open.Nodes[n-1] = before + s
			return nil
		}
	}
	p.open.Nodes = append(p.open.Nodes, s)
	return nil
}
