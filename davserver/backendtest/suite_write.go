package backendtest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/quiredav/quire/dav"
)

var writeTests = []test{
	{"HT-05_put", func(f *fixture) {
		for _, size := range []int{0, 1, 16 << 10, 16<<10 + 1, 1 << 20} {
			p := dav.Path(fmt.Sprintf("/f%d", size))
			body := strings.Repeat("x", size)
			r, created, err := f.put(p, body, nil)
			if err != nil || !created || r.Length != int64(size) || r.ETag == "" {
				f.Fatalf("PUT of %d bytes: %+v, created %v, error %v", size, r, created, err)
			}
			f.wantContent(p, body)
			if _, created, err := f.put(p, body+"y", nil); created || err != nil {
				f.Errorf("PUT again: created %v, error %v", created, err)
			}
			f.wantContent(p, body+"y")
		}
	}},
	{"HT-06_put_without_parent", func(f *fixture) {
		f.mustPut("/f", "x")
		f.mustMkcol("/c")
		f.mustPut("/c/x", "x")
		refused := func(p dav.Path, k dav.Kind) {
			f.Helper()
			_, _, err := f.b.Put(f.Context(), dav.PutRequest{Path: p, Body: unread{f}, Length: 1})
			f.wantKind("PUT "+string(p), err, k)
		}
		refused("/none/x", dav.Conflict)
		refused("/none/none/x", dav.Conflict)
		refused("/f/x", dav.Conflict) // HR-08
		refused("/c", dav.NotAllowed)
		refused("/", dav.NotAllowed)
		f.wantTree("/", "/", "/c/", "/c/x", "/f")
	}},
	{"HT-09_broken_body", func(f *fixture) {
		broken := errors.New("the client went away")
		before := f.mustPut("/f", "before")
		for _, sent := range []string{"", "half", strings.Repeat("half", 100_000)} {
			for _, p := range []dav.Path{"/f", "/new"} {
				_, _, err := f.b.Put(f.Context(), dav.PutRequest{Path: p, Body: brokenBody(sent, broken), Length: -1})
				if !errors.Is(err, broken) {
					f.Errorf("PUT %s: %v does not tell of the body's error", p, err)
				}
			}
		}
		f.wantContent("/f", "before")
		if got := f.stat("/f"); got.ETag != before.ETag || !got.Modified.Equal(before.Modified) {
			f.Errorf("changed from %+v to %+v", before, got)
		}
		f.missing("/new")
	}},
	{"M2_body_too_short", func(f *fixture) {
		f.mustPut("/f", "before")
		for _, p := range []dav.Path{"/f", "/new"} {
			_, _, err := f.b.Put(f.Context(), dav.PutRequest{Path: p, Body: strings.NewReader("short"), Length: 6})
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				f.Errorf("PUT %s: got %v, want %v", p, err, io.ErrUnexpectedEOF)
			}
		}
		f.wantContent("/f", "before")
		f.missing("/new")
	}},
	{"HT-09_canceled", func(f *fixture) {
		f.mustPut("/f", "before")
		_, _, err := f.b.Put(canceled(f.Context()), dav.PutRequest{Path: "/f", Body: brokenBody("", io.ErrUnexpectedEOF), Length: 1})
		if err == nil {
			f.Error("a canceled PUT was done")
		}
		f.wantContent("/f", "before")
	}},
	{"ET-03_etags_differ", func(f *fixture) {
		seen := map[dav.ETag]bool{}
		for i := range 200 {
			p := dav.Path(fmt.Sprintf("/f%d", i%2))
			r := f.mustPut(p, fmt.Sprintf("%03d", i))
			if seen[r.ETag] {
				f.Fatalf("ETag %s came twice", r.ETag)
			}
			seen[r.ETag] = true
			if i%10 == 9 {
				f.delete(p, nil)
			}
		}
	}},
	{"MK-01_mkcol", func(f *fixture) {
		f.mustMkcol("/c", "/c/n")
		if r := f.stat("/c/n"); !r.Collection {
			f.Errorf("%+v is no collection", r)
		}
		f.wantTree("/c", "/c/", "/c/n/")
	}},
	{"MK-02_mkcol_on_mapped", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/f", "x")
		for _, p := range []dav.Path{"/", "/c", "/f"} {
			f.wantKind("MKCOL "+string(p), f.mkcol(p, nil), dav.NotAllowed)
		}
		f.wantContent("/f", "x")
	}},
	{"MK-03_mkcol_without_parent", func(f *fixture) {
		f.mustPut("/f", "x")
		f.wantKind("MKCOL /none/n", f.mkcol("/none/n", nil), dav.Conflict)
		f.wantKind("MKCOL /f/n", f.mkcol("/f/n", nil), dav.Conflict, dav.Forbidden)
		f.wantTree("/", "/", "/f")
	}},
	{"DL-01_delete", func(f *fixture) {
		f.mustMkcol("/c", "/c/d", "/cc")
		f.mustPut("/c/d/x", "x")
		f.mustPut("/f", "x")
		for _, p := range []dav.Path{"/f", "/c"} {
			o, err := f.delete(p, nil)
			f.done("DELETE "+string(p), o, err)
			f.missing(p)
		}
		f.missing("/c/d/x")
		f.wantTree("/", "/", "/cc/")
		_, err := f.delete("/none", nil)
		f.wantKind("DELETE /none", err, dav.NotFound)
	}},
	{"CM-13_delete_root", func(f *fixture) {
		f.mustPut("/f", "x")
		_, err := f.delete("/", nil)
		f.wantKind("DELETE /", err, dav.Forbidden)
		f.wantContent("/f", "x")
	}},
	{"DL-04_new_resource_at_old_url", func(f *fixture) {
		was := f.mustPut("/f", "x")
		f.proppatch("/f", nil, set("a", "1"))
		o, err := f.delete("/f", nil)
		f.done("DELETE", o, err)
		f.mustPut("/f", "y")
		is := f.stat("/f")
		if is.ETag == was.ETag || len(is.Dead) > 0 {
			f.Errorf("the new resource has the state of the old one: %+v", is)
		}
		if is.ID != (dav.ResourceID{}) && is.ID == was.ID {
			f.Errorf("the new resource is the old one: %x (BI-04)", is.ID)
		}
	}},
	{"PF-22_created_stays", func(f *fixture) {
		was := f.mustPut("/f", "x")
		f.mustPut("/f", "yy")
		is := f.stat("/f")
		if !is.Created.Equal(was.Created) {
			f.Errorf("PUT changed the creation date from %v to %v", was.Created, is.Created)
		}
		if is.ID != was.ID {
			f.Errorf("PUT made another resource of it (BI-03)")
		}
	}},
	{"ET-04_modified", func(f *fixture) {
		start := time.Now().Add(-2 * time.Second)
		if r := f.mustPut("/f", "x"); r.Modified.Before(start) {
			f.Errorf("a new file is from %v", r.Modified)
		}
		old := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
		f.b.Put(f.Context(), dav.PutRequest{Path: "/f", Body: strings.NewReader("y"), Length: 1, Modified: old})
		if r := f.stat("/f"); !r.Modified.Equal(old) {
			f.Errorf("modified %v, want %v", r.Modified, old)
		}
		if r := f.mustPut("/f", "z"); r.Modified.Before(start) {
			f.Errorf("a new body is from %v", r.Modified)
		}
	}},
}
