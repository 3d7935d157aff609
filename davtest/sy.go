package davtest

import (
	"slices"
	"strings"
)

// Collection synchronization, RFC 6578: the request, and what an answer is.
var casesSY = slices.Concat(casesSyncForm, casesSyncChanges, casesSyncTokens)

var casesSyncForm = []Case{
	{ID: "SY-01", Section: "RFC 6578 3.2", Level: Must,
		Title: "supported-report-set names sync-collection on each collection that can do it",
		Run: func(t *T) {
			t.Mkcol("c/", "c/d/")
			some := false
			for _, path := range []string{"", "c/", "c/d/"} {
				named := t.supportsReport(path, "sync-collection")
				resp := t.TrySync(path, "", "1", nil, 0)
				if works := resp.Status == 207; works != named {
					t.Errorf("sync-collection on %s: named %t, works %t", t.Path(path), named, works)
				}
				some = some || named
			}
			if !some {
				t.NeedSync("")
			}
		}},

	{ID: "SY-02", Section: "RFC 6578 3.2, 3.3, A", Level: Must,
		Title: "The report is for Depth 0, or none; another Depth is 400",
		Run: func(t *T) {
			t.NeedSync("")
			t.Put("f", "file")
			t.changes(t.TrySync("", "", "1", nil, 0))
			t.changes(t.TrySync("", "", "1", H{"Depth": {"0"}}, 0))
			for _, depth := range []string{"1", "infinity", "2"} {
				t.CheckStatus(t.TrySync("", "", "1", H{"Depth": {depth}}, 0), 400)
				t.CheckStatus(t.TrySync("", "", "infinite", H{"Depth": {depth}}, 0), 400)
			}
			// Clients of the drafts have no sync-level; Depth may stand in for it.
			for _, depth := range []string{"1", "infinity"} {
				r := t.TrySync("", "", "", H{"Depth": {depth}}, 0)
				if t.CheckStatus(r, 207, 400) && r.Status == 207 {
					t.CheckChanges("Depth "+depth+" without sync-level", t.changes(r), "f", "")
				}
			}
		}},

	{ID: "SY-03", Section: "RFC 6578 3.2, 6", Level: Must,
		Title: "The body has sync-token, sync-level, which is 1 or infinite, and prop; the target is a collection",
		Run: func(t *T) {
			t.NeedSync("")
			t.Put("f", "file")
			const token, level, prop = "<D:sync-token/>", "<D:sync-level>1</D:sync-level>", "<D:prop><D:getetag/></D:prop>"
			ask := func(path, content string) *Response {
				return t.Do("REPORT", path, nil, dav("sync-collection", content))
			}
			t.changes(ask("", token+level+prop))
			for _, broken := range []*Response{
				ask("", level+prop), ask("", token+prop), ask("", token+level), ask("", ""), ask("f", token+level+prop),
				ask("", token+"<D:sync-level>2</D:sync-level>"+prop), ask("", token+"<D:sync-level/>"+prop),
				ask("", token+"<D:sync-level>1infinite</D:sync-level>"+prop),
			} {
				if !t.CheckStatus(broken, 400, 403) || broken.Status == 400 {
					continue
				}
				if root, err := broken.XML(); err != nil || root.Name != D("error") {
					t.Errorf("REPORT %s of %s: 403 without DAV:error", broken.Target, broken.RequestBody)
				}
			}
		}},

	{ID: "SY-04", Section: "RFC 6578 3.2, 4", Level: Must,
		Title: "The answer has one sync-token, a URI, equal to the protected property sync-token",
		Run: func(t *T) {
			t.NeedSync("")
			t.Mkcol("c/")
			for _, path := range []string{"", "c/", ""} {
				for _, level := range []string{"1", "infinite"} {
					token, property := t.Sync(path, "", level).token, t.Prop(path, D("sync-token"))
					if property == nil || len(property.Children()) > 0 || property.Trimmed() != token {
						t.Errorf("%s: the report at level %s tells the token %q, the property another one, or none", t.Path(path), level, token)
					}
				}
				t.Put("c/f", "file of "+path)
			}
			before := t.Snapshot()
			ms := t.Proppatch("c/", Set(D("sync-token"), "urn:davtest:forged"), Set(X("p"), "1")).Multistatus()
			if code := ms.At(t.Path("c/")).PropStatus(D("sync-token")); code != 403 {
				t.Errorf("PROPPATCH of sync-token: status %d, want 403", code)
			}
			t.CheckUnchanged(before)
			if code := t.Propfind("c/", "0").At(t.Path("c/")).PropStatus(D("sync-token")); code != 0 {
				t.Shouldf("allprop has sync-token, with status %d", code)
			}
		}},

	{ID: "SY-05", Section: "RFC 6578 3.4", Level: Must,
		Title: "An empty token gives every member of the level, collections too, not the target itself, and nothing removed",
		Run: func(t *T) {
			t.NeedSync("")
			for _, level := range []string{"1", "infinite"} {
				t.CheckChanges("a fresh collection", t.Sync("", "", level), "", "")
			}
			t.Mkcol("c/", "c/d/", "c/empty/", "gone/")
			t.Put("f", "file")
			t.Put("c/x", "member")
			t.Put("c/d/y", "deep")
			t.Put("c/d/gone", "deep")
			t.Status(t.Do("DELETE", "gone/", nil, ""), 200, 204)
			t.Status(t.Do("DELETE", "c/d/gone", nil, ""), 200, 204)
			t.Status(t.Do("MOVE", "f", t.to("moved"), ""), 201)
			t.CheckChanges("level 1", t.Sync("", "", "1"), "c moved", "")
			t.CheckChanges("level 1 below", t.Sync("c/", "", "1"), "c/d c/empty c/x", "")
			t.CheckChanges("level infinite", t.Sync("", "", "infinite"), "c c/d c/d/y c/empty c/x moved", "")
		}},

	{ID: "SY-06", Section: "RFC 6578 3.2", Level: Must,
		Title: "Changed members have propstat and no status, removed ones status 404 and no propstat, each URL once; two bindings of what changed are both told",
		Run: func(t *T) {
			t.NeedSync("")
			t.Put("changed", "old")
			t.Put("deleted", "old")
			t.Put("kept", "old")
			c := t.Since("", "1", func() {
				t.Put("new", "new")
				t.Put("changed", "once")
				t.Put("changed", "twice")
				t.Status(t.Do("DELETE", "deleted", nil, ""), 200, 204)
			})
			t.CheckChanges("new, changed and deleted", c, "changed new", "deleted")
			if !t.Claims("bind") {
				return
			}
			t.Mkcol("c/")
			t.Bind("", "twin", "kept")
			t.Bind("c/", "triplet", "kept")
			for level, want := range map[string]string{"1": "kept twin", "infinite": "kept twin c/triplet"} {
				c := t.Since("", level, func() { t.Put("twin", "changed, for level "+level) })
				t.CheckChanges("a change through one of three bindings, level "+level, c, want, "", "c")
			}
		},
		Scan: judgeSync},

	{ID: "SY-10", Section: "RFC 6578 3.3", Level: Must,
		Title: "A collection below that can't take part has 403 with supported-report or sync-traversal-supported",
		Scan: func(x *Exchange, report errorf) bool {
			return scanSome(func(r *ResponseElement, errorf errorf) bool {
				if !isSync(x) || r.Code != 403 {
					return false
				}
				if !r.Condition(D("supported-report")) && !r.Condition(D("sync-traversal-supported")) {
					errorf("%s has 403 and says neither supported-report nor sync-traversal-supported", r.at())
				}
				return true
			})(x, report)
		}},
}

// isSync tells whether the exchange is a sync-collection report.
func isSync(x *Exchange) bool {
	return x.Method == "REPORT" && strings.Contains(string(x.RequestBody), "sync-collection")
}

// judgeSync wants each response of a report to be that of a member that changed,
// was removed or can't take part, or the 507 for the Request-URI.
func judgeSync(x *Exchange, report errorf) bool {
	if !isSync(x) {
		return false
	}
	self, _ := decoded(x.Target)
	return scanSome(func(r *ResponseElement, errorf errorf) bool {
		want := []int{404, 403}
		if p, _ := decoded(r.at()); p == self {
			want = []int{507}
		}
		switch {
		case r.Status == "" && len(r.Propstats) > 0:
		case len(r.Propstats) > 0:
			errorf("%s has propstat and the status %d", r.at(), r.Code)
		case !slices.Contains(want, r.Code):
			errorf("%s has status %d and no propstat", r.at(), r.Code)
		}
		return true
	})(x, report)
}
