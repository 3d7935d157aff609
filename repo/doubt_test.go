package repo_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// doubtful is a metadata store whose commits happen and yet fail: the connection
// to the database broke at the wrong moment.
type doubtful struct {
	meta.Store
	broken bool
}

func (s *doubtful) Update(ctx context.Context, fn func(meta.Tx) error) error {
	err := s.Store.Update(ctx, fn)
	if err == nil && s.broken {
		err = &dav.Error{Kind: dav.Unavailable, Err: meta.ErrInDoubt}
	}
	return err
}

// A body stays where it is if the transaction that shows it may have happened.
// If that was refused, it goes.
func TestPutInDoubt(t *testing.T) {
	dir := t.TempDir()
	m, err := sqlite.Open(t.Context(), filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	b, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	s := &doubtful{Store: m}
	r, err := repo.Open(t.Context(), s, b, repo.Options{NoReclaim: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s.broken = true
	_, _, err = r.Put(t.Context(), dav.PutRequest{Path: "/f", Body: strings.NewReader(big), Length: -1})
	if !errors.Is(err, meta.ErrInDoubt) {
		t.Fatalf("Put: %v, want the doubt", err)
	}
	s.broken = false
	mustBeWhole(t, r)
	if read(t, r, "/f") != big {
		t.Error("the content differs")
	}
	// The reader makes the collection at the URL, after Put looked there.
	body := readerFunc(func(p []byte) (int, error) {
		err := r.Mkcol(t.Context(), dav.MkcolRequest{Path: "/g"})
		if err != nil && dav.KindOf(err) != dav.NotAllowed {
			t.Fatal(err)
		}
		return copy(p, big), nil
	})
	_, _, err = r.Put(t.Context(), dav.PutRequest{Path: "/g", Body: io.LimitReader(body, 100_000), Length: -1})
	if dav.KindOf(err) != dav.NotAllowed {
		t.Fatalf("Put: %v, want NotAllowed", err)
	}
	if n := blobFiles(t, dir); n != 1 {
		t.Errorf("%d blobs, want the one that may be needed", n)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
