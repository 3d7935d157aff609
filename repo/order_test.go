package repo_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/meta"
)

const byHand = "urn:x:by-hand"

func mkcolOrdered(t *testing.T, r *repo.Repository, p dav.Path, members ...string) {
	t.Helper()
	ok(t, r.Mkcol(t.Context(), dav.MkcolRequest{Path: p, Ordering: byHand}))
	for _, m := range members {
		put(t, r, p.Join(m), m)
	}
}

func place(t *testing.T, r *repo.Repository, p dav.Path, c *dav.Conditions, place dav.Place, sibling string) error {
	_, _, err := r.Put(t.Context(), dav.PutRequest{Path: p, Body: strings.NewReader("x"), Length: -1,
		Position: &dav.Position{Place: place, Segment: sibling}, Conditions: c})
	return err
}

func step(member string, place dav.Place, sibling string) dav.OrderMember {
	return dav.OrderMember{Segment: member, Position: dav.Position{Place: place, Segment: sibling}}
}

func orderpatch(t *testing.T, r *repo.Repository, p dav.Path, kind string, steps ...dav.OrderMember) {
	t.Helper()
	err := r.Orderpatch(t.Context(), dav.OrderpatchRequest{Path: p, Type: kind, Members: steps},
		func(o dav.Outcome) { t.Errorf("ORDERPATCH %s: %s: %v", p, o.Path, o.Err) })
	ok(t, err)
}

// members are the names in p, as a listing of this depth has them.
func members(t *testing.T, r *repo.Repository, p dav.Path, q dav.Query) (names []string) {
	t.Helper()
	for res, err := range r.List(t.Context(), p, q) {
		ok(t, err)
		if res.Path != p && res.Path.Parent() == p {
			names = append(names, res.Path.Name())
		}
	}
	return names
}

func wantOrder(t *testing.T, r *repo.Repository, p dav.Path, want ...string) {
	t.Helper()
	if got := members(t, r, p, dav.Query{Depth: dav.Depth1}); !slices.Equal(got, want) {
		t.Errorf("the order of %s is %q, want %q", p, got, want)
	}
}

// wantFailure wants an error of a kind, with a condition element.
func wantFailure(t *testing.T, err error, kind dav.Kind, condition dav.Name) {
	t.Helper()
	e, is := err.(*dav.Error)
	if !is || e.Kind != kind || e.Condition.Name != condition {
		t.Errorf("got %v, want %v with %v", err, kind, condition)
	}
}

// positions counts the bindings that have one.
func positions(t *testing.T, r *repo.Repository) (n int64) {
	t.Helper()
	ok(t, r.Meta().View(t.Context(), func(tx meta.Tx) (err error) {
		n, err = meta.Int(tx, `SELECT count(position) FROM binding`)
		return err
	}))
	return n
}

func TestOR03_order_over_many_pages(t *testing.T) {
	r := open(t, repo.Options{})
	mkcolOrdered(t, r, "/c")
	var want []string
	for i := range 1300 {
		name := fmt.Sprint(9999 - i) // not the order of the names
		put(t, r, dav.Path("/c").Join(name), "x")
		want = append(want, name)
	}
	l, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/c/9000", Timeout: time.Hour}, nil)
	ok(t, err)
	for _, q := range []dav.Query{{Depth: dav.Depth1}, {Depth: dav.DepthInfinity, Dead: dav.DeadAll}} {
		if got := members(t, r, "/c", q); !slices.Equal(got, want) {
			t.Errorf("depth %v: the order is not that of the collection: %d members", q.Depth, len(got))
		}
	}
	locked := ""
	for res, err := range r.List(t.Context(), "/c", dav.Query{Depth: dav.Depth1, Locks: true}) {
		ok(t, err)
		if len(res.Locks) > 0 && res.Locks[0].Token == l.Token {
			locked += res.Path.Name()
		}
	}
	if locked != "9000" {
		t.Errorf("%q is locked, want 9000", locked)
	}
}

