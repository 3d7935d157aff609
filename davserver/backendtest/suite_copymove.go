package backendtest

import (
	"strings"
	"time"

	"github.com/quiredav/quire/dav"
)

var copyMoveTests = []test{
	{"CM-02_created", func(f *fixture) {
		f.mustPut("/f", "x")
		f.mustPut("/old", "y")
		f.mustMkcol("/a", "/olda")
		for _, c := range []struct {
			from, to dav.Path
			created  bool
		}{
			{"/f", "/g", true}, {"/f", "/old", false}, {"/a", "/b", true}, {"/a", "/olda", false},
		} {
			created, o, err := f.copy(c.from, c.to, dav.DepthInfinity, nil)
			f.done("COPY", o, err)
			if created != c.created {
				f.Errorf("COPY %s to %s: created %v", c.from, c.to, created)
			}
		}
		for _, c := range []struct {
			from, to dav.Path
			created  bool
		}{
			{"/f", "/new", true}, {"/g", "/old", false}, {"/a", "/newa", true}, {"/b", "/olda", false},
		} {
			created, o, err := f.move(c.from, c.to, nil)
			f.done("MOVE", o, err)
			if created != c.created {
				f.Errorf("MOVE %s to %s: created %v", c.from, c.to, created)
			}
			f.missing(c.from) // CM-18
		}
	}},
	{"CM-03_copy_is_independent", func(f *fixture) {
		f.b.Put(f.Context(), dav.PutRequest{Path: "/f", Body: strings.NewReader("body"), Length: 4, MediaType: "a/b", Language: "de"})
		f.proppatch("/f", nil, set("a", "1"))
		_, o, err := f.copy("/f", "/g", dav.DepthInfinity, nil)
		f.done("COPY", o, err)
		f.wantContent("/g", "body")
		g := f.stat("/g")
		if g.MediaType != "a/b" || g.Language != "de" {
			f.Errorf("the copy is %+v", g)
		}
		f.wantDead("/g", f.deadOf("/f")...)
		if g.ID != (dav.ResourceID{}) && g.ID == f.stat("/f").ID {
			f.Error("the copy is the same resource")
		}
		f.mustPut("/g", "changed")
		f.proppatch("/g", nil, set("a", "2"))
		f.wantContent("/f", "body")
		f.wantDead("/f", f.ifStore(set("a", "1").Property)...)
	}},
	{"CM-05_no_merging", func(f *fixture) {
		f.mustMkcol("/a", "/b", "/b/y")
		f.mustPut("/a/z", "z")
		f.mustPut("/b/x", "x")
		_, o, err := f.copy("/a", "/b", dav.DepthInfinity, nil)
		f.done("COPY", o, err)
		f.wantTree("/b", "/b/", "/b/z")
		f.mustMkcol("/m", "/m/deep")
		_, o, err = f.move("/m", "/b", nil)
		f.done("MOVE", o, err)
		f.wantTree("/", "/", "/a/", "/a/z", "/b/", "/b/deep/")
	}},
	{"CM-06_kind_changes", func(f *fixture) {
		for _, way := range []string{"COPY", "MOVE"} {
			transfer := func(from, to dav.Path) {
				f.Helper()
				var o failures
				var err error
				if way == "COPY" {
					_, o, err = f.copy(from, to, dav.DepthInfinity, nil)
				} else {
					_, o, err = f.move(from, to, nil)
				}
				f.done(way, o, err)
			}
			c := dav.Path("/" + way)
			f.mustMkcol(c, c+"/a", c+"/b")
			f.mustPut(c+"/a/x", "x")
			f.mustPut(c+"/b/y", "y")
			f.mustPut(c+"/f", "f")
			f.mustPut(c+"/g", "g")
			f.proppatch(c+"/f", nil, set("old", "1"))
			transfer(c+"/a", c+"/f")
			transfer(c+"/g", c+"/b")
			f.wantContent(c+"/f/x", "x")
			f.wantContent(c+"/b", "g")
			f.wantDead(c + "/f")
		}
	}},
	{"CM-07_copy_depth_0", func(f *fixture) {
		f.mustMkcol("/a", "/a/d", "/b")
		f.mustPut("/a/x", "x")
		f.mustPut("/b/y", "y")
		f.proppatch("/a", nil, set("a", "1"))
		_, o, err := f.copy("/a", "/new", dav.Depth0, nil)
		f.done("COPY", o, err)
		f.wantTree("/new", "/new/")
		f.wantDead("/new", f.ifStore(set("a", "1").Property)...)
		_, o, err = f.copy("/a", "/b", dav.Depth0, nil)
		f.done("COPY over a collection", o, err)
		f.wantTree("/b", "/b/")
		_, o, err = f.copy("/a", "/a/self", dav.Depth0, nil)
		f.done("COPY of Depth: 0 into itself", o, err)
		f.wantTree("/a", "/a/", "/a/d/", "/a/self/", "/a/x")
	}},
	{"CM-03_copy_tree", func(f *fixture) {
		f.mustMkcol("/a", "/a/b", "/a/b/c")
		f.mustPut("/a/b/c/x", "x")
		f.mustPut("/a/y", strings.Repeat("y", 40_000))
		_, o, err := f.copy("/a", "/z", dav.DepthInfinity, nil)
		f.done("COPY", o, err)
		f.wantTree("/z", "/z/", "/z/b/", "/z/b/c/", "/z/b/c/x", "/z/y")
		o, err = f.delete("/a", nil)
		f.done("DELETE of the source", o, err)
		f.wantContent("/z/b/c/x", "x")
		f.wantContent("/z/y", strings.Repeat("y", 40_000))
	}},
	{"CM-09_refusals", func(f *fixture) {
		f.mustMkcol("/a", "/a/b")
		f.mustPut("/f", "x")
		for _, c := range []struct {
			from, to dav.Path
			kind, or dav.Kind
		}{
			{"/none", "/x", dav.NotFound, dav.NotFound},
			{"/f", "/none/x", dav.Conflict, dav.Conflict},
			{"/a", "/none/x", dav.Conflict, dav.Conflict},
			{"/f", "/f", dav.Forbidden, dav.Forbidden},           // CM-10
			{"/a", "/a", dav.Forbidden, dav.Forbidden},           // CM-10
			{"/a", "/a/b/c", dav.Forbidden, dav.Conflict},        // CM-12, CM-13
			{"/a/b", "/a", dav.Forbidden, dav.Conflict},          // CM-13
			{"/", "/x", dav.Forbidden, dav.Conflict},             // CM-13
			{"/f", "/", dav.Forbidden, dav.Conflict},             // the root can't be replaced
			{"/f", "/f/x", dav.Conflict, dav.Forbidden},          // HR-08
			{"/a/b", "/a/b/none/x", dav.Conflict, dav.Forbidden}, // either rule may come first
		} {
			_, _, err := f.copy(c.from, c.to, dav.DepthInfinity, nil)
			f.wantKind("COPY "+string(c.from)+" to "+string(c.to), err, c.kind, c.or)
			_, _, err = f.move(c.from, c.to, nil)
			f.wantKind("MOVE "+string(c.from)+" to "+string(c.to), err, c.kind, c.or)
		}
		f.wantTree("/", "/", "/a/", "/a/b/", "/f")
	}},
	{"CM-10_same_in_another_form", func(f *fixture) {
		f.mustPut("/\u00e9", "x")
		_, _, err := f.move("/\u00e9", "/e\u0301", nil)
		f.wantKind("MOVE to the other normal form", err, dav.Forbidden)
		f.wantContent("/\u00e9", "x")
	}},
	{"W6_case_changes", func(f *fixture) {
		f.mustPut("/file", "x")
		_, o, err := f.move("/file", "/File", nil)
		f.done("MOVE", o, err)
		f.wantTree("/", "/", "/File")
	}},
	{"CM-16_move_keeps_the_resource", func(f *fixture) {
		f.mustMkcol("/a")
		f.mustPut("/a/x", "x")
		f.proppatch("/a/x", nil, set("p", "1"))
		f.proppatch("/a", nil, set("q", "2"))
		was, wasA := f.stat("/a/x"), f.stat("/a")
		_, o, err := f.move("/a", "/b", nil)
		f.done("MOVE", o, err)
		is, isA := f.stat("/b/x"), f.stat("/b")
		if !is.Created.Equal(was.Created) || !isA.Created.Equal(wasA.Created) || is.ID != was.ID || isA.ID != wasA.ID {
			f.Errorf("moved %+v, got %+v", was, is)
		}
		f.wantDead("/b/x", was.Dead...)
		f.wantDead("/b", wasA.Dead...)
	}},
	{"BI-03_copy_onto_keeps_identity", func(f *fixture) {
		f.mustPut("/f", "x")
		was := f.mustPut("/g", "y")
		f.proppatch("/g", nil, set("old", "1"))
		_, o, err := f.copy("/f", "/g", dav.DepthInfinity, nil)
		f.done("COPY", o, err)
		is := f.stat("/g")
		if is.ID != was.ID {
			f.Errorf("COPY onto a file made another resource of it")
		}
		if is.ETag == was.ETag {
			f.Errorf("the ETag is still %s (ET-03)", is.ETag)
		}
		f.wantDead("/g")
	}},
	{"ET-04_never_older", func(f *fixture) {
		old := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
		f.b.Put(f.Context(), dav.PutRequest{Path: "/old", Body: strings.NewReader("x"), Length: 1, Modified: old})
		for _, p := range []dav.Path{"/f", "/g"} {
			was := f.mustPut(p, "new")
			if p == "/f" {
				_, o, err := f.copy("/old", p, dav.DepthInfinity, nil)
				f.done("COPY", o, err)
			} else {
				_, o, err := f.move("/old", p, nil)
				f.done("MOVE", o, err)
			}
			if is := f.stat(p); is.Modified.Before(was.Modified) {
				f.Errorf("%s went back from %v to %v", p, was.Modified, is.Modified)
			}
		}
	}},
	{"C2_modified_of_copy", func(f *fixture) {
		mod := time.Date(2003, 1, 1, 0, 0, 0, 0, time.UTC)
		f.mustPut("/f", "x")
		var o failures
		if _, err := f.b.Copy(f.Context(), dav.CopyRequest{From: "/f", To: "/g", Depth: dav.DepthInfinity, Modified: mod}, o.report); err != nil {
			f.Fatal(err)
		}
		if _, err := f.b.Move(f.Context(), dav.CopyRequest{From: "/f", To: "/h", Depth: dav.DepthInfinity, Modified: mod}, o.report); err != nil {
			f.Fatal(err)
		}
		for _, p := range []dav.Path{"/g", "/h"} {
			if is := f.stat(p); !is.Modified.Equal(mod) {
				f.Errorf("%s is from %v, want %v", p, is.Modified, mod)
			}
		}
	}},
}
