package davxml

import (
	"net/http"
	"strings"

	"github.com/quiredav/quire/dav"
)

// ParsePosition reads Position (RFC 3648 section 6.1); nil if it was not sent.
func ParsePosition(h http.Header) (*dav.Position, error) {
	v, sent, err := single(h, "Position")
	if err != nil || !sent {
		return nil, err
	}
	word, segment, _ := strings.Cut(v, " ")
	p := &dav.Position{}
	var beside bool
	switch strings.ToLower(word) {
	case "first":
		p.Place = dav.First
	case "last":
		p.Place = dav.Last
	case "before":
		p.Place, beside = dav.Before, true
	case "after":
		p.Place, beside = dav.After, true
	default:
		return nil, invalid("Position is first, last, before or after a segment, not " + quote(v))
	}
	segment = trim(segment)
	if beside == (segment == "") {
		return nil, invalid("Position is first, last, before or after a segment, not " + quote(v))
	}
	if beside {
		p.Segment, err = DecodeSegment(segment)
	}
	return p, err
}

// FormatPosition is the value of Position.
func FormatPosition(p dav.Position) string {
	if p.Place == dav.Before || p.Place == dav.After {
		return placeNames[p.Place] + " " + dav.Path(p.Segment).Href(false)
	}
	return placeNames[p.Place]
}

// placeNames are the keywords of Position, and the elements in position.
var placeNames = [...]string{dav.First: "first", dav.Last: "last", dav.Before: "before", dav.After: "after"}

// ParseOrderingType reads Ordering-Type (RFC 3648 section 5.1), a URI; "" if it
// was not sent.
func ParseOrderingType(h http.Header) (string, error) {
	v, sent, err := single(h, "Ordering-Type")
	switch {
	case err != nil || !sent:
		return "", err
	case !isURI(v):
		return "", invalid("Ordering-Type is a URI, not " + quote(v))
	}
	return v, nil
}
