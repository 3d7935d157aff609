// Package backendtest holds the contract of [davserver.Backend] as tests, and
// a reference backend in memory. A backend joins with one call of [Run].
package backendtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

// Run tests the contract of Backend, and of the optional capabilities that what
// open returns has; a Binder is a Locker too. Every test gets an empty backend of its own, whose
// clock is that of the machine. Tests are named by the requirements they judge.
func Run(t *testing.T, open func(t *testing.T) davserver.Backend) {
	for _, group := range []struct {
		name  string
		needs func(davserver.Backend) bool
		tests []test
	}{
		{"Read", always, readTests},
		{"Write", always, writeTests},
		{"CopyMove", always, copyMoveTests},
		{"Conditions", always, conditionTests},
		{"Properties", isStore, propertyTests},
		{"Locks", isLocker, lockTests},
		{"Guards", isLocker, guardTests},
		{"Concurrency", isLocker, concurrencyTests},
		{"Bindings", isBinder, bindTests},
		{"BindingLocks", isBinder, bindLockTests},
		{"Order", isOrderer, orderTests},
		{"Redirects", isRedirector, redirectTests},
		{"Sync", isSyncer, syncTests},
		{"Search", isSearcher, searchTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.tests {
				t.Run(c.name, func(t *testing.T) {
					f := &fixture{T: t, b: open(t)}
					if !group.needs(f.b) {
						t.Skip("the backend has no such capability")
					}
					c.run(f)
				})
			}
		})
	}
}

type test struct {
	name string
	run  func(*fixture)
}

func always(davserver.Backend) bool { return true }

func isStore(b davserver.Backend) bool {
	_, ok := b.(davserver.PropertyStore)
	return ok
}

func isLocker(b davserver.Backend) bool {
	_, ok := b.(davserver.Locker)
	return ok
}

// fixture is one backend under test. Its methods that begin with must stop the
// test if the step fails; the others return what the backend returned.
type fixture struct {
	*testing.T
	b davserver.Backend
}

// as are the conditions of a request by a principal that submits tokens in
// lists that hold whatever the state is.
func as(principal string, tokens ...string) *dav.Conditions {
	return &dav.Conditions{Principal: principal, Tokens: tokens}
}

func (f *fixture) put(p dav.Path, body string, c *dav.Conditions) (*dav.Resource, bool, error) {
	return f.b.Put(f.Context(), dav.PutRequest{Path: p, Body: strings.NewReader(body), Length: int64(len(body)), Conditions: c})
}

func (f *fixture) mustPut(p dav.Path, body string) *dav.Resource {
	f.Helper()
	r, _, err := f.put(p, body, nil)
	if err != nil {
		f.Fatalf("PUT %s: %v", p, err)
	}
	return r
}

func (f *fixture) mkcol(p dav.Path, c *dav.Conditions) error {
	return f.b.Mkcol(f.Context(), dav.MkcolRequest{Path: p, Conditions: c})
}

func (f *fixture) mustMkcol(paths ...dav.Path) {
	f.Helper()
	for _, p := range paths {
		if err := f.mkcol(p, nil); err != nil {
			f.Fatalf("MKCOL %s: %v", p, err)
		}
	}
}

// failures collects what a method reports.
type failures []dav.Outcome

func (o *failures) report(out dav.Outcome) { *o = append(*o, out) }

func (o failures) paths() (p []dav.Path) {
	for _, out := range o {
		p = append(p, out.Path)
	}
	slices.Sort(p)
	return p
}

func (f *fixture) delete(p dav.Path, c *dav.Conditions) (failures, error) {
	var o failures
	err := f.b.Delete(f.Context(), dav.DeleteRequest{Path: p, Conditions: c}, o.report)
	return o, err
}

func (f *fixture) copy(from, to dav.Path, d dav.Depth, c *dav.Conditions) (bool, failures, error) {
	var o failures
	created, err := f.b.Copy(f.Context(), dav.CopyRequest{From: from, To: to, Depth: d, Conditions: c}, o.report)
	return created, o, err
}

func (f *fixture) move(from, to dav.Path, c *dav.Conditions) (bool, failures, error) {
	var o failures
	created, err := f.b.Move(f.Context(), dav.CopyRequest{From: from, To: to, Depth: dav.DepthInfinity, Conditions: c}, o.report)
	return created, o, err
}

