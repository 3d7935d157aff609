package davtest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The cases on literals and their types.
var casesSearchTypes = []Case{
	{ID: "SE-10", Section: "RFC 5323 5.10", Level: Should,
		Title: "Literals compare as numbers with getcontentlength, as dates with creationdate and getlastmodified, else as text",
		Run: func(t *T) {
			t.NeedSearch()
			for name, size := range map[string]int{"f9": 9, "f10": 10, "f100": 100} {
				t.Put(name, strings.Repeat("x", size))
			}
			length := D("getcontentlength")
			files := on("is-defined", X("file")) // collections may have a length
			for _, name := range []string{"f9", "f10", "f100"} {
				t.Store(name, Set(X("file"), "1"))
			}
			for where, want := range map[string]string{
				compare("gt", length, "9"):    "f10 f100",
				compare("lt", length, "10"):   "f9",
				compare("gte", length, "10"):  "f10 f100",
				compare("lte", length, "10"):  "f9 f10",
				compare("eq", length, "100"):  "f100",
				compare("eq", length, "0100"): "f100",
			} {
				t.CheckFound(and(files, where), want)
			}
			t.datesCompare("f9")
			t.files(map[string]string{"ten": "10", "nine": "9", "blank": " a ", "line": "a\nb"})
			t.CheckFound(compare("lt", X("k"), "9"), "ten blank")
			t.CheckFound(compare("eq", X("k"), "a"), "")
			t.CheckFound(compare("eq", X("k"), " a "), "blank")
			t.CheckFound(compare("eq", X("k"), "a b"), "")
			t.CheckFound(compare("eq", X("k"), "a\nb"), "line")
			t.CheckFound(compare("eq", X("k"), "09"), "")
		}},

	{ID: "SE-11", Section: "RFC 5323 5.11", Level: Must,
		Title: "typed-literal: an unknown type is 422; a property that can't be cast is UNKNOWN",
		Run: func(t *T) {
			t.NeedSearch()
			t.files(map[string]string{"a": "-1", "b": "01", "c": "3", "d": "test", "e": "-", "f": "20"})
			r := t.TryWhere(typed("lt", X("k"), "x:davtest", "3"))
			t.CheckStatus(r, 422)
			t.CheckStatus(t.TryWhere(typed("lt", X("k"), "xs:davtest", "3")), 422)
			if r := t.TryWhere(typed("lt", X("k"), "xs:integer", "3")); r.Status == 422 {
				t.Skipf("typed literals are optional; the server does not know xs:integer")
			}
			t.CheckFound(typed("lt", X("k"), "xs:integer", "3"), "a b")
			t.CheckFound(not(typed("lt", X("k"), "xs:integer", "3")), "c f")
			t.CheckFound(typed("eq", X("k"), "xs:integer", "1"), "b")
			t.CheckFound(typed("gte", X("k"), "xs:integer", "3"), "c f")
			t.CheckFound(typed("eq", X("k"), "", "01"), "b")
			t.CheckFound(typed("lt", X("k"), "", "3"), "a b f")
			t.CheckFound(typed("eq", X("k"), "xs:string", "1"), "")
			prefixed := strings.NewReplacer("xmlns:xs=", "xmlns:other=", `"xs:`, `"other:`).Replace(typed("lt", X("k"), "xs:integer", "3"))
			t.CheckFound(prefixed, "a b")
			if r := t.TryWhere(typed("lt", X("k"), "xs:integer", "many")); r.Status != 422 && r.Status != 400 {
				t.Shouldf("a literal that can't be cast to its type: status %d, want 422", r.Status)
			}
		}},
}

// typed is [compare] with a typed-literal; a type of "" is left out. The
// prefixes are xs and x.
func typed(operator string, name Name, kind, literal string) string {
	attribute := ""
	if kind != "" {
		attribute = fmt.Sprintf(` xsi:type="%s"`, kind)
	}
	return fmt.Sprintf(`<D:%s>%s<D:typed-literal xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" `+
		`xmlns:xs="http://www.w3.org/2001/XMLSchema"%s>%s</D:typed-literal></D:%s>`,
		operator, propOf(name), attribute, escape(literal), operator)
}

// datesCompare compares both dates of a file with what PROPFIND tells of it, in
// two time zones, and with an hour before and after.
func (t *T) datesCompare(path string) {
	times := map[string]time.Time{}
	if e := t.Prop(path, D("getlastmodified")); e != nil {
		when, err := http.ParseTime(e.Trimmed())
		if err != nil {
			t.Fatalf("getlastmodified: %v", err)
		}
		times["getlastmodified"] = when
	}
	if e := t.Prop(path, D("creationdate")); e != nil {
		when, err := time.Parse(time.RFC3339, e.Trimmed())
		if err != nil {
			t.Fatalf("creationdate: %v", err)
		}
		times["creationdate"] = when
	}
	t.Store(path, Set(X("dated"), "1"))
	only := on("is-defined", X("dated"))
	for name, when := range times {
		for _, zone := range []*time.Location{time.UTC, time.FixedZone("", 2*60*60)} {
			for _, try := range []struct {
				operator string
				literal  time.Time
				match    bool
			}{
				{"eq", when, true}, {"gte", when, true}, {"lte", when, true}, {"gt", when, false}, {"lt", when, false},
				{"gt", when.Add(-time.Hour), true}, {"lt", when.Add(-time.Hour), false}, {"eq", when.Add(time.Hour), false},
				{"lt", when.Add(time.Hour), true}, {"gte", when.Add(time.Hour), false},
			} {
				want := ""
				if try.match {
					want = path
				}
				literal := try.literal.In(zone).Format(time.RFC3339Nano)
				t.CheckFound(and(only, compare(try.operator, D(name), literal)), want)
			}
		}
	}
}
