package repo_test

import (
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/meta"
)

// Each damage must be found, or the check is no check.
func TestFsckFinds(t *testing.T) {
	sql := func(statements ...string) func(*testing.T, *repo.Repository, string) {
		return func(t *testing.T, r *repo.Repository, _ string) {
			err := r.Meta().Update(t.Context(), func(tx meta.Tx) error {
				for _, s := range statements {
					if _, err := tx.Exec(s); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	blob := func(change func([]byte) []byte) func(*testing.T, *repo.Repository, string) {
		return func(t *testing.T, _ *repo.Repository, dir string) { damageBlob(t, dir, change) }
	}
	const file = `(SELECT child FROM binding WHERE name = 'small')`
	for name, c := range map[string]struct {
		damage func(*testing.T, *repo.Repository, string)
		want   string
	}{
		"lost resource":   {sql(`DELETE FROM binding WHERE name = 'small'`), "can't be reached"},
		"file as parent":  {sql(`INSERT INTO binding (parent, name, child) SELECT child, 'x', child FROM binding WHERE name = 'small'`), "is no collection"},
		"dead count":      {sql(`UPDATE resource SET dead = 7 WHERE id = ` + file), "dead properties"},
		"same identity":   {sql(`UPDATE resource SET uid = (SELECT min(uid) FROM resource)`), "identity"},
		"length":          {sql(`UPDATE resource SET length = 1 WHERE id = ` + file), "length"},
		"no etag":         {sql(`UPDATE resource SET etag = '' WHERE id = ` + file), "entity tag"},
		"same etag":       {sql(`UPDATE resource SET etag = 'same' WHERE kind = 0`), "shares its entity tag"},
		"collection body": {sql(`UPDATE resource SET kind = 1 WHERE id = ` + file), "collection with a body"},
		"inline bytes":    {sql(`UPDATE body SET data = replace(data, 'm', 'n') WHERE data IS NOT NULL`), "not what was stored"},
		"two places":      {sql(`UPDATE body SET data = NULL WHERE data IS NOT NULL`), "neither"},
		"leaked body":     {sql(`UPDATE resource SET body = NULL, length = 0 WHERE id = ` + file), "needed by no resource"},
		"wrong name":      {sql(`UPDATE binding SET name = 'E' || name WHERE name = 'small'`, `UPDATE binding SET segment = 'small' WHERE name = 'Esmall'`), "filed under"},
		"lock elsewhere":  {sql(`UPDATE lock SET root = '/c/big'`), "another resource"},
		"locks at odds": {sql(`INSERT INTO lock SELECT 'urn:other', resource, root, collection, depth, scope, owner, principal, timeout, expires FROM lock`),
			"excludes"},
		"lost trail":     {sql(`DELETE FROM lock_trail WHERE name = 'c'`), "does not end with the bindings"},
		"wrong trail":    {sql(`UPDATE lock_trail SET name = 'big' WHERE name = 'small'`), "does not end with the bindings"},
		"unmarked":       {sql(`INSERT INTO binding (parent, name, child) SELECT parent, 'again', child FROM binding WHERE name = 'small'`), "not marked as shared"},
		"root unmarked":  {sql(`INSERT INTO binding (parent, name, child) SELECT parent, 'root', parent FROM binding WHERE name = 'c'`), "not marked as shared"},
		"lonely loop":    {sql(`UPDATE resource SET shared = 1`, `UPDATE binding SET parent = child WHERE name = 'c'`), "can't be reached"},
		"added later":    {sql(`UPDATE binding SET changed = 1000000 WHERE name = 'small'`), "made at a step that is to come"},
		"history later":  {sql(`UPDATE history SET since = 1000000`), "begins at a step that is to come"},
		"removed later":  {sql(`INSERT INTO removed SELECT parent, 'gone', '', 0, 0, 1000000 FROM binding WHERE name = 'small'`), "removed at a step"},
		"no identity":    {sql(`UPDATE resource SET uid = '' WHERE id = ` + file), "no UUID"},
		"stray orphan":   {sql(`INSERT INTO orphan (resource) VALUES (999)`), "waits to be reclaimed and does not exist"},
		"stray released": {sql(`INSERT INTO released (body) VALUES (999)`), "waits to be reclaimed and does not exist"},
		"copy left over": {sql(`INSERT INTO copying VALUES (1, 2)`), "unfinished"},
		"bytes":          {sql(`UPDATE tally SET bytes = bytes + 1`), "counts the bytes wrong"},
		"usage":          {sql(`UPDATE usage SET bytes = bytes - 1`), "has not so many bytes"},
		"quotas":         {sql(`UPDATE tally SET quotas = 0`), "counts the quotas wrong"},
		"quota of none":  {sql(`UPDATE quota SET resource = ` + file), "is of no collection"},
		"quota used":     {sql(`UPDATE quota SET used = 7`), "has 280021 bytes below it, not 7"},
		"ordered file":   {sql(`UPDATE resource SET ordering = 'DAV:custom' WHERE id = ` + file), "is ordered and no collection"},
		"no target":      {sql(`UPDATE resource SET kind = 2 WHERE id = ` + file), "without a target"},
		"lost order":     {sql(`UPDATE resource SET ordering = 'DAV:custom' WHERE kind = 1`), "without a position"},
		"stray order":    {sql(`UPDATE binding SET position = 1 WHERE name = 'small'`), "the other way round"},
		"one place":      {sql(`UPDATE binding SET position = 1`), "two members in one place"},
		"unindexed text": {sql(`DELETE FROM unindexed`), "neither indexed nor waiting"},
		"index of none":  {sql(`INSERT INTO fulltext (rowid, words) VALUES (999, {{WORDS OF}}'x'))`), "is no text, or does not exist"},
		"text twice":     {sql(`INSERT INTO fulltext (rowid, words) SELECT body, {{WORDS OF}}'x') FROM unindexed`), "is so already"},
		"wrong value": {sql(`INSERT INTO property (resource, space, local, xml, form) VALUES (`+file+`, 's', 'l', '<l xmlns="s">x</l>', 0)`,
			`UPDATE resource SET dead = 1 WHERE id = `+file), "is filed under another value"},
		"blob changed": {blob(func(b []byte) []byte { b[100] ^= 1; return b }), "SHA-256"},
		"blob cut":     {blob(func(b []byte) []byte { return b[:len(b)-1] }), "bytes instead of"},
		"blob missing": {blob(func([]byte) []byte { return nil }), "is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r := openBroken(t, dir)
			mkcol(t, r, "/c")
			put(t, r, "/c/big", big)
			put(t, r, "/c/small", "small")
			ok(t, putAs(t, r, "ann", "/c/hers", 16))
			ok(t, r.SetQuota(t.Context(), "/c", 1<<30))
			if _, _, err := r.Lock(t.Context(), dav.LockRequest{Path: "/c/small"}, nil); err != nil {
				t.Fatal(err)
			}
			mustBeWhole(t, r)
			c.damage(t, r, dir)
			var found []string
			if _, err := r.Fsck(t.Context(), repo.FsckOptions{}, func(p repo.Problem) { found = append(found, p.String()) }); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(found, "\n"), c.want) {
				t.Errorf("fsck found %q; want something about %q", found, c.want)
			}
		})
	}
}
