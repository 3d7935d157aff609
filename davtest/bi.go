package davtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bindings, RFC 5842.
var casesBI = slices.Concat(casesBindIdentity, casesBindMethods, casesBindListing, casesBindTrees, casesBindLocks)

// founding is the request of RFC 5842 section 7.1.1, to the letter.
const founding = `<?xml version="1.0" encoding="utf-8" ?>
<D:propfind xmlns:D="DAV:">
  <D:prop>
   <D:displayname/>
   <D:resource-id/>
  </D:prop>
</D:propfind>
`

// casesFounding is the example that this suite began with. It comes first.
var casesFounding = []Case{
	{ID: "BI-19", Section: "RFC 5842 7.1, 7.1.1", Level: Must,
		Title: "PROPFIND with DAV: bind of a collection bound to itself is a 207 with just two responses: 200, and 208 for the loop, with the same properties",
		Run: func(t *T) {
			t.loop()
			for _, depth := range []H{{"Depth": {"infinity"}}, {}} {
				t.foundingExample(depth)
			}
			t.Put("Coll/Foo", "Bird Inventory")
			h := H{"Depth": {"infinity"}, "Dav": {"bind"}}
			ms := t.Do("PROPFIND", "Coll/", h, founding).Multistatus()
			t.CheckListed("the loop with a file", ms, "Coll", "Coll/Bar", "Coll/Foo")
			file := ms.At(t.Path("Coll/Foo")).identity(200)
			if file == "" || file == ms.At(t.Path("Coll/")).identity(200) {
				t.Errorf("the file's resource-id is %q, and must be one of its own, with 200", file)
			}
			t.checkLoopDetected(H{"Depth": {"infinity"}})
			t.checkLoopDetected(nil)
		}},
}

// foundingExample lists the loop and holds the answer against that of the RFC.
func (t *T) foundingExample(h H) {
	h["Dav"] = []string{"bind"}
	ms := t.Do("PROPFIND", "Coll/", h, founding).Multistatus()
	t.CheckListed("the loop", ms, "Coll", "Coll/Bar")
	id := t.ResourceID("Coll/")
	for path, status := range map[string]string{"Coll/": "HTTP/1.1 200 OK", "Coll/Bar": "HTTP/1.1 208 Already Reported"} {
		r := ms.At(t.Path(path))
		if r == nil || len(r.Propstats) != 1 {
			t.Fatalf("%s has no response with one propstat", t.Path(path))
		}
		code := r.Propstats[0].Code
		if got := r.Propstats[0].Status; !strings.HasPrefix(got, status[:len("HTTP/1.1 200")]) {
			t.Errorf("%s has status %q, want %q", t.Path(path), got, status)
		} else if got != status {
			t.Shouldf("%s has status %q, want %q", t.Path(path), got, status)
		}
		if name, _ := r.Prop(D("displayname")); name.Text() != "Loop Demo" {
			t.Errorf("%s has displayname %q", t.Path(path), name.Text())
		}
		if got := r.identity(code); got != id {
			t.Errorf("%s has resource-id %q; asked for alone, %s has %q", t.Path(path), got, t.Path("Coll/"), id)
		}
	}
	t.CheckSame(id, "Coll/Bar")
	if !strings.HasPrefix(id, "urn:uuid:") {
		t.Shouldf("the resource-id %q is no urn:uuid: (RFC 5842 lets it be any URI that is unique for all time)", id)
	}
}

// checkLoopDetected lists the loop as a client that does not know bindings: the
// whole, or what closes the loop, must have status 508, and nothing 208.
func (t *T) checkLoopDetected(h H) {
	resp := t.Do("PROPFIND", "Coll/", h, founding)
	if resp.Status == 508 || resp.Status == 403 && resp.Condition(D("propfind-finite-depth")) != nil {
		return
	}
	if resp.Status != 207 {
		t.Shouldf("PROPFIND of a loop without DAV: bind: status %d, want 508", resp.Status)
		return
	}
	var codes []int
	for _, r := range resp.Multistatus().Responses {
		codes = append(codes, r.codes()...)
	}
	if !slices.Contains(codes, 508) || slices.Contains(codes, 208) {
		t.Shouldf("PROPFIND of a loop without DAV: bind: a 207 with statuses %v, of which one must be 508 and none 208", codes)
	}
}

