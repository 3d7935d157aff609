package repo_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

// Clients that synchronize beside writers, through two programs on one database,
// end with what is there.
func TestSyncBesideWriters(t *testing.T) {
	dir := t.TempDir()
	programs := []*repo.Repository{openIn(t, dir, repo.Options{}), openIn(t, dir, repo.Options{})}
	for i, r := range programs {
		repo.SetSyncRows(r, 3+i)
	}
	for _, p := range []dav.Path{"/a", "/b", "/a/a", "/a/b"} {
		mkcol(t, programs[0], p)
	}
	ctx, done := context.WithCancel(t.Context())
	var writers, clients sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1))
			for range 200 {
				if err := randomWrite(programs[w%2], random); dav.KindOf(err) == dav.Internal && err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 4 {
		c := &heedless{infinite: i < 2, limit: []int{0, 7}[i%2]}
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				c.sync(t, programs[(i+n)%2])
			}
			for c.sync(t, programs[0]) {
			}
			if want := c.listed(t, programs[0]); !maps.Equal(c.known, want) {
				t.Errorf("infinite %v, limit %d:\n client: %v\n server: %v", c.infinite, c.limit, c.known, want)
			}
		})
	}
	writers.Wait()
	done()
	clients.Wait()
}

// randomWrite does something, or fails to.
func randomWrite(r *repo.Repository, random *rand.Rand) (err error) {
	path := func() dav.Path {
		p := dav.Root
		for range 1 + random.IntN(3) {
			p = p.Join(string(rune('a' + random.IntN(3))))
		}
		return p
	}
	ctx, p, q := context.Background(), path(), path()
	switch random.IntN(8) {
	default:
		_, _, err = r.Put(ctx, dav.PutRequest{Path: p, Body: strings.NewReader("x"), Length: 1})
	case 0, 1:
		err = r.Mkcol(ctx, dav.MkcolRequest{Path: p})
	case 2:
		err = r.Delete(ctx, dav.DeleteRequest{Path: p}, nil)
	case 3:
		_, err = r.Move(ctx, dav.CopyRequest{From: p, To: q}, nil)
	case 4:
		_, err = r.Copy(ctx, dav.CopyRequest{From: p, To: q, Depth: dav.DepthInfinity}, nil)
	case 5:
		_, err = r.Bind(ctx, dav.BindRequest{Collection: p.Parent(), Segment: p.Name(), Source: q}, nil)
	}
	return err
}

// heedless is a client of the root that asks whenever it can.
type heedless struct {
	infinite bool
	limit    int
	token    string
	known    map[dav.Path]string
}

func (c *heedless) sync(t *testing.T, r *repo.Repository) (more bool) {
	if c.known == nil {
		c.known = make(map[dav.Path]string)
	}
	q := dav.SyncRequest{Path: "/", Token: c.token, Infinite: c.infinite, Limit: c.limit}
	told := make(map[dav.Path]bool)
	token, more, err := r.Sync(t.Context(), q, func(change *dav.Change) error {
		p := change.Resource.Path
		if told[p] {
			return fmt.Errorf("%s is told twice", p)
		}
		told[p] = true
		if !change.Removed {
			c.known[p] = memberState(change.Resource)
			return nil
		}
		maps.DeleteFunc(c.known, func(q dav.Path, _ string) bool { return p.Contains(q) })
		return nil
	})
	if err != nil {
		t.Error(err)
		return false
	}
	c.token = token
	return more
}

func (c *heedless) listed(t *testing.T, r *repo.Repository) map[dav.Path]string {
	return simplePaths(t, r, "/", c.infinite)
}
