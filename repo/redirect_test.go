package repo_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

// redirectAt is what the reference at p refers to; nil if it is none.
func redirectAt(t *testing.T, r *repo.Repository, p dav.Path) *dav.Redirect {
	t.Helper()
	for res, err := range r.List(t.Context(), p, dav.Query{}) {
		ok(t, err)
		return res.Redirect
	}
	return nil
}

func refer(t *testing.T, r *repo.Repository, p dav.Path, target string) {
	t.Helper()
	ok(t, r.Mkredirectref(t.Context(), dav.MkredirectrefRequest{Path: p, Redirect: dav.Redirect{Target: target}}))
}

func wantRedirected(t *testing.T, what string, err error, want dav.Redirected) {
	t.Helper()
	e, is := errors.AsType[*dav.Error](err)
	if !is || e.Kind != dav.Redirection || e.Redirected == nil || *e.Redirected != want {
		t.Errorf("%s: got %v, want to be redirected by %v", what, err, want)
	}
}

// requests are one of each method, to p.
func requests(t *testing.T, r *repo.Repository, p dav.Path, c *dav.Conditions) map[string]error {
	ctx := t.Context()
	put := func() error {
		_, _, err := r.Put(ctx, dav.PutRequest{Path: p, Body: strings.NewReader("x"), Length: 1, Conditions: c})
		return err
	}
	open := func() error {
		_, _, err := r.Open(ctx, p, c)
		return err
	}
	list := func() (err error) {
		for _, err = range r.List(ctx, p, dav.Query{Conditions: c}) {
		}
		return err
	}
	lock := func() error {
		_, _, err := r.Lock(ctx, dav.LockRequest{Path: p, Timeout: time.Hour, Conditions: c}, nil)
		return err
	}
	refresh := func() error {
		_, err := r.Refresh(ctx, dav.RefreshRequest{Path: p, Token: "urn:x", Conditions: c})
		return err
	}
	transfer := func(do func() (bool, error)) error {
		_, err := do()
		return err
	}
	q := dav.CopyRequest{From: p, To: "/to", Depth: dav.DepthInfinity, Conditions: c}
	return map[string]error{
		"GET": open(), "PROPFIND": list(), "PUT": put(), "LOCK": lock(), "refresh": refresh(),
		"UNLOCK":            r.Unlock(ctx, dav.UnlockRequest{Path: p, Token: "urn:x", Conditions: c}),
		"MKCOL":             r.Mkcol(ctx, dav.MkcolRequest{Path: p, Conditions: c}),
		"PROPPATCH":         r.Proppatch(ctx, dav.ProppatchRequest{Path: p, Conditions: c}),
		"DELETE":            r.Delete(ctx, dav.DeleteRequest{Path: p, Conditions: c}, nil),
		"COPY":              transfer(func() (bool, error) { return r.Copy(ctx, q, nil) }),
		"MOVE":              transfer(func() (bool, error) { return r.Move(ctx, q, nil) }),
		"ORDERPATCH":        r.Orderpatch(ctx, dav.OrderpatchRequest{Path: p, Conditions: c}, nil),
		"MKREDIRECTREF":     r.Mkredirectref(ctx, dav.MkredirectrefRequest{Path: p, Redirect: dav.Redirect{Target: "x"}, Conditions: c}),
		"UPDATEREDIRECTREF": r.Updateredirectref(ctx, dav.UpdateredirectrefRequest{Path: p, Conditions: c}),
	}
}

func TestRR04_every_method_is_redirected(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	refer(t, r, "/c/ref", "t/x.html")
	for name, err := range requests(t, r, "/c/ref", &dav.Conditions{}) {
		wantRedirected(t, name, err, dav.Redirected{Redirect: dav.Redirect{Target: "t/x.html"}, Path: "/c/ref"})
	}
	if got := redirectAt(t, r, "/c/ref"); got == nil || got.Target != "t/x.html" {
		t.Errorf("the reference leads to %v", got)
	}
	wantOrder(t, r, "/", "c")
}

// Conditional headers count only where there would be another answer than the
// redirect.
func TestRR04_before_conditions(t *testing.T) {
	r := open(t, repo.Options{})
	refer(t, r, "/ref", "x")
	c := &dav.Conditions{IfMatch: dav.ETags{Sent: true, Tags: []dav.ETag{`"other"`}}}
	_, _, err := r.Open(t.Context(), "/ref", c)
	wantRedirected(t, "GET", err, dav.Redirected{Redirect: dav.Redirect{Target: "x"}, Path: "/ref"})
}

func TestRR10_through_a_reference(t *testing.T) {
	r := open(t, repo.Options{})
	refer(t, r, "/ref", "/a/")
	want := dav.Redirected{Redirect: dav.Redirect{Target: "/a/"}, Path: "/ref", Rest: "/y/z"}
	for _, c := range []*dav.Conditions{nil, {}, {Redirects: true}} {
		for name, err := range requests(t, r, "/ref/y/z", c) {
			wantRedirected(t, name, err, want)
		}
	}
	put(t, r, "/f", "x")
	_, err := r.Copy(t.Context(), dav.CopyRequest{From: "/f", To: "/ref/y"}, nil) // the destination is no URL that is redirected
	wantFailure(t, err, dav.Conflict, dav.Name{})
}

