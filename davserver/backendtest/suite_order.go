package backendtest

import (
	"slices"
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

func isOrderer(b davserver.Backend) bool { _, ok := b.(davserver.Orderer); return ok }

func isRedirector(b davserver.Backend) bool { _, ok := b.(davserver.Redirector); return ok }

const byHand = "urn:x:by-hand"

func (f *fixture) mustMkcolOrdered(p dav.Path, files ...string) {
	f.Helper()
	if err := f.b.Mkcol(f.Context(), dav.MkcolRequest{Path: p, Ordering: byHand}); err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		f.mustPut(p.Join(name), name)
	}
}

func (f *fixture) orderpatch(p dav.Path, kind string, steps ...dav.OrderMember) (failures, error) {
	var o failures
	err := f.b.(davserver.Orderer).Orderpatch(f.Context(), dav.OrderpatchRequest{Path: p, Type: kind, Members: steps}, o.report)
	return o, err
}

func (f *fixture) wantOrder(p dav.Path, want ...string) {
	f.Helper()
	for _, d := range []dav.Depth{dav.Depth1, dav.DepthInfinity} {
		var got []string
		for _, r := range f.mustList(p, dav.Query{Depth: d})[1:] {
			if r.Path.Parent() == p {
				got = append(got, r.Path.Name())
			}
		}
		if !slices.Equal(got, want) {
			f.Errorf("depth %d: the order of %s is %q, want %q", d, p, got, want)
		}
	}
}

func at(place dav.Place, sibling string) *dav.Position {
	return &dav.Position{Place: place, Segment: sibling}
}

func moved(member string, place dav.Place, sibling string) dav.OrderMember {
	return dav.OrderMember{Segment: member, Position: *at(place, sibling)}
}

var orderTests = []test{
	{"OR-05_new_ones_go_last_and_old_ones_stay", func(f *fixture) {
		f.mustMkcolOrdered("/c", "m", "z", "a")
		f.mustPut("/c/z", "again")
		f.wantOrder("/c", "m", "z", "a")
		if got := f.stat("/c").Ordering; got != byHand {
			f.Errorf("the ordering-type is %q", got)
		}
	}},
	{"OR-04_position", func(f *fixture) {
		f.mustMkcolOrdered("/c", "b", "d")
		f.mustPlace("/c/a", at(dav.First, ""))
		f.mustPlace("/c/c", at(dav.Before, "d"))
		f.mustPlace("/c/bb", at(dav.After, "b"))
		f.mustPlace("/c/z", at(dav.Last, ""))
		f.wantOrder("/c", "a", "b", "bb", "c", "d", "z")
		f.mustPlace("/c/z", at(dav.First, ""))
		f.wantOrder("/c", "z", "a", "b", "bb", "c", "d")
	}},
	{"OR-06_refusals", func(f *fixture) {
		f.mustMkcol("/u")
		f.mustMkcolOrdered("/c", "a")
		for _, c := range []struct {
			p    dav.Path
			at   *dav.Position
			want dav.Name
		}{
			{"/u/x", at(dav.First, ""), dav.CollectionMustBeOrdered},
			{"/c/x", at(dav.Before, "none"), dav.SegmentMustIdentifyMember},
			{"/c/x", at(dav.After, "x"), dav.SegmentMustIdentifyMember},
			{"/c/a", at(dav.After, "a"), dav.SegmentMustIdentifyMember},
		} {
			err := f.place(c.p, c.at)
			f.wantKind("PUT", err, dav.Conflict, dav.Forbidden)
			f.wantCondition("PUT", err, c.want, "")
		}
		f.wantTree("/", "/", "/u/", "/c/", "/c/a")
	}},
	{"OR-07_orderpatch", func(f *fixture) {
		f.mustMkcolOrdered("/c", "three.html", "four.html", "one.html", "two.html")
		o, err := f.orderpatch("/c", "", moved("one.html", dav.First, ""), moved("two.html", dav.After, "one.html"),
			moved("three.html", dav.Last, ""), moved("four.html", dav.Last, ""))
		f.done("ORDERPATCH", o, err)
		f.wantOrder("/c", "one.html", "two.html", "three.html", "four.html")
	}},
	{"OR-08_orderpatch_is_all_or_nothing", func(f *fixture) {
		f.mustMkcolOrdered("/c", "a", "b")
		o, err := f.orderpatch("/c", "", moved("b", dav.First, ""), moved("a", dav.Before, "none"))
		if err != nil || len(o) != 1 || o[0].Path != "/c/a" {
			f.Fatalf("got %v, %v", o, err)
		}
		f.wantCondition("ORDERPATCH", o[0].Err, dav.SegmentMustIdentifyMember, "")
		f.wantOrder("/c", "a", "b")
	}},
	{"OR-09_a_new_type", func(f *fixture) {
		f.mustMkcolOrdered("/c", "a", "b", "c")
		o, err := f.orderpatch("/c", "urn:x:other", moved("c", dav.Last, ""))
		f.done("ORDERPATCH", o, err)
		f.wantOrder("/c", "c", "a", "b")
		o, err = f.orderpatch("/c", dav.Unordered)
		f.done("ORDERPATCH to unordered", o, err)
		if got := f.stat("/c").Ordering; got != "" {
			f.Errorf("the ordering-type is %q", got)
		}
	}},
	{"OR-10_removal_and_many_moves", func(f *fixture) {
		f.mustMkcolOrdered("/c", "a", "b", "c", "d")
		o, err := f.delete("/c/b", nil)
		f.done("DELETE", o, err)
		for range 100 { // whatever the gaps between positions are, they are used up
			for _, name := range []string{"c", "d"} {
				o, err := f.orderpatch("/c", "", moved(name, dav.After, "a"))
				f.done("ORDERPATCH", o, err)
			}
		}
		f.wantOrder("/c", "a", "d", "c")
	}},
}

