package backendtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

// graphActions are those of a history that need more than the reference has in
// common with every backend.
func (m *model) graphActions() map[string]func(*rapid.T) {
	actions := make(map[string]func(*rapid.T))
	tested := m.sides[1].backend
	if _, ok := tested.(davserver.Binder); ok {
		actions["bind"], actions["bind again"], actions["unbind"], actions["rebind"] = m.bind, m.bind, m.unbind, m.rebind
	}
	if _, ok := tested.(davserver.Orderer); ok {
		actions["orderpatch"], actions["mkcol ordered"] = m.orderpatch, m.mkcolOrdered
	}
	if _, ok := tested.(davserver.Redirector); ok {
		actions["mkredirectref"], actions["updateredirectref"] = m.mkredirectref, m.updateredirectref
	}
	if _, ok := tested.(davserver.Syncer); ok {
		for i, infinite := range []bool{false, true} {
			c := &syncClient{at: dav.Root, infinite: infinite}
			actions[fmt.Sprint("sync ", i)] = func(t *rapid.T) { c.sync(t, &m.sides[1]) }
		}
	}
	return actions
}

func (m *model) bind(t *rapid.T)   { m.binding(t, "BIND", davserver.Binder.Bind) }
func (m *model) rebind(t *rapid.T) { m.binding(t, "REBIND", davserver.Binder.Rebind) }

func (m *model) binding(t *rapid.T, method string, do func(davserver.Binder, context.Context, dav.BindRequest, dav.Report) (bool, error)) {
	r := dav.BindRequest{Collection: path(t, "collection"), Segment: segment(t, "segment"), Source: path(t, "source"), Position: m.position(t)}
	c := m.conditions(t)
	m.both(t, fmt.Sprintf("%s %s %s %s", method, r.Collection, r.Segment, r.Source), func(s *side, report dav.Report) (bool, error) {
		r := r
		r.Conditions = c(s)
		return do(s.backend.(davserver.Binder), context.Background(), r, report)
	})
}

func (m *model) unbind(t *rapid.T) {
	r := dav.UnbindRequest{Collection: path(t, "collection"), Segment: segment(t, "segment")}
	c := m.conditions(t)
	m.both(t, fmt.Sprintf("UNBIND %s %s", r.Collection, r.Segment), func(s *side, report dav.Report) (bool, error) {
		r := r
		r.Conditions = c(s)
		return false, s.backend.(davserver.Binder).Unbind(context.Background(), r, report)
	})
}

var orderings = []string{"", dav.Unordered, "urn:x:alphabet", "urn:x:date"}

func (m *model) mkcolOrdered(t *rapid.T) {
	r := dav.MkcolRequest{Path: path(t, "path"), Ordering: rapid.SampledFrom(orderings).Draw(t, "ordering"), Position: m.position(t)}
	c := m.conditions(t)
	m.both(t, "MKCOL "+string(r.Path), func(s *side, _ dav.Report) (bool, error) {
		r := r
		r.Conditions = c(s)
		return false, s.Mkcol(context.Background(), r)
	})
}

func (m *model) orderpatch(t *rapid.T) {
	r := dav.OrderpatchRequest{Path: path(t, "path"), Type: rapid.SampledFrom(orderings).Draw(t, "type")}
	for range rapid.IntRange(0, 3).Draw(t, "steps") {
		at := dav.Position{Place: rapid.SampledFrom([]dav.Place{dav.First, dav.Last, dav.Before, dav.After}).Draw(t, "place"), Segment: segment(t, "sibling")}
		r.Members = append(r.Members, dav.OrderMember{Segment: segment(t, "member"), Position: at})
	}
	c := m.conditions(t)
	m.both(t, "ORDERPATCH "+string(r.Path), func(s *side, report dav.Report) (bool, error) {
		r := r
		r.Conditions = c(s)
		return false, s.backend.(davserver.Orderer).Orderpatch(context.Background(), r, report)
	})
}

// position draws a position now and then, if the backend knows any.
func (m *model) position(t *rapid.T) *dav.Position {
	if _, ok := m.sides[1].backend.(davserver.Orderer); !ok || rapid.IntRange(0, 3).Draw(t, "with position") > 0 {
		return nil
	}
	return &dav.Position{Place: rapid.SampledFrom([]dav.Place{dav.First, dav.Last, dav.Before, dav.After}).Draw(t, "place"), Segment: segment(t, "sibling")}
}

func (m *model) mkredirectref(t *rapid.T) {
	r := dav.MkredirectrefRequest{Path: path(t, "path"), Position: m.position(t),
		Redirect: dav.Redirect{Target: rapid.SampledFrom([]string{"/a", "b", "http://other.example/"}).Draw(t, "target"), Permanent: rapid.Bool().Draw(t, "permanent")}}
	c := m.conditions(t)
	m.both(t, "MKREDIRECTREF "+string(r.Path), func(s *side, _ dav.Report) (bool, error) {
		r := r
		r.Conditions = c(s)
		return false, s.backend.(davserver.Redirector).Mkredirectref(context.Background(), r)
	})
}

