package repo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/meta"
)

// SY-04: the property is the token that the report gives, on members too.
func TestSyncTokenProperty(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	put(t, r, "/c/f", "x")
	for _, infinite := range []bool{false, true} {
		if a := syncOf(t, r, "/c", "", infinite); a.token != stateOf(t, r, "/c").SyncToken {
			t.Errorf("the report gives %q, the property is %q", a.token, stateOf(t, r, "/c").SyncToken)
		}
	}
	q := dav.Query{Depth: dav.Depth1, SyncToken: true, Changes: true}
	for res, err := range r.List(t.Context(), "/", q) {
		if err != nil || res.SyncToken != stateOf(t, r, res.Path).SyncToken || res.Changes != stateOf(t, r, res.Path).Changes {
			t.Errorf("%s: %q %q, %v", res.Path, res.SyncToken, res.Changes, err)
		}
	}
	if res := stateOf(t, r, "/c/f"); res.SyncToken != "" || res.Changes != "" {
		t.Errorf("a file has %q %q", res.SyncToken, res.Changes)
	}
	told(t, r, "/c", stateOf(t, r, "/c").SyncToken, true, "")
	_, _, err := r.Sync(t.Context(), dav.SyncRequest{Path: "/", Query: q}, func(c *dav.Change) error {
		if want := stateOf(t, r, "/c"); c.Resource.SyncToken != want.SyncToken || c.Resource.Changes != want.Changes {
			t.Errorf("the report tells of %q %q, want %q %q", c.Resource.SyncToken, c.Resource.Changes, want.SyncToken, want.Changes)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// SY-11: a token is good for its collection alone, and for nothing that did not
// happen.
func TestSyncTokenRefused(t *testing.T) {
	dir := t.TempDir()
	r := openIn(t, dir, repo.Options{})
	mkcol(t, r, "/c")
	put(t, r, "/c/f", "x")
	put(t, r, "/f", "x")
	token := stateOf(t, r, "/c").SyncToken
	part, err := syncTry(r, dav.SyncRequest{Path: "/", Limit: 1, Infinite: true})
	if err != nil {
		t.Fatal(err)
	}
	seen := strings.LastIndexByte(token, ':') + 1
	for _, forged := range []string{
		"garbage", "urn:quire:sync:", "urn:quire:sync:a:b:1", token[:len(token)-1] + "x", token + " ", " " + token, token + ":",
		stateOf(t, r, "/").SyncToken,
		token[:seen] + "0", token[:seen] + "-1", token[:seen] + "0" + token[seen:], token[:seen] + "999999", token[:seen] + "99999999999999999999",
		token + ":" + token[seen:], token + ":999999", token + ":1:x1:", token + ":1:w1", token + ":1:c1:L2E", token + ":1:c1:5:0:L2E", token + ":1:c1:5:9:L2E",
		token + ":1:c1:5:1:Lw", token + ":1:w1:LwAv", token + ":1:w1:L2Ev", token + ":1:w1:L2F",
		strings.Replace(part.token, ":wi:", ":wx:", 1), strings.Repeat(token, 1000),
		strings.Replace(token, "urn:quire:sync:", "urn:quire:sync:x", 1),
	} {
		mustRefuse(t, r, "/c", forged)
	}
	for p, want := range map[dav.Path]dav.Kind{"/f": dav.Forbidden, "/none": dav.NotFound} {
		if _, err := syncTry(r, dav.SyncRequest{Path: p}); dav.KindOf(err) != want {
			t.Errorf("sync of %s: %v", p, err)
		}
	}
	// It follows its collection, and dies with it.
	move(t, r, "/c", "/d")
	told(t, r, "/d", token, true, "")
	mkcol(t, r, "/c")
	mustRefuse(t, r, "/c", token)
}

// SY-14: a sync token matches in If while nothing in the collection changes.
func TestSyncTokenInIf(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	mkcol(t, r, "/c/d")
	mkcol(t, r, "/other")
	tryPut := func(p dav.Path, on dav.Path, token string) error {
		c := &dav.Conditions{Tokens: []string{token}, If: []dav.IfList{{Tagged: true, Path: on, Conditions: []dav.IfCondition{{Token: token}}}}}
		_, _, err := r.Put(t.Context(), dav.PutRequest{Path: p, Body: strings.NewReader("x"), Length: 1, Conditions: c})
		return err
	}
	token := stateOf(t, r, "/c").SyncToken
	put(t, r, "/other/f", "x")
	if err := tryPut("/c/d/n", "/other", token); dav.KindOf(err) != dav.PreconditionFailed {
		t.Errorf("with the token of another collection: %v", err)
	}
	if err := tryPut("/c/d/n", "/c", token); err != nil {
		t.Errorf("nothing in it has changed: %v", err)
	}
	if err := tryPut("/c/n", "/c", token); dav.KindOf(err) != dav.PreconditionFailed {
		t.Errorf("a member of a member has changed: %v", err)
	}
	token = stateOf(t, r, "/c").SyncToken
	remove(t, r, "/other")
	if err := tryPut("/c/n", "/c", token); err != nil {
		t.Errorf("nothing in it has changed: %v", err)
	}
	token = stateOf(t, r, "/c").SyncToken
	remove(t, r, "/c/n")
	if err := tryPut("/c/n", "/c", token); dav.KindOf(err) != dav.PreconditionFailed {
		t.Errorf("a member was removed: %v", err)
	}
	if err := tryPut("/c/n", "/c", token+"x"); dav.KindOf(err) != dav.PreconditionFailed {
		t.Errorf("a broken token: %v", err)
	}
	part, err := syncTry(r, dav.SyncRequest{Path: "/", Infinite: true, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := tryPut("/c/n", "/", part.token); dav.KindOf(err) != dav.PreconditionFailed {
		t.Errorf("the token of a part: %v", err)
	}
	// What is looked at is bounded.
	token = stateOf(t, r, "/c").SyncToken
	fill(t, r, "/many", 1000)
	for i := range 10 {
		if i == 5 {
			if err := tryPut("/many/n", "/c", token); err != nil {
				t.Errorf("nothing in it has changed: %v", err)
			}
		}
		if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/many", To: dav.Path(fmt.Sprint("/many", i)), Depth: dav.DepthInfinity}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := tryPut("/c/n", "/c", token); dav.KindOf(err) != dav.PreconditionFailed {
		t.Errorf("after more than 10,000 changes elsewhere: %v", err)
	}
}

// Changes is another whenever a member changes, and only then.
func TestChangesOfMembers(t *testing.T) {
	dir := t.TempDir()
	r := openIn(t, dir, repo.Options{})
	mkcol(t, r, "/c")
	mkcol(t, r, "/c/d")
	put(t, r, "/c/f", "x")
	was := make(map[string]bool)
	for i, step := range []struct {
		do      func()
		changes bool
	}{
		{func() {}, true}, // the first value
		{func() {}, false},
		{func() { put(t, r, "/c/f", "y") }, true},
		{func() { put(t, r, "/c/g", "y") }, true},
		{func() { remove(t, r, "/c/g") }, true},
		{func() { put(t, r, "/c/d/f", "y") }, false},
		{func() { put(t, r, "/other", "y") }, false},
		{func() { move(t, r, "/c", "/d"); move(t, r, "/d", "/c") }, false},
		{func() { remove(t, r, "/c/f") }, true},
	} {
		step.do()
		now := stateOf(t, r, "/c").Changes
		if was[now] == step.changes {
			t.Errorf("step %d: changes %q, seen before: %v", i, now, was[now])
		}
		was[now] = true
	}
	again := openIn(t, dir, repo.Options{})
	put(t, again, "/elsewhere", "x")
	if now := stateOf(t, again, "/c").Changes; !was[now] {
		t.Errorf("a start changed it to %q", now)
	}
}

// Who only looks writes nothing; who makes a change or asks for a token begins a
// history, once.
func TestHistories(t *testing.T) {
	dir := t.TempDir()
	histories := func(r *repo.Repository) (n int64) {
		err := r.Meta().View(t.Context(), func(tx meta.Tx) (err error) {
			n, err = meta.Int(tx, `SELECT count(*) FROM history`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	r := openIn(t, dir, repo.Options{})
	for range 3 {
		put(t, r, "/f", "x")
	}
	token := stateOf(t, r, "/").SyncToken
	if n := histories(r); n != 1 {
		t.Errorf("%d histories after some changes", n)
	}
	looker := openIn(t, dir, repo.Options{NoReclaim: true})
	for _, err := range looker.List(t.Context(), "/", dav.Query{Depth: dav.Depth1, Changes: true}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := histories(r); n != 1 {
		t.Errorf("%d histories after a look", n)
	}
	told(t, looker, "/", token, true, "")
	put(t, looker, "/g", "x")
	if n := histories(r); n != 2 {
		t.Errorf("%d histories with another program at work", n)
	}
	// Both go on with the same one.
	put(t, r, "/h", "x")
	token = told(t, r, "/", token, true, "+/g +/h")
	told(t, looker, "/", token, true, "")
}
