package backendtest

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

func isBinder(b davserver.Backend) bool { _, ok := b.(davserver.Binder); return ok }

func (f *fixture) bind(c dav.Path, segment string, source dav.Path, cond *dav.Conditions) (bool, failures, error) {
	var o failures
	created, err := f.b.(davserver.Binder).Bind(f.Context(), dav.BindRequest{Collection: c, Segment: segment, Source: source, Conditions: cond}, o.report)
	return created, o, err
}

func (f *fixture) mustBind(c dav.Path, segment string, source dav.Path) {
	f.Helper()
	_, o, err := f.bind(c, segment, source, nil)
	f.done("BIND "+string(c.Join(segment)), o, err)
}

func (f *fixture) unbind(c dav.Path, segment string, cond *dav.Conditions) (failures, error) {
	var o failures
	err := f.b.(davserver.Binder).Unbind(f.Context(), dav.UnbindRequest{Collection: c, Segment: segment, Conditions: cond}, o.report)
	return o, err
}

func (f *fixture) rebind(c dav.Path, segment string, source dav.Path, cond *dav.Conditions) (bool, failures, error) {
	var o failures
	created, err := f.b.(davserver.Binder).Rebind(f.Context(), dav.BindRequest{Collection: c, Segment: segment, Source: source, Conditions: cond}, o.report)
	return created, o, err
}

// wantSame wants all paths to be mapped to one resource.
func (f *fixture) wantSame(paths ...dav.Path) {
	f.Helper()
	for _, p := range paths[1:] {
		if a, b := f.stat(paths[0]).ID, f.stat(p).ID; a != b || a == (dav.ResourceID{}) {
			f.Errorf("%s is %x, %s is %x: want one resource", paths[0], a, p, b)
		}
	}
}

// shared is a listing with DAV: bind; what is told again has a 2 at its end.
func (f *fixture) shared(p dav.Path) (paths []string) {
	f.Helper()
	for _, r := range f.mustList(p, dav.Query{Depth: dav.DepthInfinity, Bind: true}) {
		s := string(r.Path)
		if r.Reported {
			s += " 2"
		}
		paths = append(paths, s)
	}
	return paths
}