// place is a PUT with a position.
func (f *fixture) place(p dav.Path, at *dav.Position) error {
	_, _, err := f.b.Put(f.Context(), dav.PutRequest{Path: p, Body: strings.NewReader("x"), Length: -1, Position: at})
	return err
}

func (f *fixture) mustPlace(p dav.Path, at *dav.Position) {
	f.Helper()
	if err := f.place(p, at); err != nil {
		f.Fatalf("PUT %s: %v", p, err)
	}
}

func (f *fixture) mustRefer(p dav.Path, target string) {
	f.Helper()
	err := f.b.(davserver.Redirector).Mkredirectref(f.Context(), dav.MkredirectrefRequest{Path: p, Redirect: dav.Redirect{Target: target}})
	if err != nil {
		f.Fatalf("MKREDIRECTREF %s: %v", p, err)
	}
}

// wantRedirected wants the error to lead from the reference at from, with rest
// behind it.
func (f *fixture) wantRedirected(what string, err error, from dav.Path, rest string) {
	f.Helper()
	f.wantKind(what, err, dav.Redirection)
	e, ok := err.(*dav.Error)
	if !ok || e.Redirected == nil || e.Redirected.Path != from || e.Redirected.Rest != rest {
		f.Errorf("%s: got %+v, want the reference %s and the rest %q", what, err, from, rest)
	}
}

var redirectTests = []test{
	{"RR-04_without_the_header_everything_is_redirected", func(f *fixture) {
		f.mustRefer("/r", "/elsewhere")
		plain := &dav.Conditions{}
		_, err := f.list("/r", dav.Query{Conditions: plain})
		f.wantRedirected("PROPFIND", err, "/r", "")
		_, _, err = f.b.Open(f.Context(), "/r", plain)
		f.wantRedirected("GET", err, "/r", "")
		_, _, err = f.put("/r", "x", plain)
		f.wantRedirected("PUT", err, "/r", "")
		_, err = f.delete("/r", plain)
		f.wantRedirected("DELETE", err, "/r", "")
		_, err = f.list("/r/y/z", dav.Query{Conditions: plain})
		f.wantRedirected("PROPFIND behind it", err, "/r", "/y/z")
	}},
	{"RR-05_with_it_the_reference_is_meant", func(f *fixture) {
		f.mustRefer("/r", "/elsewhere")
		own := &dav.Conditions{Redirects: true}
		found, err := f.list("/r", dav.Query{Conditions: own})
		if err != nil || found[0].Redirect == nil || found[0].Redirect.Target != "/elsewhere" || found[0].Collection {
			f.Fatalf("got %+v, %v", found, err)
		}
		_, _, err = f.put("/r", "x", own)
		f.wantKind("PUT", err, dav.Forbidden)
		_, _, err = f.b.Open(f.Context(), "/r", own)
		f.wantKind("GET", err, dav.Forbidden)
		_, o, err := f.copy("/r", "/s", dav.DepthInfinity, own)
		f.done("COPY", o, err)
		if s := f.stat("/s"); s.Redirect == nil || s.Redirect.Target != "/elsewhere" {
			f.Errorf("the copy is %+v", s)
		}
		o, err = f.delete("/r", own)
		f.done("DELETE", o, err)
		f.wantTree("/", "/", "/s")
	}},
	{"RR-06_update", func(f *fixture) {
		f.mustRefer("/r", "/a")
		f.mustPut("/f", "x")
		permanent := true
		up := f.b.(davserver.Redirector).Updateredirectref
		if err := up(f.Context(), dav.UpdateredirectrefRequest{Path: "/r", Permanent: &permanent}); err != nil {
			f.Fatal(err)
		}
		if r := f.stat("/r").Redirect; r == nil || *r != (dav.Redirect{Target: "/a", Permanent: true}) {
			f.Errorf("got %+v", r)
		}
		err := up(f.Context(), dav.UpdateredirectrefRequest{Path: "/f", Permanent: &permanent})
		f.wantCondition("UPDATEREDIRECTREF of a file", err, dav.MustBeRedirectref, "")
	}},
	{"RR-09_the_parent_takes_them_along", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustRefer("/c/r", "t")
		_, o, err := f.copy("/c", "/d", dav.DepthInfinity, &dav.Conditions{})
		f.done("COPY", o, err)
		_, o, err = f.move("/c", "/e", &dav.Conditions{})
		f.done("MOVE", o, err)
		f.wantTree("/", "/", "/d/", "/d/r", "/e/", "/e/r")
	}},
}
