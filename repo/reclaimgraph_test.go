package repo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// graph is the plain truth about a repository: its bindings, and from them what
// can be reached.
type graph struct {
	root      int64
	resources map[int64]bool
	bindings  map[string][2]int64 // parent and child
}

func graphOf(t interface {
	Helper()
	Fatal(...any)
}, r *repo.Repository) *graph {
	t.Helper()
	g := &graph{resources: make(map[int64]bool), bindings: make(map[string][2]int64)}
	err := r.Meta().View(context.Background(), func(tx meta.Tx) (err error) {
		if g.root, err = meta.Int(tx, `SELECT CAST(value AS BIGINT) FROM repository WHERE name = 'root'`); err != nil {
			return err
		}
		for row, err := range tx.Query(`SELECT id FROM resource`) {
			if err != nil {
				return err
			}
			g.resources[row.Int(0)] = true
		}
		for row, err := range tx.Query(`SELECT parent, name, child FROM binding`) {
			if err != nil {
				return err
			}
			g.bindings[fmt.Sprint(row.Int(0), "/", row.Text(1))] = [2]int64{row.Int(0), row.Int(2)}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// reachable keeps of the graph what can be reached from the root.
func (g *graph) reachable() *graph {
	live := &graph{root: g.root, resources: map[int64]bool{g.root: true}, bindings: make(map[string][2]int64)}
	for grown := true; grown; {
		grown = false
		for name, b := range g.bindings {
			if live.resources[b[0]] {
				live.bindings[name] = b
				grown = grown || !live.resources[b[1]]
				live.resources[b[1]] = true
			}
		}
	}
	return live
}

func (g *graph) String() string {
	var lines []string
	for id := range g.resources {
		lines = append(lines, fmt.Sprint("resource ", id))
	}
	for name, b := range g.bindings {
		lines = append(lines, fmt.Sprint(name, " -> ", b[1]))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// marks gives the resources that are marked as shared, and those that have
// several bindings, where the root counts as bound once more.
func marks(t *rapid.T, r *repo.Repository) (marked, several map[int64]bool) {
	marked, several = make(map[int64]bool), make(map[int64]bool)
	g := graphOf(t, r)
	bindings := map[int64]int{g.root: 1}
	for _, b := range g.bindings {
		if bindings[b[1]]++; bindings[b[1]] > 1 {
			several[b[1]] = true
		}
	}
	err := r.Meta().View(context.Background(), func(tx meta.Tx) error {
		for row, err := range tx.Query(`SELECT id FROM resource WHERE shared = 1`) {
			if err != nil {
				return err
			}
			marked[row.Int(0)] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return marked, several
}

// What is left after reclaiming is just what can be reached from the root,
// whatever the history, and what can be reached is never touched.
func TestReclaimGraph(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "graph")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		m, err := sqlite.Open(context.Background(), filepath.Join(dir, "meta.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		b, err := fileblob.Open(filepath.Join(dir, "blobs"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := repo.Open(context.Background(), m, b, repo.Options{NoReclaim: true, InlineMax: 4})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		segment := func(label string) string { return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, label) }
		path := func(label string) dav.Path {
			p := dav.Root
			for range rapid.IntRange(0, 4).Draw(t, label+" depth") {
				p = p.Join(segment(label))
			}
			return p
		}
		do := func(err error) {
			if err != nil && dav.KindOf(err) == dav.Internal {
				t.Fatal(err)
			}
		}
		ctx := context.Background()
		reclaim := func(t *rapid.T) {
			want := graphOf(t, r).reachable()
			if _, err := r.Reclaim(ctx); err != nil {
				t.Fatal(err)
			}
			if got := graphOf(t, r); got.String() != want.String() {
				t.Fatalf("after reclaiming there is\n%v\nbut this can be reached:\n%v", got, want)
			}
			if marked, several := marks(t, r); !maps.Equal(marked, several) {
				t.Fatalf("marked as shared are %v, but several bindings have %v", marked, several)
			}
			s, err := r.Fsck(ctx, repo.FsckOptions{}, func(p repo.Problem) { t.Errorf("fsck: %v", p) })
			if err != nil || s.Orphans != 0 || s.Garbage != 0 {
				t.Fatalf("after reclaiming: %+v, %v", s, err)
			}
		}
		request := func() dav.BindRequest {
			return dav.BindRequest{Collection: path("collection"), Segment: segment("segment"), Source: path("source")}
		}
		bind := func(t *rapid.T) { _, err := r.Bind(ctx, request(), nil); do(err) }
		mkcol := func(t *rapid.T) { do(r.Mkcol(ctx, dav.MkcolRequest{Path: path("path")})) }
		t.Repeat(map[string]func(*rapid.T){
			"mkcol": mkcol, "mkcol again": mkcol, "bind": bind, "bind again": bind,
			"rebind": func(t *rapid.T) { _, err := r.Rebind(ctx, request(), nil); do(err) },
			"put": func(t *rapid.T) {
				_, _, err := r.Put(ctx, dav.PutRequest{Path: path("path"), Body: strings.NewReader("content"), Length: 7})
				do(err)
			},
			"unbind": func(t *rapid.T) {
				do(r.Unbind(ctx, dav.UnbindRequest{Collection: path("collection"), Segment: segment("segment")}, nil))
			},
			"delete": func(t *rapid.T) { do(r.Delete(ctx, dav.DeleteRequest{Path: path("path")}, nil)) },
			"move": func(t *rapid.T) {
				_, err := r.Move(ctx, dav.CopyRequest{From: path("from"), To: path("to")}, nil)
				do(err)
			},
			"copy": func(t *rapid.T) {
				depth := rapid.SampledFrom([]dav.Depth{dav.Depth0, dav.DepthInfinity}).Draw(t, "depth")
				_, err := r.Copy(ctx, dav.CopyRequest{From: path("from"), To: path("to"), Depth: depth}, nil)
				if s := graphOf(t, r); len(s.resources) > 2000 {
					t.Skip("grown too large")
				}
				do(err)
			},
			"reclaim": reclaim,
		})
		reclaim(t)
	})
}

// countdown is a metadata store that takes just so many more updates.
type countdown struct {
	meta.Store
	left int
}

var errOver = errors.New("no more updates")

func (s *countdown) Update(ctx context.Context, fn func(meta.Tx) error) error {
	if s.left == 0 {
		return errOver
	}
	s.left--
	return s.Store.Update(ctx, fn)
}

// openCounting opens a repository whose updates count down from -1, so that
// there is no end of them.
func openCounting(t *testing.T) (*repo.Repository, *countdown) {
	dir := t.TempDir()
	m, err := sqlite.Open(t.Context(), filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	store := &countdown{m, -1}
	r, err := repo.Open(t.Context(), store, b, repo.Options{NoReclaim: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(r.Close(), m.Close()); err != nil {
			t.Error(err)
		}
	})
	return r, store
}

// Many that lost a binding, and are still below as many collections, are not each
// climbed from all the way.
func TestReclaimBelowMany(t *testing.T) {
	r, store := openCounting(t)
	for _, p := range []dav.Path{"/gone", "/stays", "/m"} {
		mkcol(t, r, p)
	}
	const n = 300
	for i := range n {
		name := fmt.Sprint(i)
		mkcol(t, r, dav.Path("/m/"+name))
		bind(t, r, dav.Path("/m/"+name), "way", "/stays")
		mkcol(t, r, dav.Path("/gone/"+name))
		bind(t, r, "/stays", name, dav.Path("/gone/"+name))
	}
	unbind(t, r, "/", "stays")
	remove(t, r, "/gone")
	want := graphOf(t, r).reachable()
	before := store.left
	if _, err := r.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if steps := before - store.left; steps > 10 {
		t.Errorf("it took %d steps", steps)
	}
	if got := graphOf(t, r); got.String() != want.String() {
		t.Errorf("left over:\n%v\nwant\n%v", got, want)
	}
}

// A loop that nothing leads to goes, however large, in steps that may end after
// any of them; what it also led to stays.
func TestReclaimLoops(t *testing.T) {
	r, store := openCounting(t)
	mkcol(t, r, "/kept")
	put(t, r, "/kept/f", "x")
	mkcol(t, r, "/loop")
	const n = 700 // more than a step
	bind(t, r, "/loop", "kept", "/kept/f")
	for i := range n {
		c := dav.Path(fmt.Sprintf("/loop/%d", i))
		mkcol(t, r, c)
		bind(t, r, c, "up", "/loop")
		bind(t, r, "/loop", fmt.Sprintf("again %d", i), c)
	}
	bind(t, r, "/loop", "root", "/")
	want := graphOf(t, r).reachable()
	if _, err := r.Reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := graphOf(t, r); got.String() != want.String() {
		t.Fatalf("reclaiming changed what can be reached:\n%v\nwas\n%v", got, want)
	}
	remove(t, r, "/loop")
	want = graphOf(t, r).reachable()
	steps := 0
	for ; stats(t, r).Orphans > 0; steps++ {
		store.left = 1
		if _, err := r.Reclaim(t.Context()); err != nil && !errors.Is(err, errOver) {
			t.Fatal(err)
		}
	}
	if steps < 3 {
		t.Errorf("all was done in %d steps: the test does not test", steps)
	}
	if got := graphOf(t, r); got.String() != want.String() || len(got.resources) != 3 {
		t.Errorf("left over:\n%v\nwant\n%v", got, want)
	}
	if read(t, r, "/kept/f") != "x" {
		t.Error("what can be reached has changed")
	}
}