var bindTests = []test{
	{"BI-05_bind", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/f", "x")
		created, o, err := f.bind("/c", "x", "/f", nil)
		f.done("BIND", o, err)
		again, o, err := f.bind("/c", "x", "/f", nil)
		f.done("BIND again", o, err)
		if !created || again {
			f.Errorf("created: %v, then %v", created, again)
		}
		f.wantSame("/f", "/c/x")
		f.mustPut("/c/x", "through the other")
		f.wantContent("/f", "through the other")
	}},
	{"BI-07_refusals", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/f", "x")
		for _, c := range []struct {
			in, source dav.Path
			want       dav.Name
		}{
			{"/f", "/c", dav.BindIntoCollection},
			{"/c", "/none", dav.BindSourceExists},
			{"/c", "/none/deep", dav.BindSourceExists},
		} {
			_, _, err := f.bind(c.in, "x", c.source, nil)
			f.wantKind("BIND", err, dav.Conflict, dav.Forbidden)
			f.wantCondition("BIND", err, c.want, "")
		}
		f.wantTree("/", "/", "/c/", "/f")
	}},
	{"BI-08_overwrite", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/x", "old")
		f.mustPut("/f", "new")
		for _, do := range []func(dav.Path, string, dav.Path, *dav.Conditions) (bool, failures, error){f.bind, f.rebind} {
			_, _, err := do("/c", "x", "/f", &dav.Conditions{NoOverwrite: true})
			f.wantKind("Overwrite: F", err, dav.PreconditionFailed)
			f.wantCondition("Overwrite: F", err, dav.CanOverwrite, "")
			f.wantContent("/c/x", "old")
			f.wantContent("/f", "new")
		}
	}},
	{"BI-11_unbind", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/f", "x")
		f.mustBind("/c", "x", "/f")
		o, err := f.unbind("/", "f", nil)
		f.done("UNBIND", o, err)
		f.missing("/f")
		f.wantContent("/c/x", "x")
		o, err = f.unbind("/c", "x", nil)
		f.done("UNBIND of the last", o, err)
		f.missing("/c/x")
		_, err = f.unbind("/c", "x", nil)
		f.wantCondition("UNBIND of nothing", err, dav.UnbindSourceExists, "")
	}},
	{"BI-13_rebind", func(f *fixture) {
		f.mustMkcol("/c", "/d")
		f.mustPut("/c/x", "x")
		id := f.stat("/c").ID
		created, o, err := f.rebind("/d", "y", "/c", nil)
		f.done("REBIND", o, err)
		if !created || f.stat("/d/y").ID != id {
			f.Errorf("created %v, the identity is %x and was %x", created, f.stat("/d/y").ID, id)
		}
		f.wantTree("/", "/", "/d/", "/d/y/", "/d/y/x")
	}},
	{"BI-14_rebind_that_cuts_itself_off", func(f *fixture) {
		f.mustMkcol("/c", "/c/d")
		_, _, err := f.rebind("/c/d", "x", "/c", nil)
		f.wantCondition("REBIND below itself", err, dav.CycleAllowed, "")
		f.wantTree("/", "/", "/c/", "/c/d/")
	}},
	{"BI-19_the_founding_example", func(f *fixture) {
		f.mustMkcol("/Coll")
		f.mustBind("/Coll", "Bar", "/Coll")
		f.mustPut("/Coll/Foo", "x")
		if got := f.shared("/Coll"); !slices.Equal(got, []string{"/Coll", "/Coll/Bar 2", "/Coll/Foo"}) {
			f.Errorf("got %q", got)
		}
		f.wantSame("/Coll", "/Coll/Bar", "/Coll/Bar/Bar")
		f.wantContent("/Coll/Bar/Bar/Foo", "x")
	}},
	{"BI-20_without_DAV_bind_a_loop_is_an_error", func(f *fixture) {
		f.mustMkcol("/Coll")
		f.mustBind("/Coll", "Bar", "/Coll")
		_, err := f.list("/Coll", dav.Query{Depth: dav.DepthInfinity})
		f.wantKind("a listing of a loop", err, dav.Loop)
		for _, d := range []dav.Depth{dav.Depth0, dav.Depth1} {
			for _, r := range f.mustList("/Coll", dav.Query{Depth: d}) {
				if r.Reported || r.Err != nil {
					f.Errorf("depth %d: %s reported %v, %v", d, r.Path, r.Reported, r.Err)
				}
			}
		}
	}},
	{"BI-21_twice_without_a_loop_is_in_full_twice", func(f *fixture) {
		f.mustMkcol("/a")
		f.mustPut("/a/x", "x")
		f.mustBind("/", "b", "/a")
		f.wantTree("/", "/", "/a/", "/a/x", "/b/", "/b/x")
		if got := f.shared("/"); !slices.Equal(got, []string{"/", "/a", "/a/x", "/b 2"}) {
			f.Errorf("with DAV: bind: got %q", got)
		}
	}},
	{"BI-24_delete_leaves_other_bindings", func(f *fixture) {
		f.mustMkcol("/a", "/b", "/a/x")
		f.mustPut("/a/x/f", "f")
		f.mustBind("/b", "y", "/a/x")
		o, err := f.delete("/a", nil)
		f.done("DELETE", o, err)
		f.wantTree("/", "/", "/b/", "/b/y/", "/b/y/f")
	}},
	{"BI-25_move_leaves_other_bindings", func(f *fixture) {
		f.mustPut("/f", "x")
		f.mustBind("/", "g", "/f")
		_, o, err := f.move("/f", "/h", nil)
		f.done("MOVE", o, err)
		f.missing("/f")
		f.wantSame("/g", "/h")
	}},
	{"BI-26_copy_onto_keeps_bindings", func(f *fixture) {
		f.mustPut("/f", "old")
		f.mustBind("/", "g", "/f")
		f.mustPut("/new", "new")
		_, o, err := f.copy("/new", "/g", dav.DepthInfinity, nil)
		f.done("COPY", o, err)
		f.wantSame("/f", "/g")
		f.wantContent("/f", "new")
	}},
	{"BI-27_copy_keeps_the_shape", func(f *fixture) {
		f.mustMkcol("/a")
		f.mustPut("/a/x", "x")
		f.mustBind("/a", "y", "/a/x")
		f.mustBind("/a", "loop", "/a")
		_, o, err := f.copy("/a", "/b", dav.DepthInfinity, nil)
		f.done("COPY", o, err)
		f.wantSame("/b/x", "/b/y")
		f.wantSame("/b", "/b/loop")
		if f.stat("/a").ID == f.stat("/b").ID || f.stat("/a/x").ID == f.stat("/b/x").ID {
			f.Error("the copy is the original")
		}
		_, o, err = f.copy("/a", "/c", dav.Depth0, nil)
		f.done("COPY with depth 0", o, err)
		f.wantTree("/c", "/c/")
	}},
	{"BI-28_parents", func(f *fixture) {
		f.mustMkcol("/a", "/b")
		f.mustPut("/a/x", "x")
		f.mustBind("/a", "y", "/a/x")
		f.mustBind("/b", "z", "/a/x")
		var got []string
		for _, p := range f.mustList("/b/z", dav.Query{Parents: true})[0].Parents {
			got = append(got, string(p.Collection.Join(p.Segment)))
		}
		slices.Sort(got)
		if !slices.Equal(got, []string{"/a/x", "/a/y", "/b/z"}) {
			f.Errorf("got %q", got)
		}
	}},
}

