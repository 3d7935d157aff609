package fault

import (
	"context"
	"io"
	"iter"

	"github.com/quiredav/quire/repo/blob"
)

// Blobs is store with the failures of the plan. Its readers are no *os.File.
func Blobs(p *Plan, store blob.Store) blob.Store { return &blobStore{p, store} }

type blobStore struct {
	plan  *Plan
	store blob.Store
}

func (s *blobStore) Create(ctx context.Context) (blob.Writer, error) {
	if _, err := s.plan.begin(BlobCreate); err != nil {
		return nil, err
	}
	w, err := s.store.Create(ctx)
	if err != nil {
		return nil, err
	}
	return &blobWriter{Writer: w, plan: s.plan}, nil
}

func (s *blobStore) Open(ctx context.Context, id blob.ID) (io.ReadSeekCloser, error) {
	if _, err := s.plan.begin(BlobOpen); err != nil {
		return nil, err
	}
	r, err := s.store.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	return &blobReader{ReadSeekCloser: r, plan: s.plan}, nil
}

func (s *blobStore) Delete(ctx context.Context, id blob.ID) error {
	if _, err := s.plan.begin(BlobDelete); err != nil {
		return err
	}
	return s.store.Delete(ctx, id)
}

func (s *blobStore) List(ctx context.Context) iter.Seq2[blob.Info, error] {
	return func(yield func(blob.Info, error) bool) {
		if _, err := s.plan.begin(BlobList); err != nil {
			yield(blob.Info{}, err)
			return
		}
		for i, err := range s.store.List(ctx) {
			if _, planned := s.plan.begin(BlobList); planned != nil {
				i, err = blob.Info{}, planned
			}
			if !yield(i, err) {
				return
			}
		}
	}
}

type blobWriter struct {
	blob.Writer
	plan *Plan
	err  error // a planned failure, after which the blob can't be committed
}

func (w *blobWriter) Write(b []byte) (n int, err error) {
	if w.err != nil {
		return 0, w.err
	}
	torn, err := w.plan.begin(BlobWrite)
	if err == nil {
		return w.Writer.Write(b)
	}
	w.err = err
	if torn {
		if n, err = w.Writer.Write(b[:len(b)/2]); err != nil {
			return n, err
		}
	}
	return n, w.err
}

func (w *blobWriter) Commit(ctx context.Context) error {
	if w.err != nil {
		return w.err
	}
	if _, w.err = w.plan.begin(BlobCommit); w.err != nil {
		return w.err
	}
	return w.Writer.Commit(ctx)
}

type blobReader struct {
	io.ReadSeekCloser
	plan *Plan
}

func (r *blobReader) Read(b []byte) (int, error) {
	if _, err := r.plan.begin(BlobRead); err != nil {
		return 0, err
	}
	return r.ReadSeekCloser.Read(b)
}
