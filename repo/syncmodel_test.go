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
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// Clients that know RFC 6578 alone end with exactly the server's state: SY-05 to
// SY-09, SY-11, SY-12, under limits, changes in the middle of an answer,
// restarts, backups and their restoration.
func TestSyncModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newSyncModel(t)
		defer m.close(t)
		t.Repeat(map[string]func(*rapid.T){
			"write": m.write, "write more": m.write, "write even more": m.write,
			"part":    func(t *rapid.T) { m.client(t).ask(t, m) },
			"whole":   func(t *rapid.T) { m.client(t).all(t, m) },
			"restart": m.restart, "backup": m.backup, "restore": m.restore,
		})
		m.busy = 0
		for _, c := range m.clients {
			c.all(t, m)
		}
	})
}

type syncModel struct {
	dir     string
	db      *sqlite.Store
	r       *repo.Repository
	clients []*syncClient
	backups int
	saved   string          // a backup; "": none
	known   map[string]bool // the tokens that were given out before it
	given   map[string]bool // all tokens that the repository in use may not refuse
	busy    int             // writes in the middle of an answer, in percent of its changes
	writes  int
}

func newSyncModel(t *rapid.T) *syncModel {
	dir, err := os.MkdirTemp("", "sync")
	if err != nil {
		t.Fatal(err)
	}
	m := &syncModel{dir: dir, given: make(map[string]bool), busy: rapid.SampledFrom([]int{0, 20}).Draw(t, "busy")}
	m.open(t, filepath.Join(dir, "0.db"))
	for _, at := range []dav.Path{"/", "/a"} {
		for _, infinite := range []bool{false, true} {
			m.clients = append(m.clients, &syncClient{at: at, infinite: infinite, known: make(map[dav.Path]string)})
		}
	}
	return m
}

