//go:build linux

package acceptance

import (
	"math"
	"math/rand/v2"
	"net/http"
	"testing"

	"golang.org/x/sys/unix"
)

// The system cuts writes of the program short and refuses what goes beyond: no
// file may grow past a limit that is set, at another place each time, while
// requests come. So blobs, the log and the database are really torn. A request
// is done, or fails and has changed nothing, also if the program is killed right
// then; without the limit all goes on.
func TestShortWrites(t *testing.T) {
	const rounds = 30
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	s := &siege{T: t, dir: t.TempDir(), owners: []*owner{newOwner(1, seed)}}
	o := s.owners[0]
	p := serve(t, s.dir)
	p.must(http.StatusCreated, "MKCOL", sharedCollection, nil)
	p.must(http.StatusCreated, "MKCOL", o.name, nil)
	done, failed := 0, 0
	for round := range rounds {
		limitFiles(t, p, uint64(o.rng.IntN(400<<10)))
		for range 10 {
			if o.tryStep(p) {
				done++
			} else {
				failed++
			}
		}
		if round%2 == 0 {
			p.kill()
			s.fsck()
			p = serve(t, s.dir)
		} else {
			limitFiles(t, p, math.MaxUint64)
		}
		s.inspect(p)
		for range 5 {
			if !o.tryStep(p) {
				t.Fatalf("a request failed without need\n%s", &p.log)
			}
		}
	}
	t.Logf("under a limit %d requests were done and %d failed", done, failed)
	if done == 0 || failed == 0 {
		t.Error("want some of each: this tests nothing")
	}
	p.stop()
	s.collect()
}

// limitFiles lets no file of the program grow beyond so many bytes.
func limitFiles(t *testing.T, p *process, bytes uint64) {
	t.Helper()
	l := unix.Rlimit{Cur: bytes, Max: math.MaxUint64}
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &l, nil); err != nil {
		t.Fatal(err)
	}
}

// tryStep plays a step on storage that may fail, and tells whether it did not.
func (o *owner) tryStep(p *process) (done bool) {
	p.Helper()
	kind, s := o.choose()
	a := s.play(p.Context(), &p.http, p.url, o.now, nil)
	switch {
	case s.cut, s.refused != 0 && a.status == s.refused:
		return true
	case a.done() && s.refused == 0:
		o.now = s.after
		return true
	case a.broke != nil, a.status < 500 && a.status != http.StatusMultiStatus, a.status >= 500 && !isDavError(a.said):
		p.Fatalf("%s: %s %s: %d, %v\n%s%s", kind, s.method, s.path, a.status, a.broke, a.said, &p.log)
	}
	return false
}
