package repo_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// dump is what counts of a repository.
type dump struct {
	length  map[int64]int64
	owner   map[int64]string
	members map[int64][]int64
	names   map[int64]map[string]int64 // the members by name
	tally   int64
	usage   map[string]int64
	quotas  map[int64]quotaRow
}

type quotaRow struct {
	bytes, used int64
	counted     bool
}

func dumpOf(t *rapid.T, r *repo.Repository) dump {
	d := dump{map[int64]int64{}, map[int64]string{}, map[int64][]int64{}, map[int64]map[string]int64{}, 0, map[string]int64{}, map[int64]quotaRow{}}
	err := r.Meta().View(context.Background(), func(tx meta.Tx) error {
		each := func(sql string, scan func(meta.Row)) {
			for row, err := range tx.Query(sql) {
				if err != nil {
					t.Fatal(err)
				}
				scan(row)
			}
		}
		each(`SELECT id, length, owner FROM resource`, func(row meta.Row) { d.length[row.Int(0)], d.owner[row.Int(0)] = row.Int(1), row.Text(2) })
		each(`SELECT parent, name, child FROM binding ORDER BY parent, name`, func(row meta.Row) {
			d.members[row.Int(0)] = append(d.members[row.Int(0)], row.Int(2))
			if d.names[row.Int(0)] == nil {
				d.names[row.Int(0)] = make(map[string]int64)
			}
			d.names[row.Int(0)][row.Text(1)] = row.Int(2)
		})
		each(`SELECT bytes FROM tally`, func(row meta.Row) { d.tally = row.Int(0) })
		each(`SELECT owner, bytes FROM usage`, func(row meta.Row) { d.usage[row.Text(0)] = row.Int(1) })
		each(`SELECT resource, bytes, used FROM quota`, func(row meta.Row) {
			d.quotas[row.Int(0)] = quotaRow{row.Int(1), row.Int(2), !row.Null(2)}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// reach gives what can be reached from a resource, itself among it.
func (d *dump) reach(id int64) map[int64]bool {
	seen := map[int64]bool{id: true}
	for queue := []int64{id}; len(queue) > 0; queue = queue[1:] {
		for _, m := range d.members[queue[0]] {
			if !seen[m] {
				seen[m] = true
				queue = append(queue, m)
			}
		}
	}
	return seen
}

// paths gives the URLs that there are, as far as three levels down.
func (d *dump) paths() map[dav.Path]int64 {
	all := map[dav.Path]int64{dav.Root: 1}
	for range 3 {
		for p, id := range maps.Clone(all) {
			for name, member := range d.names[id] {
				all[p.Join(name)] = member
			}
		}
	}
	return all
}

func (d *dump) below(id int64) (bytes int64) {
	for m := range d.reach(id) {
		bytes += d.length[m]
	}
	return bytes
}

// check compares all counts with plain counting.
func (d *dump) check(t *rapid.T) {
	total, usage := int64(0), map[string]int64{}
	for id, n := range d.length {
		total += n
		if owner := d.owner[id]; owner != "" {
			usage[owner] += n
		}
	}
	if d.tally != total {
		t.Errorf("tally counts %d bytes, there are %d", d.tally, total)
	}
	for owner := range maps.Keys(d.usage) {
		if d.usage[owner] != usage[owner] {
			t.Errorf("%s is charged %d bytes and has %d", owner, d.usage[owner], usage[owner])
		}
		delete(usage, owner)
	}
	for owner, n := range usage {
		if n != 0 {
			t.Errorf("%s is charged nothing and has %d bytes", owner, n)
		}
	}
	live := d.reach(1)
	for id, q := range d.quotas {
		if n := d.below(id); live[id] && q.counted && n != q.used {
			t.Errorf("the quota of %d counts %d bytes, there are %d", id, q.used, n)
		}
	}
}

// QU-04, and 5842 2.3 to 2.6: after any history what is counted is what there
// is; what is refused changed nothing, and what was done made no quota exceeded.
func TestQuotaHistories(t *testing.T) {
	t.Parallel()
	b, err := fileblob.Open(filepath.Join(t.TempDir(), "blobs")) // not used: all bodies are small
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "quota")
		if err != nil {
			t.Fatal(err)
		}
		m, err := sqlite.Open(context.Background(), filepath.Join(dir, "meta.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := repo.Open(context.Background(), m, b, repo.Options{NoReclaim: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := errors.Join(r.Close(), m.Close(), os.RemoveAll(dir)); err != nil {
				t.Error(err)
			}
		})
		h := begin(t, r)
		for range 20 {
			h.step(t)
		}
		if _, err := r.Fsck(context.Background(), repo.FsckOptions{}, func(p repo.Problem) { t.Errorf("fsck: %v", p) }); err != nil {
			t.Fatal(err)
		}
	})
}

// history draws what is done.
type history struct {
	r  *repo.Repository
	at dump
}

// begin makes something to work on.
func begin(t *rapid.T, r *repo.Repository) *history {
	ctx := context.Background()
	for _, p := range []dav.Path{"/a", "/a/b", "/c"} {
		if err := errors.Join(r.Mkcol(ctx, dav.MkcolRequest{Path: p}), r.SetQuota(ctx, p, 10_000)); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []dav.Path{"/a/b/c", "/a/c", "/b"} {
		if _, _, err := r.Put(ctx, dav.PutRequest{Path: p, Body: strings.NewReader(string(p)), Length: int64(len(p))}); err != nil {
			t.Fatal(err)
		}
	}
	return &history{r, dumpOf(t, r)}
}

func (h *history) step(t *rapid.T) {
	before := h.at
	what, err := h.act(t, &before)
	after := dumpOf(t, h.r)
	h.at = after
	after.check(t)
	if dav.KindOf(err) == dav.Internal && err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if dav.KindOf(err) == dav.NoSpace && !maps.Equal(before.length, after.length) && !strings.Contains(what, "owner") {
		// Only garbage may have gone.
		for id, n := range after.length {
			if before.length[id] != n {
				t.Errorf("%s was refused, and changed %d", what, id)
			}
		}
	}
	live := after.reach(1)
	for id, q := range after.quotas {
		had, was := before.quotas[id]
		if !live[id] || !was || had.bytes != q.bytes {
			continue
		}
		if now := after.below(id); now > q.bytes && now > before.below(id) {
			t.Errorf("%s made %d bytes of %d, where %d are allowed", what, now, before.below(id), q.bytes)
		}
	}
}

func (h *history) act(t *rapid.T, before *dump) (what string, err error) {
	ctx := context.Background()
	paths := slices.Sorted(maps.Keys(before.paths()))
	path := func(name string) dav.Path { // often one that there is
		p := rapid.SampledFrom(paths).Draw(t, name)
		if p.IsRoot() || rapid.IntRange(0, 3).Draw(t, name+" in") == 0 {
			p = p.Join(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, name+" segment"))
		}
		return p
	}
	p, to := path("path"), path("to")
	c := &dav.Conditions{Principal: rapid.SampledFrom([]string{"", "ann", "bob"}).Draw(t, "who")}
	copying := dav.CopyRequest{From: p, To: to, Depth: dav.DepthInfinity, Conditions: c}
	binding := dav.BindRequest{Collection: to.Parent(), Segment: to.Name(), Source: p, Conditions: c}
	ignore := func(dav.Outcome) {}
	bytes := rapid.SampledFrom([]int64{33, 10, 100, 0}).Draw(t, "bytes")
	most := rapid.SampledFrom([]int64{10_000, 10_000, 300, 100, 0}).Draw(t, "quota")
	acts := map[string]func() error{
		"PUT": func() error {
			_, _, err := h.r.Put(ctx, dav.PutRequest{Path: p, Body: strings.NewReader(strings.Repeat("x", int(bytes))), Length: bytes, Conditions: c})
			return err
		},
		"MKCOL":       func() error { return h.r.Mkcol(ctx, dav.MkcolRequest{Path: p, Conditions: c}) },
		"DELETE":      func() error { return h.r.Delete(ctx, dav.DeleteRequest{Path: p, Conditions: c}, ignore) },
		"COPY":        func() error { _, err := h.r.Copy(ctx, copying, ignore); return err },
		"MOVE":        func() error { _, err := h.r.Move(ctx, copying, ignore); return err },
		"quota":       func() error { return h.r.SetQuota(ctx, p, most) },
		"no quota":    func() error { return h.r.RemoveQuota(ctx, p) },
		"owner quota": func() error { return h.r.SetOwnerQuota(ctx, c.Principal, most) },
		"reclaim":     func() error { _, err := h.r.Reclaim(ctx); return err },
	}
	if b, ok := any(h.r).(davserver.Binder); ok {
		acts["BIND"] = func() error { _, err := b.Bind(ctx, binding, ignore); return err }
		acts["REBIND"] = func() error { _, err := b.Rebind(ctx, binding, ignore); return err }
		acts["UNBIND"] = func() error {
			return b.Unbind(ctx, dav.UnbindRequest{Collection: p.Parent(), Segment: p.Name(), Conditions: c}, ignore)
		}
	}
	names := append([]string{"PUT", "COPY", "MOVE", "PUT", "MKCOL"}, slices.Sorted(maps.Keys(acts))...)
	what = rapid.SampledFrom(names).Draw(t, "what")
	return fmt.Sprint(what, " ", p, " ", to), acts[what]()
}
