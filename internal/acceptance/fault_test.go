package acceptance

import (
	"context"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/internal/fault"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// writing are the operations that need room.
var writing = []fault.Op{fault.BlobCreate, fault.BlobWrite, fault.BlobCommit, fault.MetaExec, fault.MetaCommit}

// faults are the ways in which storage fails, and the statuses that tell of it.
var faults = map[string]struct {
	failure fault.Failure
	status  []int
}{
	"full once":   {fault.Failure{Err: syscall.ENOSPC, Only: writing}, []int{507}},
	"full":        {fault.Failure{Err: syscall.ENOSPC, Only: writing, Onward: true, Tear: true}, []int{507}},
	"broken once": {fault.Failure{Err: syscall.EIO, Tear: true}, []int{500}},
	"broken":      {fault.Failure{Err: syscall.EIO, Onward: true}, []int{500}},
}

// TestFaults lets the first, second, ... storage operation of each request fail
// until there is none left to fail. The request is carried out and says so, or
// is refused and has changed nothing; when the fault is gone all goes on.
func TestFaults(t *testing.T) {
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			for _, c := range faultCases {
				r.tryAll(c.name, c.make, f.failure, f.status)
			}
			r.close()
		})
	}
}

// faultCases make a request from the tree of newTree at top.
var faultCases = []struct {
	name string
	make func(t tree, top string) step
}{
	{"PUT, new and small", func(t tree, top string) step { return t.put(top+"/new", "small") }},
	{"PUT, new and big", func(t tree, top string) step { return t.put(top+"/new", bigBody+"new") }},
	{"PUT, empty", func(t tree, top string) step { return t.put(top+"/small", "") }},
	{"PUT, small over small", func(t tree, top string) step { return t.put(top+"/small", "other") }},
	{"PUT, small over big", func(t tree, top string) step { return t.put(top+"/big", "small") }},
	{"PUT, big over small", func(t tree, top string) step { return t.put(top+"/small", bigBody+"over") }},
	{"PUT, chunked", func(t tree, top string) step {
		s := t.put(top+"/big", bigBody+"chunked")
		s.stream = true
		return s
	}},
	{"PUT, locked", func(t tree, top string) step { return t.put(top+"/locked", bigBody+"locked") }},
	{"PUT, refused", func(t tree, top string) step { return t.putRefused(top+"/big", "refused") }},
	{"MKCOL", func(t tree, top string) step { return t.mkcol(top + "/new") }},
	{"COPY of a file", func(t tree, top string) step { return t.copy(top+"/big", top+"/new") }},
	{"COPY onto a file", func(t tree, top string) step { return t.copy(top+"/small", top+"/big") }},
	{"COPY onto a locked file", func(t tree, top string) step { return t.copy(top+"/big", top+"/locked") }},
	{"COPY of a tree", func(t tree, top string) step { return t.copy(top+"/dir", top+"/new") }},
	{"COPY onto a tree", func(t tree, top string) step { return t.copy(top+"/dir", top+"/other") }},
	{"COPY of a tree onto a file", func(t tree, top string) step { return t.copy(top+"/dir", top+"/big") }},
	{"MOVE of a file", func(t tree, top string) step { return t.move(top+"/big", top+"/dir/new") }},
	{"MOVE of a locked file", func(t tree, top string) step { return t.move(top+"/locked", top+"/big") }},
	{"MOVE of a tree", func(t tree, top string) step { return t.move(top+"/dir", top+"/guarded/new") }},
	{"MOVE onto a tree", func(t tree, top string) step { return t.move(top+"/dir", top+"/guarded") }},
	{"DELETE of a file", func(t tree, top string) step { return t.remove(top + "/big") }},
	{"DELETE of a tree", func(t tree, top string) step { return t.remove(top + "/dir") }},
	{"DELETE of a locked tree", func(t tree, top string) step { return t.remove(top + "/guarded") }},
	{"PROPPATCH, set", func(t tree, top string) step { return t.proppatch(top+"/dir", 1, "value") }},
	{"PROPPATCH, remove", func(t tree, top string) step { return t.proppatch(top+"/small", 0, "") }},
	{"LOCK", func(t tree, top string) step { return t.lock(top + "/dir") }},
	{"LOCK of nothing", func(t tree, top string) step { return t.lock(top + "/dir/new") }},
	{"LOCK, refresh", func(t tree, top string) step {
		p := top + "/locked"
		return step{method: "LOCK", path: p, header: []string{"Timeout", "Infinite", "If", "(<" + t.locks[p] + ">)"}, after: t}
	}},
	{"UNLOCK", func(t tree, top string) step { return t.unlock(top + "/guarded") }},
	{"GET, small", func(t tree, top string) step { return t.reading("GET", top+"/small") }},
	{"GET, big", func(t tree, top string) step { return t.reading("GET", top+"/big") }},
	{"GET, range", func(t tree, top string) step { return t.reading("GET", top+"/big", "Range", "bytes=1000-15000") }},
	{"GET of a collection", func(t tree, top string) step { return t.reading("GET", top+"/dir/") }},
	{"HEAD", func(t tree, top string) step { return t.reading("HEAD", top+"/big") }},
	{"PROPFIND, 0", func(t tree, top string) step { return t.reading("PROPFIND", top, "Depth", "0") }},
	{"PROPFIND, 1", func(t tree, top string) step { return t.reading("PROPFIND", top, "Depth", "1") }},
	{"PROPFIND, infinity", func(t tree, top string) step { return t.reading("PROPFIND", top, "Depth", "infinity") }},
}

