package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob"
	"github.com/quiredav/quire/repo/meta"
)

// Open implements the backend's Open. The body is a snapshot: a later PUT makes
// another body and leaves this one alone.
func (r *Repository) Open(ctx context.Context, p dav.Path, c *dav.Conditions) (*dav.Resource, io.ReadSeekCloser, error) {
	// A blob can be reclaimed between the transaction and its opening, if the
	// resource was overwritten just then: look again.
	for try := 0; ; try++ {
		res, inline, id, err := r.lookup(ctx, p, c)
		if err != nil {
			return nil, nil, err
		}
		if res.Collection {
			return res, nil, nil
		}
		if id == "" {
			return res, inlineBody{bytes.NewReader(inline)}, nil
		}
		body, err := r.openBlob(ctx, id, res.Length)
		if err == nil {
			return res, body, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || try == 2 {
			return nil, nil, &dav.Error{Kind: dav.Internal, Op: "open", Path: p, Message: "the content can't be read", Err: err}
		}
	}
}

// openBlob opens a blob that must have so many bytes: one that lost some must
// not pass for whole.
func (r *Repository) openBlob(ctx context.Context, id blob.ID, length int64) (io.ReadSeekCloser, error) {
	f, err := r.blobs.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	n, err := f.Seek(0, io.SeekEnd)
	if err == nil && n != length {
		err = fmt.Errorf("the blob %s has %d bytes instead of %d", id, n, length)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// lookup finds a resource and where its body is: in inline, or in the blob id.
func (r *Repository) lookup(ctx context.Context, p dav.Path, c *dav.Conditions) (res *dav.Resource, inline []byte, id blob.ID, err error) {
	err = r.view(ctx, func(t *tx) error {
		w, err := t.existing(p, c)
		if err != nil {
			return err
		}
		if w.leaf.kind == kindReference {
			return bodiless(p)
		}
		if err := t.judge(c, w); err != nil {
			return err
		}
		res = new(dav.Resource)
		w.leaf.describe(res, w.path)
		if w.leaf.body == 0 {
			return nil
		}
		_, err = meta.One(t, func(row meta.Row) {
			inline, id = bytes.Clone(row.Bytes(1)), blob.ID(row.Text(0))
		}, `SELECT blob, data FROM body WHERE id = $1`, w.leaf.body)
		return err
	})
	return res, inline, id, err
}

type inlineBody struct{ *bytes.Reader }

func (inlineBody) Close() error { return nil }
