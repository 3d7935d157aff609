package davtest

import (
	"slices"
	"strings"
	"time"
)

// RFC 4918 sections 9.8, 9.9, 10.3 and 10.6: COPY and MOVE.
var casesCM = slices.Concat(casesCopyMove, casesDestination, casesLiveCopy)

var casesCopyMove = []Case{
	{ID: "CM-01", Section: "RFC 4918 9.8, 9.9", Level: Must,
		Title: "COPY and MOVE work on files and collections, and need a Destination",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Put("f", "file")
			before := t.Snapshot()
			for _, method := range []string{"COPY", "MOVE"} {
				for _, h := range []H{nil, {"Destination": {""}}, {"Destination": {"http://[bad"}}, {"Destination": {"no-slash"}}} {
					t.CheckStatus(t.Do(method, "f", h, ""), 400)
				}
			}
			t.CheckUnchanged(before)
			t.Status(t.Do("COPY", "f", t.to("f2"), ""), 201)
			t.Status(t.Do("COPY", "c/", t.to("c2/"), ""), 201)
			t.Status(t.Do("MOVE", "f2", t.to("f3"), ""), 201)
			t.Status(t.Do("MOVE", "c2/", t.to("c3/"), ""), 201)
			t.CheckMembers("", "c", "f", "c3", "f3")
			t.CheckBody("f3", "file")
			t.CheckBody("c3/x", "member")
		}},

	{ID: "CM-02", Section: "RFC 4918 9.8.5, 9.9.4", Level: Must,
		Title: "201 if the destination was unmapped, 204 if something was replaced",
		Run: func(t *T) {
			t.Mkcol("c/", "c/d/")
			t.Put("c/d/x", "member")
			t.Put("f", "file")
			t.CheckStatus(t.Do("COPY", "f", t.to("f2"), ""), 201)
			t.CheckStatus(t.Do("COPY", "f", t.to("f2"), ""), 204)
			t.CheckStatus(t.Do("MOVE", "f2", t.to("f"), ""), 204)
			t.CheckStatus(t.Do("MOVE", "f", t.to("f2"), ""), 201)
			t.CheckStatus(t.Do("COPY", "c/", t.to("c2/"), ""), 201)
			t.CheckStatus(t.Do("COPY", "c/", t.to("c2/"), ""), 204)
			t.CheckStatus(t.Do("MOVE", "c2/", t.to("c/"), ""), 204)
			t.CheckStatus(t.Do("MOVE", "c/", t.to("c2/"), ""), 201)
			t.CheckMembers("", "c2", "f2")
			t.CheckBody("c2/d/x", "member")
		}},

	{ID: "CM-03", Section: "RFC 4918 9.8.1, 9.8.2", Level: Should,
		Title: "COPY makes an independent equal: bytes, type, language, displayname, dead properties",
		Run: func(t *T) {
			t.Status(t.Do("PUT", "f", H{"Content-Type": {"text/x-odd"}, "Content-Language": {"de"}}, "file"), 201)
			t.Store("f", Set(D("displayname"), "Anzeige"), Set(X("p"), "<x:a>1</x:a>"))
			t.Status(t.Do("COPY", "f", t.to("g"), ""), 201)
			f, g := t.Get("f"), t.Get("g")
			for _, field := range []string{"Content-Type", "Content-Language"} {
				if was, is := f.Header.Get(field), g.Header.Get(field); was != is {
					t.Errorf("%s is %q at the source and %q at the copy", field, was, is)
				}
			}
			t.CheckBody("g", "file")
			before := t.SnapshotOf("f")
			for _, name := range []Name{D("displayname"), X("p")} {
				if want, got := t.Prop("f", name), t.Prop("g", name); got == nil || got.Inner() != want.Inner() {
					t.Errorf("%s is not copied", nameString(name))
				}
			}
			t.Put("g", "changed")
			t.Store("g", Remove(X("p")), Set(D("displayname"), "another"))
			t.CheckUnchanged(before)
			before = t.SnapshotOf("g")
			t.Put("f", "changed, too")
			t.Store("f", Set(X("p"), "2"))
			t.CheckUnchanged(before)
		}},

	{ID: "CM-04", Section: "RFC 4918 10.6", Level: Must,
		Title: "No Overwrite is T; F with a mapped destination is 412 and changes nothing; F with an unmapped one proceeds",
		Run: func(t *T) {
			t.Mkcol("c/", "busy/")
			t.Put("f", "file")
			t.Put("busy/x", "member")
			t.Put("g", "old")
			before := t.Snapshot()
			refused := H{"Overwrite": {"F"}}
			for _, method := range []string{"COPY", "MOVE"} {
				for source, destinations := range map[string][]string{"f": {"g", "busy/"}, "c/": {"g", "busy/"}} {
					for _, d := range destinations {
						t.CheckStatus(t.Do(method, source, t.to(d, refused), ""), 412)
					}
				}
				t.CheckStatus(t.Do(method, "f", t.to("g", H{"Overwrite": {"x"}}), ""), 400)
			}
			t.CheckUnchanged(before)
			t.CheckStatus(t.Do("COPY", "f", t.to("new", refused), ""), 201)
			t.CheckStatus(t.Do("MOVE", "new", t.to("newer", refused), ""), 201)
			t.CheckStatus(t.Do("COPY", "f", t.to("g", H{"Overwrite": {"T"}}), ""), 204)
			t.CheckStatus(t.Do("MOVE", "newer", t.to("g"), ""), 204)
			t.CheckMembers("", "c", "busy", "f", "g")
			t.CheckBody("g", "file")
		}},

	{ID: "CM-05", Section: "RFC 4918 9.8.4", Level: Must,
		Title: "COPY over a collection leaves exactly the source's membership",
		Run: func(t *T) {
			t.Mkcol("a/", "b/", "b/y/")
			t.Put("a/z", "new")
			t.Put("b/x", "old")
			t.Put("b/y/deep", "old")
			t.Status(t.Do("COPY", "a/", t.to("b/"), ""), 204)
			t.CheckMembers("b/", "z")
			t.CheckUnmapped("b/x", "b/y/", "b/y/deep")
			t.CheckMembers("a/", "z")
		}},

	{ID: "CM-06", Section: "RFC 4918 9.8.4, 9.9.3", Level: Must,
		Title: "A file replaces a collection and a collection a file; MOVE first deletes what was there, with its properties and locks",
		Run: func(t *T) {
			for _, method := range []string{"COPY", "MOVE"} {
				c := strings.ToLower(method) + "/"
				t.Mkcol(c, c+"d/", c+"e/")
				t.Put(c+"d/x", "member")
				t.Put(c+"f", "file")
				t.Put(c+"g", "old file")
				t.Store(c+"e/", Set(X("old"), "1"))
				t.Store(c+"g", Set(X("old"), "1"))
				t.CheckStatus(t.Do(method, c+"f", t.to(c+"e"), ""), 204)
				if t.CheckBody(c+"e", "file"); t.isCollection(c + "e") {
					t.Errorf("%s of a file over a collection leaves a collection", method)
				}
				t.CheckStatus(t.Do(method, c+"d/", t.to(c+"g"), ""), 204)
				t.CheckMembers(c+"g/", "x")
				if method == "MOVE" && (t.Prop(c+"e", X("old")) != nil || t.Prop(c+"g/", X("old")) != nil) {
					t.Errorf("the old destination's dead properties are still there after MOVE")
				}
			}
			if t.HasLocks() {
				t.moveOntoLocked()
			}
		}},

	{ID: "CM-07", Section: "RFC 4918 9.8.3", Level: Must,
		Title: "COPY of a collection: no Depth is infinity; 0 takes no members; 1 is refused",
		Run: func(t *T) {
			t.Mkcol("a/", "a/b/")
			t.Put("a/b/x", "deep")
			t.Store("a/", Set(X("p"), "1"))
			t.Status(t.Do("COPY", "a/", t.to("whole/"), ""), 201)
			t.CheckBody("whole/b/x", "deep")
			t.Status(t.Do("COPY", "a/", t.to("whole2/", H{"Depth": {"infinity"}}), ""), 201)
			t.CheckBody("whole2/b/x", "deep")
			t.Status(t.Do("COPY", "a/", t.to("shallow/", H{"Depth": {"0"}}), ""), 201)
			t.CheckMembers("shallow/")
			if t.Prop("shallow/", X("p")).Text() != "1" {
				t.Errorf("COPY with Depth 0 leaves the properties behind")
			}
			t.CheckStatus(t.Do("COPY", "a/", t.to("one/", H{"Depth": {"1"}}), ""), 400)
			t.CheckUnmapped("one/")
		}},

	{ID: "CM-08", Section: "RFC 4918 9.9.2", Level: Must,
		Title: "MOVE of a collection acts as Depth infinity; other depths are refused",
		Run: func(t *T) {
			t.Mkcol("a/", "a/b/")
			t.Put("a/b/x", "deep")
			before := t.Snapshot()
			for _, depth := range []string{"0", "1"} {
				t.CheckStatus(t.Do("MOVE", "a/", t.to("d/", H{"Depth": {depth}}), ""), 400)
			}
			if !t.CheckUnchanged(before) {
				return
			}
			t.Status(t.Do("MOVE", "a/", t.to("d/"), ""), 201)
			t.Status(t.Do("MOVE", "d/", t.to("e/", H{"Depth": {"infinity"}}), ""), 201)
			t.CheckBody("e/b/x", "deep")
			t.CheckMembers("", "e")
		}},

	{ID: "CM-09", Section: "RFC 4918 9.8.5, 9.9.4", Level: Must,
		Title: "A missing parent of the destination is 409, and none is made",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("f", "file")
			before := t.Snapshot()
			for _, method := range []string{"COPY", "MOVE"} {
				t.CheckStatus(t.Do(method, "f", t.to("none/x"), ""), 409)
				t.CheckStatus(t.Do(method, "c/", t.to("none/x/"), ""), 409)
			}
			t.CheckUnchanged(before)
		}},

	{ID: "CM-10", Section: "RFC 4918 9.8.5, 9.9.4", Level: Should,
		Title: "Source equal to destination, under whatever spelling, is 403 and harms nothing",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Put("f", "file")
			before := t.Snapshot()
			for _, method := range []string{"COPY", "MOVE"} {
				for _, d := range []string{t.URL("f"), t.Path("f"), t.Path("%66")} {
					t.CheckStatus(t.Do(method, "f", H{"Destination": {d}}, ""), 403)
				}
				t.CheckStatus(t.Do(method, "c", t.to("c/"), ""), 403)
				t.CheckStatus(t.Do(method, "c/", t.to("c"), ""), 403)
			}
			t.CheckUnchanged(before)
		}},
}

