package acceptance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// Each benchmark here compares us in the same run with what a server on plain
// files can't do without, and fails if a promise is not kept. A machine that is
// busy with something else may break one.

// duel alternates between two pieces of work, so that what disturbs hits both,
// and reports the median of each and how much faster ours is than the other. A
// piece consists of count units.
func duel(b *testing.B, promised float64, unit string, count int, ours func(), other string, theirs func()) {
	ours() // warms up
	theirs()
	var us, them []time.Duration
	for b.Loop() {
		start := time.Now()
		ours()
		mid := time.Now()
		theirs()
		us, them = append(us, mid.Sub(start)), append(them, time.Since(mid))
	}
	slices.Sort(us)
	slices.Sort(them)
	a, z := us[len(us)/2].Seconds(), them[len(them)/2].Seconds()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(a*1e6/float64(count), "us/"+unit)
	b.ReportMetric(z*1e6/float64(count), "us/"+other+"'-"+unit)
	b.ReportMetric(z/a, "times")
	if z/a < promised {
		b.Errorf("%.2f times as fast as %s (%.0f and %.0f us); promised is %g times", z/a, other, a*1e6/float64(count), z*1e6/float64(count), promised)
	}
}

// serving is a repository served over loopback.
type serving struct {
	*httptest.Server
	client *http.Client
}

func serveRepo(b *testing.B) *serving {
	ctx := context.Background()
	dir := b.TempDir()
	blobs, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		b.Fatal(err)
	}
	db, err := sqlite.Open(ctx, filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	r, err := repo.Open(ctx, db, blobs, repo.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s := &serving{Server: httptest.NewServer(davserver.New(r, davserver.Options{}))}
	s.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true}}
	b.Cleanup(func() {
		s.client.CloseIdleConnections()
		s.Close()
		if err := errors.Join(r.Close(), db.Close()); err != nil {
			b.Error(err)
		}
	})
	return s
}

// do makes a request and returns the length of the answer.
func (s *serving) do(status int, method, path, body string, header ...string) (int64, error) {
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, res.Body, make([]byte, 64<<10))
	if err == nil && res.StatusCode != status {
		err = fmt.Errorf("%s %s: %s; want %d", method, path, res.Status, status)
	}
	return n, err
}

// put stores n files under names that begin with prefix, over 16 connections.
func (s *serving) put(b *testing.B, n int, prefix, content string) {
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for i := w; i < n; i += 16 {
				if _, err := s.do(http.StatusCreated, "PUT", fmt.Sprintf("%s%05d.txt", prefix, i), content); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
}

// Durable PUTs of 4 KiB over 16 connections have at least 3 times the rate of
// create, fsync, rename and fsync of the directory, one by one.
func BenchmarkDurablePut(b *testing.B) {
	const files = 400
	content := strings.Repeat("x", 4096)
	s := serveRepo(b)
	dir := b.TempDir()
	round := 0
	duel(b, 3, "PUT", files,
		func() {
			round++
			s.put(b, files, fmt.Sprintf("/%d-", round), content)
		},
		"files", func() {
			for i := range files {
				if err := writeDurably(dir, fmt.Sprintf("%d-%05d.txt", round, i), []byte(content)); err != nil {
					b.Fatal(err)
				}
			}
		})
}

// writeDurably is what a server on plain files does for a PUT.
func writeDurably(dir, name string, content []byte) error {
	f, err := os.CreateTemp(dir, ".upload-")
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// PROPFIND with Depth: 1 of 10,000 members takes less time than readdir, lstat
// of each and writing the bytes of the same answer.
func BenchmarkPropfind10k(b *testing.B) {
	const members = 10_000
	s := serveRepo(b)
	if _, err := s.do(http.StatusCreated, "MKCOL", "/c", ""); err != nil {
		b.Fatal(err)
	}
	s.put(b, members, "/c/member-", "content")
	dir := b.TempDir()
	for i := range members {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("member-%05d.txt", i)), []byte("content"), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct{ name, body string }{
		{"allprop", ""},
		{"prop", `<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/>` +
			`<getetag/><getcontenttype/><creationdate/></prop></propfind>`},
	} {
		b.Run(c.name, func(b *testing.B) {
			var length int64
			sink := newSink(b)
			duel(b, 1, "PROPFIND", 1,
				func() {
					var err error
					if length, err = s.do(http.StatusMultiStatus, "PROPFIND", "/c/", c.body, "Depth", "1"); err != nil {
						b.Fatal(err)
					}
				},
				"files", func() {
					if err := statAll(dir, members); err != nil {
						b.Fatal(err)
					}
					sink.write(b, length)
				})
			b.ReportMetric(float64(length)/1e6, "MB")
		})
	}
}

// statAll is readdir and an lstat of each of n entries.
func statAll(dir string, n int) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if len(names) != n {
		return fmt.Errorf("%d entries; want %d", len(names), n)
	}
	return nil
}

// sink is a connection over loopback to somebody who reads and forgets.
type sink struct {
	net.Conn
	read chan int64 // how much arrived, after each piece
}

func newSink(b *testing.B) *sink {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	s := &sink{read: make(chan int64, 1)}
	if s.Conn, err = net.Dial("tcp", l.Addr().String()); err != nil {
		b.Fatal(err)
	}
	end, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		defer end.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := end.Read(buf)
			if err != nil {
				return
			}
			s.read <- int64(n)
		}
	})
	b.Cleanup(func() {
		s.Close()
		reader.Wait()
	})
	return s
}

// write sends n bytes and waits until they have arrived.
func (s *sink) write(b *testing.B, n int64) {
	var arrived sync.WaitGroup
	arrived.Go(func() {
		for got := int64(0); got < n; {
			got += <-s.read
		}
	})
	piece := bytes.Repeat([]byte("x"), 32<<10)
	for left := n; left > 0; left -= int64(len(piece)) {
		piece = piece[:min(int64(len(piece)), left)]
		if _, err := s.Write(piece); err != nil {
			b.Fatal(err)
		}
	}
	arrived.Wait()
}
