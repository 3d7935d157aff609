package davtest

import (
	"fmt"
	"slices"
	"sync/atomic"
)

// The cases on BIND, UNBIND and REBIND.
var casesBindMethods = []Case{
	{ID: "BI-05", Section: "RFC 5842 4", Level: Must,
		Title: "BIND adds a binding: 201 if it is new, 200 or 204 if it replaced one; a body is a bind-response",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("c/", "d/")
			t.Put("f", "file")
			t.Put("g", "other")
			t.Put("d/y", "deep")
			t.CheckSuccess(t.TryBind("c/", "x", "f", nil), 201)
			t.CheckSame(t.ResourceID("f"), "c/x")
			t.CheckBody("c/x", "file")
			t.CheckSuccess(t.TryBind("c/", "x", "f", nil), 200, 204)
			t.CheckSame(t.ResourceID("f"), "c/x")
			t.CheckSuccess(t.TryBind("c", "x", "g", nil), 200, 204)
			t.CheckSame(t.ResourceID("g"), "c/x")
			t.CheckBody("f", "file")
			full := binding("bind", "sub%20tree", t.URL("d/"))
			t.CheckSuccess(t.Do("BIND", "c/", nil, full), 201)
			t.CheckBody("c/sub%20tree/y", "deep")
			t.CheckMembers("c/", "sub tree", "x")
			t.CheckMembers("", "c", "d", "f", "g")
		}},

	{ID: "BI-06", Section: "RFC 5842 4, 5, 6", Level: Must,
		Title: "A BIND, UNBIND or REBIND that fails leaves everything as it was",
		Run: func(t *T) {
			t.forRefusals()
			list := slices.Concat(t.refusals("BIND"), unbindRefusals(), t.refusals("REBIND"))
			for _, method := range []string{"bind", "rebind"} {
				up := map[string]string{"bind": "BIND", "rebind": "REBIND"}[method]
				list = append(list,
					refusal{method: up, path: "none/", body: binding(method, "new", t.Path("f"))},
					refusal{method: up, path: "c/", body: binding(method, "new", "")},
					refusal{method: up, path: "c/", body: dav(method, element(D("href"), t.Path("f")))},
					refusal{method: up, path: "c/", body: dav("propfind", "<D:allprop/>")},
					refusal{method: up, path: "c/", body: "<D:" + method},
					refusal{method: up, path: "c/"})
			}
			list = append(list,
				refusal{method: "UNBIND", path: "none/", body: binding("unbind", "x", "")},
				refusal{method: "UNBIND", path: "c/", body: dav("unbind", "")},
				refusal{method: "UNBIND", path: "c/"})
			before := t.Graph()
			for _, r := range list {
				if resp := r.send(t); resp.Status < 400 || resp.Status > 499 {
					t.Errorf("%s %s of %s: status %d, want 4xx", r.method, resp.Target, r.body, resp.Status)
				}
			}
			never := H{"If-Match": {`"davtest-never"`}}
			for _, r := range []*Response{
				t.TryBind("c/", "new", "f", never), t.TryRebind("c/", "new", "f", never), t.TryUnbind("c/", "x", never),
			} {
				t.CheckStatus(r, 412)
			}
			t.CheckUnchanged(before)
		}},

	{ID: "BI-07", Section: "RFC 5842 4, RFC 3253 1.6", Level: Must,
		Title: "BIND is refused with bind-into-collection, bind-source-exists, cross-server-binding or name-allowed",
		Run: func(t *T) {
			t.forRefusals()
			t.checkRefusals(t.refusals("BIND"))
		}},

	{ID: "BI-08", Section: "RFC 5842 4, 6, RFC 4918 10.6, 12.1", Level: Must,
		Title: "A binding in the way is replaced, unless Overwrite is F: then it is 412 with can-overwrite",
		Run: func(t *T) {
			t.forRefusals()
			t.Put("g", "other")
			never := H{"Overwrite": {"F"}}
			before := t.Graph()
			t.CheckCondition(t.TryBind("c/", "x", "f", never), "can-overwrite", 412)
			t.CheckCondition(t.TryRebind("c/", "x", "f", never), "can-overwrite", 412)
			t.CheckUnchanged(before)
			t.CheckSuccess(t.TryBind("c/", "free", "f", never), 201)
			t.CheckSuccess(t.TryBind("c/", "x", "f", H{"Overwrite": {"T"}}), 200, 204)
			t.CheckBody("c/x", "file")
			t.CheckSuccess(t.TryRebind("c/", "too", "g", never), 201)
			t.CheckSuccess(t.TryRebind("c/", "d", "c/too", nil), 200, 204)
			t.CheckBody("c/d", "other")
			t.CheckMembers("c/", "again", "d", "free", "x")
		}},

	{ID: "BI-09", Section: "RFC 5842 2.1.1, 4", Level: May,
		Title: "A binding that closes a cycle is made, or refused with cycle-allowed",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("a/", "a/b/")
			t.Put("a/f", "file")
			before := t.Graph()
			for _, r := range []*Response{t.TryBind("a/", "self", "a/", nil), t.TryBind("a/b/", "up", "a/", nil)} {
				if r.Status == 201 {
					continue
				}
				t.CheckCondition(r, "cycle-allowed", 403, 409)
				t.CheckUnchanged(before)
				return
			}
			t.CheckSame(t.ResourceID("a/"), "a/self/", "a/b/up/", "a/b/up/self/b/up/")
			t.CheckBody("a/b/up/self/f", "file")
		}},

	{ID: "BI-10", Section: "RFC 5842 4", Level: Must,
		Title: "BIND into a locked collection, or over a locked binding, needs the token: else 423 with locked-update-allowed or locked-overwrite-allowed",
		Run: func(t *T) {
			t.NeedBind()
			t.NeedLocks()
			t.Mkcol("c/")
			t.Put("c/x", "member")
			t.Put("f", "file")
			member := t.Lock("c/x", "exclusive", "0")
			before := t.Graph()
			t.CheckCondition(t.TryBind("c/", "x", "f", nil), "locked-overwrite-allowed", 423)
			t.CheckUnchanged(before)
			t.CheckSuccess(t.TryBind("c/", "x", "f", t.submittedAt("c/x", member)), 200, 204)

			for _, depth := range []string{"0", "infinity"} {
				collection := t.Lock("c/", "exclusive", depth)
				before = t.Graph()
				t.CheckCondition(t.TryBind("c/", "new", "f", nil), "locked-update-allowed", 423)
				t.CheckUnchanged(before)
				t.CheckSuccess(t.TryBind("c/", "new"+depth, "f", submitted(collection)), 201)
				t.Unlock("c/", collection)
			}
			t.CheckMembers("c/", "new0", "newinfinity", "x")
		}},

	{ID: "BI-11", Section: "RFC 5842 5", Level: Must,
		Title: "UNBIND removes one binding, with 200 or 204; the resource stays while it has others, and ends with its last",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("c/", "d/", "d/sub/")
			t.Put("f", "file")
			t.Put("d/sub/y", "deep")
			t.Bind("c/", "x", "f")
			t.Bind("c/", "tree", "d/")
			file, tree := t.ResourceID("f"), t.ResourceID("d/")
			t.CheckSuccess(t.TryUnbind("", "f", nil), 200, 204)
			t.CheckUnmapped("f")
			t.CheckSame(file, "c/x")
			t.CheckBody("c/x", "file")
			t.CheckSuccess(t.TryUnbind("", "d", nil), 200, 204)
			t.CheckSame(tree, "c/tree/")
			t.CheckBody("c/tree/sub/y", "deep")
			t.CheckSuccess(t.TryUnbind("c/", "x", nil), 200, 204)
			t.CheckSuccess(t.TryUnbind("c/", "tree", nil), 200, 204)
			t.CheckStatus(t.Do("GET", "c/x", nil, ""), 404)
			t.CheckStatus(t.Do("GET", "c/tree/sub/y", nil, ""), 404)
			t.CheckMembers("c/")
			t.CheckMembers("", "c")
		}},

	{ID: "BI-12", Section: "RFC 5842 5", Level: Must,
		Title: "UNBIND is refused with unbind-from-collection or unbind-source-exists, and for a lock with locked-update-allowed or protected-url-deletion-allowed",
		Run: func(t *T) {
			t.forRefusals()
			t.checkRefusals(unbindRefusals())
			if !t.HasLocks() {
				return
			}
			member := t.Lock("c/x", "exclusive", "0")
			before := t.Graph()
			t.CheckCondition(t.TryUnbind("c/", "x", nil), "protected-url-deletion-allowed", 423)
			t.CheckUnchanged(before)
			collection := t.Lock("c/", "exclusive", "0")
			before = t.Graph()
			t.CheckCondition(t.TryUnbind("c/", "again", nil), "locked-update-allowed", 423)
			t.CheckCondition(t.TryUnbind("c/", "x", t.submittedAt("c/x", member)), "locked-update-allowed", 423)
			t.CheckCondition(t.TryUnbind("c/", "x", submitted(collection)), "protected-url-deletion-allowed", 423)
			t.CheckUnchanged(before)
			t.CheckSuccess(t.TryUnbind("c/", "x", t.submittedAt("c/x", member, "c/", collection)), 200, 204)
			t.CheckSuccess(t.TryUnbind("c/", "again", submitted(collection)), 200, 204)
			t.CheckMembers("c/", "d")
		}},

	{ID: "BI-13", Section: "RFC 5842 6", Level: Must,
		Title: "REBIND moves a binding in one step, of a collection too: 201, or 200 or 204 if it replaced one; the resource stays the same",
		Run: func(t *T) {
			t.NeedBind()
			t.Mkcol("c/", "c/tree/", "d/")
			t.Put("c/x", "file")
			t.Put("c/tree/y", "deep")
			t.Put("d/old", "old")
			file, tree := t.ResourceID("c/x"), t.ResourceID("c/tree/")
			t.CheckSuccess(t.TryRebind("d/", "y", "c/x", nil), 201)
			t.CheckUnmapped("c/x")
			t.CheckSame(file, "d/y")
			t.CheckSuccess(t.TryRebind("d/", "old", "d/y", nil), 200, 204)
			t.CheckSame(file, "d/old")
			full := binding("rebind", "tree", t.URL("c/tree/"))
			t.CheckSuccess(t.Do("REBIND", "d", nil, full), 201)
			t.CheckSame(tree, "d/tree/")
			t.CheckBody("d/tree/y", "deep")
			t.CheckMembers("c/")
			t.CheckMembers("d/", "old", "tree")
			t.racingRebinds(file)
		}},

	{ID: "BI-14", Section: "RFC 5842 6", Level: Must,
		Title: "REBIND is refused with the condition that was not met, also for each of the four locks it can touch",
		Run: func(t *T) {
			t.forRefusals()
			t.checkRefusals(t.refusals("REBIND"))
			before := t.Graph()
			t.CheckCondition(t.TryRebind("c/", "x", "f", H{"Overwrite": {"F"}}), "can-overwrite", 412)
			t.CheckUnchanged(before)
			t.lockedRebinds()
			// Nothing would lead to the collection any more, so even a server with
			// cycles may refuse this one; if it does it must say why.
			if r := t.TryRebind("c/d/", "up", "c/", nil); r.Status != 201 {
				t.CheckCondition(r, "cycle-allowed", 403, 409)
				t.CheckBody("c/d/y", "deep")
			}
		}},

	{ID: "BI-15", Section: "RFC 5842 5, 6", Level: Must,
		Title: "A lock whose root UNBIND or REBIND unmaps is deleted by it",
		Run: func(t *T) {
			t.NeedBind()
			t.NeedLocks()
			t.Mkcol("c/", "d/")
			for _, f := range []string{"unbound", "rebound"} {
				t.Put("c/"+f, "file")
				t.Bind("d/", "other-"+f, "c/"+f)
			}
			unbound, rebound := t.Lock("c/unbound", "exclusive", "0"), t.Lock("c/rebound", "exclusive", "0")
			t.CheckSuccess(t.TryUnbind("c/", "unbound", t.submittedAt("c/unbound", unbound)), 200, 204)
			t.CheckSuccess(t.TryRebind("d/", "moved", "c/rebound", t.submittedAt("c/rebound", rebound)), 201)
			for path, token := range map[string]string{"d/other-unbound": unbound, "d/other-rebound": rebound, "d/moved": rebound} {
				t.CheckLocked(path)
				t.CheckStatus(t.Do("LOCK", path, submitted(token), ""), 412)
				t.CheckStatus(t.Do("PUT", path, nil, "free"), 200, 204)
			}
			t.Put("c/unbound", "free")
			t.CheckLocked("c/unbound")
		}},
}

