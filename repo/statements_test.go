package repo_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// noting is a metadata store that keeps the text of every statement.
type noting struct {
	meta.Store
	mu   sync.Mutex
	seen map[string]bool
	runs int // statements, each time they ran
}

func (s *noting) View(ctx context.Context, fn func(meta.Tx) error) error {
	return s.Store.View(ctx, func(t meta.Tx) error { return fn(notingTx{t, s}) })
}

func (s *noting) Update(ctx context.Context, fn func(meta.Tx) error) error {
	return s.Store.Update(ctx, func(t meta.Tx) error { return fn(notingTx{t, s}) })
}

func (s *noting) note(sql string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[sql] = true
	s.runs++
}

type notingTx struct {
	meta.Tx
	to *noting
}

func (t notingTx) Query(sql string, args ...any) iter.Seq2[meta.Row, error] {
	t.to.note(sql)
	return t.Tx.Query(sql, args...)
}

func (t notingTx) Exec(sql string, args ...any) (int64, error) {
	t.to.note(sql)
	return t.Tx.Exec(sql, args...)
}

func openNoting(t *testing.T) (*repo.Repository, *noting) {
	return openNotingWith(t, repo.Options{NoReclaim: true})
}

func openNotingWith(t *testing.T, o repo.Options) (*repo.Repository, *noting) {
	dir := t.TempDir()
	m, err := sqlite.Open(t.Context(), filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	s := &noting{Store: m, seen: make(map[string]bool)}
	r, err := repo.Open(t.Context(), s, b, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.Close()
		m.Close()
	})
	return r, s
}

// No statement of a request, and none that reclaims, goes through a whole table.
func TestNoStatementScans(t *testing.T) {
	r, s := openNoting(t)
	everyMethod(t, r)
	everyMethodWithQuotas(t, r)
	synchronizations(t, r)
	if len(s.seen) < 40 {
		t.Fatalf("%d statements seen: the test does not test", len(s.seen))
	}
	for sql := range maps.Clone(s.seen) {
		for _, step := range explain(t, s, sql) {
			if scan.MatchString(step) && !small.MatchString(step) {
				t.Errorf("%s in\n%s", step, sql)
			}
		}
	}
}

var (
	scan = regexp.MustCompile(`^SCAN `)
	// What was just computed, the work of reclaiming, the plan of a COPY, and what
	// the index of texts says.
	small = regexp.MustCompile(`^SCAN (up|tree|edge|newest|CONSTANT|bounded|\(|\d+-ROW|orphan|released|hold|copying|numbered|fulltext VIRTUAL TABLE INDEX \d+:[=M]|property USING COVERING INDEX property_unread)`)
	param = regexp.MustCompile(`\$(\d+)`)
)

