// Package blobtest is the suite that every blob store passes.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/quiredav/quire/repo/blob"
)

// Open opens the store at a place, which is an empty temporary directory. A
// store that isn't made of files takes the path for a name. The same place
// opened again is the same store.
type Open func(t testing.TB, place string) blob.Store

// Run tests that open gives stores that keep the contract of [blob.Store].
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*suite)
	}{
		{"RoundTrip", (*suite).roundTrip},
		{"ReadsRanges", (*suite).readsRanges},
		{"CloseDiscards", (*suite).closeDiscards},
		{"WriterAfterItsEnd", (*suite).writerAfterItsEnd},
		{"UnknownID", (*suite).unknownID},
		{"InvalidID", (*suite).invalidID},
		{"DeleteWhileOpen", (*suite).deleteWhileOpen},
		{"ListsInOrder", (*suite).listsInOrder},
		{"ListStops", (*suite).listStops},
		{"Reopen", (*suite).reopen},
		{"Concurrent", (*suite).concurrent},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &suite{T: t, place: t.TempDir(), open: open}
			s.store = open(t, s.place)
			c.test(s)
		})
	}
}

type suite struct {
	*testing.T
	place string
	open  Open
	store blob.Store
}

func (s *suite) roundTrip() {
	seen := map[blob.ID]bool{}
	for _, size := range []int{0, 1, 4095, 4096, 70_000, 3 << 20} {
		want := body(size, byte(size))
		id := s.put(want)
		if !id.Valid() || seen[id] {
			s.Errorf("%d bytes: ID %q is malformed or not new", size, id)
		}
		seen[id] = true
		s.wantBody(id, want)
	}
}

func (s *suite) readsRanges() {
	want := body(100_000, 7)
	r := s.reader(s.put(want))
	defer r.Close()
	if n, err := r.Seek(0, io.SeekEnd); n != int64(len(want)) || err != nil {
		s.Fatalf("Seek to the end: %d, %v; want %d", n, err, len(want))
	}
	for _, at := range []struct{ from, n int }{{99_999, 1}, {0, 10}, {4_000, 50_000}, {100_000, 0}} {
		if _, err := r.Seek(int64(at.from), io.SeekStart); err != nil {
			s.Fatal(err)
		}
		got := make([]byte, at.n)
		if _, err := io.ReadFull(r, got); err != nil {
			s.Fatalf("%d bytes from %d: %v", at.n, at.from, err)
		}
		if !bytes.Equal(got, want[at.from:at.from+at.n]) {
			s.Errorf("%d bytes from %d are wrong", at.n, at.from)
		}
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		s.Errorf("Read at the end: %d, %v; want io.EOF", n, err)
	}
}

func (s *suite) closeDiscards() {
	w := s.writer()
	if _, err := w.Write(body(5_000, 1)); err != nil {
		s.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.Fatal(err)
	}
	s.wantNone(w.ID())
	s.wantList()
}

func (s *suite) writerAfterItsEnd() {
	want := body(10, 1)
	w := s.writer()
	if _, err := w.Write(want); err != nil {
		s.Fatal(err)
	}
	if err := w.Commit(s.Context()); err != nil {
		s.Fatal(err)
	}
	if _, err := w.Write(want); !errors.Is(err, blob.ErrClosed) {
		s.Errorf("Write after Commit: %v; want ErrClosed", err)
	}
	if err := w.Commit(s.Context()); !errors.Is(err, blob.ErrClosed) {
		s.Errorf("second Commit: %v; want ErrClosed", err)
	}
	for range 2 {
		if err := w.Close(); err != nil {
			s.Errorf("Close after Commit: %v", err)
		}
	}
	s.wantBody(w.ID(), want)

	w = s.writer()
	for range 2 {
		if err := w.Close(); err != nil {
			s.Errorf("Close: %v", err)
		}
	}
	if err := w.Commit(s.Context()); !errors.Is(err, blob.ErrClosed) {
		s.Errorf("Commit after Close: %v; want ErrClosed", err)
	}
	s.wantNone(w.ID())
}

func (s *suite) unknownID() {
	id := blob.NewID()
	s.wantNone(id)
	if err := s.store.Delete(s.Context(), id); err != nil {
		s.Errorf("Delete of what isn't there: %v", err)
	}
}

func (s *suite) invalidID() {
	s.put(body(10, 1))
	for _, id := range []blob.ID{"", "..", "../../etc/passwd", "0123456789ABCDEF0123456789ABCDEF", blob.NewID() + "0"} {
		if r, err := s.store.Open(s.Context(), id); !errors.Is(err, fs.ErrInvalid) {
			s.Errorf("Open(%q): %v; want fs.ErrInvalid", id, err)
			if err == nil {
				r.Close()
			}
		}
		if err := s.store.Delete(s.Context(), id); !errors.Is(err, fs.ErrInvalid) {
			s.Errorf("Delete(%q): %v; want fs.ErrInvalid", id, err)
		}
	}
}