// racingRebinds moves one binding, d/old, to several places at once. Just one
// may succeed, and the resource must be there and nowhere else.
func (t *T) racingRebinds(id string) {
	const racers = 8
	var won atomic.Int32
	won.Store(-1)
	t.Parallel(racers, func(i int) {
		r := t.TryRebind("c/", fmt.Sprint("racer-", i), "d/old", nil)
		if r.Status != 201 {
			t.CheckStatus(r, 403, 409)
		} else if other := won.Swap(int32(i)); other >= 0 {
			t.Errorf("one binding was moved twice, by racers %d and %d", other, i)
		}
	})
	if won.Load() < 0 {
		t.Fatalf("no REBIND of %d at once succeeded", racers)
	}
	winner := fmt.Sprint("racer-", won.Load())
	t.CheckMembers("c/", winner)
	t.CheckMembers("d/", "tree")
	t.CheckSame(id, "c/"+winner)
}

// lockedRebinds tries REBIND with one lock in the way after the other, then with
// all four and their tokens.
func (t *T) lockedRebinds() {
	if !t.HasLocks() {
		return
	}
	t.Mkcol("from/", "onto/")
	t.Put("from/x", "source")
	t.Put("onto/y", "target")
	for _, try := range []struct{ locked, segment, condition string }{
		{"onto/", "new", "locked-update-allowed"},
		{"onto/y", "y", "protected-url-modification-allowed"},
		{"from/", "new", "locked-source-collection-update-allowed"},
		{"from/x", "new", "protected-source-url-deletion-allowed"},
	} {
		token := t.Lock(try.locked, "exclusive", "0")
		before := t.Graph()
		t.CheckCondition(t.TryRebind("onto/", try.segment, "from/x", nil), try.condition, 423)
		t.CheckUnchanged(before)
		t.Unlock(try.locked, token)
	}
	var all []string
	for _, path := range []string{"onto/", "onto/y", "from/", "from/x"} {
		all = append(all, path, t.Lock(path, "exclusive", "0"))
	}
	t.CheckSuccess(t.TryRebind("onto/", "y", "from/x", t.submittedAt(all...)), 200, 204)
	t.CheckBody("onto/y", "source")
	t.CheckUnmapped("from/x")
}
