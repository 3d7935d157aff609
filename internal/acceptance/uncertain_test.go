package acceptance

import (
	"context"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// forgetful is a metadata store that carries updates out and says that they
// failed: what a database does whose last fsync fails, and whose log is then
// found whole after a crash.
type forgetful struct {
	meta.Store
	forgets atomic.Bool
}

func (f *forgetful) Update(ctx context.Context, fn func(meta.Tx) error) error {
	err := f.Store.Update(ctx, fn)
	if err == nil && f.forgets.Load() {
		err = &dav.Error{Kind: dav.Internal, Op: "commit", Err: syscall.EIO}
	}
	return err
}

// A request whose commit reports failure and yet took effect is found done, as
// a whole: nothing that it needs was taken away.
func TestUncertainCommit(t *testing.T) {
	f := new(forgetful)
	r := newRigOn(t, func(s meta.Store) meta.Store { f.Store = s; return f })
	for _, c := range faultCases {
		tree, top := r.newTree()
		s := c.make(tree, top)
		if s.isReading() || s.refused != 0 {
			continue
		}
		f.forgets.Store(true)
		a := s.play(t.Context(), r.http, r.base, tree, nil)
		f.forgets.Store(false)
		if a.status != http.StatusInternalServerError || !isDavError(a.said) {
			t.Errorf("%s: %d, %v\n%s", c.name, a.status, a.broke, a.said)
		}
		seen, err := observe(t.Context(), r.http, r.base, top)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if d := s.after.differs(seen); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	r.close()
}
