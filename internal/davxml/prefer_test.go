package davxml

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// PR-07, PR-08.
func TestPreferences(t *testing.T) {
	minimal, representation, noroot := Preferences{Minimal: true}, Preferences{Representation: true}, Preferences{NoRoot: true}
	for _, c := range []struct {
		lines []string
		want  Preferences
	}{
		{nil, Preferences{}},
		{[]string{""}, Preferences{}},
		{[]string{"return=minimal"}, minimal},
		{[]string{"Return = \"minimal\" ; a=b"}, minimal},
		{[]string{`return="mini\mal"`}, minimal},
		{[]string{"return=MINIMAL"}, Preferences{}},
		{[]string{"return"}, Preferences{}},
		{[]string{"returns=minimal"}, Preferences{}},
		{[]string{"return=representation"}, representation},
		{[]string{"return=minimal, return=minimal"}, minimal},
		{[]string{"return=x, return=minimal"}, Preferences{}},
		{[]string{"return=minimal", "return=x"}, minimal},
		{[]string{"return=minimal", "return=representation"}, Preferences{}},
		{[]string{"return=representation, return=minimal"}, Preferences{}},
		{[]string{"depth-noroot"}, noroot},
		{[]string{`DEPTH-NOROOT=""`}, noroot},
		{[]string{"depth-noroot; return=minimal"}, noroot},
		{[]string{"depth-noroot=1, depth-noroot"}, Preferences{}},
		{[]string{"wait=10, return=minimal", "respond-async, depth-noroot"}, Preferences{Minimal: true, NoRoot: true}},
		{[]string{`x="a, return=minimal"`}, Preferences{}},
		{[]string{`x="a\", return=minimal"`}, Preferences{}},
		{[]string{`x; y="a,b;c", return=minimal`}, minimal},
		{[]string{`@@@=1, =x, ,, return=minimal,`}, minimal},
		{[]string{`x="return=minimal`}, Preferences{}},
	} {
		got := ParsePreferences(http.Header{"Prefer": c.lines})
		if got != c.want {
			t.Errorf("%q: %+v, want %+v", c.lines, got, c.want)
		}
		if applied := FormatPreferences(got); applied != "" {
			if again := ParsePreferences(http.Header{"Prefer": {applied}}); again != got {
				t.Errorf("%q: written and read again: %+v", c.lines, again)
			}
		}
	}
	for _, v := range []string{"t", "T", " t "} {
		if got := ParsePreferences(http.Header{"Brief": {v}}); !got.Minimal || !got.Brief || FormatPreferences(got) != "" {
			t.Errorf("Brief: %s: %+v", v, got)
		}
	}
	for _, h := range []http.Header{{"Brief": {"f"}}, {"Brief": {"true"}}, {"Brief": {"t"}, "Prefer": {"x"}}} {
		if got := ParsePreferences(h); got != (Preferences{}) {
			t.Errorf("%v: %+v", h, got)
		}
	}
}

func TestHasToken(t *testing.T) {
	for line, want := range map[string]bool{"bind": true, "1, BIND ,2": true, "1,2\x00bind": true, "": false, "bindings": false, "<bind>": false, "1 bind": false} {
		if got := HasToken(http.Header{"Dav": strings.Split(line, "\x00")}, "DAV", "bind"); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// Line breaks mean no more than commas.
func FuzzPreferences(f *testing.F) {
	f.Add(`return=minimal; a="b, c", depth-noroot`, "wait=5")
	f.Add(`return="\"`, `x,y`)
	f.Fuzz(func(t *testing.T, a, b string) {
		got := ParsePreferences(http.Header{"Prefer": {a, b}})
		if got.Minimal && got.Representation || got.Brief {
			t.Fatalf("%q, %q: %+v", a, b, got)
		}
		if one := ParsePreferences(http.Header{"Prefer": {a + "," + b}}); one != got {
			t.Errorf("%q, %q: %+v, on one line %+v", a, b, got, one)
		}
		if got.Minimal && !slices.ContainsFunc([]string{a, b}, func(s string) bool { return strings.Contains(strings.ToLower(s), "return") }) {
			t.Errorf("%q, %q: %+v", a, b, got)
		}
	})
}
