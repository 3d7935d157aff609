package davtest

// The cases on using references, and collections that hold them.
var casesReferenceUse = []Case{
	{ID: "RR-04", Section: "RFC 4437 5, 12.1", Level: Must,
		Title: "Any method is 302 (301 if permanent), with a full Location and Redirect-Ref as given at creation",
		Run: func(t *T) {
			t.NeedReferences()
			t.Put("f", "target")
			given, _ := decoded(t.Path("f"))
			t.Mkref("temporary", given)
			statuses := map[string]int{"temporary": 302}
			if t.permanentRef("permanent", given) {
				statuses["permanent"] = 301
			}
			before := t.Snapshot()
			for path, status := range statuses {
				for _, r := range t.everyMethod(path) {
					t.CheckRedirects(r, status, t.URL("f"), given)
				}
				no := t.With(H{"Apply-To-Redirect-Ref": {"F"}})
				t.CheckRedirects(no.Do("GET", path, nil, ""), status, t.URL("f"), given)
			}
			t.CheckUnchanged(before)
		}},

	{ID: "RR-05", Section: "RFC 4437 5, 12.2", Level: Must,
		Title: "With T a method acts on the reference itself, never a 3xx; GET and PUT with T are 403",
		Run: func(t *T) {
			t.NeedReferences()
			ref := t.Ref()
			t.Put("f", "target")
			t.Mkref("ref", t.URL("f"))
			target := t.SnapshotOf("f")
			before := t.Snapshot()
			for _, method := range []string{"GET", "HEAD"} {
				t.CheckStatus(ref.Do(method, "ref", nil, ""), 403)
			}
			t.CheckStatus(ref.Do("PUT", "ref", nil, "body"), 403)
			t.CheckUnchanged(before)
			ref.Store("ref", Set(X("p"), "of the reference"))
			if got := ref.Prop("ref", X("p")).Text(); got != "of the reference" {
				t.Errorf("PROPPATCH with T stored %q", got)
			}
			if t.HasLocks() {
				token := ref.Lock("ref", "exclusive", "0")
				ref.CheckLocked("ref", token)
				t.CheckLocked("f")
				t.CheckStatus(ref.Do("DELETE", "ref", nil, ""), 423)
				ref.Unlock("ref", token)
			}
			t.CheckStatus(ref.Do("COPY", "ref", t.to("copy"), ""), 201)
			t.CheckStatus(ref.Do("MOVE", "ref", t.to("moved"), ""), 201)
			for _, path := range []string{"copy", "moved"} {
				t.CheckReference(path, t.URL("f"), "temporary")
				if got := ref.Prop(path, X("p")).Text(); got != "of the reference" {
					t.Errorf("%s of the reference has %q of its property", path, got)
				}
			}
			t.CheckStatus(ref.Do("DELETE", "copy", nil, ""), 204)
			ref.CheckUnmapped("ref", "copy")
			t.CheckUnchanged(target)
		}},

	{ID: "RR-07", Section: "RFC 4437 12.2", Level: Must,
		Title: "Apply-To-Redirect-Ref is ignored on every other resource",
		Run: func(t *T) {
			t.NeedReferences()
			ref := t.Ref()
			t.Put("f", "file")
			ref.CheckBody("f", "file")
			t.CheckStatus(ref.Do("PUT", "f", nil, "changed"), 200, 204)
			t.CheckStatus(ref.Do("PUT", "new", nil, "new"), 201)
			t.CheckStatus(ref.Do("MKCOL", "c/", nil, ""), 201)
			t.CheckStatus(ref.Do("COPY", "f", t.to("c/copy"), ""), 201)
			t.CheckStatus(ref.Do("MOVE", "new", t.to("c/moved"), ""), 201)
			t.CheckStatus(ref.Do("DELETE", "f", nil, ""), 204)
			t.CheckStatus(ref.Do("GET", "f", nil, ""), 404)
			t.CheckBody("c/copy", "changed")
			ref.CheckMembers("", "c")
			ref.CheckMembers("c/", "copy", "moved")
		}},

	{ID: "RR-08", Section: "RFC 4437 8, RFC 4918 13.2", Level: Must,
		Title: "A listing shows a reference as a status 302 (301) with location, with T by its own properties",
		Run: func(t *T) {
			t.NeedReferences()
			t.Put("f", "target")
			t.Mkref("ref", "f")
			want := map[string]int{"ref": 302}
			if t.permanentRef("permanent", "http://host.example/x/") {
				want["permanent"] = 301
			}
			location := map[string]string{"ref": t.URL("f"), "permanent": "http://host.example/x/"}
			plain := t.Propfind("", "1", D("resourcetype"), D("reftarget"))
			own := t.Ref().Propfind("", "1", D("resourcetype"), D("reftarget"))
			for path, status := range want {
				r := plain.At(t.Path(path))
				switch {
				case r == nil:
					t.Errorf("%s is not listed", path)
				case r.Code != status || len(r.Propstats) > 0:
					t.Errorf("%s: status %q and %d propstat, want %d alone", path, r.Status, len(r.Propstats), status)
				default:
					if got := r.Element.Child(D("location"), D("href")).Trimmed(); got != location[path] {
						t.Errorf("%s: location %q, want %q", path, got, location[path])
					}
				}
				if _, status := own.At(t.Path(path)).Prop(D("reftarget")); status != 200 {
					t.Errorf("with T reftarget of %s has %d", path, status)
				}
			}
			if target, _ := own.At(t.Path("ref")).Prop(D("reftarget")); target.Child(D("href")).Trimmed() != "f" {
				t.Errorf("reftarget of ref in a listing is %s, want f", target.Inner())
			}
			for _, ms := range []*Multistatus{plain, own} {
				for _, path := range []string{"", "f"} {
					if code := ms.At(t.Path(path)).PropStatus(D("resourcetype")); code != 200 {
						t.Errorf("resourcetype of %s has %d", t.Path(path), code)
					}
				}
			}
		}},

	{ID: "RR-09", Section: "RFC 4437 8", Level: Must,
		Title: "COPY, MOVE, DELETE and LOCK of a collection treat references in it as with T",
		Run: func(t *T) {
			t.NeedReferences()
			t.Mkcol("c/", "c/d/")
			t.Put("f", "target")
			t.Mkref("c/ref", t.URL("f"))
			t.Mkref("c/d/deep", t.URL("f"))
			target := t.SnapshotOf("f")
			t.CheckStatus(t.Do("COPY", "c/", t.to("copy/"), ""), 201)
			t.CheckStatus(t.Do("MOVE", "copy/", t.to("moved/"), ""), 201)
			for _, path := range []string{"c/ref", "c/d/deep", "moved/ref", "moved/d/deep"} {
				t.CheckReference(path, t.URL("f"), "temporary")
			}
			if t.HasLocks() {
				token := t.Lock("moved/", "exclusive", "infinity")
				t.Ref().CheckLocked("moved/ref", token)
				t.CheckLocked("f")
				t.CheckStatus(t.Ref().Do("DELETE", "moved/ref", nil, ""), 423)
				t.Unlock("moved/", token)
			}
			t.CheckStatus(t.Do("DELETE", "moved/", nil, ""), 204)
			t.CheckUnmapped("moved/")
			t.CheckUnchanged(target)
		}},

	{ID: "RR-10", Section: "RFC 4437 10, 11", Level: Should,
		Title: "A relative reftarget is stored as given and resolved against the reference's URL; below it the rest is appended",
		Run: func(t *T) {
			t.NeedReferences()
			t.Mkcol("c/")
			origin, self := t.Origin(), t.Path("")
			for i, try := range []struct{ given, location string }{
				{"t/x.html", t.URL("c/t/x.html")},
				{"../up", t.URL("up")},
				{"/rooted/x", origin + "/rooted/x"},
				{"?q=1", t.URL("c/ref") + "?q=1"},
				{"caf%C3%A9", t.URL("c/caf%C3%A9")},
				{"http://host.example/a/", "http://host.example/a/"},
			} {
				if i > 0 {
					t.Status(t.Ref().Do("DELETE", "c/ref", nil, ""), 204)
				}
				t.Mkref("c/ref", try.given)
				t.CheckReference("c/ref", try.given, "temporary")
				t.CheckRedirects(t.Do("GET", "c/ref", nil, ""), 302, try.location, try.given)
			}
			for target, location := range map[string]string{
				"http://host.example/a/": "http://host.example/a/y/z",
				"http://host.example/b":  "http://host.example/b/y/z",
				self + "c":               t.URL("c/y/z"),
			} {
				t.Status(t.Ref().Do("DELETE", "c/ref", nil, ""), 204)
				t.Mkref("c/ref", target)
				if r := t.Do("GET", "c/ref/y/z", nil, ""); r.Status != 404 {
					t.CheckRedirects(r, 302, location, target)
				}
			}
		}},
}

// everyMethod are the answers to requests of many kinds on a path, without
// Apply-To-Redirect-Ref.
func (t *T) everyMethod(path string) []*Response {
	list := []*Response{
		t.Do("GET", path, nil, ""),
		t.Do("HEAD", path, nil, ""),
		t.Do("PUT", path, nil, "overwritten"),
		t.Do("PROPFIND", path, H{"Depth": {"0"}}, propfindBody()),
		t.Proppatch(path, Set(X("p"), "1")),
		t.Do("COPY", path, t.to("copy"), ""),
		t.Do("MOVE", path, t.to("moved"), ""),
		t.Do("DELETE", path, nil, ""),
	}
	if t.HasLocks() {
		list = append(list, t.TryLock(path, "exclusive", "0", nil))
	}
	return list
}