// A rig keeps bodies of up to smallBody bytes inline. bigBody takes several
// writes to a blob, and is no repetition of a piece.
const smallBody = 1 << 10

var bigBody = newOwner(0, 0).text(20 << 10)

// reading is a step that changes nothing and submits no token.
func (t tree) reading(method, p string, header ...string) step {
	return step{method: method, path: p, header: header, after: t}
}

func (s step) isReading() bool {
	return s.method == "GET" || s.method == "HEAD" || s.method == "PROPFIND"
}

// rig is a server in this process on storage that can be made to fail.
type rig struct {
	*testing.T
	dir    string
	plan   fault.Plan
	meta   *sqlite.Store
	blobs  *fileblob.Store
	repo   *repo.Repository
	server *httptest.Server
	http   *http.Client
	base   string
	trees  int
	bodies map[string]string // those that were read, by entity tag
}

func newRig(t *testing.T) *rig { return newRigOn(t, func(s meta.Store) meta.Store { return s }) }

// newRigOn is newRig with the metadata store wrapped.
func newRigOn(t *testing.T, wrap func(meta.Store) meta.Store) *rig {
	t.Helper()
	r := &rig{T: t, dir: t.TempDir(), bodies: map[string]string{}}
	var err error
	if r.meta, err = sqlite.Open(t.Context(), filepath.Join(r.dir, "meta.db"), sqlite.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.meta.Close() })
	if r.blobs, err = fileblob.Open(filepath.Join(r.dir, "blobs")); err != nil {
		t.Fatal(err)
	}
	if r.repo, err = repo.Open(t.Context(), fault.Meta(&r.plan, wrap(r.meta)), fault.Blobs(&r.plan, r.blobs), repo.Options{InlineMax: smallBody}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.repo.Close() })
	r.server = httptest.NewServer(davserver.New(r.repo, davserver.Options{
		Logger: slog.New(slog.DiscardHandler), Limits: davserver.Limits{MaxLockTimeout: -1},
	}))
	t.Cleanup(r.server.Close)
	r.http, r.base = r.server.Client(), r.server.URL+"/"
	return r
}

// must plays a step that is to be done, on storage that is well.
func (r *rig) must(t tree, s step) tree {
	r.Helper()
	a := s.play(r.Context(), r.http, r.base, t, nil)
	if !a.done() || a.broke != nil {
		r.Fatalf("%s %s: %d, %v\n%s", s.method, s.path, a.status, a.broke, a.said)
	}
	return s.after
}

// newTree makes a tree that has a bit of everything.
func (r *rig) newTree() (t tree, top string) {
	r.Helper()
	r.trees++
	top = fmt.Sprintf("w%d", r.trees)
	if r.trees > 1 {
		copied, err := observeAnew(r.Context(), r.http, r.base, "w1", r.bodies)
		if err != nil {
			r.Fatal(err)
		}
		t = r.must(copied, copied.copy("w1", top))
		return r.lockSome(t.part(func(p string) bool { return inside(p, top) }), top)
	}
	t = newTree()
	t = r.must(t, t.mkcol(top))
	for _, dir := range []string{"/dir", "/dir/sub", "/other", "/guarded"} {
		t = r.must(t, t.mkcol(top+dir))
	}
	for _, file := range []string{"/small", "/locked", "/dir/a", "/dir/sub/c", "/other/a", "/guarded/x"} {
		t = r.must(t, t.put(top+file, "the body of "+file))
	}
	for _, file := range []string{"/big", "/dir/b", "/other/d"} {
		t = r.must(t, t.put(top+file, bigBody+file))
	}
	t = r.must(t, t.proppatch(top+"/small", 0, "a property"))
	r.must(t, t.proppatch(top+"/dir/b", 2, "another"))
	return r.newTree()
}

func (r *rig) lockSome(t tree, top string) (tree, string) {
	for _, p := range []string{"/locked", "/guarded"} {
		s := t.lock(top + p)
		s.header = append(s.header, "Timeout", "Infinite")
		t = r.must(t, s)
	}
	return t, top
}

