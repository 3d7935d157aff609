package davxml

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

func redirectref(root, inner string) string {
	return `<` + root + ` xmlns="DAV:">` + inner + `</` + root + `>`
}

const (
	reftarget = "<reftarget><href> /a?b&amp;c </href></reftarget>"
	permanent = "<redirect-lifetime><permanent/></redirect-lifetime>"
	temporary = "<redirect-lifetime><x xmlns=''/><temporary/></redirect-lifetime>"
)

func TestRedirectref(t *testing.T) {
	for _, c := range []struct {
		root, inner string
		want        Redirectref
	}{
		{"mkredirectref", reftarget, Redirectref{Target: new("/a?b&c")}},
		{"mkredirectref", permanent + "<x/>" + reftarget, Redirectref{new("/a?b&c"), new(true)}},
		{"mkredirectref", reftarget + temporary, Redirectref{new("/a?b&c"), new(false)}},
		{"updateredirectref", "", Redirectref{}},
		{"updateredirectref", temporary, Redirectref{Permanent: new(false)}},
		{"updateredirectref", reftarget, Redirectref{Target: new("/a?b&c")}},
	} {
		got, err := ReadRedirectref(strings.NewReader(redirectref(c.root, c.inner)), Limits{}, c.root)
		if err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s %s: got %+v, %v", c.root, c.inner, got, err)
			continue
		}
		again, err := ReadRedirectref(strings.NewReader(string(AppendRedirectref(nil, c.root, got))), Limits{}, c.root)
		if err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%s %s: written and read again it is %+v, %v", c.root, c.inner, again, err)
		}
	}
}

func TestRedirectrefRefused(t *testing.T) {
	target := func(s string) string { return "<reftarget><href>" + s + "</href></reftarget>" }
	for _, c := range []struct {
		inner string
		kind  dav.Kind
		want  dav.Name
	}{
		{"", dav.Invalid, dav.Name{}},
		{reftarget + reftarget, dav.Invalid, dav.Name{}},
		{reftarget + permanent + permanent, dav.Invalid, dav.Name{}},
		{reftarget + "<redirect-lifetime><temporary/><permanent/></redirect-lifetime>", dav.Invalid, dav.Name{}},
		{reftarget + "<redirect-lifetime/>", dav.Forbidden, dav.RedirectLifetimeSupported},
		{reftarget + "<redirect-lifetime><eternal/></redirect-lifetime>", dav.Forbidden, dav.RedirectLifetimeSupported},
		{"<reftarget/>", dav.Forbidden, dav.LegalReftarget},
		{target(""), dav.Forbidden, dav.LegalReftarget},
		{target("a b"), dav.Forbidden, dav.LegalReftarget},
		{target("a&#13;&#10;b"), dav.Forbidden, dav.LegalReftarget},
		{target("&lt;a>"), dav.Forbidden, dav.LegalReftarget},
		{target("%4"), dav.Forbidden, dav.LegalReftarget},
		{target("1a:b"), dav.Forbidden, dav.LegalReftarget},
		{target("http://host:port/"), dav.Forbidden, dav.LegalReftarget},
	} {
		_, err := ReadRedirectref(strings.NewReader(redirectref("mkredirectref", c.inner)), Limits{}, "mkredirectref")
		if e, is := err.(*dav.Error); !is || e.Kind != c.kind || e.Condition.Name != c.want {
			t.Errorf("%s: got %v, want %v %v", c.inner, err, c.kind, c.want)
		}
	}
}

func TestReferences(t *testing.T) {
	for s, want := range map[string]struct{ reference, uri bool }{
		"http://h/a?b#c": {true, true}, "urn:x": {true, true}, "DAV:custom": {true, true}, "mailto:a@b": {true, true},
		"//h/a": {true, false}, "/a": {true, false}, "a": {true, false}, "?q": {true, false}, "#f": {true, false}, "./a:b": {true, false},
		"urn:": {true, false}, "": {false, false}, "a#b#c": {false, false}, "\u00e9": {false, false}, "a\\b": {false, false},
	} {
		if isReference(s) != want.reference || isURI(s) != want.uri {
			t.Errorf("%q: a reference %v, a URI %v; want %v", s, isReference(s), isURI(s), want)
		}
	}
}

func TestApplyToRedirectRef(t *testing.T) {
	for v, want := range map[string]bool{"T": true, " t ": true, "F": false, "f": false, "": false, "true": false} {
		if got := ParseApplyToRedirectRef(http.Header{"Apply-To-Redirect-Ref": {v}}); got != want {
			t.Errorf("%q: %v", v, got)
		}
	}
	if ParseApplyToRedirectRef(http.Header{}) {
		t.Error("no header: true")
	}
}