func explain(t *testing.T, s meta.Store, sql string) (steps []string) {
	t.Helper()
	n := 0
	for _, m := range param.FindAllStringSubmatch(sql, -1) {
		i, _ := strconv.Atoi(m[1])
		n = max(n, i)
	}
	err := s.View(t.Context(), func(tx meta.Tx) error {
		for row, err := range tx.Query("EXPLAIN QUERY PLAN "+sql, make([]any, n)...) {
			if err != nil {
				return err
			}
			steps = append(steps, row.Text(3))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v in %s", err, sql)
	}
	return steps
}

// everyMethod does everything a client can.
func everyMethod(t *testing.T, r *repo.Repository) {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	set := []dav.PropertyUpdate{{Property: dav.Property{Name: dav.Name{Space: "s", Local: "a"}, XML: `<a xmlns="s"/>`}}}
	mkcol(t, r, "/a")
	mkcol(t, r, "/a/b")
	put(t, r, "/a/f", "small")
	put(t, r, "/a/f", "other")
	put(t, r, "/a/b/big", big)
	put(t, r, "/a/b/big", big+"more")
	lang := "de"
	ok(r.Proppatch(t.Context(), dav.ProppatchRequest{Path: "/a/f", Updates: set, Modified: time.Now(), Language: &lang}))
	ok(r.Proppatch(t.Context(), dav.ProppatchRequest{Path: "/a/b", Updates: []dav.PropertyUpdate{{Remove: true, Property: set[0].Property}}}))
	c := &dav.Conditions{}
	for _, p := range []dav.Path{"/a/f", "/a/new"} {
		l, _, err := r.Lock(t.Context(), dav.LockRequest{Path: p, Timeout: time.Hour}, nil)
		ok(err)
		c.Tokens = append(c.Tokens, l.Token)
		c.If = append(c.If, dav.IfList{Conditions: []dav.IfCondition{{Token: l.Token}}})
		_, err = r.Refresh(t.Context(), dav.RefreshRequest{Path: p, Token: l.Token})
		ok(err)
	}
	l, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/a/b", Depth: dav.DepthInfinity}, nil)
	ok(err)
	for _, q := range []dav.Query{
		{Depth: dav.Depth1},
		{Depth: dav.DepthInfinity, Dead: dav.DeadAll, Locks: true, Limit: 1000},
		{Depth: dav.Depth1, Dead: dav.DeadNamed, Names: []dav.Name{set[0].Name}},
	} {
		for _, err := range r.List(t.Context(), "/", q) {
			ok(err)
		}
	}
	read(t, r, "/a/f")
	read(t, r, "/a/b/big")
	ok(r.Unlock(t.Context(), dav.UnlockRequest{Path: "/a/b/big", Token: l.Token}))
	for _, to := range []dav.Path{"/copy", "/copy"} {
		_, err = r.Copy(t.Context(), dav.CopyRequest{From: "/a", To: to, Depth: dav.DepthInfinity}, nil)
		ok(err)
	}
	_, err = r.Copy(t.Context(), dav.CopyRequest{From: "/a/f", To: "/copy/b/big"}, nil)
	ok(err)
	_, err = r.Move(t.Context(), dav.CopyRequest{From: "/a", To: "/copy", Conditions: c}, nil)
	ok(err)
	orderAndRedirect(t, r)
	bindings(t, r)
	searches(t, r)
	remove(t, r, "/copy")
	_, err = r.Reclaim(t.Context())
	ok(err)
}

// orderAndRedirect does what there is to do with ordered collections and
// redirect references.
func orderAndRedirect(t *testing.T, r *repo.Repository) {
	t.Helper()
	mkcolOrdered(t, r, "/o", "a", "b", "c")
	for range 30 { // until a gap is used up
		orderpatch(t, r, "/o", "", step("b", dav.After, "a"), step("c", dav.After, "a"))
	}
	orderpatch(t, r, "/o", dav.Unordered)
	orderpatch(t, r, "/o", byHand, step("b", dav.First, ""), step("c", dav.Last, ""))
	ok(t, place(t, r, "/o/d", nil, dav.Before, "b"))
	ok(t, place(t, r, "/o/d", nil, dav.Last, ""))
	refer(t, r, "/o/ref", "a")
	ok(t, r.Updateredirectref(t.Context(), dav.UpdateredirectrefRequest{Path: "/o/ref", Target: new("b")}))
	for _, depth := range []dav.Depth{dav.Depth1, dav.DepthInfinity} {
		for _, err := range r.List(t.Context(), "/o", dav.Query{Depth: depth, Locks: true, Dead: dav.DeadAll}) {
			ok(t, err)
		}
	}
	remove(t, r, "/o")
}

// bindings does what there is to do with bindings.
func bindings(t *testing.T, r *repo.Repository) {
	t.Helper()
	mkcol(t, r, "/g")
	mkcol(t, r, "/g/a")
	put(t, r, "/g/a/f", "x")
	bind(t, r, "/g", "f", "/g/a/f")
	bind(t, r, "/g", "b", "/g/a")
	l, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/g/b", Depth: dav.DepthInfinity, Scope: dav.Shared}, unreported(t))
	ok(t, err)
	c := &dav.Conditions{Tokens: []string{l.Token}}
	_, err = r.Bind(t.Context(), dav.BindRequest{Collection: "/g/b", Segment: "up", Source: "/g", Conditions: c}, unreported(t))
	ok(t, err)
	for _, q := range []dav.Query{
		{Depth: dav.DepthInfinity, Bind: true, Limit: 100, Locks: true, Parents: true},
		{Depth: dav.DepthInfinity, Limit: 100},
	} {
		for _, err := range r.List(t.Context(), "/g", q) {
			if err != nil && (q.Bind || dav.KindOf(err) != dav.Loop) {
				t.Fatal(err)
			}
		}
	}
	_, err = r.Rebind(t.Context(), dav.BindRequest{Collection: "/g/a/up/b", Segment: "h", Source: "/g/f", Conditions: c}, unreported(t))
	ok(t, err)
	_, err = r.Rebind(t.Context(), dav.BindRequest{Collection: "/g/b", Segment: "g", Source: "/g", Conditions: c}, unreported(t))
	if refusal(err) != "forbidden cycle-allowed" {
		t.Fatal(err)
	}
	for range 2 {
		_, err = r.Copy(t.Context(), dav.CopyRequest{From: "/g", To: "/g2", Depth: dav.DepthInfinity}, unreported(t))
		ok(t, err)
	}
	ok(t, r.Unbind(t.Context(), dav.UnbindRequest{Collection: "/g/a", Segment: "f", Conditions: c}, unreported(t)))
	ok(t, r.Unbind(t.Context(), dav.UnbindRequest{Collection: "/", Segment: "g", Conditions: c}, unreported(t)))
	remove(t, r, "/g2")
}

// Further bindings cost a listing no statement: neither each response, nor each
// collection.
func TestBindingsCostNoStatements(t *testing.T) {
	r, s := openNoting(t)
	for i := range 20 {
		mkcol(t, r, dav.Path(fmt.Sprintf("/%02d", i)))
	}
	runs := func(q dav.Query) int {
		before, yielded := s.runs, 0
		for _, err := range r.List(t.Context(), "/", q) {
			ok(t, err)
			yielded++
		}
		t.Logf("%d responses with %d statements", yielded, s.runs-before)
		return s.runs - before
	}
	q := dav.Query{Depth: dav.DepthInfinity, Bind: true, Limit: 10_000, Locks: true, Parents: true}
	plain := runs(q)
	for i := range 20 {
		for j := range 20 {
			bind(t, r, dav.Path(fmt.Sprintf("/%02d", i)), fmt.Sprint("to", j), dav.Path(fmt.Sprintf("/%02d", j)))
		}
	}
	q.Parents = false
	if graph := runs(q); graph > plain {
		t.Errorf("%d statements with further bindings, %d without", graph, plain)
	}
	q.Parents = true
	if graph := runs(q); graph > plain+21 { // one a page
		t.Errorf("%d statements with further bindings and their parents, %d without", graph, plain)
	}
	l, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/00", Scope: dav.Shared}, nil)
	if err != nil || l == nil {
		t.Fatal(err)
	}
	if graph := runs(q); graph > plain+4*21 {
		t.Errorf("%d statements with locks, %d without anything", graph, plain)
	}
}

// Clients can't fill the store with statements by asking for ever other numbers
// of properties.
func TestFewStatementsForNames(t *testing.T) {
	r, s := openNoting(t)
	put(t, r, "/f", "x")
	ask := func(n int) {
		q := dav.Query{Dead: dav.DeadNamed}
		for i := range n {
			q.Names = append(q.Names, dav.Name{Space: "s", Local: "p" + strconv.Itoa(i)})
		}
		set := []dav.PropertyUpdate{{Property: dav.Property{Name: q.Names[n-1], XML: `<x/>`}}}
		if err := r.Proppatch(t.Context(), dav.ProppatchRequest{Path: "/f", Updates: set}); err != nil {
			t.Fatal(err)
		}
		for res, err := range r.List(t.Context(), "/f", q) {
			if err != nil || len(res.Dead) != n {
				t.Fatalf("%d properties, %v; want %d", len(res.Dead), err, n)
			}
		}
	}
	for n := 1; n <= 100; n++ {
		ask(n)
	}
	texts := 0
	for sql := range s.seen {
		if strings.Contains(sql, "string_agg") {
			texts++
		}
	}
	if texts > 8 {
		t.Errorf("%d statements for up to 100 names, want 8", texts)
	}
}
