package backendtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/quiredav/quire/dav"
)

var readTests = []test{
	{"PF-01_root_exists", func(f *fixture) {
		r := f.stat("/")
		if !r.Collection || r.Path != dav.Root {
			f.Errorf("the root is %+v", r)
		}
		if r.ETag != "" {
			f.Errorf("a collection has ETag %s", r.ETag)
		}
	}},
	{"PF-05_depths", func(f *fixture) {
		f.mustMkcol("/c", "/c/d", "/e")
		f.mustPut("/c/x", "x")
		f.mustPut("/c/d/y", "y")
		for _, c := range []struct {
			path  dav.Path
			depth dav.Depth
			want  []string
		}{
			{"/c", dav.Depth0, []string{"/c"}},
			{"/c", dav.Depth1, []string{"/c", "/c/d", "/c/x"}},
			{"/c", dav.DepthInfinity, []string{"/c", "/c/d", "/c/d/y", "/c/x"}},
			{"/", dav.Depth1, []string{"/", "/c", "/e"}},
			{"/c/x", dav.DepthInfinity, []string{"/c/x"}},
		} {
			found := f.mustList(c.path, dav.Query{Depth: c.depth})
			if found[0].Path != c.path {
				f.Errorf("%s: %s comes first", c.path, found[0].Path)
			}
			var got []string
			for _, r := range found {
				got = append(got, string(r.Path))
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				f.Errorf("%s at depth %v: got %v, want %v", c.path, c.depth, got, c.want)
			}
		}
	}},
	{"PF-05_collection_before_members", func(f *fixture) {
		f.mustMkcol("/b", "/b/b", "/b/b/b", "/a")
		f.mustPut("/b.x", "")
		f.mustPut("/b/b.x", "")
		seen := map[dav.Path]bool{}
		for _, r := range f.mustList("/", dav.Query{Depth: dav.DepthInfinity}) {
			if r.Path != dav.Root && !seen[r.Path.Parent()] {
				f.Errorf("%s comes before its collection", r.Path)
			}
			if seen[r.Path] {
				f.Errorf("%s comes twice", r.Path)
			}
			seen[r.Path] = true
		}
		if len(seen) != 7 {
			f.Errorf("%d resources, want 7", len(seen))
		}
	}},
	{"MS-31_long_listing", func(f *fixture) {
		f.mustMkcol("/c")
		const members = 2500
		for i := range members {
			f.mustPut(dav.Path(fmt.Sprintf("/c/%04d", i)), "")
		}
		first := f.mustList("/c", dav.Query{Depth: dav.Depth1})
		if len(first) != members+1 {
			f.Fatalf("%d resources, want %d", len(first), members+1)
		}
		for i, r := range f.mustList("/c", dav.Query{Depth: dav.Depth1}) {
			if r.Path != first[i].Path {
				f.Fatalf("the order changed: %s, then %s", first[i].Path, r.Path)
			}
		}
	}},
	{"MS-31_stops_early", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/c/x", "x")
		for range f.b.List(f.Context(), "/", dav.Query{Depth: dav.DepthInfinity}) {
			break
		}
		f.mustPut("/c/y", "a write after a listing that was left")
	}},
	{"MS-31_canceled", func(f *fixture) {
		f.mustMkcol("/c")
		if _, err := collect(f.b.List(canceled(f.Context()), "/", dav.Query{Depth: dav.DepthInfinity})); !errors.Is(err, context.Canceled) {
			f.Errorf("got %v, want %v", err, context.Canceled)
		}
	}},
	{"IO-06_write_while_listing", func(f *fixture) {
		f.mustMkcol("/c")
		for i := range 20 {
			f.mustPut(dav.Path(fmt.Sprintf("/c/%02d", i)), "x")
		}
		// A listing holds nothing between two yields, so a write goes through.
		for r, err := range f.b.List(f.Context(), "/c", dav.Query{Depth: dav.Depth1}) {
			if err != nil {
				f.Fatal(err)
			}
			if !r.Collection {
				f.mustPut(r.Path, "y")
			}
		}
		f.wantContent("/c/19", "y")
	}},
	{"MS-18_missing", func(f *fixture) {
		f.mustPut("/f", "x")
		f.missing("/none")
		f.missing("/none/x")
		f.missing("/f/x")
	}},
	{"PF-02_limit", func(f *fixture) {
		f.mustMkcol("/c", "/c/d")
		f.mustPut("/c/d/x", "x")
		if got := f.mustList("/c", dav.Query{Depth: dav.DepthInfinity, Limit: 3}); len(got) != 3 {
			f.Errorf("%d resources, want 3", len(got))
		}
		found, err := f.list("/c", dav.Query{Depth: dav.DepthInfinity, Limit: 2})
		f.wantKind("over the limit", err, dav.Forbidden)
		f.wantCondition("over the limit", err, dav.PropfindFiniteDepth, "")
		if len(found) > 0 {
			f.Errorf("%d resources before the refusal", len(found))
		}
	}},
	{"PF-21_state", func(f *fixture) {
		mod := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
		_, created, err := f.b.Put(f.Context(), dav.PutRequest{Path: "/f", Body: strings.NewReader("hello"), Length: -1,
			MediaType: "text/plain;charset=utf-8", Language: "de", Modified: mod})
		if err != nil || !created {
			f.Fatalf("created %v, error %v", created, err)
		}
		open, body, err := f.b.Open(f.Context(), "/f", nil)
		if err != nil {
			f.Fatal(err)
		}
		defer body.Close()
		for what, r := range map[string]dav.Resource{"List": f.stat("/f"), "Open": *open} {
			if r.Length != 5 || r.MediaType != "text/plain;charset=utf-8" || r.Language != "de" || r.Collection {
				f.Errorf("%s: %+v", what, r)
			}
			if !r.Modified.Equal(mod) {
				f.Errorf("%s: modified %v, want %v", what, r.Modified, mod)
			}
			if r.ETag != open.ETag || r.ETag == "" || r.ETag.Weak() {
				f.Errorf("%s: ETag %s, Open has %s", what, r.ETag, open.ETag)
			}
		}
	}},
	{"HT-04_open_collection", func(f *fixture) {
		f.mustMkcol("/c")
		r, body, err := f.b.Open(f.Context(), "/c", nil)
		if err != nil || body != nil || !r.Collection {
			f.Errorf("Open of a collection: %+v, %v, %v", r, body, err)
		}
	}},
	{"V1_seek", func(f *fixture) {
		f.mustPut("/f", "0123456789")
		_, body, err := f.b.Open(f.Context(), "/f", nil)
		if err != nil {
			f.Fatal(err)
		}
		defer body.Close()
		if n, err := body.Seek(0, io.SeekEnd); n != 10 || err != nil {
			f.Errorf("the end is at %d (%v)", n, err)
		}
		body.Seek(7, io.SeekStart)
		if b, err := io.ReadAll(body); string(b) != "789" || err != nil {
			f.Errorf("from 7: %q (%v)", b, err)
		}
	}},
	{"IO-06_open_body_stays", func(f *fixture) {
		long := strings.Repeat("before ", 20000)
		for _, was := range []string{"before", long} {
			f.mustPut("/f", was)
			_, body, err := f.b.Open(f.Context(), "/f", nil)
			if err != nil {
				f.Fatal(err)
			}
			f.mustPut("/f", strings.ToUpper(was))
			o, err := f.delete("/f", nil)
			f.done("DELETE", o, err)
			if b, err := io.ReadAll(body); string(b) != was || err != nil {
				f.Errorf("the body changed while it was open: %.20q (%v)", b, err)
			}
			body.Close()
		}
	}},
	{"HR-07_normal_forms", func(f *fixture) {
		const nfc, nfd = "/caf\u00e9", "/cafe\u0301"
		f.mustMkcol(nfc)
		f.mustPut(nfc+"/\u00fc", "first")
		f.wantContent(nfd+"/u\u0308", "first")
		if got := f.stat(nfd).Path; got != nfc {
			f.Errorf("asked as NFD: %q, want it as stored", got)
		}
		if _, created, err := f.put(nfd+"/u\u0308", "second", nil); created || err != nil {
			f.Errorf("PUT in the other form: created %v, error %v", created, err)
		}
		f.wantTree("/", "/", nfc+"/", nfc+"/\u00fc")
		f.wantKind("MKCOL in the other form", f.mkcol(nfd, nil), dav.NotAllowed)
		o, err := f.delete(nfd+"/u\u0308", nil)
		f.done("DELETE in the other form", o, err)
		f.mustPut("/e\u0301", "NFD first")
		f.wantContent("/\u00e9", "NFD first")
		if got := f.stat("/\u00e9").Path; got != "/e\u0301" {
			f.Errorf("asked as NFC: %q, want it as stored", got)
		}
	}},
	{"HR-04_names_are_kept", func(f *fixture) {
		for _, name := range []string{"a b", "50%", "x#y", "q?r", "é", "a&b", "[1]", "a+b", ";v", "<t>", "\U0001F600", "A", "a", "%41", "_", "a_", "tab\t", "\u0001"} {
			p := dav.Root.Join(name)
			f.mustPut(p, name)
			f.wantContent(p, name)
			if got := f.stat(p).Path; got != p {
				f.Errorf("%q became %q", p, got)
			}
		}
		for _, r := range f.mustList("/", dav.Query{Depth: dav.Depth1})[1:] {
			f.wantContent(r.Path, r.Path.Name())
		}
	}},
}
