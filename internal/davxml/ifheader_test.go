package davxml

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

// resolve takes references to http://host or without authority for this share.
func resolve(ref string) (dav.Path, bool, error) {
	ref = strings.TrimPrefix(ref, "http://host")
	if !strings.HasPrefix(ref, "/") && strings.Contains(ref, "://") {
		return "", true, nil
	}
	p, _, err := dav.DecodePath(ref)
	return p, false, err
}

func unresolve(p dav.Path, foreign bool) string {
	if foreign {
		return "http://elsewhere/"
	}
	return p.Href(false)
}

func untagged(c ...dav.IfCondition) dav.IfList { return dav.IfList{Conditions: c} }

func tagged(p dav.Path, c ...dav.IfCondition) dav.IfList {
	return dav.IfList{Tagged: true, Path: p, Conditions: c}
}

func token(s string) dav.IfCondition        { return dav.IfCondition{Token: s} }
func etag(s dav.ETag) dav.IfCondition       { return dav.IfCondition{ETag: s} }
func not(c dav.IfCondition) dav.IfCondition { c.Not = true; return c }

func TestIf(t *testing.T) {
	for _, c := range []struct {
		id     string
		lines  []string
		want   []dav.IfList
		tokens []string
	}{
		{"absent", nil, nil, nil},
		{"W4 untagged token", []string{"(<urn:t1>)"},
			[]dav.IfList{untagged(token("urn:t1"))}, []string{"urn:t1"}},
		{"4918 10.4.6", []string{`(<urn:t1> ["I am an ETag"]) (["I am another ETag"])`},
			[]dav.IfList{untagged(token("urn:t1"), etag(`"I am an ETag"`)), untagged(etag(`"I am another ETag"`))}, []string{"urn:t1"}},
		{"IF-04 4918 10.4.7", []string{"(Not <urn:t1> <urn:t2>)"},
			[]dav.IfList{untagged(not(token("urn:t1")), token("urn:t2"))}, []string{"urn:t1", "urn:t2"}},
		{"IF-07 4918 10.4.8", []string{"(<urn:t1>) (Not <DAV:no-lock>)"},
			[]dav.IfList{untagged(token("urn:t1")), untagged(not(token("DAV:no-lock")))}, []string{"urn:t1", "DAV:no-lock"}},
		{"IF-05 4918 10.4.9", []string{`</resource1> (<urn:t1> [W/"A weak ETag"]) (["strong ETag"])`},
			[]dav.IfList{tagged("/resource1", token("urn:t1"), etag(`W/"A weak ETag"`)), tagged("/resource1", etag(`"strong ETag"`))}, []string{"urn:t1"}},
		{"IF-02 4918 10.4.10", []string{"<http://host/specs/> (<urn:t1>)"},
			[]dav.IfList{tagged("/specs", token("urn:t1"))}, []string{"urn:t1"}},
		{"IF-06 4918 10.4.11", []string{`</specs/rfc2518.doc> (Not ["4217"])`},
			[]dav.IfList{tagged("/specs/rfc2518.doc", not(etag(`"4217"`)))}, nil},
		{"IF-02 N1 several tags", []string{"</a%20b> (<urn:t1>) (<urn:t2>) <http://host/c/> (<urn:t3>)"},
			[]dav.IfList{tagged("/a b", token("urn:t1")), tagged("/a b", token("urn:t2")), tagged("/c", token("urn:t3"))}, []string{"urn:t1", "urn:t2", "urn:t3"}},
		{"M4 several lines", []string{"</a> (<urn:t1>)", "</b> (<urn:t2>)"},
			[]dav.IfList{tagged("/a", token("urn:t1")), tagged("/b", token("urn:t2"))}, []string{"urn:t1", "urn:t2"}},
		{"M4 several lines, untagged", []string{"(<urn:t1>)", "(<urn:t2>)"},
			[]dav.IfList{untagged(token("urn:t1")), untagged(token("urn:t2"))}, []string{"urn:t1", "urn:t2"}},
		{"IF-10 another server", []string{"<http://other/> (<urn:t1>)"},
			[]dav.IfList{{Tagged: true, Foreign: true, Conditions: []dav.IfCondition{token("urn:t1")}}}, []string{"urn:t1"}},
		{"one token twice", []string{"(<urn:t1>) (<urn:t1>)"},
			[]dav.IfList{untagged(token("urn:t1")), untagged(token("urn:t1"))}, []string{"urn:t1", "urn:t1"}},
		{"no blanks", []string{`</a>(Not<urn:t1>["x"])(not["y"])`},
			[]dav.IfList{tagged("/a", not(token("urn:t1")), etag(`"x"`)), tagged("/a", not(etag(`"y"`)))}, []string{"urn:t1"}},
		{"many blanks", []string{" \t( \tNOT \t<urn:t1> \t) \t"},
			[]dav.IfList{untagged(not(token("urn:t1")))}, []string{"urn:t1"}},
		{"brackets in a tag", []string{`(["a]b)<c>"])`},
			[]dav.IfList{untagged(etag(`"a]b)<c>"`))}, nil},
	} {
		t.Run(c.id, func(t *testing.T) {
			lists, tokens, err := ParseIf(header("If", c.lines...), resolve)
			if err != nil || !reflect.DeepEqual(lists, c.want) || !slices.Equal(tokens, c.tokens) {
				t.Fatalf("got %+v, %q, %v\nwant %+v, %q", lists, tokens, err, c.want, c.tokens)
			}
			checkIfRoundTrip(t, lists, tokens)
		})
	}
}

