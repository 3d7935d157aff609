package davtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// PROPPATCH. RFC 4918 section 9.2. What happens to values is in fidelity.go.
var casesPP = slices.Concat(casesProppatch, casesFidelity)

var casesProppatch = []Case{
	{ID: "PP-01", Section: "RFC 4918 9.2", Level: Must,
		Title: "Every resource takes PROPPATCH with set and remove",
		Run: func(t *T) {
			t.Put("f", "x")
			paths := []string{t.Base(), "", "f"}
			var token H
			if t.HasLocks() {
				token = submitted(t.Lock("locked", "exclusive", "0"))
				paths = append(paths, "locked")
			}
			name := X("davtest-" + strings.ToLower(t.state.run.name))
			for _, p := range paths {
				for _, instruction := range []string{Set(name, "1"), Remove(name)} {
					var h H
					if p == "locked" {
						h = token
					}
					ms := t.Do("PROPPATCH", p, h, propertyupdate(instruction)).Multistatus()
					if code := ms.At(t.Path(p)).PropStatus(name); code != 200 {
						t.Errorf("%s on %s: status %d", instruction, t.Path(p), code)
					}
				}
				if t.Prop(p, name) != nil {
					t.Errorf("%s still has what was removed", t.Path(p))
				}
			}
		}},

	{ID: "PP-02", Section: "RFC 4918 9.2", Level: Should,
		Title: "Arbitrary dead properties can be stored anywhere",
		Run: func(t *T) {
			t.Put("f", "x")
			name := Name{Space: "http://example.org/ns?a=1&b=2#c", Local: "\u00fcber-all.2"}
			for _, path := range []string{"f", ""} {
				t.Store(path, Set(name, "value"))
				if e := t.Prop(path, name); e.Text() != "value" {
					t.Errorf("%s: %q comes back", t.Path(path), e.Text())
				}
			}
		}},

	{ID: "PP-03", Section: "RFC 4918 9.2", Level: Must,
		Title: "Instructions run in document order, and each name is answered once",
		Run: func(t *T) {
			t.Put("f", "x")
			for _, try := range []struct {
				instructions []string
				want         string
			}{
				{[]string{Remove(X("p")), Set(X("p"), "x"), Set(X("p"), "y")}, "y"},
				{[]string{Set(X("p"), "z"), Remove(X("p"))}, ""},
				{[]string{"<D:set><D:prop><x:p>one</x:p><x:p>two</x:p></D:prop></D:set>"}, "two"},
			} {
				ms := t.Proppatch("f", try.instructions...).Multistatus()
				if got := ms.Responses[0].Names(200); !sameNames(got, X("p")) {
					t.Errorf("%s: with 200 are %v", try.instructions, got)
				}
				if e := t.Prop("f", X("p")); e.Text() != try.want || (e != nil) != (try.want != "") {
					t.Errorf("%s: the value is %q, want %q", try.instructions, e.Text(), try.want)
				}
			}
		}},

	{ID: "PP-04", Section: "RFC 4918 9.2, 9.2.1", Level: Must,
		Title: "All or nothing: the property at fault has its own status, the others 424, and nothing changes",
		Run: func(t *T) {
			for _, path := range []string{"f", "c/"} {
				if path == "f" {
					t.Put("f", "x")
				} else {
					t.Mkcol("c/")
				}
				t.Store(path, Set(X("a"), "old"), Set(X("b"), "kept"))
				r := t.Proppatch(path, Set(X("a"), "new"), Set(X("c"), "new"), Set(D("getetag"), "1"), Remove(X("b"))).Multistatus().Responses[0]
				for name, want := range map[Name]int{D("getetag"): 403, X("a"): 424, X("b"): 424, X("c"): 424} {
					if code := r.PropStatus(name); code != want {
						t.Errorf("%s: %s has %d, want %d", t.Path(path), nameString(name), code, want)
					}
				}
				if got := t.Prop(path, X("a")).Text() + t.Prop(path, X("b")).Text(); got != "oldkept" || t.Prop(path, X("c")) != nil {
					t.Errorf("%s: the failed request changed something", t.Path(path))
				}
			}
		}},

	{ID: "PP-05", Section: "RFC 4918 9.2.1, 16", Level: Must,
		Title: "Protected properties cannot be set or removed: 403, and it should say cannot-modify-protected-property",
		Run: func(t *T) {
			t.Put("f", "x")
			for _, local := range []string{"getetag", "lockdiscovery", "supportedlock", "resourcetype", "getcontentlength"} {
				t.checkProtected("f", D(local))
			}
			t.checkProtected("", D("resourcetype"))
		}},

	{ID: "PP-06", Section: "RFC 4918 9.2.1", Level: Should,
		Title: "A value that makes no sense for a live property is 409",
		Run: func(t *T) {
			t.Put("f", "x")
			switch code := t.tryStore("f", D("getcontentlanguage"), "!!"); code {
			case 409:
			case 403:
				t.Skipf("needs a writable live property; getcontentlanguage is protected")
			case 200:
				if got := t.Prop("f", D("getcontentlanguage")).Text(); got != "!!" {
					t.Errorf("200, and then it is %q", got)
				}
			default:
				t.Errorf("status %d", code)
			}
		}},

	{ID: "PP-07", Section: "RFC 4918 14.23, 14.26", Level: Must,
		Title: "Removing what is not there succeeds; set replaces the whole value",
		Run: func(t *T) {
			t.Put("f", "x")
			ms := t.Proppatch("f", Remove(X("none"))).Multistatus()
			if code := ms.Responses[0].PropStatus(X("none")); code != 200 {
				t.Errorf("remove of what is not there: %d", code)
			}
			t.Store("f", Set(X("p"), "<x:a/><x:b/>"))
			t.Store("f", Set(X("p"), "<x:c/>"))
			if got := t.Prop("f", X("p")).Children(); len(got) != 1 || got[0].Name != X("c") {
				t.Errorf("set over another value: %v", t.Prop("f", X("p")).Inner())
			}
		}},

	{ID: "PP-08", Section: "RFC 4918 9.2, 14.19", Level: Must,
		Title: "A body that is missing, has another root, or has no set or remove is refused",
		Run: func(t *T) {
			t.Put("f", "x")
			t.CheckStatus(t.Do("PROPPATCH", "f", nil, ""), 400, 415, 422)
			for _, body := range []string{
				dav("propfind", Set(X("p"), "1")), dav("propertyupdate", ""), dav("propertyupdate", "<x:set><D:prop><x:p/></D:prop></x:set>"),
				`<propertyupdate><set><prop><p/></prop></set></propertyupdate>`,
			} {
				if resp := t.Do("PROPPATCH", "f", nil, body); resp.Status != 400 {
					t.Errorf("%s: status %d, want 400", body, resp.Status)
				}
			}
			if t.Prop("f", X("p")) != nil {
				t.Errorf("a refused request stored a property")
			}
		}},

	{ID: "PP-09", Section: "RFC 4918 9.2.1", Level: Should, Timeout: 5 * time.Minute,
		Title: "No room for a property is 507, and 424 for the rest",
		Run:   noRoom},

	{ID: "PP-10", Section: "RFC 4918 8.6, 15.7", Level: ShouldNot,
		Title: "Property changes do not alter ETag or Last-Modified",
		Run: func(t *T) {
			t.Put("f", "x")
			before := t.Do("HEAD", "f", nil, "").Header
			t.Sleep(1100 * time.Millisecond) // Last-Modified has seconds
			t.Store("f", Set(X("p"), "1"), Set(D("displayname"), "name"))
			after := t.Do("HEAD", "f", nil, "").Header
			for _, field := range []string{"ETag", "Last-Modified"} {
				if before.Get(field) != after.Get(field) {
					t.Errorf("%s was %s, is %s", field, before.Get(field), after.Get(field))
				}
			}
		}},
}

// noRoom fills a resource with properties until the server refuses.
func noRoom(t *T) {
	const size, most = 60 << 10, 400
	t.Put("f", "x")
	for i := range most {
		big := X(fmt.Sprint("big", i))
		resp := t.Proppatch("f", Set(X("before"), fmt.Sprint(i)), Set(big, strings.Repeat("x", size)), Set(X("after"), "1"))
		r := resp.Multistatus().Responses[0]
		switch r.PropStatus(big) {
		case 200:
			continue
		case 507:
			if before, after := r.PropStatus(X("before")), r.PropStatus(X("after")); before != 424 || after != 424 && after != 507 {
				t.Errorf("beside a 507: %d before it and %d after it, want 424", before, after)
			}
			if got := t.Prop("f", X("before")).Text(); i > 0 && got != fmt.Sprint(i-1) {
				t.Errorf("the failed request changed another property to %q", got)
			}
		default:
			t.Errorf("the property that does not fit has %d, want 507", r.PropStatus(big))
		}
		return
	}
	t.Skipf("%d properties of %d bytes still fit", most, size)
}
