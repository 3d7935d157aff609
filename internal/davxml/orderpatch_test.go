package davxml

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

func orderpatch(inner string) string { return `<orderpatch xmlns="DAV:">` + inner + `</orderpatch>` }

const toFirst = "<position><first/></position>"

func TestOrderpatch(t *testing.T) {
	beside := func(segment string, place dav.Place, sibling string) dav.OrderMember {
		return dav.OrderMember{Segment: segment, Position: dav.Position{Place: place, Segment: sibling}}
	}
	for name, c := range map[string]struct {
		body string
		want Orderpatch
	}{
		"nothing": {orderpatch(""), Orderpatch{}},
		"type":    {orderpatch("<ordering-type> <href> urn:x </href></ordering-type>"), Orderpatch{Type: "urn:x"}},
		"all places": {orderpatch(
			"<order-member><segment>a</segment>" + toFirst + "</order-member>" +
				"<order-member><position><last/></position><segment> b%20c </segment></order-member><x/>" +
				"<order-member><segment>&#xe9;</segment><position><before><segment>a</segment></before></position></order-member>" +
				"<order-member><segment>a</segment><position><x xmlns=''/><after><segment>b%20c</segment></after></position></order-member>"),
			Orderpatch{Members: []dav.OrderMember{
				beside("a", dav.First, ""), beside("b c", dav.Last, ""), beside("\u00e9", dav.Before, "a"), beside("a", dav.After, "b c"),
			}}},
	} {
		got, err := ReadOrderpatch(strings.NewReader(c.body), Limits{})
		if err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, c.want)
			continue
		}
		again, err := ReadOrderpatch(strings.NewReader(string(AppendOrderpatch(nil, got))), Limits{})
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%s: written and read again it is %+v, %v", name, again, err)
		}
	}
}

func TestOrderpatchRefused(t *testing.T) {
	const segment = "<segment>a</segment>"
	for name, body := range map[string]string{
		"empty":         "",
		"another":       "<propfind xmlns='DAV:'/>",
		"no segment":    orderpatch("<order-member>" + toFirst + "</order-member>"),
		"two segments":  orderpatch("<order-member>" + segment + segment + toFirst + "</order-member>"),
		"no position":   orderpatch("<order-member>" + segment + "</order-member>"),
		"no place":      orderpatch("<order-member>" + segment + "<position/></order-member>"),
		"two places":    orderpatch("<order-member>" + segment + "<position><first/><last/></position></order-member>"),
		"no sibling":    orderpatch("<order-member>" + segment + "<position><after/></position></order-member>"),
		"two siblings":  orderpatch("<order-member>" + segment + "<position><after>" + segment + segment + "</after></position></order-member>"),
		"empty sibling": orderpatch("<order-member>" + segment + "<position><after><segment/></after></position></order-member>"),
		"slash":         orderpatch("<order-member><segment>a/b</segment>" + toFirst + "</order-member>"),
		"up":            orderpatch("<order-member><segment>%2e%2e</segment>" + toFirst + "</order-member>"),
		"no type":       orderpatch("<ordering-type/>"),
		"two types":     orderpatch("<ordering-type><href>urn:x</href></ordering-type><ordering-type><href>urn:x</href></ordering-type>"),
		"relative type": orderpatch("<ordering-type><href>/x</href></ordering-type>"),
		"cut":           `<orderpatch xmlns="DAV:"><order-member>` + segment,
	} {
		if got, err := ReadOrderpatch(strings.NewReader(body), Limits{}); dav.KindOf(err) != dav.Invalid {
			t.Errorf("%s: got %+v, %v; want it to be invalid", name, got, err)
		}
	}
}

func TestPositionHeader(t *testing.T) {
	for v, want := range map[string]*dav.Position{
		"first":            {Place: dav.First},
		" Last ":           {Place: dav.Last},
		"before a%20b":     {Place: dav.Before, Segment: "a b"},
		"AFTER   %C3%A9":   {Place: dav.After, Segment: "\u00e9"},
		"after\tb":         nil,
		"after":            nil,
		"first b":          nil,
		"middle":           nil,
		"":                 nil,
		"before a/b":       nil,
		"before a%2Fb":     nil,
		"before %zz":       nil,
		"before .":         nil,
		"after a, after b": {Place: dav.After, Segment: "a, after b"}, // a segment may hold all of this
	} {
		got, err := ParsePosition(http.Header{"Position": {v}})
		if want == nil {
			if dav.KindOf(err) != dav.Invalid {
				t.Errorf("%q: got %v, %v; want it to be invalid", v, got, err)
			}
			continue
		}
		if err != nil || *got != *want {
			t.Errorf("%q: got %v, %v; want %v", v, got, err, want)
			continue
		}
		if again, err := ParsePosition(http.Header{"Position": {FormatPosition(*got)}}); err != nil || *again != *got {
			t.Errorf("%q: written and read again it is %v, %v", v, again, err)
		}
	}
	if got, err := ParsePosition(http.Header{}); got != nil || err != nil {
		t.Errorf("no header: got %v, %v", got, err)
	}
}
