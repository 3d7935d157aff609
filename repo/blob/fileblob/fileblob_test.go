package fileblob

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob"
	"github.com/quiredav/quire/repo/blob/blobtest"
)

func open(t testing.TB, dir string) blob.Store {
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) { blobtest.Run(t, open) }

func BenchmarkStore(b *testing.B) { blobtest.Benchmark(b, open) }

func TestOpenMakesDirectories(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b", "blobs") + "/"
	for range 2 {
		open(t, dir)
	}
	fans, err := os.ReadDir(dir)
	if err != nil || len(fans) != 256 || fans[0].Name() != "00" || fans[255].Name() != "ff" {
		t.Errorf("%d entries, %v; want 00 to ff", len(fans), err)
	}
}

func TestOpenRefusesFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("Open of a file: %v; want ENOTDIR", err)
	}
	if _, err := Open(filepath.Join(file, "below")); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("Open below a file: %v; want ENOTDIR", err)
	}
}

func TestReaderIsFile(t *testing.T) {
	s := open(t, t.TempDir())
	w, err := s.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), w.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, ok := r.(*os.File); !ok {
		t.Errorf("Open gives a %T; the server wants an *os.File", r)
	}
}

func TestListReportsStrays(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	w, err := s.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	id := string(w.ID())
	fan := id[:2]
	others := slices.DeleteFunc([]string{"00", "01", "02"}, func(o string) bool { return o == fan })
	if err := os.Remove(filepath.Join(dir, others[1])); err != nil {
		t.Fatal(err)
	}
	strays := []string{
		"README",
		"zz/",
		fan + "/" + strings.ToUpper(id),
		fan + "/" + id + ".tmp",
		fan + "/" + fan + strings.Repeat("0", 30) + "/",
		others[0] + "/" + id,
		others[1],
	}
	for _, name := range strays {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			err = os.Mkdir(path, 0o700)
		} else {
			err = os.WriteFile(path, []byte("x"), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]bool{}
	blobs := 0
	for i, err := range s.List(t.Context()) {
		if err == nil {
			blobs++
			if string(i.ID) != id {
				t.Errorf("%s was taken for a blob", i.ID)
			}
			continue
		}
		e, ok := errors.AsType[*blob.StrayError](err)
		if !ok {
			t.Errorf("%v; want a StrayError", err)
			continue
		}
		found[e.Name] = true
	}
	for _, name := range strays {
		if !found[filepath.Join(dir, name)] {
			t.Errorf("%s was not reported", name)
		}
	}
	if blobs != 1 || len(found) != len(strays) {
		t.Errorf("%d blobs, %d strays; want 1, %d", blobs, len(found), len(strays))
	}
}

// A directory that can't be read must not hide the blobs in the others.
func TestListReportsErrors(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir).(*Store)
	if err := os.Remove(filepath.Join(dir, "00")); err != nil {
		t.Fatal(err)
	}
	var got error
	yield := func(_ blob.Info, err error) bool { got = err; return true }
	if goOn := s.listFan("00", yield); !goOn || !errors.Is(got, fs.ErrNotExist) {
		t.Errorf("a missing directory: goes on %v, error %v; want true, fs.ErrNotExist", goOn, got)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for _, got = range s.List(t.Context()) {
	}
	if !errors.Is(got, fs.ErrNotExist) {
		t.Errorf("List of a missing store: %v; want fs.ErrNotExist", got)
	}
}

func TestNoSpace(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here to play the full disk:", err)
	}
	w := &writer{store: open(t, t.TempDir()).(*Store), id: blob.NewID(), file: full}
	n, err := w.Write([]byte("x"))
	if n != 0 || dav.KindOf(err) != dav.NoSpace || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Write: %d, %v; want NoSpace", n, err)
	}
	if err := w.Commit(t.Context()); dav.KindOf(err) != dav.NoSpace {
		t.Errorf("Commit after a failed Write: %v; want the same error", err)
	}
	full.Close()
}

func TestKindOfErrors(t *testing.T) {
	for errno, want := range map[error]dav.Kind{
		syscall.ENOSPC: dav.NoSpace,
		syscall.EDQUOT: dav.NoSpace,
		syscall.EIO:    dav.Internal,
	} {
		err := failed("write blob", &fs.PathError{Op: "write", Path: "x", Err: errno})
		if got := dav.KindOf(err); got != want {
			t.Errorf("%v has kind %v; want %v", err, got, want)
		}
		if e, _ := errors.AsType[*dav.Error](err); (e.Condition.Name == dav.SufficientDiskSpace) != (want == dav.NoSpace) {
			t.Errorf("%v has the condition %v", err, e.Condition.Name)
		}
	}
}

// Free tells what the file system says, where it can be asked.
func TestFree(t *testing.T) {
	s := open(t, t.TempDir()).(*Store)
	n, ok := s.Free(t.Context())
	if asked := runtime.GOOS == "linux" || runtime.GOOS == "darwin"; ok != asked || asked && n <= 0 {
		t.Errorf("%d, %v", n, ok)
	}
	s.dir = filepath.Join(s.dir, "gone")
	if n, ok := s.Free(t.Context()); ok {
		t.Errorf("of no file system %d bytes are free", n)
	}
}

func TestSyncsNewDirectories(t *testing.T) {
	top := t.TempDir()
	var synced []string
	_, err := openWith(filepath.Join(top, "a", "blobs"), func(f *os.File) error {
		synced = append(synced, f.Name())
		return f.Sync()
	})
	want := []string{top, filepath.Join(top, "a"), filepath.Join(top, "a", "blobs")}
	if err != nil || !slices.Equal(synced, want) {
		t.Errorf("synced %q, %v; want %q", synced, err, want)
	}
}

func TestCommitSyncsFileThenDirectory(t *testing.T) {
	s := open(t, t.TempDir()).(*Store)
	var synced []string
	s.sync = func(f *os.File) error {
		synced = append(synced, f.Name())
		return f.Sync()
	}
	w, err := s.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := s.path(w.ID())
	if want := []string{file, filepath.Dir(file)}; !slices.Equal(synced, want) {
		t.Errorf("synced %q; want %q", synced, want)
	}
}

// A blob whose sync failed may be torn, so it is never committed, not even by
// a second try; Close still removes it.
func TestFailedSyncIsFinal(t *testing.T) {
	for failing := 1; failing <= 2; failing++ {
		s := open(t, t.TempDir()).(*Store)
		n := 0
		s.sync = func(f *os.File) error {
			if n++; n == failing {
				return &fs.PathError{Op: "sync", Path: f.Name(), Err: syscall.EIO}
			}
			return f.Sync()
		}
		w, err := s.Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.Commit(t.Context()); dav.KindOf(err) != dav.Internal || !errors.Is(err, syscall.EIO) {
				t.Errorf("sync %d failed, Commit: %v; want EIO", failing, err)
			}
		}
		if n != failing {
			t.Errorf("sync %d failed, yet there were %d", failing, n)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.Open(t.Context(), w.ID()); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("sync %d failed, after Close: %v; want fs.ErrNotExist", failing, err)
		}
	}
}