// IF-10.
func TestIfMalformed(t *testing.T) {
	for name, line := range map[string]string{
		"empty":                   "",
		"blank":                   " \t ",
		"mixed, untagged first":   "(<urn:t1>) </a> (<urn:t2>)",
		"comma":                   "(<urn:t1>), (<urn:t2>)",
		"empty list":              "()",
		"empty list after a good": "(<urn:t1>) ()",
		"blank list":              "( )",
		"list not closed":         "(<urn:t1>",
		"list not opened":         "<urn:t1>)",
		"token not closed":        "(<urn:t1)",
		"token not opened":        "(urn:t1>)",
		"bare token":              "urn:t1",
		"bare token in a list":    "(urn:t1)",
		"token alone":             "<urn:t1>",
		"empty token":             "(<>)",
		"blank in a token":        "(<urn: t1>)",
		"bracket in a token":      "(<urn:<t1>)",
		"quote in a token":        `(<urn:"t1>)`,
		"DEL in a token":          "(<urn:\x7ft1>)",
		"tab in a tag":            "</a\tb> (<urn:t1>)",
		"etag not quoted":         "([t1])",
		"etag not opened":         `([t1"])`,
		"etag not closed":         `(["t1")`,
		"quote not closed":        `(["t1])`,
		"etag without brackets":   `("t1")`,
		"blanks round the etag":   `([ "t1" ])`,
		"small w":                 `([w/"t1"])`,
		"star":                    "([*])",
		"Not alone":               "(Not)",
		"Not at the end":          "(<urn:t1> Not)",
		"Not not":                 "(Not Not <urn:t1>)",
		"Not before a list":       "Not (<urn:t1>)",
		"tag without list":        "</a>",
		"last tag without list":   "</a> (<urn:t1>) </b>",
		"two tags":                "</a> </b> (<urn:t1>)",
		"empty tag":               "<> (<urn:t1>)",
		"blank in a tag":          "</a b> (<urn:t1>)",
		"tag not closed":          "</a (<urn:t1>)",
		"nested":                  "((<urn:t1>))",
		"junk after":              "(<urn:t1>) x",
		"tag that resolves badly": "</%zz> (<urn:t1>)",
		"tag that climbs":         "</a/../b> (<urn:t1>)",
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := ParseIf(header("If", line), resolve)
			wantKind(t, err, dav.Invalid)
		})
	}
}

