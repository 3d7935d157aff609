package davtest

import (
	"fmt"
	"time"
)

// The cases on tokens and limits.
var casesSyncTokens = []Case{
	{ID: "SY-11", Section: "RFC 6578 3.2", Level: Must,
		Title: "A token that was not issued for the collection is refused with valid-sync-token; one that was stays good",
		Run: func(t *T) {
			t.NeedSync("")
			t.Mkcol("c/", "d/")
			t.Put("c/x", "member")
			t.Put("d/y", "member")
			token := t.Sync("c/", "", "1").token
			for _, wrong := range []string{
				"urn:davtest:never", "data:,", "not a URI", token + "0", token + "9999999999999999999999", "x" + token,
				t.Sync("d/", "", "1").token, t.Sync("", "", "1").token,
			} {
				t.CheckCondition(t.TrySync("c/", wrong, "1", nil, 0), "valid-sync-token", 403, 409)
			}
			for i := range 50 {
				t.Put("c/x", fmt.Sprint("change ", i))
			}
			t.Put("c/new", "new")
			t.CheckChanges("an older token", t.Sync("c/", token, "1"), "c/x c/new", "")
			t.CheckChanges("the older token at the other level", t.Sync("c/", token, "infinite"), "c/x c/new", "")
			t.madeAgain()
			if t.CanRestart() {
				t.Restart()
				t.CheckChanges("a token from before the restart", t.Sync("c/", token, "1"), "c/x c/new", "")
			}
		}},

	{ID: "SY-12", Section: "RFC 6578 3.6", Level: Must, Timeout: 3 * time.Minute,
		Title: "A shortened answer is a 207 with 507 for the Request-URI, and its token stands for just what was sent",
		Run: func(t *T) {
			t.NeedSync("")
			t.Mkcol("c/", "c/sub/")
			for i := range 20 {
				t.Put(fmt.Sprintf("c/%02d", i), "first")
			}
			for i := range 4 {
				t.Put(fmt.Sprintf("c/sub/%d", i), "first")
			}
			for level, members := range map[string]int{"1": 21, "infinite": 25} {
				t.checkPages(level, members)
			}
			for _, level := range []string{"1", "infinite"} {
				v := view{}
				token := t.pages("c/", "", level, 10, func(page int, c *changes) {
					v.apply(c)
					if page == 0 {
						t.changeMeanwhile(c)
					}
				})
				token = t.pages("c/", token, level, 10, func(_ int, c *changes) { v.apply(c) })
				t.CheckView("c/", level, v)
				for i := range 20 {
					t.Put(fmt.Sprintf("c/%02d", i), "again, level "+level)
				}
				t.Status(t.Do("DELETE", "c/sub/1", nil, ""), 200, 204)
				token = t.pages("c/", token, level, 3, func(page int, c *changes) {
					v.apply(c)
					if page == 1 {
						t.changeMeanwhile(c)
					}
				})
				t.pages("c/", token, level, 3, func(_ int, c *changes) { v.apply(c) })
				t.CheckView("c/", level, v)
				t.Put("c/sub/1", "first")
			}
		},
		Scan: func(x *Exchange, report errorf) bool {
			return scanSome(func(r *ResponseElement, errorf errorf) bool {
				if !isSync(x) || r.Code != 507 {
					return false
				}
				if at, self := pathOf(r.at()), pathOf(x.Target); at != self {
					errorf("%s has 507, which belongs to the Request-URI", r.at())
				}
				return true
			})(x, report)
		}},

	{ID: "SY-13", Section: "RFC 6578 3.7", Level: Must,
		Title: "The limit is kept, or the whole request is 507 with number-of-matches-within-limits",
		Run: func(t *T) {
			t.NeedSync("")
			for _, f := range []string{"a", "b", "c"} {
				t.Put(f, f)
			}
			for limit := 1; limit <= 4; limit++ {
				resp := t.TrySync("", "", "1", nil, limit)
				if resp.Status != 207 {
					t.CheckCondition(resp, "number-of-matches-within-limits", 507)
					continue
				}
				c := t.changes(resp)
				if n := c.size(); n > limit || n == 0 || limit == 1 && n != 1 {
					t.Errorf("%d of 3 members at a limit of %d", n, limit)
				}
				if more := c.size() < 3; c.more != more {
					t.Errorf("%d of 3 members at a limit of %d, with 507: %t", c.size(), limit, c.more)
				}
				if self := resp.Multistatus().At(t.Path("")); c.more && !self.Condition(D("number-of-matches-within-limits")) {
					t.Shouldf("the 507 for the Request-URI does not say number-of-matches-within-limits")
				}
			}
		}},

	{ID: "SY-14", Section: "RFC 6578 5", Level: Must,
		Title: "A sync-token is a state token in If: true until the collection changes",
		Run: func(t *T) {
			t.NeedSync("")
			t.Mkcol("c/")
			t.Put("c/x", "member")
			current := func() string { return t.Sync("c/", "", "1").token }
			old := current()
			t.CheckStatus(t.Do("PUT", "c/n", t.submittedAt("c/", old), "new"), 201)
			before := t.Snapshot()
			for _, stale := range []*Response{
				t.Do("PUT", "c/n2", t.submittedAt("c/", old), "new"),
				t.Do("PUT", "c/x", t.submittedAt("c/", old), "changed"),
				t.Do("MKCOL", "c/child/", t.submittedAt("c/", old), ""),
				t.Do("DELETE", "c/x", t.submittedAt("c/", old), ""),
				t.Do("PROPPATCH", "c/", submitted(old), propertyupdate(Set(X("p"), "1"))),
			} {
				t.CheckStatus(stale, 412)
			}
			t.CheckUnchanged(before)
			t.CheckStatus(t.Do("MKCOL", "c/child/", t.submittedAt("c/", current()), ""), 201)
			t.CheckStatus(t.Do("DELETE", "c/x", t.submittedAt("c/", current()), ""), 200, 204)
			not := H{"If": {"<" + t.Path("c/") + "> (Not <" + current() + ">)"}}
			t.CheckStatus(t.Do("PUT", "c/n", not, "changed"), 412)
			t.CheckStatus(t.Do("PUT", "c/n", t.submittedAt("c/n", current()), "changed"), 412)
			t.CheckBody("c/n", "new")
		}},
}

