package acceptance

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// TestKill kills the program at random moments under a mixed load, killings
// times in all, and looks each time at everything: what was acknowledged is
// there, what was not is there wholly or not at all.
func TestKill(t *testing.T) {
	const repositories, killings, owners = 2, 120, 5
	for i := range repositories {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			killTimes(t, killings/repositories, owners)
		})
	}
}

func killTimes(t *testing.T, times, owners int) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	moments := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	s := &siege{T: t, dir: dir, syncers: []*syncer{{}, {top: "k1", limit: 3}}}
	for i := range owners {
		s.owners = append(s.owners, newOwner(i+1, seed))
	}
	p := serve(t, dir)
	p.must(201, "MKCOL", sharedCollection, nil)
	for _, o := range s.owners {
		p.must(201, "MKCOL", o.name, nil, "Ordering-Type", "DAV:custom")
		o.now.order[o.name] = nil
	}
	for range times {
		s.attack(p, moments.IntN(500))
		early := moments.IntN(2) == 0 // else it is the server that finds what the last one left
		if early {
			s.fsck()
		}
		p = serve(t, dir)
		s.inspect(p)
		if !early {
			s.fsck()
		}
		if t.Failed() {
			break
		}
	}
	p.stop()
	s.collect()
	p = serve(t, dir)
	s.inspect(p)
	p.stop()
	s.tally()
}

// siege is a repository whose servers are killed again and again.
type siege struct {
	*testing.T
	dir     string
	owners  []*owner
	syncers []*syncer
}

// attack puts load on p and kills it after a number of events.
func (s *siege) attack(p *process, events int) {
	f := &fuse{kill: func() { p.cmd.Process.Kill() }}
	f.left.Store(int64(events) + 1)
	var wg sync.WaitGroup
	for _, o := range s.owners {
		wg.Go(func() {
			if err := o.load(s.Context(), &p.http, p.url, f); err != nil {
				s.Error(err)
				f.blow() // or the others go on for ever
			}
		})
	}
	for _, c := range s.syncers {
		wg.Go(func() {
			if err := c.run(s.Context(), &p.http, p.url, f); err != nil {
				s.Error(err)
				f.blow()
			}
		})
	}
	wg.Wait()
	p.done = true
	err := p.cmd.Wait()
	p.http.CloseIdleConnections()
	if w, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !w.Signaled() || w.Signal() != syscall.SIGKILL {
		s.Fatalf("quire serve ended by itself: %v\n%s", err, &p.log)
	}
	if strings.Contains(p.log.String(), "level=ERROR") {
		s.Errorf("quire serve said:\n%s", &p.log)
	}
}

// fuse kills the server after a number of events.
type fuse struct {
	left atomic.Int64
	kill func()
}

func (f *fuse) burn() {
	if f.left.Add(-1) == 0 {
		f.kill()
	}
}

func (f *fuse) blow() {
	if f.left.Swap(0) > 0 {
		f.kill()
	}
}

func (f *fuse) blown() bool { return f.left.Load() <= 0 }

// inspect compares the share with what its owners know.
func (s *siege) inspect(p *process) {
	s.Helper()
	all, err := observe(s.Context(), &p.http, p.url, "")
	if err != nil {
		s.Fatal(err)
	}
	known := 2 // the root and the shared collection
	for _, o := range s.owners {
		if err := o.settle(all.part(o.owns)); err != nil {
			s.Error(err)
		}
		if err := o.knock(s.Context(), &p.http, p.url); err != nil {
			s.Error(err)
		}
		known += len(o.now.nodes)
	}
	for _, c := range s.syncers {
		if err := c.settle(s.Context(), &p.http, p.url, all); err != nil {
			s.Error(err)
		}
	}
	if known != len(all.nodes) {
		s.Errorf("there are %d resources, of which %d belong to somebody", len(all.nodes), known)
	}
}

// quire runs a command on the repository and gives what it said.
func (s *siege) quire(command string, args ...string) string {
	s.Helper()
	path, err := program()
	if err != nil {
		s.Fatal(err)
	}
	out, err := exec.Command(path, append([]string{command, "--repo", s.dir}, args...)...).CombinedOutput()
	if err != nil {
		s.Errorf("quire %s: %v\n%s", command, err, out)
	}
	return string(out)
}

func (s *siege) fsck() string { s.Helper(); return s.quire("fsck") }

var wholeLine = regexp.MustCompile(`^whole: \d+ resources?, (\d+) blobs?,`)

// collect removes the garbage, after which there is none: as many files as fsck
// knows blobs, and nothing to reclaim.
func (s *siege) collect() {
	s.Helper()
	s.Logf("before gc: %s", s.fsck())
	s.Logf("gc: %s", s.quire("gc", "--grace", "1ns"))
	said := s.fsck()
	m := wholeLine.FindStringSubmatch(said)
	if m == nil || strings.Contains(said, "reclaimed") {
		s.Fatalf("after gc fsck says: %s", said)
	}
	files, err := countFiles(filepath.Join(s.dir, "blobs"))
	if err != nil || strconv.Itoa(files) != m[1] {
		s.Errorf("%d files, %v; want %s blobs", files, err, m[1])
	}
}

func countFiles(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	return n, err
}

// tally makes sure that there was a load of every kind.
func (s *siege) tally() {
	s.Helper()
	if s.Failed() {
		return
	}
	var said []string
	for _, k := range kinds {
		n := 0
		for _, o := range s.owners {
			n += o.done[k.name]
		}
		said = append(said, fmt.Sprintf("%s %d", k.name, n))
		if n == 0 {
			s.Errorf("there was no %s", k.name)
		}
	}
	s.Logf("acknowledged: %s", strings.Join(said, ", "))
	for _, c := range s.syncers {
		s.Logf("the sync of %q took over %d changes in %d answers", c.top, c.changes, c.answers)
		if c.changes < 100 || len(c.known) == 0 {
			s.Errorf("that is not much")
		}
	}
}
