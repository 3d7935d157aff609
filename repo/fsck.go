package repo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob"
	"github.com/quiredav/quire/repo/meta"
)

// FsckOptions are the settings of a check.
type FsckOptions struct {
	// SkipContent leaves the bytes of blobs unread; that they are there, and
	// as long as they should be, is checked all the same.
	SkipContent bool
}

// FsckStats tell what a check looked at.
type FsckStats struct {
	Resources, Bindings, Bodies, Blobs, Locks, Properties int64

	// Garbage are blobs that no body points to: uploads under way, or what a
	// crash left behind. They are no problem, and GC removes them.
	Garbage int64
	Orphans int64 // resources waiting to be reclaimed
}

// Problem is something that is not as it must be.
type Problem struct {
	What string // what is concerned
	How  string // what is wrong with it
}

func (p Problem) String() string { return p.What + ": " + p.How }

// Fsck checks that the repository is whole: the database itself, the graph, the
// bodies down to their last byte, the locks. It calls report for each problem
// and changes nothing; it may run beside a server. The error says that the check
// itself could not be done.
func (r *Repository) Fsck(ctx context.Context, o FsckOptions, report func(Problem)) (stats FsckStats, err error) {
	if c, ok := r.meta.(interface {
		Check(context.Context) ([]string, error)
	}); ok {
		found, err := c.Check(ctx)
		if err != nil {
			return stats, err
		}
		for _, how := range found {
			report(Problem{"database", how})
		}
	}
	err = r.view(ctx, func(t *tx) error {
		for _, check := range []func(func(Problem)) error{t.checkRules, t.checkNames, t.checkInline, t.checkValues, t.checkLocks, t.checkQuotas} {
			if err := check(report); err != nil {
				return err
			}
		}
		return t.count(&stats)
	})
	if err != nil {
		return stats, err
	}
	if err := r.checkBlobs(ctx, o, &stats, report); err != nil {
		return stats, err
	}
	return stats, r.countGarbage(ctx, &stats, report)
}