// done fails the test unless a method on many resources did all of it.
func (f *fixture) done(what string, o failures, err error) {
	f.Helper()
	if err != nil {
		f.Fatalf("%s: %v", what, err)
	}
	if len(o) > 0 {
		f.Fatalf("%s: %v failed: %v", what, o[0].Path, o[0].Err)
	}
}

// list is the listing of p, each resource copied.
func (f *fixture) list(p dav.Path, q dav.Query) (found []dav.Resource, err error) {
	for r, err := range f.b.List(f.Context(), p, q) {
		if err != nil {
			return found, err
		}
		found = append(found, *r)
	}
	return found, nil
}

func (f *fixture) mustList(p dav.Path, q dav.Query) []dav.Resource {
	f.Helper()
	found, err := f.list(p, q)
	if err != nil {
		f.Fatalf("listing %s: %v", p, err)
	}
	return found
}

// tree are the paths at p and below; those of collections end in a slash.
func (f *fixture) tree(p dav.Path) (paths []string) {
	f.Helper()
	for _, r := range f.mustList(p, dav.Query{Depth: dav.DepthInfinity}) {
		s := string(r.Path)
		if r.Collection && r.Path != dav.Root {
			s += "/"
		}
		paths = append(paths, s)
	}
	slices.Sort(paths)
	return paths
}

func (f *fixture) wantTree(p dav.Path, want ...string) {
	f.Helper()
	slices.Sort(want)
	if got := f.tree(p); !slices.Equal(got, want) {
		f.Errorf("tree of %s: got %q, want %q", p, got, want)
	}
}

func (f *fixture) stat(p dav.Path) dav.Resource {
	f.Helper()
	return f.mustList(p, dav.Query{Dead: dav.DeadAll, Locks: true})[0]
}

func (f *fixture) missing(p dav.Path) {
	f.Helper()
	_, err := f.list(p, dav.Query{})
	f.wantKind("listing "+string(p), err, dav.NotFound)
	_, _, err = f.b.Open(f.Context(), p, nil)
	f.wantKind("opening "+string(p), err, dav.NotFound)
}

func (f *fixture) read(p dav.Path) (string, error) {
	r, body, err := f.b.Open(f.Context(), p, nil)
	if err != nil {
		return "", err
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err == nil && int64(len(b)) != r.Length {
		err = fmt.Errorf("%s: Length says %d, the body has %d bytes", p, r.Length, len(b))
	}
	return string(b), err
}

func (f *fixture) content(p dav.Path) string {
	f.Helper()
	body, err := f.read(p)
	if err != nil {
		f.Fatalf("reading %s: %v", p, err)
	}
	return body
}

func (f *fixture) wantContent(p dav.Path, want string) {
	f.Helper()
	if got := f.content(p); got != want {
		f.Errorf("content of %s: got %.40q, want %.40q", p, got, want)
	}
}

func (f *fixture) wantKind(what string, err error, want dav.Kind, or ...dav.Kind) {
	f.Helper()
	switch {
	case err == nil:
		f.Errorf("%s: done, want %v", what, want)
	case dav.KindOf(err) != want && !slices.Contains(or, dav.KindOf(err)):
		f.Errorf("%s: got %v (%v), want %v", what, dav.KindOf(err), err, want)
	}
}

// wantCondition wants the condition element, and root among its hrefs unless
// root is "".
func (f *fixture) wantCondition(what string, err error, name dav.Name, root dav.Path) {
	f.Helper()
	c := conditionOf(err)
	if c.Name != name {
		f.Errorf("%s: condition %v, want %v (%v)", what, c.Name, name, err)
		return
	}
	if root != "" && !slices.ContainsFunc(c.Paths, func(h dav.Href) bool { return h.Path == root }) {
		f.Errorf("%s: %v names %v, want %v among them", what, name, c.Paths, root)
	}
}

// stubborn is a body that breaks off.
type stubborn struct {
	io.Reader
	err error
}

func (s stubborn) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err == io.EOF {
		err = s.err
	}
	return n, err
}

func brokenBody(sent string, err error) io.Reader {
	return stubborn{bytes.NewReader([]byte(sent)), err}
}

// unread is a body that nobody may ask for.
type unread struct{ f *fixture }

func (u unread) Read([]byte) (int, error) {
	u.f.Error("the body of a refused upload was read")
	return 0, io.EOF
}

// collect runs a listing on a context of its own.
func collect(seq iter.Seq2[*dav.Resource, error]) (n int, err error) {
	for _, err := range seq {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func canceled(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}
