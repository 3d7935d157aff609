package repo

// A resource that lost a binding and has others may still be out of reach: what
// leads to it may be in a loop that nothing leads to (RFC 5842 section 2.1.1).
// Climbing from it tells. What is above the unreachable is unreachable as well;
// and what is out of reach stays so, for requests name resources by URLs. So it
// can be taken apart in steps.

// reclaimBound does a step for an orphan that has bindings: it spares what can be
// reached, and cuts loose the rest.
func (t *tx) reclaimBound(id, bindings int64) (work int, err error) {
	var above []int64
	for row, err := range t.Query(`WITH RECURSIVE up (id) AS (
			SELECT CAST($1 AS BIGINT) UNION SELECT b.parent FROM up CROSS JOIN binding b WHERE b.child = up.id)
		SELECT id FROM up`, id) {
		if err != nil {
			return work, err
		}
		work++
		if row.Int(0) == t.root {
			return work, t.spare(id, bindings)
		}
		if len(above) < reclaimStep {
			above = append(above, row.Int(0))
		}
	}
	cut, err := t.cutLoose(above)
	return work + cut, err
}

// spare keeps an orphan that has so many bindings, of which two count for all
// that are more than one.
func (t *tx) spare(id, bindings int64) error {
	if bindings < 2 {
		if err := t.exec(`UPDATE resource SET shared = 0 WHERE id = $1 AND shared = 1`, id); err != nil {
			return err
		}
	}
	return t.exec(`DELETE FROM orphan WHERE resource = $1`, id)
}

// cutLoose removes bindings to unreachable resources, as many as belong into a
// step, and makes orphans of these. The first comes first.
func (t *tx) cutLoose(unreachable []int64) (cut int, err error) {
	for _, id := range unreachable {
		if cut >= reclaimStep {
			break
		}
		n, err := t.Exec(`DELETE FROM binding WHERE (parent, name) IN (
				SELECT parent, name FROM binding WHERE child = $1 LIMIT $2)`, id, reclaimStep-cut)
		if err != nil {
			return cut, err
		}
		cut += int(n)
		if err := t.exec(`INSERT INTO orphan (resource) VALUES ($1) ON CONFLICT DO NOTHING`, id); err != nil {
			return cut, err
		}
	}
	return cut, nil
}