func (m *syncModel) open(t *rapid.T, path string) {
	var err error
	if m.db, err = sqlite.Open(context.Background(), path, sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	b, err := fileblob.Open(filepath.Join(m.dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	if m.r, err = repo.Open(context.Background(), m.db, b, repo.Options{}); err != nil {
		t.Fatal(err)
	}
	repo.SetSyncRows(m.r, rapid.IntRange(1, 4).Draw(t, "rows"))
}

func (m *syncModel) close(t *rapid.T) {
	if err := errors.Join(m.r.Close(), m.db.Close(), os.RemoveAll(m.dir)); err != nil {
		t.Error(err)
	}
}

func (m *syncModel) restart(t *rapid.T) {
	rows := rapid.IntRange(1, 4).Draw(t, "rows")
	if err := m.r.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := fileblob.Open(filepath.Join(m.dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	if m.r, err = repo.Open(context.Background(), m.db, b, repo.Options{}); err != nil {
		t.Fatal(err)
	}
	repo.SetSyncRows(m.r, rows)
}

// backup keeps a copy of the database; all bodies are in it.
func (m *syncModel) backup(t *rapid.T) {
	m.backups++
	m.saved = filepath.Join(m.dir, fmt.Sprint(m.backups, ".db"))
	if err := m.db.Snapshot(context.Background(), m.saved); err != nil {
		t.Fatal(err)
	}
	m.known = maps.Clone(m.given)
}

// restore puts the backup to use. Tokens given out before it stay good; what
// clients learned later is refused, or they would miss or keep something.
func (m *syncModel) restore(t *rapid.T) {
	if m.saved == "" {
		t.Skip("no backup")
	}
	if err := errors.Join(m.r.Close(), m.db.Close()); err != nil {
		t.Fatal(err)
	}
	m.open(t, m.saved)
	m.given, m.saved = m.known, ""
}

func (m *syncModel) client(t *rapid.T) *syncClient {
	return rapid.SampledFrom(m.clients).Draw(t, "client")
}

var syncPaths = []dav.Path{"/a", "/b", "/e\u0301", "/\u00e9", "/a/a", "/a/b", "/a/\u00e9", "/a/e\u0301", "/b/a", "/b/b", "/\u00e9/a",
	"/a/a/a", "/a/a/b", "/a/b/a", "/b/a/a", "/a/\u00e9/a", "/a/a/a/a"}

// write does something that may fail, as far as a client may do it.
func (m *syncModel) write(t *rapid.T) {
	m.writes++
	p, q := rapid.SampledFrom(syncPaths).Draw(t, "path"), rapid.SampledFrom(syncPaths).Draw(t, "other")
	ctx, ignore := context.Background(), func(dav.Outcome) {}
	binder, binds := any(m.r).(davserver.Binder)
	bind := dav.BindRequest{Collection: p.Parent(), Segment: p.Name(), Source: q}
	var err error
	switch what := rapid.SampledFrom([]string{"PUT", "PUT", "MKCOL", "MKCOL", "DELETE", "COPY", "MOVE", "LOCK", "BIND", "UNBIND", "REBIND"}).Draw(t, "method"); what {
	case "PUT":
		_, _, err = m.r.Put(ctx, dav.PutRequest{Path: p, Body: strings.NewReader("x"), Length: 1})
	case "MKCOL":
		err = m.r.Mkcol(ctx, dav.MkcolRequest{Path: p})
	case "DELETE":
		err = m.r.Delete(ctx, dav.DeleteRequest{Path: p}, ignore)
	case "COPY":
		_, err = m.r.Copy(ctx, dav.CopyRequest{From: p, To: q, Depth: dav.DepthInfinity}, ignore)
	case "MOVE":
		_, err = m.r.Move(ctx, dav.CopyRequest{From: p, To: q}, ignore)
	case "LOCK":
		var l *dav.Lock
		if l, _, err = m.r.Lock(ctx, dav.LockRequest{Path: p, Scope: dav.Shared}, ignore); err == nil {
			err = m.r.Unlock(ctx, dav.UnlockRequest{Path: p, Token: l.Token})
		}
	case "BIND", "UNBIND", "REBIND":
		if !binds {
			return
		}
		switch what {
		case "BIND":
			_, err = binder.Bind(ctx, bind, ignore)
		case "UNBIND":
			err = binder.Unbind(ctx, dav.UnbindRequest{Collection: p.Parent(), Segment: p.Name()}, ignore)
		case "REBIND":
			_, err = binder.Rebind(ctx, bind, ignore)
		}
	}
	if k := dav.KindOf(err); err != nil && (k == dav.Internal || k == dav.Locked || k == dav.Unavailable) {
		t.Fatal(err)
	}
}

// syncClient keeps a copy of a collection.
type syncClient struct {
	at       dav.Path
	infinite bool
	token    string
	known    map[dav.Path]string
}

// all asks until there is nothing more, and compares.
func (c *syncClient) all(t *rapid.T, m *syncModel) {
	writes := m.writes
	for c.ask(t, m) {
	}
	if writes != m.writes {
		return
	}
	want := simplePaths(t, m.r, c.at, c.infinite)
	if !maps.Equal(c.known, want) {
		t.Fatalf("%s, infinite %v:\n client: %v\n server: %v", c.at, c.infinite, c.known, want)
	}
	if c.token == "" {
		return
	}
	if err := m.ifToken(c.at, c.token); err != nil {
		t.Fatalf("nothing has changed, but the token does not match: %v", err)
	}
}

// ifToken asks for the collection on the condition that it is as the token says.
func (m *syncModel) ifToken(at dav.Path, token string) error {
	q := dav.Query{SyncToken: true, Conditions: &dav.Conditions{Tokens: []string{token},
		If: []dav.IfList{{Conditions: []dav.IfCondition{{Token: token}}}}}}
	for _, err := range m.r.List(context.Background(), at, q) {
		return err
	}
	return errors.New("nothing listed")
}

// ask does one request, and tells whether there is more.
func (c *syncClient) ask(t *rapid.T, m *syncModel) (more bool) {
	r := dav.SyncRequest{Path: c.at, Token: c.token, Infinite: c.infinite, Limit: rapid.IntRange(0, 3).Draw(t, "limit")}
	told := make(map[dav.Path]bool)
	initial := c.token == ""
	before := maps.Clone(c.known)
	token, more, err := m.r.Sync(context.Background(), r, func(change *dav.Change) error {
		p := change.Resource.Path
		if told[p] {
			t.Fatalf("%s is told twice", p)
		}
		if told[p] = true; r.Limit > 0 && len(told) > r.Limit {
			t.Fatalf("%d members told with limit %d", len(told), r.Limit)
		}
		switch {
		case !change.Removed:
			c.known[p] = memberState(change.Resource)
		case initial:
			t.Fatalf("%s is told as removed in an initial synchronization", p)
		default:
			maps.DeleteFunc(c.known, func(q dav.Path, _ string) bool { return p.Contains(q) })
		}
		if rapid.IntRange(0, 99).Draw(t, "now") < m.busy {
			m.write(t)
			if rapid.IntRange(0, 3).Draw(t, "with backup") == 0 {
				m.backup(t)
			}
		}
		return nil
	})
	if err == nil {
		if more && len(told) == 0 && r.Limit == 0 {
			t.Fatal("nothing told, and more to come")
		}
		// That a client changes nothing by what it is told again is no repetition:
		// the member changed twice. Without changes nothing is repeated.
		if c.token == token && !maps.Equal(before, c.known) {
			t.Fatal("something changed, and the token is the same")
		}
		c.token = token
		m.given[token] = true
		return more
	}
	var refused *dav.Error
	switch {
	case dav.KindOf(err) == dav.NotFound, errors.As(err, &refused) && refused.Condition.Name == dav.SupportedReport:
	case errors.As(err, &refused) && refused.Condition.Name == dav.ValidSyncToken:
		if m.given[c.token] && m.sameCollection(t, c) {
			t.Fatalf("the token %s is refused: %v", c.token, err)
		}
		more = true // from the beginning
	default:
		t.Fatal(err)
	}
	c.token = ""
	clear(c.known)
	return more
}

// sameCollection tells whether the token is of the collection that is there now.
func (m *syncModel) sameCollection(t *rapid.T, c *syncClient) bool {
	for res, err := range m.r.List(context.Background(), c.at, dav.Query{SyncToken: true}) {
		if err != nil {
			t.Fatal(err)
		}
		return collectionOf(res.SyncToken) == collectionOf(c.token)
	}
	return false
}

func collectionOf(token string) string { return strings.Split(token, ":")[4] }

func memberState(r *dav.Resource) string { return fmt.Sprint(r.Collection, r.ETag, r.ID) }

// simplePaths are the URLs below p none of which leads through a collection
// twice.
func simplePaths(t interface{ Fatal(...any) }, r *repo.Repository, p dav.Path, infinite bool) map[dav.Path]string {
	found := make(map[dav.Path]string)
	var visit func(p dav.Path, on []dav.ResourceID)
	visit = func(p dav.Path, on []dav.ResourceID) {
		first := true
		for res, err := range r.List(context.Background(), p, dav.Query{Depth: dav.Depth1}) {
			if err != nil {
				if dav.KindOf(err) == dav.NotFound {
					return
				}
				t.Fatal(err)
			}
			if first {
				first = false
				if !res.Collection {
					return
				}
				on = append(slices.Clone(on), res.ID)
				continue
			}
			found[res.Path] = memberState(res)
			if infinite && res.Collection && !slices.Contains(on, res.ID) {
				visit(res.Path, on)
			}
		}
	}
	visit(p, nil)
	return found
}