// A listing whose members change places under way must not take what follows
// for the rest. One whose collection only grows goes on.
func TestOR03_listing_while_the_order_changes(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, r *repo.Repository, late string)
		kind   dav.Kind // of the error that ends the listing; Internal: none
	}{
		"moved": {func(t *testing.T, r *repo.Repository, late string) {
			orderpatch(t, r, "/c", "", step(late, dav.First, ""))
		}, dav.Unavailable},
		"unordered": {func(t *testing.T, r *repo.Repository, _ string) {
			orderpatch(t, r, "/c", dav.Unordered)
		}, dav.Unavailable},
		"grown": {func(t *testing.T, r *repo.Repository, _ string) {
			ok(t, place(t, r, "/c/new", nil, dav.First, ""))
			put(t, r, "/c/newer", "x")
		}, dav.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, repo.Options{})
			fill(t, r, "/c", 1300)
			orderpatch(t, r, "/c", byHand)
			names := members(t, r, "/c", dav.Query{Depth: dav.Depth1})
			var last error
			n := 0
			for _, err := range r.List(t.Context(), "/c", dav.Query{Depth: dav.DepthInfinity}) {
				if last = err; err == nil {
					n++
				}
				if n == 100 {
					c.change(t, r, names[len(names)-1])
				}
			}
			switch {
			case c.kind != dav.Internal && dav.KindOf(last) != c.kind:
				t.Errorf("the listing ended after %d members with %v, want %v", n, last, c.kind)
			case c.kind == dav.Internal && (last != nil || n <= len(names)):
				t.Errorf("the listing ended after %d members with %v", n, last)
			}
		})
	}
}

// However often members change places, there is a position for each: when a gap
// is used up all are numbered anew. That no two share one is for fsck to say.
func TestOR10_gaps_are_used_up(t *testing.T) {
	r := open(t, repo.Options{})
	mkcolOrdered(t, r, "/c", "a", "b", "c")
	for i := range 60 {
		orderpatch(t, r, "/c", "", step([]string{"b", "c"}[i%2], dav.After, "a"))
	}
	wantOrder(t, r, "/c", "a", "c", "b")
	for i := range 60 { // new ones, each between the last two
		ok(t, place(t, r, dav.Path(fmt.Sprintf("/c/n%02d", i)), nil, dav.Before, "b"))
	}
	want := []string{"a", "c"}
	for i := range 60 {
		want = append(want, fmt.Sprintf("n%02d", i))
	}
	wantOrder(t, r, "/c", append(want, "b")...)
}

// Making room for one member moves a few others, not all.
func TestOR10_room_is_made_nearby(t *testing.T) {
	r := open(t, repo.Options{})
	fill(t, r, "/c", 2000)
	orderpatch(t, r, "/c", byHand)
	all := func() (list []int64) {
		ok(t, r.Meta().View(t.Context(), func(tx meta.Tx) error {
			for row, err := range tx.Query(`SELECT position FROM binding WHERE position IS NOT NULL`) {
				if err != nil {
					return err
				}
				list = append(list, row.Int(0))
			}
			return nil
		}))
		return list
	}
	names := members(t, r, "/c", dav.Query{Depth: dav.Depth1})
	orderpatch(t, r, "/c", "", step(names[1], dav.After, names[2])) // to an odd position
	before := all()
	var steps []dav.OrderMember
	for _, name := range names[3:403] { // each to the front of those before it
		steps = append(steps, step(name, dav.After, names[1]))
	}
	orderpatch(t, r, "/c", "", steps...)
	want := slices.Clone(names)
	slices.Reverse(want[1:3])
	slices.Reverse(want[3:403])
	wantOrder(t, r, "/c", want...)
	still := 0
	for _, p := range all() {
		if slices.Contains(before, p) {
			still++
		}
	}
	if still < 1500 {
		t.Errorf("%d of %d members have the position that they had", still, len(names))
	}
}

func TestOR07_the_same_place_changes_nothing(t *testing.T) {
	r := open(t, repo.Options{})
	mkcolOrdered(t, r, "/c", "a", "b", "c")
	arranged := func() (n int64) {
		ok(t, r.Meta().View(t.Context(), func(tx meta.Tx) (err error) {
			n, err = meta.Int(tx, `SELECT max(arranged) FROM resource`)
			return err
		}))
		return n
	}
	before := arranged()
	orderpatch(t, r, "/c", byHand, step("a", dav.First, ""), step("b", dav.After, "a"), step("b", dav.Before, "c"), step("c", dav.Last, ""))
	if arranged() != before {
		t.Error("members that are in their places were moved")
	}
	wantOrder(t, r, "/c", "a", "b", "c")
}

