package backendtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

const testNamespace = "http://example.com/ns"

// set is an instruction to set the property local to value.
func set(local, value string) dav.PropertyUpdate {
	return dav.PropertyUpdate{Property: dav.Property{
		Name: dav.Name{Space: testNamespace, Local: local},
		XML:  fmt.Sprintf(`<x:%s xmlns:x="%s">%s</x:%[1]s>`, local, testNamespace, value),
	}}
}

func unset(local string) dav.PropertyUpdate {
	return dav.PropertyUpdate{Remove: true, Property: dav.Property{Name: dav.Name{Space: testNamespace, Local: local}}}
}

// proppatch is a step of preparation where there is a property store, and
// nothing where there is none.
func (f *fixture) proppatch(p dav.Path, c *dav.Conditions, updates ...dav.PropertyUpdate) {
	f.Helper()
	if !isStore(f.b) {
		return
	}
	if err := f.tryProppatch(p, c, updates...); err != nil {
		f.Fatalf("PROPPATCH %s: %v", p, err)
	}
}

func (f *fixture) tryProppatch(p dav.Path, c *dav.Conditions, updates ...dav.PropertyUpdate) error {
	return f.b.(davserver.PropertyStore).Proppatch(f.Context(), dav.ProppatchRequest{Path: p, Updates: updates, Conditions: c})
}

func (f *fixture) checkProppatch(p dav.Path, c *dav.Conditions) error {
	return f.b.(davserver.PropertyStore).Proppatch(f.Context(), dav.ProppatchRequest{Path: p, Check: true, Conditions: c,
		Updates: []dav.PropertyUpdate{set("a", "1")}})
}

// ifStore are the properties that are to be there on a property store.
func (f *fixture) ifStore(want ...dav.Property) []dav.Property {
	if isStore(f.b) {
		return want
	}
	return nil
}

func (f *fixture) deadOf(p dav.Path) []dav.Property { return f.stat(p).Dead }

func (f *fixture) wantDead(p dav.Path, want ...dav.Property) {
	f.Helper()
	sameProperties(f, string(p), f.deadOf(p), want)
}

// sameProperties compares as sets: their order is the backend's.
func sameProperties(f *fixture, what string, got, want []dav.Property) {
	f.Helper()
	byName := func(a, b dav.Property) int { return strings.Compare(a.Name.String(), b.Name.String()) }
	got, want = slices.SortedFunc(slices.Values(got), byName), slices.SortedFunc(slices.Values(want), byName)
	if !slices.Equal(got, want) {
		f.Errorf("dead properties of %s: got %v, want %v", what, got, want)
	}
}