var casesDestination = []Case{
	{ID: "CM-11", Section: "RFC 4918 10.3, 9.8.5", Level: Must,
		Title: "A Destination on another server is 502, and never silently one here",
		Run: func(t *T) {
			host, _, _ := strings.Cut(t.Host(), ":")
			scheme, _, _ := strings.Cut(t.Origin(), ":")
			for _, method := range []string{"COPY", "MOVE"} {
				for _, origin := range []string{"http://other.example", "https://other.example", scheme + "://" + host + ":9", "ftp://" + t.Host()} {
					t.Put("f", "file")
					t.CheckStatus(t.Do(method, "f", H{"Destination": {origin + t.Path("x")}}, ""), 502)
				}
			}
			t.CheckMembers("", "f")
			port := map[string]string{"http": ":80", "https": ":443"}[scheme]
			h := H{"Host": {host}, "Destination": {scheme + "://" + host + port + t.Path("g")}}
			t.CheckStatus(t.Do("COPY", "f", h, ""), 201)
		}},

	{ID: "CM-12", Section: "RFC 4918 9.8.3", Level: Must,
		Title: "COPY of a tree into itself ends: a finite tree, or a refusal",
		Run: func(t *T) {
			t.Mkcol("a/")
			t.Put("a/f", "file")
			before := t.Snapshot()
			if r := t.Do("COPY", "a/", t.to("a/b/"), ""); !t.CheckStatus(r, 201, 403, 409) || r.Status != 201 {
				t.CheckUnchanged(before)
				return
			}
			t.CheckMembers("a/", "b", "f")
			t.CheckBody("a/b/f", "file")
			t.CheckUnmapped("a/b/b/b/")
		}},

	{ID: "CM-13", Section: "RFC 4918 5.1, 9.9.2", Level: Practice,
		Title: "MOVE into its own subtree or onto an ancestor, and MOVE or DELETE of the root, are refused",
		Run: func(t *T) {
			t.Mkcol("a/", "a/b/")
			t.Put("a/b/x", "deep")
			before := t.Snapshot()
			t.CheckStatus(t.Do("MOVE", "a/", t.to("a/b/c/"), ""), 403, 409)
			t.CheckStatus(t.Do("MOVE", "a/", t.to("a/b/"), ""), 403, 409)
			t.CheckStatus(t.Do("MOVE", "a/b/", t.to("a/"), ""), 403, 409)
			t.CheckUnchanged(before)
			if t.Base() != "/" {
				return
			}
			// A server that would obey says 412: what fails anyway comes before
			// false preconditions (RFC 9110 section 13.2.1).
			never := H{"If-Match": {`"davtest-never"`}, "If": {"(<DAV:no-lock>)"}}
			t.CheckStatus(t.Do("DELETE", "/", never, ""), 403, 405, 409)
			t.CheckStatus(t.Do("MOVE", "/", t.to("x/", never), ""), 403, 405, 409)
		}},

	{ID: "CM-14", Section: "RFC 4918 9.8.3, 9.9.2", Level: MustNot,
		Title: "If an inner collection fails its members are not processed; the namespace stays consistent",
		Run: func(t *T) {
			for _, method := range []string{"COPY", "MOVE"} {
				c := strings.ToLower(method) + "/"
				if !t.blockedInside(method, c) {
					continue
				}
				t.CheckUnmapped(c + "d/b/x")
				t.CheckBody(c+"d/b/y", "kept")
				if !t.isCollection(c + "d/b/") {
					t.Errorf("what was blocked is no collection any more")
				}
			}
		}},

	{ID: "CM-15", Section: "RFC 4918 9.8.3, 9.9.2", Level: Should,
		Title: "Other branches are still processed after an error, unless the whole was refused beforehand",
		Run: func(t *T) {
			for _, method := range []string{"COPY", "MOVE"} {
				c := strings.ToLower(method) + "/"
				if t.blockedInside(method, c) {
					t.CheckBody(c+"d/c/z", "branch")
				}
			}
		}},
}

