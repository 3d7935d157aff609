package backendtest

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/quiredav/quire/dav"
)

// parallel runs n calls of do at once and waits for them.
func parallel(n int, do func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	wg.Wait()
}

var concurrencyTests = []test{
	{"IO-06_one_creates", func(f *fixture) {
		var created atomic.Int32
		parallel(50, func(i int) {
			_, ok, err := f.put("/f", strconv.Itoa(i), &dav.Conditions{IfNoneMatch: anyTag})
			switch {
			case err == nil && ok:
				created.Add(1)
			case err == nil:
				f.Error("replaced what must not exist")
			case dav.KindOf(err) != dav.PreconditionFailed:
				f.Errorf("PUT: %v", err)
			}
		})
		if n := created.Load(); n != 1 {
			f.Errorf("%d of 50 created it, want 1", n)
		}
	}},
	{"IO-06_one_move_wins", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/x", "x")
		var moved atomic.Int32
		parallel(20, func(i int) {
			_, o, err := f.move("/c", dav.Path(fmt.Sprintf("/to%d", i)), nil)
			switch {
			case err == nil && len(o) == 0:
				moved.Add(1)
			case dav.KindOf(err) != dav.NotFound:
				f.Errorf("MOVE: %v %v", err, o)
			}
		})
		if n := moved.Load(); n != 1 || len(f.tree("/")) != 3 {
			f.Errorf("%d moves were done; the tree is %v", n, f.tree("/"))
		}
	}},
	{"IO-06_one_lock", func(f *fixture) {
		f.mustPut("/f", "x")
		var granted atomic.Int32
		parallel(20, func(i int) {
			_, _, o, err := f.lock("/f", dav.Exclusive, dav.Depth0, as("alice"))
			switch {
			case err == nil && len(o) == 0:
				granted.Add(1)
			case dav.KindOf(err) != dav.Locked:
				f.Errorf("LOCK: %v %v", err, o)
			}
		})
		if n := granted.Load(); n != 1 || len(f.stat("/f").Locks) != 1 {
			f.Errorf("%d locks granted, %d held", n, len(f.stat("/f").Locks))
		}
	}},
	{"IO-06_no_lost_update", func(f *fixture) {
		const writers, each = 8, 15
		f.mustPut("/n", "0")
		parallel(writers, func(int) {
			for done := 0; done < each; {
				err := f.increment("/n")
				switch {
				case err == nil:
					done++
				case dav.KindOf(err) != dav.PreconditionFailed:
					f.Errorf("PUT: %v", err)
					return
				}
			}
		})
		f.wantContent("/n", strconv.Itoa(writers*each))
	}},
	{"IO-06_opposing_moves", func(f *fixture) {
		f.mustMkcol("/a", "/b")
		f.mustPut("/a/x", "x")
		f.mustPut("/b/y", "y")
		parallel(8, func(i int) {
			for range 10 {
				from, to := dav.Path("/a/x"), dav.Path("/b/x")
				if i%2 == 1 {
					from, to = to, from
				}
				if _, o, err := f.move(from, to, nil); err != nil && dav.KindOf(err) != dav.NotFound || len(o) > 0 {
					f.Errorf("MOVE: %v %v", err, o)
				}
			}
		})
		if n := len(f.tree("/")); n != 5 {
			f.Errorf("the tree is %v", f.tree("/"))
		}
	}},
	{"IO-06_no_cycle", func(f *fixture) {
		// Each move is right alone; both together would cut the two off.
		for i := range 20 {
			a, b := dav.Path(fmt.Sprintf("/a%d", i)), dav.Path(fmt.Sprintf("/b%d", i))
			f.mustMkcol(a, b)
			parallel(2, func(i int) {
				if i == 0 {
					f.move(a, b+"/in", nil)
				} else {
					f.move(b, a+"/in", nil)
				}
			})
		}
		if n := len(f.tree("/")); n != 41 {
			f.Errorf("%d resources, want 41", n)
		}
	}},
	{"IO-06_readers_see_whole_bodies", func(f *fixture) {
		bodies := map[string]bool{}
		for i := range 4 {
			bodies[bodyOf(i)] = true
		}
		f.mustPut("/f", bodyOf(0))
		parallel(6, func(i int) {
			for range 15 {
				if i < 4 {
					f.goPut("/f", bodyOf(i))
				} else if got, err := f.read("/f"); err != nil || !bodies[got] {
					f.Errorf("a reader saw %d bytes that nobody wrote (%v)", len(got), err)
				}
			}
		})
	}},
	{"IO-06_lock_and_unlock", func(f *fixture) {
		f.mustPut("/f", "x")
		parallel(10, func(i int) {
			for range 10 {
				l, _, _, err := f.lock("/f", dav.Exclusive, dav.Depth0, as("alice"))
				if err != nil {
					continue
				}
				if _, _, err := f.put("/f", "y", as("alice", l.Token)); err != nil {
					f.Errorf("PUT by the holder of the lock: %v", err)
				}
				if err := f.unlock("/f", l.Token, as("alice")); err != nil {
					f.Errorf("UNLOCK: %v", err)
				}
			}
		})
		f.wantLocked("/f")
	}},
}

// increment adds one to the number in p if nobody else has changed it.
func (f *fixture) increment(p dav.Path) error {
	r, body, err := f.b.Open(f.Context(), p, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	var n int
	if _, err := fmt.Fscan(body, &n); err != nil {
		return err
	}
	_, _, err = f.put(p, strconv.Itoa(n+1), &dav.Conditions{IfMatch: tags(r.ETag)})
	return err
}

// bodyOf differs in length and content for each i, and is too long to be kept
// with the metadata.
func bodyOf(i int) string { return fmt.Sprintf("%0*d", 30_000+i, i) }

// goPut is mustPut for goroutines, which can't stop a test.
func (f *fixture) goPut(p dav.Path, body string) {
	if _, _, err := f.put(p, body, nil); err != nil {
		f.Errorf("PUT %s: %v", p, err)
	}
}
