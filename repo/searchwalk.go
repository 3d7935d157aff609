package repo

import (
	"slices"
	"strconv"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// plan is a way to the candidates, as far as it is not gone yet. It doesn't
// change.
type plan interface {
	// page considers the next candidates, and gives the plan for what is left;
	// nil if nothing is.
	page(t *tx, pg *searchPage) (plan, error)

	// count tells how many candidates there are, up to n.
	count(t *tx, s *search, n int) (int, error)
}

// walk goes through the scope. A collection's members come in pages by keyset,
// those of its last member collection first, so that what is left to do stays
// small.
type walk struct {
	top   bool // the scope itself is still to be considered
	stack []walkFrame
}

// walkFrame is a collection, as far as its members are not considered yet.
type walkFrame struct {
	id    int64
	uid   [16]byte
	path  dav.Path
	after string
}

// page implements plan.
func (w walk) page(t *tx, pg *searchPage) (plan, error) {
	w.stack = slices.Clone(w.stack)
	if w.top {
		if err := w.start(t, pg); err != nil {
			return nil, err
		}
		w.top = false
	}
	for len(w.stack) > 0 && pg.rows > 0 && !pg.over {
		if err := w.members(t, pg); err != nil {
			return nil, err
		}
	}
	if len(w.stack) == 0 {
		return nil, nil
	}
	return w, nil
}

// start considers the scope itself.
func (w *walk) start(t *tx, pg *searchPage) error {
	column, args := valuesColumn(pg.names, 2)
	var m record
	found, err := meta.One(t, func(row meta.Row) { m.scan(t, row, 0) },
		`SELECT `+column+`, `+resourceColumns+` FROM resource r WHERE r.id = $1`, append([]any{pg.scope.id}, args...)...)
	if !found || err != nil {
		return err
	}
	pg.tick()
	if _, err := pg.consider(&m, pg.path, true); err != nil {
		return err
	}
	if m.isCollection() && pg.q.Depth != dav.Depth0 {
		pg.enter(m.id)
		w.push(&m.resource, pg.path)
	}
	return nil
}

// push has the members of a collection considered.
func (w *walk) push(c *resource, p dav.Path) {
	w.stack = append(w.stack, walkFrame{id: c.id, uid: c.uid, path: p})
}

// members considers members of the collection that is due. That it is still the
// one that was found is asked each time, as in a listing.
func (w *walk) members(t *tx, pg *searchPage) error {
	f := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	column, args := valuesColumn(pg.names, 4)
	var below walk
	rows, stopped := 0, false
	for row, err := range t.Query(`SELECT b.name, b.segment, `+column+`, `+resourceColumns+`
		FROM binding b JOIN resource r ON r.id = b.child
		WHERE b.parent = $1 AND b.name > $2 AND EXISTS (SELECT 1 FROM resource c WHERE c.id = $1 AND c.uid = $3)
		ORDER BY b.name LIMIT `+strconv.Itoa(walkRows), append([]any{f.id, f.after, f.uid[:]}, args...)...) {
		if err != nil {
			return err
		}
		if stopped = !pg.tick(); stopped {
			break
		}
		rows++
		f.after = row.Text(0)
		if err := w.member(t, pg, &f, row, &below); err != nil {
			return err
		}
	}
	if stopped || rows == walkRows {
		w.stack = append(w.stack, f)
	}
	w.stack = append(w.stack, below.stack...)
	return nil
}

const walkRows = 500

// member considers a row of members.
func (w *walk) member(t *tx, pg *searchPage, f *walkFrame, row meta.Row, below *walk) error {
	segment := f.after
	if !row.Null(1) {
		segment = row.Text(1)
	}
	var m record
	m.scan(t, row, 2)
	several := m.shared || m.id == pg.scope.id
	p := f.path.Join(segment)
	if _, err := pg.consider(&m, p, several); err != nil {
		return err
	}
	if m.isCollection() && pg.q.Depth == dav.DepthInfinity && p.Nameable() && (!several || pg.enter(m.id)) {
		below.push(&m.resource, p)
	}
	return nil
}

// count implements plan. It goes down before it goes on, so that what it has to
// remember stays small; a loop it may go through again and again, up to n.
func (w walk) count(t *tx, s *search, n int) (int, error) {
	if s.q.Depth == dav.Depth0 || !s.scope.isCollection() {
		return 1, nil
	}
	found := 1
	for stack := []int64{s.scope.id}; len(stack) > 0 && found < n; {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for row, err := range t.Query(`SELECT r.id, r.kind FROM binding b JOIN resource r ON r.id = b.child
			WHERE b.parent = $1 ORDER BY b.name LIMIT `+strconv.Itoa(n), at) {
			if err != nil {
				return 0, err
			}
			if row.Int(1) == kindCollection && s.q.Depth == dav.DepthInfinity {
				stack = append(stack, row.Int(0))
			}
			if found++; found == n {
				break
			}
		}
	}
	return found, nil
}
