package backendtest

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

func isSyncer(b davserver.Backend) bool { _, ok := b.(davserver.Syncer); return ok }

// changes is an answer: paths, those that were removed with a minus.
func (f *fixture) changes(r dav.SyncRequest) (told []string, token string, more bool, err error) {
	token, more, err = f.b.(davserver.Syncer).Sync(f.Context(), r, func(c *dav.Change) error {
		s := string(c.Resource.Path)
		if c.Removed {
			s = "-" + s
		}
		told = append(told, s)
		return nil
	})
	slices.Sort(told)
	return told, token, more, err
}

// wantChanges asks for all changes and gives the token of the answer.
func (f *fixture) wantChanges(c dav.Path, token string, infinite bool, want ...string) string {
	f.Helper()
	told, next, more, err := f.changes(dav.SyncRequest{Path: c, Token: token, Infinite: infinite})
	slices.Sort(want)
	if err != nil || more || next == "" || !slices.Equal(told, want) {
		f.Errorf("sync of %s: got %q, token %q, more %v, %v; want %q", c, told, next, more, err, want)
	}
	return next
}

var syncTests = []test{
	{"SY-05_everything_at_first", func(f *fixture) {
		f.mustMkcol("/c", "/c/d")
		f.mustPut("/c/f", "x")
		f.mustPut("/c/gone", "x")
		f.mustPut("/c/d/g", "x")
		f.delete("/c/gone", nil)
		f.wantChanges("/c", "", false, "/c/d", "/c/f")
		f.wantChanges("/c", "", true, "/c/d", "/c/f", "/c/d/g")
	}},
	{"SY-04_the_property_is_the_token", func(f *fixture) {
		f.mustMkcol("/c")
		token := f.wantChanges("/c", "", false)
		if got := f.mustList("/c", dav.Query{SyncToken: true})[0].SyncToken; got != token {
			f.Errorf("the property is %q, the report's token %q", got, token)
		}
		f.mustPut("/c/f", "x")
		if got := f.mustList("/c", dav.Query{SyncToken: true})[0].SyncToken; got == token {
			f.Error("a change left the property as it was")
		}
	}},
	{"SY-07_changed", func(f *fixture) {
		f.mustMkcol("/c", "/other")
		f.mustPut("/c/f", "x")
		f.mustPut("/c/same", "x")
		f.mustPut("/other/x", "x")
		token := f.wantChanges("/c", "", false, "/c/f", "/c/same")
		token = f.wantChanges("/c", token, false)
		f.mustPut("/c/f", "y")
		f.mustPut("/c/n", "new")
		f.copy("/other/x", "/c/copied", dav.DepthInfinity, nil)
		f.move("/other/x", "/c/moved", nil)
		token = f.wantChanges("/c", token, false, "/c/f", "/c/n", "/c/copied", "/c/moved")
		f.delete("/c/f", nil)
		f.mustPut("/c/f", "again")
		f.wantChanges("/c", token, false, "/c/f")
	}},
	{"SY-08_removed", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/a", "x")
		f.mustPut("/c/b", "x")
		token := f.wantChanges("/c", "", false, "/c/a", "/c/b")
		f.delete("/c/a", nil)
		f.move("/c/b", "/b", nil)
		f.mustPut("/c/short", "x")
		f.delete("/c/short", nil)
		f.wantChanges("/c", token, false, "-/c/a", "-/c/b", "-/c/short")
	}},
	{"SY-09_levels", func(f *fixture) {
		f.mustMkcol("/c", "/c/d", "/c/e")
		f.mustPut("/c/d/x", "x")
		f.mustPut("/c/e/y", "y")
		one := f.wantChanges("/c", "", false, "/c/d", "/c/e")
		all := f.wantChanges("/c", "", true, "/c/d", "/c/e", "/c/d/x", "/c/e/y")
		f.mustPut("/c/d/x", "changed")
		f.delete("/c/e", nil)
		f.wantChanges("/c", one, false, "-/c/e")
		f.wantChanges("/c", all, true, "/c/d/x", "-/c/e")
	}},
	{"SY-07_a_collection_that_arrives_is_all_new", func(f *fixture) {
		f.mustMkcol("/c", "/d", "/d/e")
		f.mustPut("/d/e/x", "x")
		token := f.wantChanges("/c", "", true)
		f.move("/d", "/c/d", nil)
		token = f.wantChanges("/c", token, true, "/c/d", "/c/d/e", "/c/d/e/x")
		f.move("/c/d", "/c/z", nil)
		f.wantChanges("/c", token, true, "-/c/d", "/c/z", "/c/z/e", "/c/z/e/x")
	}},
	{"SY-11_tokens_that_are_none", func(f *fixture) {
		f.mustMkcol("/c", "/d")
		other := f.wantChanges("/d", "", false)
		for _, token := range []string{"x", "urn:uuid:00000000-0000-4000-8000-000000000000", other, other + "0", "data:,9"} {
			_, _, _, err := f.changes(dav.SyncRequest{Path: "/c", Token: token})
			f.wantKind(token, err, dav.Forbidden, dav.Conflict)
			f.wantCondition(token, err, dav.ValidSyncToken, "")
		}
	}},
	{"SY-12_a_limit", func(f *fixture) {
		f.mustMkcol("/c")
		for i := range 25 {
			f.mustPut(dav.Path(fmt.Sprintf("/c/%02d", i)), "x")
		}
		for _, infinite := range []bool{false, true} {
			seen := map[string]bool{}
			var sizes []int
			r := dav.SyncRequest{Path: "/c", Limit: 10, Infinite: infinite}
			for more := true; more; {
				var told []string
				var err error
				if told, r.Token, more, err = f.changes(r); err != nil {
					f.Fatal(err)
				}
				sizes = append(sizes, len(told))
				for _, p := range told {
					if seen[p] {
						f.Errorf("%s comes twice", p)
					}
					seen[p] = true
				}
			}
			if len(seen) != 25 || !slices.Equal(sizes, []int{10, 10, 5}) {
				f.Errorf("infinite %v: %d members in answers of %d", infinite, len(seen), sizes)
			}
			f.wantChanges("/c", r.Token, infinite)
		}
	}},
	{"SY-14_a_state_token", func(f *fixture) {
		f.mustMkcol("/c")
		token := f.wantChanges("/c", "", false)
		c := &dav.Conditions{If: []dav.IfList{{Tagged: true, Path: "/c", Conditions: []dav.IfCondition{{Token: token}}}}, Tokens: []string{token}}
		if _, _, err := f.put("/c/n", "x", c); err != nil {
			f.Fatalf("nothing has changed: %v", err)
		}
		_, _, err := f.put("/c/m", "x", c)
		f.wantKind("PUT after a change", err, dav.PreconditionFailed)
	}},
	{"SY-06_beside_writers", func(f *fixture) {
		f.mustMkcol("/c", "/c/d")
		known := map[string]bool{}
		r := dav.SyncRequest{Path: "/c", Infinite: true, Limit: 7}
		step := func() (more bool) {
			told, token, more, err := f.changes(r)
			if err != nil {
				f.Error(err)
				return false
			}
			for _, p := range told {
				if p[0] == '-' {
					maps.DeleteFunc(known, func(q string, _ bool) bool { return dav.Path(p[1:]).Contains(dav.Path(q)) })
				} else {
					known[p] = true
				}
			}
			r.Token = token
			return more
		}
		var writers sync.WaitGroup
		for i := range 4 {
			writers.Go(func() {
				for j := range 50 {
					p := dav.Path(fmt.Sprintf("/c/d/%d-%d", i, j%7))
					f.put(p, fmt.Sprint(j), nil)
					f.move(p, dav.Path(fmt.Sprintf("/c/%d-%d", i, j%5)), nil)
					f.delete(dav.Path(fmt.Sprintf("/c/%d-%d", i, (j+2)%5)), nil)
				}
			})
		}
		for range 50 {
			step()
		}
		writers.Wait()
		for step() {
		}
		var want []string
		for _, res := range f.mustList("/c", dav.Query{Depth: dav.DepthInfinity})[1:] {
			want = append(want, string(res.Path))
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(known)); !slices.Equal(got, want) {
			f.Errorf("the client has %q, the server %q", got, want)
		}
	}},
}
