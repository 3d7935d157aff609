package repo

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/quiredav/quire/dav"
)

// A search goes through candidates: everything in scope (searchwalk.go), or what
// an index says (searchindex.go), whichever is less. It does so in pages, each in
// a transaction of its own, that are bounded in resources and in time. Conditions
// are judged by package dav; the database gives the values.

// Search implements the backend's Search.
func (r *Repository) Search(ctx context.Context, q dav.SearchRequest, shortened func()) iter.Seq2[*dav.Resource, error] {
	return func(yield func(*dav.Resource, error) bool) {
		if err := newSearch(ctx, r, q, shortened, yield).run(); err != nil {
			yield(nil, err)
		}
	}
}

func newSearch(ctx context.Context, r *Repository, q dav.SearchRequest, shortened func(), yield func(*dav.Resource, error) bool) *search {
	return &search{Repository: r, ctx: ctx, q: q, shortened: shortened, yield: yield, repeated: idSet{}, entered: idSet{}}
}

// search is one run of Search.
type search struct {
	*Repository
	ctx       context.Context
	q         dav.SearchRequest
	shortened func()
	yield     func(*dav.Resource, error) bool

	names  []dav.Name // the dead properties that condition and order look at
	scope  resource
	path   dav.Path // of the scope
	scores scores

	lacking  bool // some texts could not be indexed
	examined int  // candidates so far
	spent    time.Duration
	told     int
	repeated idSet // hits that may be met again
	entered  idSet // collections with several bindings that were gone through
}

// maxSearchNames bounds the dead properties that one query looks at.
const maxSearchNames = 64

func (s *search) run() error {
	if err := s.readNames(); err != nil {
		return err
	}
	phrases := s.phrases()
	if len(phrases) > 0 {
		if err := s.indexForSearch(); err != nil {
			return err
		}
	}
	var p plan
	err := s.view(s.ctx, func(t *tx) (err error) {
		if err := s.locate(t); err != nil {
			return err
		}
		if s.scores, err = s.score(t, phrases); err != nil {
			return err
		}
		p, err = s.choosePlan(t)
		return err
	})
	if err != nil {
		return err
	}
	if len(s.q.Order) > 0 {
		return s.sorted(p)
	}
	return s.stream(p)
}

// readNames collects the dead properties that have to be looked at.
func (s *search) readNames() error {
	note := func(p *dav.SearchProperty) {
		if p == nil || p.Live != nil {
			return
		}
		for _, n := range s.names {
			if n == p.Name {
				return
			}
		}
		s.names = append(s.names, p.Name)
	}
	var visit func(*dav.Where)
	visit = func(w *dav.Where) {
		note(w.Property)
		for _, t := range w.Terms {
			visit(t)
		}
	}
	if s.q.Where != nil {
		visit(s.q.Where)
	}
	for i := range s.q.Order {
		note(s.q.Order[i].Property)
	}
	if len(s.names) > maxSearchNames {
		return fail(dav.Unprocessable, s.q.Path, fmt.Sprintf("the query looks at more than %d properties", maxSearchNames))
	}
	return nil
}

// locate judges the request and finds its scope. A redirect reference on the way
// to it leads nowhere; at its end it is itself the scope (RFC 5323 section 5.4).
func (s *search) locate(t *tx) error {
	arbiter, err := t.existing(s.q.Path, s.q.Conditions)
	if err != nil {
		return err
	}
	if err := t.judge(s.q.Conditions, arbiter); err != nil {
		return err
	}
	w, err := t.resolve(s.q.Scope)
	if err != nil {
		return err
	}
	if !w.found {
		return &dav.Error{Kind: dav.Conflict, Path: s.q.Scope, Condition: dav.Condition{Name: dav.SearchScopeValid},
			Message: "there is no resource at the URL of the scope"}
	}
	s.scope, s.path = w.leaf, w.path
	return nil
}

// searchPage is what one transaction finds.
type searchPage struct {
	*search
	rows     int // candidates that it still may consider
	examined int
	began    time.Time
	over     bool // a bound of the whole search was met
	hits     []hit
	repeated idSet
	entered  idSet
}

// hit is a resource that meets the condition.
type hit struct {
	id   int64
	uid  [16]byte
	path dav.Path
	key  dav.SortKey

	score int
}

// page runs a page of p, and gives the plan for what is left.
func (s *search) page(p plan, each func(*tx, *searchPage) error) (next plan, over bool, err error) {
	var pg *searchPage
	err = s.view(s.ctx, func(t *tx) (err error) {
		pg = &searchPage{search: s, rows: 500, began: s.opt.Now(), repeated: idSet{}, entered: idSet{}}
		if s.examined == 0 {
			pg.rows = 10 // so that the answer begins soon
		}
		if next, err = p.page(t, pg); err != nil {
			return err
		}
		return each(t, pg)
	})
	if err != nil {
		return nil, false, err
	}
	s.examined += pg.examined
	s.spent += s.opt.Now().Sub(pg.began)
	s.repeated.addAll(pg.repeated)
	s.entered.addAll(pg.entered)
	return next, pg.over, nil
}

// tick counts a candidate and tells whether the page may go on with it.
func (pg *searchPage) tick() bool {
	if pg.rows <= 0 || !pg.step() {
		return false
	}
	pg.rows--
	return true
}

// step counts a step on the way to a candidate, and tells whether the search may
// take it.
func (pg *searchPage) step() bool {
	if pg.over {
		return false
	}
	all := pg.search.examined + pg.examined
	if all >= pg.opt.MaxExamined || pg.spent+pg.opt.Now().Sub(pg.began) > pg.opt.MaxSearchTime {
		pg.over = true
		return false
	}
	pg.examined++
	return true
}

// consider judges a candidate at one of its URLs. again says that the search may
// meet the resource a second time.
func (pg *searchPage) consider(m *record, p dav.Path, again bool) (found bool, err error) {
	if !p.Nameable() || again && (pg.repeated.has(m.id) || pg.search.repeated.has(m.id)) {
		return false, nil
	}
	m.at(p)
	if pg.q.Where != nil && pg.q.Where.Evaluate(m) != dav.True || m.err != nil {
		return false, m.err
	}
	if again {
		pg.repeated.add(m.id)
	}
	m.scores = pg.scores
	h := hit{id: m.id, uid: m.uid, path: p, score: m.Score()}
	if len(pg.q.Order) > 0 {
		h.key = dav.AppendSortKey(nil, pg.q.Order, m)
	}
	pg.hits = append(pg.hits, h)
	return true, m.err
}

// enter tells whether a collection is to be gone through: it was not yet.
func (pg *searchPage) enter(id int64) bool {
	if pg.entered.has(id) || pg.search.entered.has(id) {
		return false
	}
	pg.entered.add(id)
	return true
}

// stream tells hits as they are found.
func (s *search) stream(p plan) error {
	for p != nil {
		var found []dav.Resource
		full := false
		next, over, err := s.page(p, func(t *tx, pg *searchPage) (err error) {
			left := s.q.Limit - s.told
			if full = s.q.Limit >= 0 && len(pg.hits) > left; full {
				pg.hits = pg.hits[:left]
			}
			found, err = s.describe(t, pg.hits)
			return err
		})
		if err != nil {
			return err
		}
		s.told += len(found)
		full = full || next != nil && s.told == s.q.Limit
		for i := range found {
			if more, err := s.tell(&found[i]); !more {
				return err
			}
		}
		if full || over {
			s.shortened()
			return nil
		}
		p = next
	}
	if s.lacking {
		s.shortened()
	}
	return nil
}