var bindLockTests = []test{
	{"BI-10_locked_collection", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/f", "x")
		l := f.mustLock("/c", dav.Exclusive, dav.Depth0, "alice")
		_, _, err := f.bind("/c", "x", "/f", as("alice"))
		f.wantKind("BIND", err, dav.Locked)
		f.wantCondition("BIND", err, dav.LockedUpdateAllowed, "/c")
		_, o, err := f.bind("/c", "x", "/f", as("alice", l.Token))
		f.done("BIND with the token", o, err)
	}},
	{"BI-10_locked_binding", func(f *fixture) {
		f.mustPut("/x", "x")
		f.mustPut("/f", "f")
		l := f.mustLock("/x", dav.Exclusive, dav.Depth0, "alice")
		_, _, err := f.bind("/", "x", "/f", as("alice"))
		f.wantKind("BIND", err, dav.Locked)
		f.wantCondition("BIND", err, dav.LockedOverwriteAllowed, "/x")
		_, o, err := f.bind("/", "x", "/f", as("alice", l.Token))
		f.done("BIND with the token", o, err)
		f.wantLocked("/x")
	}},
	{"BI-29_the_state_is_guarded_through_every_URL", func(f *fixture) {
		f.mustMkcol("/x", "/y")
		f.mustPut("/x/t", "x")
		f.mustBind("/y", "t", "/x/t")
		l := f.mustLock("/x/t", dav.Exclusive, dav.Depth0, "alice")
		_, _, err := f.put("/y/t", "no", as("alice"))
		f.wantKind("PUT through the other binding", err, dav.Locked)
		f.wantLocked("/y/t", l)
		if root := f.stat("/y/t").Locks[0].Root; root != "/x/t" {
			f.Errorf("the lock's root is told as %s", root)
		}
	}},
	{"BI-30_only_the_root_s_binding_is_guarded", func(f *fixture) {
		f.mustMkcol("/x", "/y")
		f.mustPut("/x/t", "x")
		f.mustBind("/y", "t", "/x/t")
		l := f.mustLock("/x/t", dav.Exclusive, dav.Depth0, "alice")
		_, err := f.delete("/x/t", as("bob"))
		f.wantKind("DELETE of the root", err, dav.Locked)
		o, err := f.delete("/y/t", as("bob"))
		f.done("DELETE of another binding", o, err)
		f.wantLocked("/x/t", l)
		f.mustBind("/y", "t", "/x/t")
		if err := f.unlock("/y/t", l.Token, as("alice")); err != nil {
			f.Errorf("UNLOCK through another binding: %v", err)
		}
	}},
	{"BI-30_the_root_s_binding_goes_through_an_alias", func(f *fixture) {
		f.mustMkcol("/a")
		f.mustPut("/a/t", "x")
		f.mustBind("/", "b", "/a")
		l := f.mustLock("/a/t", dav.Exclusive, dav.Depth0, "alice")
		_, err := f.delete("/b/t", as("bob"))
		f.wantKind("DELETE", err, dav.Locked)
		o, err := f.delete("/b/t", as("alice", l.Token))
		f.done("DELETE with the token", o, err)
		f.missing("/a/t")
	}},
	{"LK-05_no_conflict_through_another_binding", func(f *fixture) {
		f.mustMkcol("/a", "/b")
		f.mustPut("/b/x", "x")
		f.mustBind("/a", "y", "/b/x")
		f.mustLock("/b/x", dav.Exclusive, dav.Depth0, "bob")
		l, _, o, err := f.lock("/a", dav.Exclusive, dav.DepthInfinity, as("alice"))
		if err == nil && len(o) == 0 {
			f.Errorf("granted %v over a resource that is locked", l)
		}
		f.wantLocked("/a")
	}},
	{"LK-29_nothing_arrives_with_a_conflicting_lock", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/f", "x")
		over := f.mustLock("/c", dav.Exclusive, dav.DepthInfinity, "alice")
		f.mustLock("/f", dav.Exclusive, dav.Depth0, "bob")
		_, _, err := f.bind("/c", "x", "/f", as("alice", over.Token))
		f.wantKind("BIND", err, dav.Locked)
		f.missing("/c/x")
	}},
	{"IO-06_bindings_come_and_go", func(f *fixture) {
		f.mustMkcol("/a", "/a/b", "/c")
		f.mustPut("/a/b/f", "x")
		var lost atomic.Int32
		parallel(16, func(i int) {
			name := fmt.Sprint("n", i%4)
			for range 20 {
				f.bind("/c", name, "/a", nil)
				f.bind("/a/b", name, "/c", nil)
				f.rebind("/c", name+"r", "/a/b/"+dav.Path(name), nil)
				f.unbind("/c", name, nil)
				f.delete("/c/"+dav.Path(name)+"r", nil)
				if _, err := f.read("/a/b/f"); err != nil {
					lost.Add(1)
				}
			}
		})
		if n := lost.Load(); n > 0 {
			f.Errorf("%d times the file was not there", n)
		}
		for range f.b.List(f.Context(), dav.Root, dav.Query{Depth: dav.DepthInfinity, Bind: true}) {
		}
		f.wantContent("/a/b/f", "x")
	}},
}