// rules are queries that yield what breaks an invariant of the schema: an
// identity, and a number that tells more.
var rules = []struct{ what, how, sql string }{
	{"root", "is not a collection", `SELECT value, 0 FROM repository WHERE name = 'root'
		AND NOT EXISTS (SELECT 1 FROM resource r WHERE r.id = CAST(value AS BIGINT) AND r.kind = 1)`},
	{"resource", "has members but is no collection", `SELECT r.id, count(*) FROM resource r
		JOIN binding b ON b.parent = r.id WHERE r.kind <> 1 GROUP BY r.id`},
	{"resource", "can't be reached from the root, nor is it waiting to be reclaimed", `
		WITH RECURSIVE live (id) AS (
			SELECT CAST(value AS BIGINT) FROM repository WHERE name = 'root'
			UNION SELECT resource FROM orphan
			UNION SELECT b.child FROM binding b JOIN live ON b.parent = live.id)
		SELECT id, 0 FROM resource WHERE id NOT IN (SELECT id FROM live)`},
	{"resource", "has several bindings and is not marked as shared", `SELECT r.id, count(*) FROM binding b
		JOIN resource r ON r.id = b.child WHERE r.shared = 0 GROUP BY r.id
		HAVING count(*) + (SELECT count(*) FROM repository WHERE name = 'root' AND CAST(value AS BIGINT) = r.id) > 1`},
	{"binding", "was made at a step that is to come", `SELECT parent, changed FROM binding WHERE changed > (SELECT step FROM tally)`},
	{"binding", "was removed at a step that is to come", `SELECT parent, changed FROM removed WHERE changed > (SELECT step FROM tally)`},
	{"history", "begins at a step that is to come", `SELECT uid, since FROM history WHERE since >= (SELECT step FROM tally)`},
	{"resource", "waits to be reclaimed and does not exist", `SELECT resource, 0 FROM orphan
		WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.id = orphan.resource)`},
	{"resource", "has no UUID", `SELECT id, length(uid) FROM resource WHERE length(uid) <> 16`},
	{"resource", "shares its identity", `SELECT min(id), count(*) FROM resource GROUP BY uid HAVING count(*) > 1`},
	{"resource", "counts its dead properties wrong", `SELECT r.id, r.dead FROM resource r
		WHERE r.dead <> (SELECT count(*) FROM property p WHERE p.resource = r.id)`},
	{"resource", "is a collection with a body", `SELECT id, body FROM resource WHERE kind = 1 AND body IS NOT NULL`},
	{"resource", "is a file without an entity tag", `SELECT id, 0 FROM resource WHERE kind = 0 AND etag = ''`},
	{"resource", "does not have the length of its body", `SELECT r.id, r.length FROM resource r
		LEFT JOIN body b ON b.id = r.body WHERE r.length <> coalesce(b.length, 0)`},
	{"resource", "shares its entity tag with another body", `SELECT min(id), count(DISTINCT coalesce(body, -id)) FROM resource
		WHERE kind = 0 AND body IS NOT NULL GROUP BY etag HAVING count(DISTINCT body) > 1`},
	{"body", "is neither in the database nor in a blob", `SELECT id, 0 FROM body WHERE (data IS NULL) = (blob IS NULL)`},
	{"body", "is needed by no resource and not released", `SELECT b.id, b.length FROM body b
		WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.body = b.id)
		AND NOT EXISTS (SELECT 1 FROM released x WHERE x.body = b.id)`},
	{"body", "waits to be reclaimed and does not exist", `SELECT x.body, 0 FROM released x
		WHERE NOT EXISTS (SELECT 1 FROM body b WHERE b.id = x.body)`},
	{"body", "is text, and neither indexed nor waiting for it", `SELECT b.id, b.length FROM body b WHERE b.text = 1
		AND NOT EXISTS (SELECT 1 FROM fulltext f WHERE f.rowid = b.id) AND NOT EXISTS (SELECT 1 FROM unindexed u WHERE u.body = b.id)`},
	{"index of texts", "has a body that is no text, or does not exist", `SELECT f.rowid, 0 FROM fulltext f
		WHERE NOT EXISTS (SELECT 1 FROM body b WHERE b.id = f.rowid AND b.text = 1)`},
	{"text", "waits to be indexed and is so already, or does not exist", `SELECT u.body, 0 FROM unindexed u
		WHERE EXISTS (SELECT 1 FROM fulltext f WHERE f.rowid = u.body)
		OR NOT EXISTS (SELECT 1 FROM body b WHERE b.id = u.body AND b.text = 1)`},
	{"tally", "counts the bytes wrong", `SELECT id, bytes FROM tally
		WHERE bytes <> (SELECT coalesce(sum(length), 0) FROM resource)`},
	{"owner", "has not so many bytes as are counted", `SELECT c.owner, sum(c.bytes) FROM (
			SELECT owner, bytes FROM usage UNION ALL SELECT owner, -length FROM resource WHERE owner <> '') AS c
		GROUP BY c.owner HAVING sum(c.bytes) <> 0`},
	{"tally", "counts the quotas wrong", `SELECT id, quotas FROM tally
		WHERE quotas <> (SELECT count(*) FROM quota) + (SELECT count(*) FROM owner_quota)`},
	{"quota", "is of no collection", `SELECT q.resource, q.bytes FROM quota q
		WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.id = q.resource AND r.kind = 1)`},
	{"resource", "is ordered and no collection", `SELECT id, kind FROM resource WHERE ordering IS NOT NULL AND kind <> 1`},
	{"resource", "is a redirect reference without a target, or has one and is none", `SELECT id, kind FROM resource
		WHERE (kind = 2) <> (reftarget IS NOT NULL)`},
	{"collection", "is ordered and has a member without a position, or the other way round", `SELECT b.parent, b.child
		FROM binding b JOIN resource r ON r.id = b.parent WHERE (b.position IS NULL) <> (r.ordering IS NULL)`},
	{"collection", "has two members in one place", `SELECT parent, position FROM binding
		WHERE position IS NOT NULL GROUP BY parent, position HAVING count(*) > 1`},
	{"copy", "was left unfinished", `SELECT old, new FROM copying`},
}

func (t *tx) checkRules(report func(Problem)) error {
	for _, rule := range rules {
		for row, err := range t.Query(rule.sql) {
			if err != nil {
				return err
			}
			report(Problem{fmt.Sprintf("%s %s", rule.what, row.Text(0)), rule.how})
		}
	}
	return nil
}