// blockedInside tries COPY or MOVE of a/ (b/x, c/z) to d/, where d/b/ is locked
// and has a member y, and tells whether a part of it was done. A refusal of the
// whole must change nothing.
func (t *T) blockedInside(method, c string) (partly bool) {
	t.NeedLocks()
	t.Mkcol(c, c+"a/", c+"a/b/", c+"a/c/", c+"d/", c+"d/b/")
	t.Put(c+"a/b/x", "inside")
	t.Put(c+"a/c/z", "branch")
	t.Put(c+"d/b/y", "kept")
	t.Lock(c+"d/b/", "exclusive", "infinity")
	before := t.SnapshotOf(c)
	r := t.Status(t.Do(method, c+"a/", t.to(c+"d/"), ""), 207, 423)
	now := t.SnapshotOf(c)
	if now.equal(before) {
		return false
	}
	if r.Status != 207 {
		t.Errorf("%s was done in part, and answers %d", method, r.Status)
	} else if at := r.Multistatus().At(t.Path(c + "d/b/")); at.ErrorCode() != 423 {
		t.Errorf("the 207 to %s does not say that %s is locked", method, t.Path(c+"d/b/"))
	}
	return true
}

// moveOntoLocked is the part of CM-06 on locks.
func (t *T) moveOntoLocked() {
	t.Put("source", "source")
	t.Put("target", "target")
	token := t.Lock("target", "exclusive", "0")
	t.Status(t.Do("MOVE", "source", t.to("target", t.submittedAt("target", token)), ""), 204)
	t.CheckLocked("target")
	t.CheckBody("target", "source")
}