func (m *model) updateredirectref(t *rapid.T) {
	r := dav.UpdateredirectrefRequest{Path: path(t, "path")}
	if target := rapid.SampledFrom([]string{"", "/b"}).Draw(t, "target"); target != "" {
		r.Target = &target
	}
	if rapid.Bool().Draw(t, "with lifetime") {
		permanent := rapid.Bool().Draw(t, "permanent")
		r.Permanent = &permanent
	}
	c := m.conditions(t)
	m.both(t, "UPDATEREDIRECTREF "+string(r.Path), func(s *side, _ dav.Report) (bool, error) {
		r := r
		r.Conditions = c(s)
		return false, s.backend.(davserver.Redirector).Updateredirectref(context.Background(), r)
	})
}

func segment(t *rapid.T, label string) string {
	return rapid.SampledFrom([]string{"a", "b", "\u00e9", "e\u0301"}).Draw(t, label)
}

// shape tells of a listing, in which loops end, how resources hang together:
// which URLs lead to the same one, and what is in order.
type shape struct {
	first   map[dav.ResourceID]dav.Path
	ordered map[dav.Path][]string
}

func (s *shape) about(r *dav.Resource) string {
	first, met := s.first[r.ID]
	if !met {
		first = r.Path
		s.first[r.ID] = first
	}
	if order, ok := s.ordered[r.Path.Parent()]; ok && !r.Path.IsRoot() {
		s.ordered[r.Path.Parent()] = append(order, r.Path.Name())
	}
	if r.Ordering != "" && !r.Reported {
		s.ordered[r.Path] = nil
	}
	redirect := ""
	if r.Redirect != nil {
		redirect = fmt.Sprint(*r.Redirect)
	}
	return fmt.Sprintf("is %s reported=%v ordering=%q %s", first, r.Reported, r.Ordering, redirect)
}

// parents is a parent-set as far as two backends must agree: each URL of it
// leads to the resource, and there are as many.
func (s *side) parents(t *rapid.T, r *dav.Resource) int {
	for _, p := range r.Parents {
		at := p.Collection.Join(p.Segment)
		for found, err := range s.List(context.Background(), at, dav.Query{}) {
			if err != nil || found.ID != r.ID {
				t.Fatalf("%s: its parent-set names %s, which is not it (%v)", r.Path, at, err)
			}
		}
	}
	return len(r.Parents)
}

// syncClient keeps a copy of a collection by RFC 6578 alone. What it knows of a
// member is its entity tag, and whether it is a collection.
type syncClient struct {
	at       dav.Path
	infinite bool
	token    string
	known    map[dav.Path]string
}

func (c *syncClient) sync(t *rapid.T, s *side) {
	if c.known == nil {
		c.known = make(map[dav.Path]string)
	}
	limit := rapid.IntRange(0, 4).Draw(t, "limit")
	for more := true; more; {
		r := dav.SyncRequest{Path: c.at, Token: c.token, Infinite: c.infinite, Limit: limit}
		told := make(map[dav.Path]bool)
		var err error
		c.token, more, err = s.backend.(davserver.Syncer).Sync(context.Background(), r, func(change *dav.Change) error {
			p := change.Resource.Path
			if told[p] {
				t.Fatalf("sync tells of %s twice", p)
			}
			told[p] = true
			c.apply(change)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if limit > 0 && len(told) > limit {
			t.Fatalf("sync told of %d members with a limit of %d", len(told), limit)
		}
		if more && len(told) == 0 && limit == 0 {
			t.Fatal("sync told nothing and has more")
		}
	}
	want := s.simplePaths(t, c.at, c.infinite)
	if !maps.Equal(c.known, want) {
		t.Fatalf("sync of %s, infinite %v:\n client: %v\n server: %v", c.at, c.infinite, c.known, want)
	}
}

func (c *syncClient) apply(change *dav.Change) {
	p := change.Resource.Path
	if !change.Removed {
		c.known[p] = syncState(change.Resource)
		return
	}
	maps.DeleteFunc(c.known, func(q dav.Path, _ string) bool { return p.Contains(q) })
}

func syncState(r *dav.Resource) string { return fmt.Sprint(r.Collection, r.ETag, r.ID) }

// simplePaths are the URLs below p, none of which goes through a collection
// twice. The identity of p's own resource counts.
func (s *side) simplePaths(t *rapid.T, p dav.Path, infinite bool) map[dav.Path]string {
	found := make(map[dav.Path]string)
	var visit func(p dav.Path, on []dav.ResourceID)
	visit = func(p dav.Path, on []dav.ResourceID) {
		for r, err := range s.List(context.Background(), p, dav.Query{Depth: dav.Depth1}) {
			if err != nil {
				t.Fatal(err)
			}
			if strings.EqualFold(string(r.Path), string(p)) {
				on = append(slices.Clone(on), r.ID)
				continue
			}
			found[r.Path] = syncState(r)
			if infinite && r.Collection && !slices.Contains(on, r.ID) {
				visit(r.Path, on)
			}
		}
	}
	visit(p, nil)
	return found
}
