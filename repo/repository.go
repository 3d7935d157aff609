package repo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob"
	"github.com/quiredav/quire/repo/meta"
)

// Options are the settings of a repository; the zero value is ready to use.
type Options struct {
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: discards

	// InlineMax is the size in bytes up to which a body lives in the metadata
	// store, so that storing it is one commit. Default 16 KiB; negative: none.
	InlineMax int

	// NoReclaim leaves reclaiming to calls of Reclaim and GC: for programs that
	// only look.
	NoReclaim bool

	MaxProperties    int // dead properties of one resource; default 1000
	MaxPropertyBytes int // all dead properties of one resource, in bytes of XML; default 4 MiB
	MaxLocks         int // locks of one principal; default 20,000
	MaxOwnerBytes    int // the owner element of a lock, in bytes of XML; default 16 KiB
	MaxRemoved       int // removed members that are remembered for those who synchronize, about; default 1,000,000

	// A search that meets one of these bounds tells what it has found so far.
	MaxExamined   int           // resources that it looks at; default 1,000,000
	MaxSearchTime time.Duration // that it works; default 30 s
}

func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	setDefault(&o.InlineMax, 16<<10)
	setDefault(&o.MaxProperties, 1000)
	setDefault(&o.MaxPropertyBytes, 4<<20)
	setDefault(&o.MaxLocks, 20000)
	setDefault(&o.MaxOwnerBytes, 16<<10)
	setDefault(&o.MaxRemoved, 1_000_000)
	setDefault(&o.MaxExamined, 1_000_000)
	setDefault(&o.MaxSearchTime, 30*time.Second)
}

func setDefault[T int | time.Duration](v *T, def T) {
	if *v == 0 {
		*v = def
	}
}

// Repository is a backend of the server that keeps everything itself. It is
// safe for concurrent use.
type Repository struct {
	meta  meta.Store
	blobs blob.Store
	opt   Options
	root  int64
	begun atomic.Bool // its history has begun

	syncRows   int          // of a page that Sync reads
	removals   atomic.Int64 // noted since they were last counted
	forgetting forgetting   // guarded by reclaim

	stop    context.CancelFunc
	kick    chan struct{} // there is something to reclaim
	texts   chan struct{} // there is something to index
	done    sync.WaitGroup
	reclaim sync.Mutex // held by whoever reclaims: one at a time
	index   sync.Mutex // held by whoever indexes
}

// Open opens the repository in the two stores, making its root if it is new.
// The repository reclaims in the background until Close; it does not close the
// stores.
func Open(ctx context.Context, m meta.Store, b blob.Store, o Options) (*Repository, error) {
	o.fill()
	r := &Repository{meta: m, blobs: b, opt: o, kick: make(chan struct{}, 1), texts: make(chan struct{}, 1), syncRows: 500}
	if err := r.ensureRoot(ctx); err != nil {
		return nil, fmt.Errorf("opening the repository: %w", err)
	}
	if err := r.update(ctx, (*tx).rootOldLocks); err != nil {
		return nil, fmt.Errorf("opening the repository: %w", err)
	}
	r.removals.Store(math.MaxInt32) // they were never counted
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	if !o.NoReclaim {
		r.done.Go(func() { r.reclaimLoop(ctx) })
		r.done.Go(func() { r.readPropertiesOnce(ctx) })
		r.done.Go(func() { r.indexLoop(ctx) })
		r.kickIndexing()
		r.kickReclaim()
	}
	return r, nil
}

// Close ends the background work and waits for it.
func (r *Repository) Close() error {
	r.stop()
	r.done.Wait()
	return nil
}

// Meta is the metadata store below, for what concerns the store as a whole, such
// as a snapshot.
func (r *Repository) Meta() meta.Store { return r.meta }

// ensureRoot finds the root collection, or makes it in a new repository.
func (r *Repository) ensureRoot(ctx context.Context) error {
	find := func(t *tx) (found bool, err error) {
		r.root, err = meta.Int(t, `SELECT CAST(value AS BIGINT) FROM repository WHERE name = 'root'`)
		return r.root != 0, err
	}
	var found bool
	err := r.view(ctx, func(t *tx) (err error) {
		found, err = find(t)
		return err
	})
	if err != nil || found {
		return err
	}
	return r.update(ctx, func(t *tx) error {
		if found, err := find(t); err != nil || found {
			return err
		}
		id, err := t.insertResource(resource{uid: uuid.New(), kind: kindCollection, created: t.now, modified: t.now})
		if err != nil {
			return err
		}
		r.root = id
		if err := t.exec(`INSERT INTO repository (name, value) VALUES ('root', $1)`, strconv.FormatInt(id, 10)); err != nil {
			return err
		}
		return t.exec(`INSERT INTO repository (name, value) VALUES ('id', $1)`, uuid.NewString())
	})
}

// tx is one transaction on the graph: the store's, with the one time that it
// all happens at, in the unit of the database: microseconds.
type tx struct {
	meta.Tx
	*Repository
	now      time.Time
	garbage  bool  // it takes something out of sight
	texts    bool  // it adds a body to be indexed
	stepped  int64 // its step; 0: nothing changed yet
	begins   bool  // it begins the history
	removed  int64 // bindings that it removed
	unlocked bool  // it saw that there is no lock
	ledger
}

func (r *Repository) view(ctx context.Context, fn func(*tx) error) error {
	return r.meta.View(ctx, func(m meta.Tx) error { return fn(r.begin(m)) })
}

func (r *Repository) begin(m meta.Tx) *tx {
	return &tx{Tx: m, Repository: r, now: r.opt.Now().Truncate(time.Microsecond)}
}

// update runs fn in a transaction that writes. fn may run more than once. What
// the quota of an owner refuses is tried again without the garbage.
func (r *Repository) update(ctx context.Context, fn func(*tx) error) error {
	err := r.tryUpdate(ctx, fn)
	if !errors.Is(err, errOwnerFull) {
		return err
	}
	if freed, rerr := r.Reclaim(ctx); rerr != nil || freed.Resources == 0 {
		return err
	}
	return r.tryUpdate(ctx, fn)
}

func (r *Repository) tryUpdate(ctx context.Context, fn func(*tx) error) error {
	var garbage, begins, texts bool
	var removed int64
	err := r.meta.Update(ctx, func(m meta.Tx) error {
		t := r.begin(m)
		err := fn(t)
		if err == nil {
			err = t.settle()
		}
		garbage, begins, texts = t.garbage, t.begins, t.texts
		removed = t.removed
		return err
	})
	if err == nil && begins {
		r.begun.Store(true)
	}
	if err == nil {
		r.noteRemoved(removed)
	}
	if err == nil && garbage {
		r.kickReclaim()
	}
	if err == nil && texts {
		r.kickIndexing()
	}
	return err
}

func (t *tx) exec(sql string, args ...any) error {
	_, err := t.Exec(sql, args...)
	return err
}

// fail makes the error of a refused request.
func fail(kind dav.Kind, p dav.Path, message string) error {
	return &dav.Error{Kind: kind, Path: p, Message: message}
}