// What has no order pays nothing for it.
func TestOR02_unordered_collections_have_no_positions(t *testing.T) {
	r := open(t, repo.Options{})
	ok(t, r.Mkcol(t.Context(), dav.MkcolRequest{Path: "/u", Ordering: dav.Unordered}))
	put(t, r, "/u/a", "x")
	if n := positions(t, r); n != 0 {
		t.Errorf("%d positions", n)
	}
	wantFailure(t, place(t, r, "/u/b", nil, dav.First, ""), dav.Conflict, dav.CollectionMustBeOrdered)
	orderpatch(t, r, "/u", byHand)
	if n := positions(t, r); n != 1 {
		t.Errorf("%d positions in an ordered collection of 1", n)
	}
	orderpatch(t, r, "/u", dav.Unordered)
	if n := positions(t, r); n != 0 {
		t.Errorf("%d positions are left", n)
	}
}

// What replaces a member has its place; what is renamed keeps its own.
func TestOR05_places_on_copy_and_move(t *testing.T) {
	r := open(t, repo.Options{})
	mkcolOrdered(t, r, "/c", "m", "z", "a")
	mkcol(t, r, "/dir")
	put(t, r, "/file", "x")
	report := func(o dav.Outcome) { t.Errorf("%s: %v", o.Path, o.Err) }
	transfer := func(move bool, from, to dav.Path, at *dav.Position) error {
		do := r.Copy
		if move {
			do = r.Move
		}
		_, err := do(t.Context(), dav.CopyRequest{From: from, To: to, Depth: dav.DepthInfinity, Position: at}, report)
		return err
	}
	ok(t, transfer(false, "/dir", "/c/z", nil)) // of another kind
	wantOrder(t, r, "/c", "m", "z", "a")
	ok(t, transfer(true, "/file", "/c/m", nil))
	wantOrder(t, r, "/c", "m", "z", "a")
	ok(t, transfer(true, "/c/z", "/c/b", nil))
	wantOrder(t, r, "/c", "m", "b", "a")
	ok(t, transfer(true, "/c/m", "/c/a", nil))
	wantOrder(t, r, "/c", "b", "a")
	ok(t, transfer(false, "/c/a", "/c/x", &dav.Position{Place: dav.Before, Segment: "a"}))
	wantOrder(t, r, "/c", "b", "x", "a")
	ok(t, transfer(false, "/c/a", "/c/x", &dav.Position{Place: dav.First}))
	wantOrder(t, r, "/c", "x", "b", "a")
	err := transfer(true, "/c/b", "/c/y", &dav.Position{Place: dav.After, Segment: "b"}) // which is going
	wantFailure(t, err, dav.Forbidden, dav.SegmentMustIdentifyMember)
	wantOrder(t, r, "/c", "x", "b", "a")
	ok(t, transfer(false, "/c", "/copy", nil))
	wantOrder(t, r, "/copy", "x", "b", "a")
	ok(t, transfer(false, "/c", "/dir", nil)) // onto one that had no order
	wantOrder(t, r, "/dir", "x", "b", "a")
	mkcol(t, r, "/plain")
	ok(t, transfer(false, "/plain", "/dir", nil))
	put(t, r, "/dir/z", "x")
	put(t, r, "/dir/a", "x")
	wantOrder(t, r, "/dir", "a", "z")
}

func TestOR10_the_order_is_the_same_through_all_bindings(t *testing.T) {
	r := open(t, repo.Options{})
	mkcolOrdered(t, r, "/c", "m", "z", "a")
	_, err := r.Bind(t.Context(), dav.BindRequest{Collection: "/", Segment: "again", Source: "/c"}, nil)
	ok(t, err)
	orderpatch(t, r, "/again", "", step("a", dav.Before, "z"))
	_, err = r.Rebind(t.Context(), dav.BindRequest{Collection: "/again", Segment: "y", Source: "/c/m"}, nil) // a new name for it
	ok(t, err)
	_, err = r.Bind(t.Context(), dav.BindRequest{Collection: "/c", Segment: "b", Source: "/c/a", Position: &dav.Position{Place: dav.First}}, nil)
	ok(t, err)
	wantOrder(t, r, "/c", "b", "y", "a", "z")
	wantOrder(t, r, "/again", "b", "y", "a", "z")
	remove(t, r, "/c")
	wantOrder(t, r, "/again", "b", "y", "a", "z")
}