func TestRR05_the_reference_itself(t *testing.T) {
	r := open(t, repo.Options{})
	mkcol(t, r, "/c")
	refer(t, r, "/c/ref", "/c/f")
	put(t, r, "/c/f", "x")
	ctx, c := t.Context(), &dav.Conditions{Redirects: true}
	_, _, err := r.Open(ctx, "/c/ref", c)
	wantFailure(t, err, dav.Forbidden, dav.Name{})
	_, _, err = r.Put(ctx, dav.PutRequest{Path: "/c/ref", Body: strings.NewReader("x"), Conditions: c})
	wantFailure(t, err, dav.Forbidden, dav.Name{})
	prop := dav.Property{Name: dav.Name{Space: "s", Local: "a"}, XML: `<a xmlns="s"/>`}
	ok(t, r.Proppatch(ctx, dav.ProppatchRequest{Path: "/c/ref", Updates: []dav.PropertyUpdate{{Property: prop}}, Conditions: c}))
	_, created, err := r.Lock(ctx, dav.LockRequest{Path: "/c/ref", Timeout: time.Hour, Conditions: c}, nil)
	if ok(t, err); created {
		t.Error("LOCK made something")
	}
	_, err = r.Copy(ctx, dav.CopyRequest{From: "/c/ref", To: "/copy", Conditions: c}, nil)
	ok(t, err)
	refer(t, r, "/other", "elsewhere")
	_, err = r.Copy(ctx, dav.CopyRequest{From: "/c/ref", To: "/other", Conditions: c}, nil) // onto one
	ok(t, err)
	_, err = r.Copy(ctx, dav.CopyRequest{From: "/c", To: "/d", Depth: dav.DepthInfinity}, nil) // with its parent (RR-09)
	ok(t, err)
	for _, p := range []dav.Path{"/copy", "/other", "/d/ref"} {
		if got := redirectAt(t, r, p); got == nil || got.Target != "/c/f" {
			t.Errorf("%s leads to %v", p, got)
		}
	}
	_, err = r.Move(ctx, dav.CopyRequest{From: "/copy", To: "/moved", Conditions: c}, nil)
	ok(t, err)
	ok(t, r.Delete(ctx, dav.DeleteRequest{Path: "/moved", Conditions: c}, nil))
	if read(t, r, "/c/f") != "x" {
		t.Error("the target has changed")
	}
}

func TestRR03_refusals(t *testing.T) {
	r := open(t, repo.Options{})
	put(t, r, "/f", "x")
	mkcol(t, r, "/c")
	_, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/c", Timeout: time.Hour}, nil)
	ok(t, err)
	first := &dav.Position{Place: dav.First}
	for _, c := range []struct {
		p    dav.Path
		at   *dav.Position
		kind dav.Kind
		want dav.Name
	}{
		{"/f", nil, dav.Conflict, dav.ResourceMustBeNull},
		{"/", nil, dav.Conflict, dav.ResourceMustBeNull},
		{"/none/ref", nil, dav.Conflict, dav.ParentResourceMustBeNonNull},
		{"/f/ref", nil, dav.Conflict, dav.ParentResourceMustBeNonNull},
		{"/c/ref", nil, dav.Locked, dav.LockedUpdateAllowed},
		{"/ref", first, dav.Conflict, dav.CollectionMustBeOrdered},
	} {
		err := r.Mkredirectref(t.Context(), dav.MkredirectrefRequest{Path: c.p, Redirect: dav.Redirect{Target: "x"}, Position: c.at})
		wantFailure(t, err, c.kind, c.want)
	}
	wantOrder(t, r, "/", "c", "f")
}

func TestRR06_update(t *testing.T) {
	var now atomic.Int64
	now.Store(1e9)
	r := open(t, repo.Options{Now: func() time.Time { return time.Unix(now.Load(), 0) }})
	refer(t, r, "/ref", "a")
	update := func(p dav.Path, target *string, permanent *bool) error {
		return r.Updateredirectref(t.Context(), dav.UpdateredirectrefRequest{Path: p, Target: target, Permanent: permanent})
	}
	now.Add(3600)
	for _, c := range []struct {
		target    *string
		permanent *bool
		want      dav.Redirect
	}{
		{nil, nil, dav.Redirect{Target: "a"}},
		{nil, new(true), dav.Redirect{Target: "a", Permanent: true}},
		{new("b"), nil, dav.Redirect{Target: "b", Permanent: true}},
		{new("c"), new(false), dav.Redirect{Target: "c"}},
	} {
		ok(t, update("/ref", c.target, c.permanent))
		if got := redirectAt(t, r, "/ref"); got == nil || *got != c.want {
			t.Errorf("the reference leads to %v, want %v", got, c.want)
		}
	}
	for res, err := range r.List(t.Context(), "/ref", dav.Query{}) {
		if ok(t, err); res.Modified.Unix() != now.Load() {
			t.Errorf("it was modified at %v", res.Modified)
		}
	}
	put(t, r, "/f", "x")
	wantFailure(t, update("/f", new("b"), nil), dav.Forbidden, dav.MustBeRedirectref)
	wantFailure(t, update("/", new("b"), nil), dav.Forbidden, dav.MustBeRedirectref)
	wantFailure(t, update("/none", new("b"), nil), dav.NotFound, dav.Name{})
	_, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/ref", Timeout: time.Hour}, nil)
	ok(t, err)
	wantFailure(t, update("/ref", new("b"), nil), dav.Locked, dav.LockedUpdateAllowed)
}
