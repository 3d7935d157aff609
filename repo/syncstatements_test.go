package repo_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

// synchronizations does what there is to do with sync tokens.
func synchronizations(t *testing.T, r *repo.Repository) {
	t.Helper()
	mkcol(t, r, "/s")
	mkcol(t, r, "/s/a")
	bind(t, r, "/s", "b", "/s/a")
	token := stateOf(t, r, "/s").SyncToken
	for i := range 20 {
		for _, c := range []dav.Path{"/s", "/s/a"} {
			p := c.Join(fmt.Sprint(i))
			put(t, r, p, "x")
			remove(t, r, p)
			put(t, r, p+"x", "x")
		}
	}
	q := dav.Query{Dead: dav.DeadAll, Locks: true, Parents: true, SyncToken: true, Changes: true, Quota: true}
	for _, infinite := range []bool{false, true} {
		for _, since := range []string{"", token} {
			for more := true; more; {
				var err error
				since, more, err = r.Sync(t.Context(), dav.SyncRequest{Path: "/s", Token: since, Infinite: infinite, Limit: 7, Query: q},
					func(*dav.Change) error { return nil })
				ok(t, err)
			}
		}
	}
	c := &dav.Conditions{Tokens: []string{token}, If: []dav.IfList{{Conditions: []dav.IfCondition{{Not: true, Token: token}}}}}
	q.Conditions, q.Depth = c, dav.Depth1
	for _, err := range r.List(t.Context(), "/s", q) {
		ok(t, err)
	}
	_, err := r.Reclaim(t.Context()) // what is removed is forgotten, if it is too much
	ok(t, err)
	remove(t, r, "/s")
	_, err = r.Reclaim(t.Context())
	ok(t, err)
}

// What Sync reads comes from the indexes in the order in which it is told:
// nothing is sorted, so an answer that is cut short costs what it tells.
func TestSyncSortsNothing(t *testing.T) {
	r, s := openNotingWith(t, repo.Options{NoReclaim: true, MaxRemoved: 10})
	synchronizations(t, r)
	pages := 0
	for sql := range maps.Clone(s.seen) {
		if !strings.Contains(sql, "ORDER BY b.changed") && !strings.Contains(sql, "ORDER BY x.changed") && !strings.Contains(sql, "+b.changed <=") {
			continue
		}
		pages++
		for _, step := range explain(t, s, sql) {
			if strings.Contains(step, "TEMP B-TREE") || scan.MatchString(step) && !small.MatchString(step) {
				t.Errorf("%s in\n%s", step, sql)
			}
		}
	}
	// Changes and removals at two levels, what is skipped, and the walk, each from a
	// key on or behind it; and forgetting.
	if pages != 13 {
		t.Errorf("%d statements seen, want 13", pages)
	}
}
