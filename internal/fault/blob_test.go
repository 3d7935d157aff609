package fault

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"syscall"
	"testing"

	"github.com/quiredav/quire/repo/blob"
	"github.com/quiredav/quire/repo/blob/blobtest"
	"github.com/quiredav/quire/repo/blob/fileblob"
)

func files(t testing.TB, dir string) blob.Store {
	s, err := fileblob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// While nothing fails the wrapper is a blob store like any other.
func TestBlobsUnarmed(t *testing.T) {
	blobtest.Run(t, func(t testing.TB, place string) blob.Store {
		return Blobs(new(Plan), files(t, place))
	})
}

var content = bytes.Repeat([]byte("quire"), 1000)

// lifeOfBlob uses every operation once, and List with its one blob.
func lifeOfBlob(t *testing.T, s blob.Store) error {
	w, err := s.Create(t.Context())
	if err != nil {
		return err
	}
	defer w.Close()
	if _, err := w.Write(content); err != nil {
		if again := w.Commit(t.Context()); again != err {
			t.Errorf("Commit after a failed Write: %v; want %v", again, err)
		}
		return err
	}
	if err := w.Commit(t.Context()); err != nil {
		if again := w.Commit(t.Context()); again == nil {
			t.Error("a second Commit succeeds after the first failed")
		}
		return err
	}
	for _, err := range s.List(t.Context()) {
		if err != nil {
			return err
		}
	}
	r, err := s.Open(t.Context(), w.ID())
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, len(content))); err != nil {
		return err
	}
	return s.Delete(t.Context(), w.ID())
}

func TestBlobsFail(t *testing.T) {
	inner := files(t, t.TempDir())
	p := new(Plan)
	s := Blobs(p, inner)
	var order []Op
	for n := range p.EachNth(Failure{Err: syscall.ENOSPC}) {
		err := lifeOfBlob(t, s)
		p.Disarm()
		failed := p.Failed()
		if (len(failed) == 1) != errors.Is(err, syscall.ENOSPC) {
			t.Errorf("round %d: failed %v, error %v", n, failed, err)
		}
		order = append(order, failed...)

		stays := len(failed) == 1 && slices.Contains([]Op{BlobList, BlobOpen, BlobRead, BlobDelete}, failed[0])
		for i, err := range inner.List(t.Context()) {
			if err != nil || !stays {
				t.Errorf("round %d, failed %v: a blob stayed, or error %v", n, failed, err)
			}
			stays = false
			inner.Delete(t.Context(), i.ID)
		}
		if stays {
			t.Errorf("round %d, failed %v: the committed blob is gone", n, failed)
		}
	}
	want := []Op{BlobCreate, BlobWrite, BlobCommit, BlobList, BlobList, BlobOpen, BlobRead, BlobDelete}
	if !slices.Equal(order, want) {
		t.Errorf("failed in this order: %v; want %v", order, want)
	}
}

func TestTornWrite(t *testing.T) {
	p := new(Plan)
	p.Arm(Failure{Nth: 2, Only: []Op{BlobWrite}, Err: syscall.EIO, Tear: true})
	inner := files(t, t.TempDir())
	w, err := Blobs(p, inner).Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content[:100]); err != nil {
		t.Fatal(err)
	}
	n, err := w.Write(content[100:])
	if n != (len(content)-100)/2 || !errors.Is(err, syscall.EIO) {
		t.Errorf("torn Write: %d, %v; want half of it and EIO", n, err)
	}
	r, err := inner.Open(t.Context(), w.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content[:100+n]) {
		t.Errorf("%d bytes arrived, error %v; want %d", len(got), err, 100+n)
	}
	if n, err := w.Write(content); n != 0 || !errors.Is(err, syscall.EIO) {
		t.Errorf("Write after a torn one: %d, %v; want 0, EIO", n, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := inner.Open(t.Context(), w.ID()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close: %v; want fs.ErrNotExist", err)
	}
}
