package repo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob"
	"github.com/quiredav/quire/repo/meta"
)

// A hold lasts holdFor without being renewed: longer, and a backup that died
// would keep the garbage for ever; shorter, and a stalled one would lose blobs.
const (
	holdFor   = 5 * time.Minute
	holdRenew = time.Minute
)

// BackupStats tell what a backup copied.
type BackupStats struct {
	Blobs int
	Bytes int64 // in those blobs
}

// Backup makes a consistent copy of the repository while it is in use. snapshot
// copies the metadata store and opens the copy; the blobs that this copy knows
// go to to, each verified on the way. Until then nothing is reclaimed, in any
// process. The copy is a repository of its own; the caller runs [Repository.Fsck]
// on it.
func (r *Repository) Backup(ctx context.Context, snapshot func(context.Context) (meta.Store, error), to blob.Importer) (stats BackupStats, err error) {
	release, err := r.hold(ctx)
	if err != nil {
		return stats, err
	}
	defer func() { err = errors.Join(err, release()) }()
	m, err := snapshot(ctx)
	if err != nil {
		return stats, err
	}
	for after := int64(0); ; {
		page, err := blobPage(ctx, m, after)
		if err != nil {
			return stats, err
		}
		if len(page) == 0 {
			break
		}
		for _, b := range page {
			if err := copyBlob(ctx, r.blobs, to, b); err != nil {
				return stats, err
			}
			stats.Blobs++
			stats.Bytes += b.length
			after = b.id
		}
	}
	// The hold that this backup put there came along in the snapshot.
	return stats, m.Update(ctx, func(t meta.Tx) error {
		_, err := t.Exec(`DELETE FROM hold`)
		return err
	})
}

// hold keeps everything in place until release is called.
func (r *Repository) hold(ctx context.Context) (release func() error, err error) {
	name := uuid.NewString()
	renew := func(ctx context.Context) error {
		return r.update(ctx, func(t *tx) error {
			return t.exec(`INSERT INTO hold (name, expires) VALUES ($1, $2)
				ON CONFLICT (name) DO UPDATE SET expires = excluded.expires`, name, t.now.Add(holdFor).UnixMicro())
		})
	}
	if err := renew(ctx); err != nil {
		return nil, err
	}
	renewing, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- every(renewing, holdRenew, renew) }()
	return func() error {
		stop()
		err := <-done
		return errors.Join(err, r.update(context.WithoutCancel(ctx), func(t *tx) error {
			t.garbage = true
			return t.exec(`DELETE FROM hold WHERE name = $1 OR expires <= $2`, name, t.now.UnixMicro())
		}))
	}, nil
}

// every runs fn at intervals until ctx ends or fn fails.
func every(ctx context.Context, d time.Duration, fn func(context.Context) error) error {
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := fn(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// storedBlob is a row of the table body that lies in the blob store.
type storedBlob struct {
	id     int64
	blob   blob.ID
	length int64
	sha256 [sha256.Size]byte
}

// blobPage reads the next bodies in blobs, in the order of their row ids.
func blobPage(ctx context.Context, m meta.Store, after int64) (page []storedBlob, err error) {
	err = m.View(ctx, func(t meta.Tx) error {
		page = page[:0]
		for row, err := range t.Query(`SELECT id, blob, length, sha256 FROM body
			WHERE id > $1 AND blob IS NOT NULL ORDER BY id LIMIT 200`, after) {
			if err != nil {
				return err
			}
			b := storedBlob{id: row.Int(0), blob: blob.ID(row.Text(1)), length: row.Int(2)}
			copy(b.sha256[:], row.Bytes(3))
			page = append(page, b)
		}
		return nil
	})
	return page, err
}

func copyBlob(ctx context.Context, from blob.Store, to blob.Importer, b storedBlob) error {
	w, err := to.Import(ctx, b.blob)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := readBlob(ctx, from, b, w); err != nil {
		return err
	}
	return w.Commit(ctx)
}

// readBlob reads a blob to its end, into w too if that is not nil, and tells
// whether it is what was once stored.
func readBlob(ctx context.Context, from blob.Store, b storedBlob, w io.Writer) error {
	f, err := from.Open(ctx, b.blob)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	sink := io.Writer(sum)
	if w != nil {
		sink = io.MultiWriter(sum, w)
	}
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	n, err := io.CopyBuffer(sink, struct{ io.Reader }{f}, *buf)
	switch {
	case err != nil:
		return err
	case n != b.length:
		return damaged(b, fmt.Sprintf("has %d bytes instead of %d", n, b.length))
	case [sha256.Size]byte(sum.Sum(nil)) != b.sha256:
		return damaged(b, "does not have the SHA-256 that it was stored with")
	}
	return ctx.Err()
}

func damaged(b storedBlob, how string) error {
	return &dav.Error{Kind: dav.Internal, Op: "read", Message: "the blob " + string(b.blob) + " " + how}
}