// The order is the collection's state: its lock guards it, whoever moves a
// member (RFC 3648 section 4).
func TestOR10_the_collections_lock_guards_the_order(t *testing.T) {
	r := open(t, repo.Options{})
	mkcolOrdered(t, r, "/c", "a", "b")
	put(t, r, "/f", "x")
	l, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/c", Depth: dav.Depth0}, nil)
	ok(t, err)
	first := &dav.Position{Place: dav.First}
	for name, do := range map[string]func(*dav.Conditions) error{
		"ORDERPATCH": func(c *dav.Conditions) error {
			return r.Orderpatch(t.Context(), dav.OrderpatchRequest{Path: "/c", Members: []dav.OrderMember{step("b", dav.First, "")}, Conditions: c}, nil)
		},
		"PUT": func(c *dav.Conditions) error { return place(t, r, "/c/b", c, dav.First, "") },
		"COPY": func(c *dav.Conditions) error {
			_, err := r.Copy(t.Context(), dav.CopyRequest{From: "/f", To: "/c/b", Position: first, Conditions: c}, nil)
			return err
		},
	} {
		wantFailure(t, do(nil), dav.Locked, dav.LockTokenSubmitted)
		wantOrder(t, r, "/c", "a", "b")
		ok(t, do(&dav.Conditions{Tokens: []string{l.Token}}))
		wantOrder(t, r, "/c", "b", "a")
		orderpatchWith(t, r, l.Token, step("a", dav.First, ""))
		if t.Failed() {
			t.Fatal(name)
		}
	}
	put(t, r, "/c/b", "again") // the body is the member's own
}

func orderpatchWith(t *testing.T, r *repo.Repository, token string, steps ...dav.OrderMember) {
	t.Helper()
	ok(t, r.Orderpatch(t.Context(), dav.OrderpatchRequest{Path: "/c", Members: steps, Conditions: &dav.Conditions{Tokens: []string{token}}}, nil))
}

func TestOR08_every_failing_member_is_told_once(t *testing.T) {
	r := open(t, repo.Options{})
	mkcolOrdered(t, r, "/c", "a", "b")
	mkcol(t, r, "/c/d")
	var told []string
	err := r.Orderpatch(t.Context(), dav.OrderpatchRequest{Path: "/c", Type: "urn:x:other", Members: []dav.OrderMember{
		step("b", dav.First, ""), step("d", dav.After, "none"), step("none", dav.Last, ""), step("d", dav.Before, "d"),
	}}, func(o dav.Outcome) {
		wantFailure(t, o.Err, dav.Forbidden, dav.SegmentMustIdentifyMember)
		told = append(told, fmt.Sprint(o.Path, o.Collection))
	})
	ok(t, err)
	if want := []string{"/c/dtrue", "/c/nonefalse"}; !slices.Equal(told, want) {
		t.Errorf("told of %q, want %q", told, want)
	}
	wantOrder(t, r, "/c", "a", "b", "d")
	for res, err := range r.List(t.Context(), "/c", dav.Query{}) {
		if ok(t, err); res.Ordering != byHand {
			t.Errorf("the type is %q although the request failed", res.Ordering)
		}
	}
	err = r.Orderpatch(t.Context(), dav.OrderpatchRequest{Path: "/c/a"}, nil)
	wantFailure(t, err, dav.NotAllowed, dav.Name{})
}

func TestIO07_order_and_references_survive_a_restart(t *testing.T) {
	dir := t.TempDir()
	t.Run("before", func(t *testing.T) {
		r := openIn(t, dir, repo.Options{})
		mkcolOrdered(t, r, "/c", "m", "z", "a")
		orderpatch(t, r, "/c", "", step("a", dav.After, "m"))
		ok(t, r.Mkredirectref(t.Context(), dav.MkredirectrefRequest{Path: "/ref", Redirect: dav.Redirect{Target: "c/m", Permanent: true}}))
	})
	r := openIn(t, dir, repo.Options{})
	wantOrder(t, r, "/c", "m", "a", "z")
	if got := redirectAt(t, r, "/ref"); got == nil || *got != (dav.Redirect{Target: "c/m", Permanent: true}) {
		t.Errorf("the reference leads to %v", got)
	}
}

// Neither a page of an ordered collection nor a place in it costs a sort.
func TestOR03_no_statement_sorts_positions(t *testing.T) {
	r, s := openNoting(t)
	orderAndRedirect(t, r)
	judged := 0
	for sql := range maps.Clone(s.seen) {
		if !strings.Contains(sql, "ORDER BY b.position LIMIT") && !strings.Contains(sql, "ORDER BY position") {
			continue
		}
		judged++
		for _, step := range explain(t, s, sql) {
			if strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%s in\n%s", step, sql)
			}
		}
	}
	if judged < 3 {
		t.Fatalf("%d statements judged: the test does not test", judged)
	}
}