func TestFormatIf(t *testing.T) {
	for want, lists := range map[string][]dav.IfList{
		`(<urn:t1> Not ["a"]) (Not <urn:t2>)`: {untagged(token("urn:t1"), not(etag(`"a"`))), untagged(not(token("urn:t2")))},
		`</a%20b> (<urn:t1>) (<urn:t2>) </c> (["x"])`: {
			tagged("/a b", token("urn:t1")), tagged("/a b", token("urn:t2")), tagged("/c", etag(`"x"`))},
	} {
		if got := FormatIf(lists, unresolve); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestIfReturnsTheErrorOfResolve(t *testing.T) {
	want := errors.New("resolve")
	_, _, err := ParseIf(header("If", "</a> (<urn:t1>)"), func(string) (dav.Path, bool, error) { return "", false, want })
	if !errors.Is(err, want) {
		t.Fatalf("got %v", err)
	}
}

// SC-05: what 60 KiB can be made of.
var hugeIf = map[string]string{
	"untagged": strings.Repeat("(<a>)", 12<<10),
	"tagged":   strings.Repeat("</a>(<a>)", 6<<10),
	"etags":    strings.Repeat(`(["a"])`, 8<<10),
	"one list": "(" + strings.Repeat("<urn:t1> ", 6<<10) + ")",
	"open":     strings.Repeat("(", 60<<10),
	"brackets": strings.Repeat("(<", 30<<10),
	"not":      strings.Repeat("(Not ", 12<<10),
	"quotes":   strings.Repeat(`(["`, 20<<10),
	"letters":  strings.Repeat("x", 60<<10),
}

func TestIfHuge(t *testing.T) {
	for name, line := range hugeIf {
		lists, tokens, err := ParseIf(header("If", line), resolve)
		switch name {
		case "untagged", "tagged", "etags", "one list":
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			checkIfRoundTrip(t, lists, tokens)
		default:
			wantKind(t, err, dav.Invalid)
			if len(err.Error()) > 300 {
				t.Errorf("%s: the sentence has %d bytes", name, len(err.Error()))
			}
		}
	}
}

func BenchmarkIf60K(b *testing.B) {
	for name, line := range hugeIf {
		h := header("If", line)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				ParseIf(h, resolve)
			}
		})
	}
}

func checkIfRoundTrip(t *testing.T, lists []dav.IfList, tokens []string) {
	t.Helper()
	if lists == nil {
		return
	}
	line := FormatIf(lists, unresolve)
	again, tokensAgain, err := ParseIf(header("If", line), resolve)
	if err != nil || !reflect.DeepEqual(again, lists) || !slices.Equal(tokensAgain, tokens) {
		t.Fatalf("written as %q and read again: %+v, %q, %v\nwant %+v, %q", line, again, tokensAgain, err, lists, tokens)
	}
}

// What is accepted is written as a header that reads as the same value, has as
// many tokens as conditions say, and no list is empty.
func FuzzIf(f *testing.F) {
	for _, s := range []string{
		"", "(<urn:t1>)", `</a> (Not <urn:t1> ["e"]) (["f"]) <http://host/b/%20> ([W/"g"])`, "<http://x/> (<a>)", "()", "(<a>) <b> (<c>)",
		`(["a]` + "\xff" + `"])`, "</%2e%2e> (<a>)", "<//>(<x>)", "(Not<a>not[\"\"])",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		lists, tokens, err := ParseIf(header("If", line), resolve)
		if err != nil {
			if dav.KindOf(err) != dav.Invalid {
				t.Fatalf("kind of %v", err)
			}
			return
		}
		if len(lists) == 0 {
			t.Fatal("accepted without a list")
		}
		n := 0
		for _, l := range lists {
			if len(l.Conditions) == 0 || l.Tagged != lists[0].Tagged {
				t.Fatalf("list %+v", l)
			}
			for _, c := range l.Conditions {
				if c.Token != "" {
					n++
				}
				if (c.Token == "") == (c.ETag == "") {
					t.Fatalf("condition %+v", c)
				}
			}
		}
		if n != len(tokens) {
			t.Fatalf("%d tokens in %+v, submitted %q", n, lists, tokens)
		}
		checkIfRoundTrip(t, lists, tokens)
	})
}
