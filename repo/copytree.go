package repo

import (
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// A COPY is a constant number of statements, whatever the size of the tree: the
// table copying maps every old resource to a new one, and rows are made by
// joining with it. So the copy has the shape of the original, also where a
// resource has several bindings or a loop (RFC 5842 section 2.3). Bodies are
// shared, not copied.

// copyTo makes the copy of from a new resource at the URL to. It is a snapshot:
// the source may lead to the destination.
func (t *tx) copyTo(from, to *trail, q dav.CopyRequest, modified time.Time) error {
	if err := t.plan(from.leaf.id, 0, q.Depth); err != nil {
		return err
	}
	top, err := meta.Int(t, `SELECT new FROM copying WHERE old = $1`, from.leaf.id)
	if err != nil {
		return err
	}
	bytes, err := t.carryOut(from, nil, q, time.Time{})
	if err != nil {
		return err
	}
	t.arrives(top, bytes)
	if err := t.exec(`UPDATE resource SET modified = $1 WHERE id = $2`, modified.UnixMicro(), top); err != nil {
		return err
	}
	if to.found {
		if err := t.unmap(to); err != nil {
			return err
		}
	}
	return t.bind(to, top, q.Position)
}

// copyOnto makes the resource at to, which stays the resource it is, an equal
// of from: content, properties and members.
func (t *tx) copyOnto(from, to *trail, q dav.CopyRequest, modified time.Time) error {
	onto := to.leaf.id
	var floor time.Time
	if to.leaf.isCollection() {
		var err error
		if floor, err = t.youngest(onto); err != nil {
			return err
		}
		t.remade = append(t.remade, onto)
	}
	if err := t.plan(from.leaf.id, onto, q.Depth); err != nil {
		return err
	}
	if _, err := t.carryOut(from, to, q, floor); err != nil {
		return err
	}
	next := from.leaf
	next.id, next.modified = onto, modified
	if err := t.setContent(next, to.leaf.length); err != nil {
		return err
	}
	if next.kind != kindCollection {
		if err := t.contentChanged(onto); err != nil {
			return err
		}
	}
	if err := t.exec(`UPDATE resource SET dead = $1, ordering = $2, arranged = arranged + 1, reftarget = $3, permanent = $4 WHERE id = $5`,
		next.dead, nullText(next.ordering), nullText(next.reftarget), next.permanent, onto); err != nil {
		return err
	}
	if to.leaf.body == from.leaf.body {
		return nil
	}
	return t.release(to.leaf.body)
}

// plan fills the table copying with the resources that a copy of id needs. The
// top becomes the resource onto, or a new one if that is 0.
func (t *tx) plan(id, onto int64, depth dav.Depth) error {
	tree := `tree (id) AS (SELECT CAST($1 AS BIGINT))`
	if depth == dav.DepthInfinity {
		tree = `tree (id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT b.child FROM binding b JOIN tree ON b.parent = tree.id)`
	}
	err := t.exec(`WITH RECURSIVE `+tree+`
		INSERT INTO copying (old, new)
		SELECT id, (SELECT max(id) FROM resource) + row_number() OVER (ORDER BY id) FROM tree`, id)
	if err != nil || onto == 0 {
		return err
	}
	return t.exec(`UPDATE copying SET new = $1 WHERE old = $2`, onto, id)
}

// carryOut makes the planned resources, except onto, which is there if it is not
// nil, with their properties and bindings, and forgets the plan. Files that are
// older than floor become as young as now: younger ones were at their URLs. bytes
// are those of the new resources.
func (t *tx) carryOut(from, onto *trail, q dav.CopyRequest, floor time.Time) (bytes int64, err error) {
	bytes, err = t.copyResources(from, onto, q, floor)
	if err != nil {
		return 0, err
	}
	switch {
	case q.Depth == dav.DepthInfinity:
		err = t.copyBindings(onto)
	case onto != nil:
		err = t.empty(onto)
	}
	if err != nil {
		return 0, err
	}
	if err := t.copyProperties(onto); err != nil {
		return 0, err
	}
	return bytes, t.exec(`DELETE FROM copying`)
}

// copyResources makes the new resources, which are the principal's. CROSS JOIN has
// SQLite begin with the plan: it believes other tables to be smaller. What gets
// several bindings is shared; the top gets one that is not copied, or has it.
func (t *tx) copyResources(from, onto *trail, q dav.CopyRequest, floor time.Time) (bytes int64, err error) {
	var before, there int64
	if !floor.IsZero() {
		before = floor.UnixMicro()
	}
	if onto != nil {
		there = onto.leaf.id
	}
	bytes, err = meta.Int(t, `SELECT coalesce(sum(r.length), 0) FROM copying CROSS JOIN resource r
		WHERE r.id = copying.old AND copying.new <> $1`, there)
	if err != nil {
		return 0, err
	}
	owner := principal(q.Conditions)
	t.charge(owner, gain{bytes, true})
	err = t.exec(`INSERT INTO resource (id, uid, kind, created, modified, media_type, language, length, etag, body, dead,
			ordering, reftarget, permanent, owner, shared)
		SELECT copying.new, {{UUID}}, r.kind, $1, CASE WHEN r.modified < $2 THEN {{GREATEST}}($1, $2) ELSE r.modified END,
			r.media_type, r.language, r.length, r.etag, r.body, r.dead, r.ordering, r.reftarget, r.permanent, $4,
			CASE WHEN $6 = 2 AND (r.shared = 1 AND (SELECT count(*) FROM `+planned+`r.id) > 1
				OR r.id = $5 AND EXISTS (SELECT 1 FROM `+planned+`r.id)) THEN 1 ELSE 0 END
		FROM copying CROSS JOIN resource r WHERE r.id = copying.old AND copying.new <> $3`,
		t.now.UnixMicro(), before, there, owner, from.leaf.id, int64(q.Depth))
	if err != nil || onto == nil || q.Depth != dav.DepthInfinity {
		return bytes, err
	}
	return bytes, t.exec(`UPDATE resource SET shared = 1 WHERE id = $1 AND EXISTS (SELECT 1 FROM `+planned+`$2)`, there, from.leaf.id)
}

// planned are those bindings that are going to be copied of the resource whose
// id follows.
const planned = `binding b JOIN copying p ON p.old = b.parent WHERE b.child = `

// copyBindings makes the new bindings. The members of onto go before it gets its
// new ones, but after those below it are made: the source may lead to onto.
func (t *tx) copyBindings(onto *trail) error {
	step, err := t.step()
	if err != nil {
		return err
	}
	const make = `INSERT INTO binding (parent, name, segment, child, changed, position)
		SELECT copying.new, b.name, b.segment, c.new, $1, b.position
		FROM copying CROSS JOIN binding b CROSS JOIN copying c WHERE b.parent = copying.old AND c.old = b.child`
	if onto == nil {
		return t.exec(make, step)
	}
	if err := t.exec(make+` AND copying.new <> $2`, step, onto.leaf.id); err != nil {
		return err
	}
	if err := t.empty(onto); err != nil {
		return err
	}
	return t.exec(make+` AND copying.new = $2`, step, onto.leaf.id)
}

// copyProperties makes the dead properties of the planned resources. Those of onto
// go last: it may be one of the resources that are copied.
func (t *tx) copyProperties(onto *trail) error {
	const insert = `INSERT INTO property (resource, space, local, xml, value, form, language)
		SELECT copying.new, p.space, p.local, p.xml, p.value, p.form, p.language
		FROM copying CROSS JOIN property p WHERE p.resource = copying.old AND copying.new `
	if onto == nil {
		return t.exec(insert + `> 0`)
	}
	id := onto.leaf.id
	if err := t.exec(insert+`<> $1`, id); err != nil {
		return err
	}
	if err := t.exec(`DELETE FROM property WHERE resource = $1`, id); err != nil {
		return err
	}
	return t.exec(insert+`= $1`, id)
}

// youngest is the latest Last-Modified in the tree below a collection.
func (t *tx) youngest(collection int64) (time.Time, error) {
	us, err := meta.Int(t, `WITH RECURSIVE tree (id) AS (
			SELECT CAST($1 AS BIGINT) UNION SELECT b.child FROM binding b JOIN tree ON b.parent = tree.id)
		SELECT max(r.modified) FROM tree JOIN resource r ON r.id = tree.id WHERE tree.id <> $1`, collection)
	if err != nil || us == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(us), nil
}

// empty unmaps all members of a collection.
func (t *tx) empty(w *trail) error {
	if !w.leaf.isCollection() {
		return nil
	}
	if err := t.endLocksInside(w.leaf.id); err != nil {
		return err
	}
	t.garbage = true
	if err := t.exec(`INSERT INTO orphan (resource) SELECT DISTINCT child FROM binding WHERE parent = $1
		ON CONFLICT DO NOTHING`, w.leaf.id); err != nil {
		return err
	}
	return t.forgetMembers(w.leaf.id)
}