// The cases on what a resource is: one thing, whatever its bindings.
var casesBindIdentity = []Case{
	{ID: "BI-01", Section: "RFC 5842 8.1", Level: Must,
		Title: "OPTIONS shows bind in DAV on every resource, and BIND, UNBIND and REBIND in Allow of collections",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("c/")
			t.Put("c/f", "file")
			for _, path := range []string{t.Base(), "", "c/", "c/f"} {
				r := t.Do("OPTIONS", path, nil, "")
				if !slices.Contains(r.List("Dav"), "bind") {
					t.Errorf("OPTIONS %s: DAV: %s", r.Target, r.Header.Get("Dav"))
				}
				for _, method := range []string{"BIND", "UNBIND", "REBIND"} {
					if path != "c/f" && !slices.Contains(r.List("Allow"), method) {
						t.Errorf("OPTIONS %s: no %s in Allow", r.Target, method)
					}
				}
			}
		}},

	{ID: "BI-02", Section: "RFC 5842 2.7, 3.1", Level: Must, Timeout: 5 * time.Minute,
		Title: "Every resource has a resource-id, one URI, the same through all bindings and different from all others",
		Run: func(t *T) {
			t.NeedBind()
			const workers, each = 4, 250
			t.Mkcol("c/")
			t.Parallel(workers, func(w int) {
				for i := range each {
					t.Put(fmt.Sprintf("c/%d-%d", w, i), "")
				}
			})
			t.Bind("", "same", "c/2-100")
			ids := map[string]string{}
			listings := []*Multistatus{t.Propfind("", "1", D("resource-id")), t.Propfind("c/", "1", D("resource-id"))}
			for _, ms := range listings {
				for i, path := range t.relative(ms) {
					if ids[path] = ms.Responses[i].identity(200); ids[path] == "" {
						t.Errorf("%s has no resource-id that is one href with a URI", path)
					}
				}
			}
			if want := workers*each + 3; len(ids) != want {
				t.Errorf("%d resources, want %d", len(ids), want)
			}
			if ids["same"] != ids["c/2-100"] {
				t.Errorf("through one binding %q, through the other %q", ids["c/2-100"], ids["same"])
			}
			delete(ids, "same")
			t.distinct(ids)
		}},

	{ID: "BI-03", Section: "RFC 5842 2.7", Level: MustNot,
		Title: "resource-id does not change by PUT, PROPPATCH, LOCK, MOVE, BIND, REBIND, nor by being overwritten by COPY",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("c/")
			t.Put("f", "file")
			t.Put("other", "other")
			file, collection := t.ResourceID("f"), t.ResourceID("c/")
			t.Put("f", "changed")
			t.CheckSame(file, "f")
			t.Store("f", Set(X("p"), "1"))
			t.Store("c/", Set(X("p"), "1"))
			t.Status(t.Do("COPY", "other", t.to("f"), ""), 204)
			t.CheckSame(file, "f")
			if t.HasLocks() {
				t.Unlock("f", t.Lock("f", "exclusive", "0"))
			}
			t.Put("c/new", "a member")
			t.Bind("c/", "bound", "f")
			t.CheckSame(file, "f", "c/bound")
			t.CheckSuccess(t.TryRebind("c/", "rebound", "f", nil), 201)
			t.Status(t.Do("MOVE", "c/bound", t.to("moved"), ""), 201)
			t.Status(t.Do("MOVE", "c/", t.to("d/"), ""), 201)
			t.CheckSame(file, "moved", "d/rebound")
			t.CheckSame(collection, "d/")
		}},

	{ID: "BI-04", Section: "RFC 5842 2.7", Level: Must,
		Title: "What is new has a resource-id that nothing had before: by PUT, MKCOL, COPY, LOCK, MKREDIRECTREF, also at a URL that was used",
		Run: func(t *T) {
			t.NeedBind()
			ids := map[string]string{}
			for _, life := range []string{"first", "second", "third"} {
				t.Put("f", "the same")
				t.Mkcol("c/")
				t.Put("c/x", "member")
				t.Status(t.Do("COPY", "f", t.to("copy"), ""), 201)
				t.Status(t.Do("COPY", "c/", t.to("copies/"), ""), 201)
				made := []string{"f", "c/", "c/x", "copy", "copies/", "copies/x"}
				if t.HasLocks() {
					t.Unlock("locked", t.Lock("locked", "exclusive", "0"))
					made = append(made, "locked")
				}
				for _, path := range made {
					ids[path+", "+life] = t.ResourceID(path)
				}
				if id := t.redirectID("reference"); id != "" {
					ids["reference, "+life] = id
				}
				for _, path := range []string{"f", "c/", "copy", "copies/", "locked"} {
					t.Status(t.Do("DELETE", path, nil, ""), 200, 204, 404)
				}
			}
			t.distinct(ids)
		}},

	{ID: "BI-16", Section: "RFC 5842 2, 2.6", Level: Must,
		Title: "All bindings show one resource: bytes, dead properties, members, locks",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("c/", "d/")
			t.Put("c/x", "file")
			t.Bind("d/", "y", "c/x")
			t.Bind("", "e", "c/")
			t.CheckBody("d/y", "file")
			t.Put("d/y", "written through the other")
			t.CheckBody("c/x", "written through the other")
			t.CheckBody("e/x", "written through the other")
			t.Store("e/x", Set(X("p"), "<x:a>1</x:a>"))
			t.Store("c/", Set(D("displayname"), "C"))
			if p := t.Prop("d/y", X("p")); p == nil || p.Child(X("a")).Text() != "1" {
				t.Errorf("a property set through one binding is not seen through another")
			}
			if name := t.Prop("e/", D("displayname")); name.Text() != "C" {
				t.Errorf("the collection's displayname is %q through its other binding", name.Text())
			}
			t.Put("e/new", "member")
			t.Mkcol("c/sub/")
			t.CheckMembers("c/", "new", "sub", "x")
			t.CheckMembers("e/", "new", "sub", "x")
			if t.HasLocks() {
				token := t.Lock("c/x", "exclusive", "0")
				t.CheckLocked("d/y", token)
				t.CheckLocked("e/x", token)
				t.Unlock("c/x", token)
				t.CheckLocked("d/y")
			}
		}},
}

// redirectID makes a redirect reference (RFC 4437), takes it away again, and
// tells the resource-id it had; "" if the server has none.
func (t *T) redirectID(path string) string {
	if !t.HasReferences() {
		return ""
	}
	t.Mkref(path, "/somewhere")
	id := t.Ref().Propfind(path, "0", D("resource-id")).At(t.Path(path)).identity(200)
	if id == "" {
		t.Errorf("the redirect reference has no resource-id")
	}
	t.Status(t.Ref().Do("DELETE", path, nil, ""), 200, 204)
	return id
}