// checkNames looks at what SQL can't judge: segments and their normal forms.
func (t *tx) checkNames(report func(Problem)) error {
	for row, err := range t.Query(`SELECT name, segment, parent FROM binding`) {
		if err != nil {
			return err
		}
		name, segment := row.Text(0), row.Text(0)
		if !row.Null(1) {
			segment = row.Text(1)
		}
		if err := dav.CheckSegment(segment); err != nil || bindingName(segment) != name {
			report(Problem{fmt.Sprintf("binding %q in resource %d", segment, row.Int(2)), "is not filed under its name"})
		}
	}
	return nil
}

func (t *tx) checkInline(report func(Problem)) error {
	for row, err := range t.Query(`SELECT id, length, sha256, data FROM body WHERE data IS NOT NULL`) {
		if err != nil {
			return err
		}
		data := row.Bytes(3)
		sum := sha256.Sum256(data)
		if int64(len(data)) != row.Int(1) || !bytes.Equal(sum[:], row.Bytes(2)) {
			report(Problem{fmt.Sprintf("body %d", row.Int(0)), "is not what was stored"})
		}
	}
	return nil
}

// checkQuotas counts what is below the collections with a quota. What can't be
// reached any more is not kept up to date.
func (t *tx) checkQuotas(report func(Problem)) error {
	a, err := t.ancestry(`SELECT resource FROM quota`)
	if err != nil {
		return err
	}
	for row, err := range t.Query(`SELECT resource, bytes, used FROM quota WHERE used IS NOT NULL`) {
		if err != nil {
			return err
		}
		q := scanQuota(row, 0)
		p, found := a.urls[q.resource]
		if !found {
			continue
		}
		used, err := t.countBelow(q.resource)
		if err != nil {
			return err
		}
		if used != q.used {
			report(Problem{"quota of " + string(p), fmt.Sprintf("has %d bytes below it, not %d", used, q.used)})
		}
	}
	return nil
}

func (t *tx) count(s *FsckStats) error {
	_, err := meta.One(t, func(row meta.Row) {
		s.Resources, s.Bindings, s.Bodies = row.Int(0), row.Int(1), row.Int(2)
		s.Locks, s.Properties, s.Orphans = row.Int(3), row.Int(4), row.Int(5)
	}, `SELECT (SELECT count(*) FROM resource), (SELECT count(*) FROM binding), (SELECT count(*) FROM body),
		(SELECT count(*) FROM lock), (SELECT count(*) FROM property), (SELECT count(*) FROM orphan)`)
	return err
}

func (r *Repository) checkBlobs(ctx context.Context, o FsckOptions, stats *FsckStats, report func(Problem)) error {
	for after := int64(0); ; {
		page, err := blobPage(ctx, r.meta, after)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, b := range page {
			after = b.id
			stats.Blobs++
			how, err := r.checkBlob(ctx, o, b)
			if err != nil {
				return err
			}
			if how == "" {
				continue
			}
			if used, err := r.uses(ctx, b.blob); err != nil {
				return err
			} else if used { // else it was reclaimed meanwhile
				report(Problem{"blob " + string(b.blob), how})
			}
		}
	}
}

// checkBlob tells what is wrong with a blob; "" if it is whole.
func (r *Repository) checkBlob(ctx context.Context, o FsckOptions, b storedBlob) (how string, err error) {
	if !o.SkipContent {
		err = readBlob(ctx, r.blobs, b, nil)
	} else {
		err = r.measureBlob(ctx, b)
	}
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, fs.ErrNotExist):
		return "is missing", nil
	}
	return err.Error(), nil
}

func (r *Repository) measureBlob(ctx context.Context, b storedBlob) error {
	f, err := r.blobs.Open(ctx, b.blob)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := f.Seek(0, 2)
	if err == nil && n != b.length {
		err = damaged(b, fmt.Sprintf("has %d bytes instead of %d", n, b.length))
	}
	return err
}

func (r *Repository) countGarbage(ctx context.Context, stats *FsckStats, report func(Problem)) error {
	for info, err := range r.blobs.List(ctx) {
		if stray := (*blob.StrayError)(nil); errors.As(err, &stray) {
			report(Problem{stray.Name, "lies between the blobs and is none"})
			continue
		} else if err != nil {
			return err
		}
		used, err := r.uses(ctx, info.ID)
		if err != nil {
			return err
		}
		if !used {
			stats.Garbage++
		}
	}
	return nil
}