var propertyTests = []test{
	{"PP-01_set_and_remove", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/f", "x")
		for _, p := range []dav.Path{"/", "/c", "/f"} {
			f.proppatch(p, nil, set("a", "1"), set("b", "2"))
			f.wantDead(p, set("a", "1").Property, set("b", "2").Property)
			f.proppatch(p, nil, unset("a"))
			f.wantDead(p, set("b", "2").Property)
			f.proppatch(p, nil, unset("none")) // PP-07
			f.proppatch(p, nil, set("b", "3"))
			f.wantDead(p, set("b", "3").Property)
		}
	}},
	{"PP-03_document_order", func(f *fixture) {
		f.mustPut("/f", "x")
		f.proppatch("/f", nil, unset("a"), set("a", "1"), set("a", "2"))
		f.wantDead("/f", set("a", "2").Property)
		f.proppatch("/f", nil, set("a", "3"), unset("a"))
		f.wantDead("/f")
	}},
	{"PF-16_names_are_pairs", func(f *fixture) {
		f.mustPut("/f", "x")
		var want []dav.Property
		for _, space := range []string{"", "DAV:", "urn:a", "urn:b"} {
			n := dav.Name{Space: space, Local: "x"}
			want = append(want, dav.Property{Name: n, XML: fmt.Sprintf(`<x xmlns=%q>%s</x>`, space, space)})
		}
		for _, p := range want {
			f.proppatch("/f", nil, dav.PropertyUpdate{Property: p})
		}
		f.wantDead("/f", want...)
	}},
	{"PP-11_bytes_are_kept", func(f *fixture) {
		f.mustPut("/f", "x")
		long := set("long", strings.Repeat("ä", 32<<10))
		odd := dav.PropertyUpdate{Property: dav.Property{Name: dav.Name{Space: "urn:é", Local: "ü"},
			XML: "<ü xmlns=\"urn:é\" xml:lang=\"de\"> a <b/>\n&#13; c\t\U0001F600</ü>"}}
		f.proppatch("/f", nil, long, odd)
		f.wantDead("/f", long.Property, odd.Property)
	}},
	{"PP-20_put_keeps_properties", func(f *fixture) {
		f.mustPut("/f", "x")
		f.proppatch("/f", nil, set("a", "1"))
		f.mustPut("/f", "y")
		f.wantDead("/f", set("a", "1").Property)
	}},
	{"PP-10_etag_and_date_stay", func(f *fixture) {
		was := f.mustPut("/f", "x")
		f.proppatch("/f", nil, set("a", "1"))
		if is := f.stat("/f"); is.ETag != was.ETag || !is.Modified.Equal(was.Modified) {
			f.Errorf("PROPPATCH changed %+v into %+v", was, is)
		}
	}},
	{"PP-21_many", func(f *fixture) {
		f.mustPut("/f", "x")
		var updates []dav.PropertyUpdate
		var want []dav.Property
		for i := range 500 {
			p := dav.Property{Name: dav.Name{Space: fmt.Sprintf("urn:%d", i%50), Local: fmt.Sprintf("p%d", i)}, XML: fmt.Sprintf("<p>%d</p>", i)}
			updates, want = append(updates, dav.PropertyUpdate{Property: p}), append(want, p)
		}
		f.proppatch("/f", nil, updates...)
		f.wantDead("/f", want...)
	}},
	{"PF-10_selection", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/x", "x")
		f.mustPut("/c/y", "y")
		f.proppatch("/c", nil, set("a", "0"))
		f.proppatch("/c/x", nil, set("a", "1"), set("b", "2"))
		f.proppatch("/c/y", nil, set("b", "3"))
		name := func(local string) dav.Name { return dav.Name{Space: testNamespace, Local: local} }
		for _, c := range []struct {
			q    dav.Query
			want map[dav.Path][]dav.Property
		}{
			{dav.Query{}, nil},
			{dav.Query{Dead: dav.DeadAll}, map[dav.Path][]dav.Property{
				"/c": {set("a", "0").Property}, "/c/x": {set("a", "1").Property, set("b", "2").Property}, "/c/y": {set("b", "3").Property}}},
			{dav.Query{Dead: dav.DeadNamed, Names: []dav.Name{name("b"), name("none")}}, map[dav.Path][]dav.Property{
				"/c/x": {set("b", "2").Property}, "/c/y": {set("b", "3").Property}}},
			{dav.Query{Dead: dav.DeadNamed}, nil},
		} {
			c.q.Depth = dav.DepthInfinity
			for _, r := range f.mustList("/c", c.q) {
				sameProperties(f, fmt.Sprintf("%s (%+v)", r.Path, c.q), r.Dead, c.want[r.Path])
			}
		}
	}},
	{"MS-21_missing_and_conditions", func(f *fixture) {
		f.wantKind("PROPPATCH /none", f.tryProppatch("/none", nil, set("a", "1")), dav.NotFound)
		f.mustPut("/f", "x")
		stale := &dav.Conditions{IfMatch: tags(`"stale"`)}
		f.wantKind("PROPPATCH if stale", f.tryProppatch("/f", stale, set("a", "1")), dav.PreconditionFailed)
		f.wantDead("/f")
	}},
	{"MS-21_check_changes_nothing", func(f *fixture) {
		was := f.mustPut("/f", "x")
		en := "en"
		check := func(p dav.Path, c *dav.Conditions) error {
			return f.b.(davserver.PropertyStore).Proppatch(f.Context(), dav.ProppatchRequest{Path: p, Check: true, Conditions: c,
				Updates: []dav.PropertyUpdate{set("a", "1")}, Modified: was.Modified.Add(time.Hour), Language: &en})
		}
		if err := check("/f", nil); err != nil {
			f.Errorf("Check: %v", err)
		}
		is := f.stat("/f")
		if !is.Modified.Equal(was.Modified) || is.Language != "" || len(is.Dead) > 0 {
			f.Errorf("Check changed %+v into %+v", was, is)
		}
		f.wantKind("Check of /none", check("/none", nil), dav.NotFound)
		f.wantKind("Check if stale", check("/f", &dav.Conditions{IfMatch: tags(`"stale"`)}), dav.PreconditionFailed)
	}},
	{"W1_modified", func(f *fixture) {
		f.mustPut("/f", "x")
		mod := time.Date(2025, 10, 9, 17, 54, 43, 0, time.UTC)
		err := f.b.(davserver.PropertyStore).Proppatch(f.Context(), dav.ProppatchRequest{Path: "/f", Modified: mod})
		if is := f.stat("/f"); err != nil || !is.Modified.Equal(mod) {
			f.Errorf("modified %v (%v), want %v", is.Modified, err, mod)
		}
	}},
	{"PF-21_language", func(f *fixture) {
		f.mustPut("/f", "x")
		for _, lang := range []string{"de", "en, fr", ""} {
			err := f.b.(davserver.PropertyStore).Proppatch(f.Context(), dav.ProppatchRequest{Path: "/f", Language: &lang})
			if is := f.stat("/f"); err != nil || is.Language != lang {
				f.Errorf("language %q (%v), want %q", is.Language, err, lang)
			}
		}
	}},
	{"XM-02_mkcol_with_properties", func(f *fixture) {
		err := f.b.Mkcol(f.Context(), dav.MkcolRequest{Path: "/c", Properties: []dav.PropertyUpdate{set("a", "1"), set("a", "2"), set("b", "3")}})
		if err != nil {
			f.Fatal(err)
		}
		f.wantDead("/c", set("a", "2").Property, set("b", "3").Property)
	}},
}

func tags(list ...dav.ETag) dav.ETags { return dav.ETags{Sent: true, Tags: list} }

func conditionOf(err error) dav.Condition {
	if e, ok := errors.AsType[*dav.Error](err); ok {
		return e.Condition
	}
	return dav.Condition{}
}