// madeAgain removes a collection and makes another at its URL. The old token may
// be refused, or good: then what the old one had is gone.
func (t *T) madeAgain() {
	t.Mkcol("again/")
	t.Put("again/old", "old")
	token := t.Sync("again/", "", "1").token
	t.Status(t.Do("DELETE", "again/", nil, ""), 200, 204)
	t.Mkcol("again/")
	t.Put("again/new", "new")
	if r := t.TrySync("again/", token, "1", nil, 0); r.Status != 207 {
		t.CheckCondition(r, "valid-sync-token", 403, 409)
	} else {
		t.CheckChanges("the token of a collection that was made again", t.changes(r), "again/new", "again/old")
	}
}

// checkPages reads a whole collection in pages of ten and wants each member
// once, and a 507 for as long as there are more.
func (t *T) checkPages(level string, members int) {
	sent := map[string]bool{}
	full := 0
	t.pages("c/", "", level, 10, func(page int, c *changes) {
		for path := range c.changed {
			if sent[path] {
				t.Errorf("level %s: page %d repeats %s", level, page, path)
			}
			sent[path] = true
		}
		if len(c.removed) > 0 {
			t.Errorf("level %s: page %d of the first synchronization removes %q", level, page, c.removed)
		}
		if len(c.changed) == 0 {
			t.Errorf("level %s: page %d is empty, though the one before says there is more", level, page)
		}
		full++
	})
	if len(sent) != members {
		t.Errorf("level %s: %d members on %d pages, want %d", level, len(sent), full, members)
	}
}

// changeMeanwhile changes and removes members that were sent and members that
// were not, makes one, and puts back those that an earlier call removed.
func (t *T) changeMeanwhile(sent *changes) {
	done := map[bool]int{}
	for i := range 20 {
		path := fmt.Sprintf("c/%02d", i)
		_, was := sent.changed[path]
		switch done[was]++; done[was] {
		case 1, 2:
			t.Put(path, "changed meanwhile "+noise(8))
		case 3:
			t.Status(t.Do("DELETE", path, nil, ""), 200, 204, 404)
		}
	}
	t.Put("c/made-"+noise(8), "new")
	t.Put("c/sub/"+noise(8), "new")
}

// pathOf is the path of an href or target, decoded and without a slash at the
// end.
func pathOf(href string) string { p, _ := decoded(href); return p }