var casesLiveCopy = []Case{
	{ID: "CM-16", Section: "RFC 4918 9.9.1", Level: Must,
		Title: "MOVE takes all dead properties along; creationdate should stay",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Store("c/", Set(X("p"), "<x:a>of c</x:a>"), Set(D("displayname"), "C"))
			t.Store("c/x", Set(X("p"), "of x"), Set(Name{Local: "bare"}, "of no namespace"))
			names := []Name{X("p"), D("displayname"), {Local: "bare"}, D("creationdate"), D("resourcetype")}
			value := func(path string, n Name) string {
				if e := t.Prop(path, n); e != nil {
					return e.Inner()
				}
				return "(none)"
			}
			was := map[Name][2]string{}
			for _, n := range names {
				was[n] = [2]string{value("c/", n), value("c/x", n)}
			}
			t.Status(t.Do("MOVE", "c/", t.to("d/"), ""), 201)
			for _, n := range names {
				if is := [2]string{value("d/", n), value("d/x", n)}; is != was[n] {
					t.Errorf("%s was %q, is %q after MOVE", nameString(n), was[n], is)
				}
			}
		}},

	{ID: "CM-17", Section: "RFC 4918 9.8.2, 15.1", Level: Should,
		Title: "COPY to an unmapped URL starts a new creationdate; live properties do not turn dead",
		Run: func(t *T) {
			t.Put("f", "file")
			t.Sleep(1100 * time.Millisecond) // creationdate may have a resolution of a second
			t.Status(t.Do("COPY", "f", t.to("g"), ""), 201)
			created := func(path string) time.Time {
				date := t.Prop(path, D("creationdate"))
				if date == nil {
					t.Skipf("the server does not know creation dates")
				}
				at, err := time.Parse(time.RFC3339, date.Trimmed())
				if err != nil {
					t.Errorf("creationdate: %v", err)
				}
				return at
			}
			t.Put("g", "longer content")
			if n := t.Prop("g", D("getcontentlength")).Trimmed(); n != "14" {
				t.Errorf("getcontentlength of a copy that was written to is %q, want 14", n)
			}
			if f, g := created("f"), created("g"); !g.After(f) {
				t.Errorf("creationdate of the copy is %v, of the source %v", g, f)
			}
		}},

	{ID: "CM-18", Section: "RFC 4918 9.9, 9.9.4", Level: Must,
		Title: "After MOVE the source URL is unmapped",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Put("f", "file")
			t.Status(t.Do("MOVE", "f", t.to("g"), ""), 201)
			t.Status(t.Do("MOVE", "c/", t.to("d/"), ""), 201)
			for _, path := range []string{"f", "c/", "c/x"} {
				t.CheckStatus(t.Do("GET", path, nil, ""), 404)
				t.CheckUnmapped(path)
			}
			t.CheckMembers("", "g", "d")
		}},

	{ID: "CM-19", Section: "RFC 4918 10.3", Level: Should,
		Title: "An overlong or otherwise bad Destination is 400, not 414",
		Run: func(t *T) {
			t.Put("f", "file")
			before := t.Snapshot()
			user := strings.Replace(t.URL("g"), "://", "://user:pw@", 1)
			for _, d := range []string{t.URL("g") + "#fragment", t.Path("g") + "#fragment", user, t.Path("%zz"), t.Path("%00")} {
				t.CheckStatus(t.Do("COPY", "f", H{"Destination": {d}}, ""), 400)
			}
			t.CheckStatus(t.Do("COPY", "f", t.to(strings.Repeat("g", 64<<10)), ""), 400, 431)
			t.CheckUnchanged(before)
		}},

	{ID: "CM-20", Section: "RFC 4918 9.8.5, 16, RFC 5842 7.2", Level: May,
		Title: "COPY and MOVE answer with what is defined for them; preserved-live-properties goes with 409",
		Scan: func(x *Exchange, errorf func(string, ...any)) bool {
			if x.Method != "COPY" && x.Method != "MOVE" {
				return false
			}
			defined := []int{201, 204, 207, 400, 401, 403, 404, 405, 409, 412, 413, 415, 423, 431, 502, 507, 508}
			if strings.Contains(strings.Join(x.RequestHeader["Prefer"], ","), "return=representation") {
				defined = append(defined, 200) // RFC 8144 section 3.1
			}
			if x.Header.Get("Redirect-Ref") != "" {
				defined = append(defined, 301, 302) // RFC 4437 section 5
			}
			if !slices.Contains(defined, x.Status) {
				errorf("a status that is not defined for %s", x.Method)
			}
			root, err := x.XML()
			if err == nil && root.Child(D("preserved-live-properties")) != nil && x.Status != 409 {
				errorf("preserved-live-properties without 409")
			}
			return true
		}},
}
