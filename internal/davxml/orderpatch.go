package davxml

import (
	"io"

	"github.com/quiredav/quire/dav"
)

// Orderpatch is an orderpatch body (RFC 3648 section 7).
type Orderpatch struct {
	Type    string // the new ordering-type, a URI; "": as it is
	Members []dav.OrderMember
}

// ReadOrderpatch reads an orderpatch body: its order-members in document order.
func ReadOrderpatch(body io.Reader, l Limits) (*Orderpatch, error) {
	d, err := open(body, l, "orderpatch")
	if err == errEmpty {
		return nil, invalid("the body is missing; DAV:orderpatch is wanted")
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	o := &Orderpatch{}
	types := 0
	err = d.children(func(name dav.Name) error {
		switch name {
		case dav.DAV("ordering-type"):
			types++
			o.Type = d.href()
		case dav.DAV("order-member"):
			m, err := d.orderMember()
			if err != nil {
				return err
			}
			o.Members = append(o.Members, m)
		}
		return nil
	})
	if err == nil {
		err = d.end()
	}
	switch {
	case err != nil:
		return nil, err
	case types > 1:
		return nil, invalid("orderpatch has more than one ordering-type")
	case types == 1 && !isURI(o.Type):
		return nil, invalid("an ordering-type is a URI in an href")
	}
	return o, nil
}

// href is the text of the href in the current element; "" if there is none.
func (d *document) href() (s string) {
	d.children(func(name dav.Name) error {
		if name == dav.DAV("href") {
			s = d.content()
		}
		return nil
	})
	return s
}

// orderMember reads the current element: one segment and one position.
func (d *document) orderMember() (m dav.OrderMember, err error) {
	segments, places := 0, 0
	err = d.children(func(name dav.Name) (err error) {
		switch name {
		case dav.DAV("segment"):
			segments++
			m.Segment, err = DecodeSegment(d.content())
		case dav.DAV("position"):
			var n int
			m.Position, n, err = d.position()
			places += n
		}
		return err
	})
	if err == nil && d.Err() == nil && (segments != 1 || places != 1) {
		err = invalid("an order-member has one segment and one position in it")
	}
	return m, err
}

// position reads the current element, which holds n places.
func (d *document) position() (p dav.Position, n int, err error) {
	err = d.children(func(name dav.Name) (err error) {
		for place, known := range placeNames {
			if name != dav.DAV(known) {
				continue
			}
			n++
			p.Place = dav.Place(place)
			if p.Place == dav.Before || p.Place == dav.After {
				p.Segment, err = d.sibling(known)
			}
			break
		}
		return err
	})
	return p, n, err
}

// sibling reads the segment in the current element.
func (d *document) sibling(place string) (segment string, err error) {
	n := 0
	err = d.children(func(name dav.Name) (err error) {
		if name == dav.DAV("segment") {
			n++
			segment, err = DecodeSegment(d.content())
		}
		return err
	})
	if err == nil && d.Err() == nil && n != 1 {
		err = invalid(place + " has one segment in it")
	}
	return segment, err
}

// AppendOrderpatch appends the body for o.
func AppendOrderpatch(b []byte, o *Orderpatch) []byte {
	b = append(b, prolog+`<D:orderpatch xmlns:D="DAV:">`...)
	if o.Type != "" {
		b = append(b, "<D:ordering-type>"...)
		b = AppendHref(b, o.Type)
		b = append(b, "</D:ordering-type>"...)
	}
	for _, m := range o.Members {
		b = append(b, "<D:order-member>"...)
		b = appendSegment(b, m.Segment)
		place := placeNames[m.Position.Place]
		b = append(b, "<D:position><D:"+place+">"...)
		if m.Position.Segment != "" {
			b = appendSegment(b, m.Position.Segment)
		}
		b = append(b, "</D:"+place+"></D:position></D:order-member>"...)
	}
	return append(b, "</D:orderpatch>"...)
}

func appendSegment(b []byte, segment string) []byte {
	b = append(b, "<D:segment>"...)
	b = AppendSegment(b, segment)
	return append(b, "</D:segment>"...)
}