// tryAll plays the step with its first, second, ... operation failing.
func (r *rig) tryAll(name string, make func(tree, string) step, f fault.Failure, statuses []int) {
	r.Helper()
	t, top := r.newTree()
	answer := ""
	if s := make(t, top); s.isReading() {
		answer = s.play(r.Context(), r.http, r.base, t, nil).said
	}
	var want tree
	refusals := 0
	for f.Nth = 1; ; f.Nth++ {
		if _, err := r.repo.Reclaim(r.Context()); err != nil {
			r.Fatalf("reclaiming does not go on when all is well again: %v", err)
		}
		s := make(t, top)
		r.plan.Arm(f)
		a := s.play(r.Context(), r.http, r.base, t, nil)
		failed := r.plan.Failed()
		what := fmt.Sprintf("%s, operation %d failed (%v): %d", name, f.Nth, failed, a.status)
		if f.Err != syscall.ENOSPC { // a full disk can be read
			r.plan.Disarm()
		}
		seen, err := observeAnew(r.Context(), r.http, r.base, top, r.bodies)
		r.plan.Disarm()
		if err != nil {
			r.Fatalf("%s: %v", what, err)
		}
		done, problem := s.judge(a, failed, statuses, answer)
		if want = t; done {
			want = s.after
		} else {
			refusals++
		}
		if problem == "" {
			problem = want.differs(seen)
		}
		if problem != "" {
			r.Fatalf("%s, %s\n%.500s", what, problem, a.said)
		}
		if len(failed) == 0 {
			break
		}
		if done && !s.isReading() {
			t, top = r.newTree()
		}
	}
	seen, err := observe(r.Context(), r.http, r.base, top)
	if err != nil {
		r.Fatalf("after %s: %v", name, err)
	}
	if d := want.differs(seen); d != "" {
		r.Fatalf("after %s: %s", name, d)
	}
	if refusals == 0 && f.Only == nil {
		r.Errorf("%s: no fault was ever noticed", name)
	}
}

// judge tells whether the step was carried out, and what is wrong with the
// answer. answer is the one that a reading step gets when all is well.
func (s step) judge(a played, failed []fault.Op, statuses []int, answer string) (done bool, problem string) {
	switch {
	case s.isReading() && a.status < 300:
		if a.broke == nil && a.said != answer {
			return true, "a shortened or wrong body was passed off as whole"
		}
		if a.broke != nil && !s.mayBreakOff(failed) {
			return true, a.broke.Error()
		}
		return true, ""
	case a.broke != nil:
		return false, a.broke.Error()
	case s.refused != 0 && a.status == s.refused, a.done():
		return true, ""
	case len(failed) == 0:
		return false, "though nothing failed"
	case a.status == http.StatusMultiStatus && strings.Contains(a.said, fmt.Sprintf("HTTP/1.1 %d ", statuses[0])):
		return false, ""
	case !slices.Contains(statuses, a.status):
		return false, fmt.Sprintf("want one of %d", statuses)
	case s.method != "HEAD" && !isDavError(a.said):
		return false, "the body tells no error"
	}
	return false, ""
}

// mayBreakOff tells whether the answer may end in the middle: when the head is
// out there is no other way to tell of a failure.
func (s step) mayBreakOff(failed []fault.Op) bool {
	switch s.method {
	case "GET":
		return slices.Contains(failed, fault.BlobRead) || strings.HasSuffix(s.path, "/") && len(failed) > 0
	case "PROPFIND":
		return !slices.Contains(s.header, "0") && len(failed) > 0
	}
	return false
}

func isDavError(body string) bool {
	var e struct {
		XMLName xml.Name `xml:"DAV: error"`
	}
	return xml.Unmarshal([]byte(body), &e) == nil && strings.TrimSpace(body) != ""
}

// close ends the server and looks at what it leaves: a whole repository, in
// which garbage is the worst thing to be found, and which gc makes clean.
func (r *rig) close() {
	r.Helper()
	ctx := context.Background()
	r.server.Close()
	if err := r.repo.Close(); err != nil {
		r.Error(err)
	}
	again, err := repo.Open(ctx, r.meta, r.blobs, repo.Options{})
	if err != nil {
		r.Fatal(err)
	}
	defer again.Close()
	stats, err := again.GC(ctx, repo.GCOptions{Grace: 1})
	if err != nil {
		r.Error(err)
	}
	r.Logf("%d trees; gc: %+v", r.trees, stats)
	left, err := again.Fsck(ctx, repo.FsckOptions{}, func(p repo.Problem) { r.Errorf("fsck: %v", p) })
	if err != nil {
		r.Error(err)
	}
	if files, err := countFiles(filepath.Join(r.dir, "blobs")); err != nil || left.Garbage+left.Orphans > 0 || int64(files) != left.Blobs {
		r.Errorf("after gc: %+v, %d files, %v", left, files, err)
	}
}
