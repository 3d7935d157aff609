package repo

import (
	"strconv"
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// record is a candidate, as a condition looks at it.
type record struct {
	resource
	t      *tx
	scores scores
	d      dav.Resource
	values string // what valuesColumn aggregated
	err    error  // of a query that a condition needed
}

var _ dav.SearchRecord = (*record)(nil)

// scan reads values and the columns of the resource.
func (m *record) scan(t *tx, row meta.Row, at int) {
	m.t, m.values, m.err = t, "", nil
	if !row.Null(at) {
		m.values = row.Text(at)
	}
	m.resource.scan(row, at+1)
}

// at has the candidate looked at under one of its URLs.
func (m *record) at(p dav.Path) {
	m.d = dav.Resource{}
	m.describe(&m.d, p)
}

// Resource implements [dav.SearchRecord].
func (m *record) Resource() *dav.Resource { return &m.d }

// valuesColumn is the SQL that gives what a search looks at of the dead
// properties of r, as one text; its parameters are numbered from first on.
func valuesColumn(names []dav.Name, first int) (sql string, args []any) {
	if len(names) == 0 {
		return `NULL`, nil
	}
	list, args := nameList(names, first)
	const mark = ` || '` + fieldMark + `' || `
	return `CASE WHEN r.dead > 0 THEN (SELECT string_agg(v.space` + mark + `v.local` + mark + `CAST(v.form AS TEXT)` + mark + `v.language` + mark +
		`CASE WHEN v.form IN (1, 3) THEN v.xml ELSE v.value END, '` + recordMark + `')
		FROM property v WHERE v.resource = r.id AND (v.space, v.local) IN (VALUES ` + list + `)) END`, args
}

// nameList is the SQL for rows of names, each a space and a local name.
func nameList(names []dav.Name, first int) (sql string, args []any) {
	var b strings.Builder
	for i := range powerOfTwo(len(names)) {
		n := names[min(i, len(names)-1)]
		b.WriteString([]string{`(`, `, (`}[min(i, 1)])
		b.WriteString(placeholder(first+2*i) + `, ` + placeholder(first+2*i+1) + `)`)
		args = append(args, n.Space, n.Local)
	}
	return b.String(), args
}

// Dead implements [dav.SearchRecord].
func (m *record) Dead(n dav.Name) dav.Value {
	for rest := m.values; rest != ""; {
		var rec string
		rec, rest, _ = strings.Cut(rest, recordMark)
		space, fields, _ := strings.Cut(rec, fieldMark)
		local, fields, _ := strings.Cut(fields, fieldMark)
		if local != n.Local || space != n.Space {
			continue
		}
		number, fields, _ := strings.Cut(fields, fieldMark)
		language, value, _ := strings.Cut(fields, fieldMark)
		form, _ := strconv.Atoi(number)
		switch form {
		case formWhole:
			return dav.Value{State: dav.Simple, Text: value, Lang: language}
		case formStructured:
			return dav.Value{State: dav.Structured, Lang: language}
		}
		return dav.Property{XML: value}.Value()
	}
	return dav.Value{}
}

// Contains implements [dav.SearchRecord].
func (m *record) Contains(text string) bool {
	if m.body == 0 || m.err != nil {
		return false
	}
	var n int64
	n, m.err = meta.Int(m.t, `SELECT 1 FROM fulltext WHERE {{MATCHES}}$1) AND rowid = $2 LIMIT 1`, phrase(text), m.body)
	return n == 1
}

// Score implements [dav.SearchRecord].
func (m *record) Score() int { return m.scores.of(m.body) }

// describe is what is to be told of the hits, in their order. What is gone
// meanwhile is left out.
func (s *search) describe(t *tx, hits []hit) ([]dav.Resource, error) {
	out := make([]dav.Resource, 0, len(hits))
	for len(hits) > 0 {
		some := hits[:min(len(hits), describeAtOnce)]
		hits = hits[len(some):]
		var err error
		if out, err = s.describeSome(t, some, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// describeAtOnce is how many hits one statement tells of.
const describeAtOnce = 64

func (s *search) describeSome(t *tx, hits []hit, out []dav.Resource) ([]dav.Resource, error) {
	column, args := deadColumn(s.q.Query, describeAtOnce+1)
	ids := make([]any, describeAtOnce, describeAtOnce+len(args))
	var list strings.Builder
	for i := range ids {
		ids[i] = hits[min(i, len(hits)-1)].id
		list.WriteString([]string{``, `, `}[min(i, 1)] + placeholder(i+1))
	}
	found := make(map[int64]dav.Resource, len(hits))
	for row, err := range t.Query(`SELECT `+column+`, `+resourceColumns+` FROM resource r WHERE r.id IN (`+list.String()+`)`, append(ids, args...)...) {
		if err != nil {
			return nil, err
		}
		var res resource
		var d dav.Resource
		res.scan(row, 1)
		res.describe(&d, "")
		if !row.Null(0) {
			d.Dead = parseDead(row.Text(0))
		}
		found[res.id] = d
	}
	for _, h := range hits {
		d, ok := found[h.id]
		if !ok || d.ID != dav.ResourceID(h.uid) {
			continue
		}
		d.Path, d.Score = h.path, h.score
		if s.q.Query.Locks {
			var err error
			if d.Locks, err = t.locksOn(h.id); err != nil {
				return nil, err
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// tell yields a hit; more is false if the caller wants no more, or with an
// error. What only a listing fills is asked of one.
func (s *search) tell(d *dav.Resource) (more bool, err error) {
	q := s.q.Query
	if !q.Parents && !q.SyncToken && !q.Changes && !q.Quota {
		return s.yield(d, nil), nil
	}
	q.Depth, q.Limit = dav.Depth0, 0
	q.Conditions = &dav.Conditions{Principal: principal(s.q.Conditions), Redirects: true}
	for res, err := range s.List(s.ctx, d.Path, q) {
		switch {
		case dav.KindOf(err) == dav.NotFound && err != nil, err == nil && res.ID != d.ID:
			return true, nil // no longer there
		case err != nil:
			return false, err
		}
		res.Score = d.Score
		return s.yield(res, nil), nil
	}
	return true, nil
}
