package repo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob"
	"github.com/quiredav/quire/repo/meta"
)

// body is content that was received and is not yet shown: in data, or durable
// in the blob store as blob.
type body struct {
	length int64
	sha256 [sha256.Size]byte
	data   []byte
	blob   blob.ID
	text   bool // to be found by its words
}

// copyBuffers are what bodies stream through.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 256<<10); return &b }}

// receive reads a request's body to its end. Small ones stay in memory, others
// go to a blob.
func (r *Repository) receive(ctx context.Context, q dav.PutRequest) (*body, error) {
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	head := (*buf)[:min(max(r.opt.InlineMax, 0)+1, len(*buf))]
	n, err := readFull(q.Body, head)
	head = head[:n]
	switch err {
	case nil: // there is more than fits
		return r.receiveBlob(ctx, q, head)
	case io.EOF:
		b := &body{length: int64(n), sha256: sha256.Sum256(head), data: append([]byte(nil), head...), text: looksLikeText(head)}
		return b, complete(q, b.length)
	}
	return nil, brokenOff(q, err)
}

// readFull fills p. Unlike io.ReadFull it hands the reader's own error back, so
// that io.EOF, the proper end, differs from a body that was cut off.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	if n == len(p) && err == io.EOF {
		err = nil // the next call tells
	}
	return n, err
}

// receiveBlob streams a body, whose first bytes are head, to a new blob.
func (r *Repository) receiveBlob(ctx context.Context, q dav.PutRequest, head []byte) (*body, error) {
	w, err := r.blobs.Create(ctx)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	sum := sha256.New()
	b := &body{blob: w.ID(), text: looksLikeText(head)}
	for p, end := head, false; ; {
		sum.Write(p)
		if err := r.room(ctx); err != nil {
			return nil, err
		}
		if _, err := w.Write(p); err != nil {
			return nil, err
		}
		b.length += int64(len(p))
		if end {
			break
		}
		n, err := readFull(q.Body, head[:cap(head)])
		if err != nil && err != io.EOF {
			return nil, brokenOff(q, err)
		}
		p, end = head[:n], err == io.EOF
	}
	if err := complete(q, b.length); err != nil {
		return nil, err
	}
	sum.Sum(b.sha256[:0])
	if err := w.Commit(ctx); err != nil {
		return nil, err
	}
	return b, nil
}

// complete refuses a body that is not as long as was announced.
func complete(q dav.PutRequest, got int64) error {
	if q.Length < 0 || got == q.Length {
		return nil
	}
	return brokenOff(q, fmt.Errorf("%d bytes came instead of %d: %w", got, q.Length, io.ErrUnexpectedEOF))
}

func brokenOff(q dav.PutRequest, err error) error {
	if e, ok := errors.AsType[*dav.Error](err); ok {
		return e
	}
	return &dav.Error{Kind: dav.Invalid, Op: "receive", Path: q.Path, Message: "the body broke off; nothing was changed", Err: err}
}

// discard removes a body that will not be shown. What this misses, GC finds.
func (r *Repository) discard(b *body) {
	if b.blob == "" {
		return
	}
	if err := r.blobs.Delete(context.Background(), b.blob); err != nil {
		r.opt.Logger.Warn("a blob that is not needed stays behind", "blob", b.blob, "err", err)
	}
}

// insertBody records a body; 0 stands for one without bytes.
func (t *tx) insertBody(b *body) (id int64, err error) {
	if b.length == 0 {
		return 0, nil
	}
	var data, name any
	if b.blob == "" {
		data = b.data
	} else {
		name = string(b.blob)
	}
	_, err = meta.One(t, func(row meta.Row) { id = row.Int(0) },
		`INSERT INTO body (length, sha256, blob, data, text) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		b.length, b.sha256[:], name, data, b.text)
	if err == nil && b.text {
		t.texts = true
		err = t.exec(`INSERT INTO unindexed (body) VALUES ($1)`, id)
	}
	return id, err
}

// release lets go of a body that one resource no longer has. If nobody else
// has it, it goes at once if it is small, later if it is a blob.
func (t *tx) release(id int64) error {
	if id == 0 {
		return nil
	}
	if n, err := meta.Int(t, `SELECT 1 FROM resource WHERE body = $1 LIMIT 1`, id); err != nil || n == 1 {
		return err
	}
	text := false
	gone, err := meta.One(t, func(row meta.Row) { text = row.Int(0) != 0 }, `DELETE FROM body WHERE id = $1 AND blob IS NULL RETURNING text`, id)
	if err == nil && text {
		return t.forgetText(id)
	}
	if err != nil || gone {
		return err
	}
	t.garbage = true
	return t.exec(`INSERT INTO released (body) VALUES ($1) ON CONFLICT DO NOTHING`, id)
}