func (s *suite) deleteWhileOpen() {
	want := body(300_000, 3)
	id := s.put(want)
	r := s.reader(id)
	defer r.Close()
	head := make([]byte, 1_000)
	if _, err := io.ReadFull(r, head); err != nil {
		s.Fatal(err)
	}
	if err := s.store.Delete(s.Context(), id); err != nil {
		s.Fatal(err)
	}
	s.wantNone(id)
	tail, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(append(head, tail...), want) {
		s.Errorf("reading on after Delete: error %v, or other bytes", err)
	}
}

func (s *suite) listsInOrder() {
	sizes := map[blob.ID]int64{}
	for i := range 40 {
		sizes[s.put(body(i*100, byte(i)))] = int64(i * 100)
	}
	before := time.Now().Add(-time.Hour)
	infos := s.list()
	if len(infos) != len(sizes) {
		s.Errorf("%d blobs listed; want %d", len(infos), len(sizes))
	}
	for _, i := range infos {
		if size, ok := sizes[i.ID]; !ok || size != i.Size || i.Modified.Before(before) {
			s.Errorf("listed %+v; want size %d and a time of today", i, size)
		}
	}
	if !slices.IsSortedFunc(infos, func(a, b blob.Info) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) }) {
		s.Error("the listing is not in the order of IDs")
	}
	gone := infos[3].ID
	if err := s.store.Delete(s.Context(), gone); err != nil {
		s.Fatal(err)
	}
	if slices.ContainsFunc(s.list(), func(i blob.Info) bool { return i.ID == gone }) {
		s.Error("a deleted blob is listed")
	}
}

func (s *suite) listStops() {
	for range 3 {
		s.put(body(10, 1))
	}
	n := 0
	for range s.store.List(s.Context()) {
		n++
		break // must not yield again
	}
	if n != 1 {
		s.Errorf("%d yields; want 1", n)
	}
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	var last error
	for _, err := range s.store.List(ctx) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		s.Errorf("List under a canceled context ended with %v", last)
	}
}

func (s *suite) reopen() {
	want := body(100_000, 9)
	id := s.put(want)
	s.store = s.open(s, s.place)
	s.wantBody(id, want)
	s.wantList(id)
}

func (s *suite) concurrent() {
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 10 {
				want := body(1_000*i, byte(g))
				w, err := s.store.Create(s.Context())
				if err != nil {
					s.Error(err)
					return
				}
				if _, err := w.Write(want); err != nil {
					s.Error(err)
				}
				if i%3 == 2 {
					if err := w.Close(); err != nil {
						s.Error(err)
					}
					s.wantNone(w.ID())
					continue
				}
				if err := errors.Join(w.Commit(s.Context()), w.Close()); err != nil {
					s.Error(err)
				}
				s.wantBody(w.ID(), want)
			}
		})
	}
	wg.Wait()
	if n := len(s.list()); n != 8*7 {
		s.Errorf("%d blobs; want %d", n, 8*7)
	}
}

// body is n bytes that differ with seed.
func body(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*i>>8) ^ byte(i) ^ seed
	}
	return b
}

func (s *suite) writer() blob.Writer {
	s.Helper()
	w, err := s.store.Create(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return w
}

func (s *suite) put(body []byte) blob.ID {
	s.Helper()
	id, err := put(s.Context(), s.store, body)
	if err != nil {
		s.Fatal(err)
	}
	return id
}

// put stores body in pieces of up to 1 MiB, as a server does.
func put(ctx context.Context, store blob.Store, body []byte) (blob.ID, error) {
	w, err := store.Create(ctx)
	if err != nil {
		return "", err
	}
	defer w.Close()
	for piece := range slices.Chunk(body, 1<<20) {
		if n, err := w.Write(piece); n != len(piece) || err != nil {
			return "", fmt.Errorf("wrote %d of %d bytes: %w", n, len(piece), err)
		}
	}
	return w.ID(), w.Commit(ctx)
}

func (s *suite) reader(id blob.ID) io.ReadSeekCloser {
	s.Helper()
	r, err := s.store.Open(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	return r
}

// wantBody may be called from any goroutine.
func (s *suite) wantBody(id blob.ID, want []byte) {
	s.Helper()
	r, err := s.store.Open(s.Context(), id)
	if err != nil {
		s.Error(err)
		return
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) {
		s.Errorf("blob %s: %d bytes, error %v; want the %d bytes that were written", id, len(got), err, len(want))
	}
}

// wantNone may be called from any goroutine.
func (s *suite) wantNone(id blob.ID) {
	s.Helper()
	r, err := s.store.Open(s.Context(), id)
	if err == nil {
		r.Close()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		s.Errorf("Open(%s): %v; want fs.ErrNotExist", id, err)
	}
}

func (s *suite) list() []blob.Info {
	s.Helper()
	var all []blob.Info
	for i, err := range s.store.List(s.Context()) {
		if err != nil {
			s.Error(err)
			continue
		}
		all = append(all, i)
	}
	return all
}

func (s *suite) wantList(want ...blob.ID) {
	s.Helper()
	var got []blob.ID
	for _, i := range s.list() {
		got = append(got, i.ID)
	}
	if !slices.Equal(got, want) {
		s.Errorf("listed %v; want %v", got, want)
	}
}
