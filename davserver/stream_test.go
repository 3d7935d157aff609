package davserver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

func putRequest(p dav.Path, body string) dav.PutRequest {
	return dav.PutRequest{Path: p, Body: strings.NewReader(body), Length: int64(len(body))}
}

// members yields /c/ and n files in it, then err if there is one.
func members(n int, err error) func(context.Context, dav.Path, dav.Query) iter.Seq2[*dav.Resource, error] {
	return func(context.Context, dav.Path, dav.Query) iter.Seq2[*dav.Resource, error] {
		return func(yield func(*dav.Resource, error) bool) {
			if !yield(&dav.Resource{Path: "/c", Collection: true}, nil) {
				return
			}
			for i := range n {
				if !yield(&dav.Resource{Path: dav.Path(fmt.Sprintf("/c/%d", i)), ETag: `"x"`}, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
			}
		}
	}
}

// MS-31: a listing that fails late is never taken for a whole one.
func TestListingBreaksOff(t *testing.T) {
	secret := errors.New("disk sda1 is on fire")
	for _, c := range []struct {
		err    error
		status string
	}{
		{secret, "500"},
		{&dav.Error{Kind: dav.NoSpace, Message: "no room to sort"}, "507"},
	} {
		for _, n := range []int{1, 5000} {
			b := newFaulty()
			b.list = members(n, c.err)
			var log bytes.Buffer
			srv := httptest.NewServer(davserver.New(b, davserver.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}))
			req, _ := http.NewRequest("PROPFIND", srv.URL+"/c/", nil)
			res, err := srv.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			srv.Close()
			if err == nil {
				t.Errorf("%d members: the client sees no fault", n)
			}
			if res.StatusCode != 207 || bytes.Contains(body, []byte("</D:multistatus>")) {
				t.Errorf("%d members: %d, and the document is closed", n, res.StatusCode)
			}
			if !bytes.HasSuffix(bytes.TrimSpace(body), []byte("</D:response>")) || !bytes.Contains(body[bytes.LastIndex(body, []byte("<D:response>")):], []byte("<D:href>/c/</D:href><D:status>HTTP/1.1 "+c.status)) {
				t.Errorf("%d members: the end is %.300s", n, body[max(0, len(body)-300):])
			}
			if bytes.Contains(body, []byte("sda1")) || errors.Is(c.err, secret) != strings.Contains(log.String(), "sda1") {
				t.Errorf("the cause belongs to the log alone: %s", log.String())
			}
		}
	}
}

func TestCollectionPageBreaksOff(t *testing.T) {
	b := newFaulty()
	b.list = members(5000, errors.New("EIO")) // more than a buffer holds
	srv := httptest.NewServer(davserver.New(openCollection{b}, davserver.Options{Logger: slog.New(slog.DiscardHandler)}))
	defer srv.Close()
	res, err := srv.Client().Get(srv.URL + "/c/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err == nil || bytes.Contains(body, []byte("</html>")) {
		t.Errorf("a shortened page looks whole: %s", body)
	}
}

// What the storage fails at is not put down to the URL.
func TestSlashIsNotBlamed(t *testing.T) {
	b := newFaulty()
	b.list = func(context.Context, dav.Path, dav.Query) iter.Seq2[*dav.Resource, error] {
		return func(yield func(*dav.Resource, error) bool) {
			yield(nil, &dav.Error{Kind: dav.Unavailable, Message: "busy"})
		}
	}
	s := newServer(t, b, davserver.Options{})
	s.do("PUT", "/c/", "x").want(503)
	s.do("LOCK", "/c/", lockExclusive).want(503)
	s.do("DELETE", "/c/", "", "Depth", "0").want(503)
}

// openCollection opens everything as a collection.
type openCollection struct{ *faulty }

func (openCollection) Open(_ context.Context, p dav.Path, _ *dav.Conditions) (*dav.Resource, io.ReadSeekCloser, error) {
	return &dav.Resource{Path: p, Collection: true}, nil, nil
}

// An error before the first resource is the request's.
func TestListingFailsFirst(t *testing.T) {
	for kind, status := range map[dav.Kind]int{
		dav.Internal: 500, dav.Unavailable: 503, dav.Forbidden: 403, dav.Loop: 508, dav.NotFound: 404, dav.Unauthenticated: 401,
	} {
		b := newFaulty()
		b.list = func(context.Context, dav.Path, dav.Query) iter.Seq2[*dav.Resource, error] {
			return func(yield func(*dav.Resource, error) bool) {
				yield(nil, &dav.Error{Kind: kind, Message: "of kind " + kind.String(), Err: errors.New("the cause")})
			}
		}
		s := newServer(t, b, davserver.Options{Logger: slog.New(slog.DiscardHandler)})
		for _, depth := range []string{"0", "1", "infinity"} {
			a := s.do("PROPFIND", "/c/", "", "Depth", depth).want(status).wantNot("the cause", "of kind internal")
			if got := a.Header().Get("Retry-After"); (got != "") != (status == 503) {
				t.Errorf("%d: Retry-After: %q", status, got)
			}
		}
	}
}

// What is wrong with the resource itself is the request's trouble.
func TestListingOfBadResource(t *testing.T) {
	b := newFaulty()
	b.list = func(context.Context, dav.Path, dav.Query) iter.Seq2[*dav.Resource, error] {
		return func(yield func(*dav.Resource, error) bool) {
			yield(&dav.Resource{Path: "/f", Err: &dav.Error{Kind: dav.Forbidden, Message: "not yours"}}, nil)
		}
	}
	newServer(t, b, davserver.Options{}).do("PROPFIND", "/f", "").want(403)
}

// A live property is told once, whatever an older version kept under its name.
func TestDeadPropertyOfLiveName(t *testing.T) {
	b := newFaulty()
	b.list = func(context.Context, dav.Path, dav.Query) iter.Seq2[*dav.Resource, error] {
		return func(yield func(*dav.Resource, error) bool) {
			dead := []dav.Property{{Name: dav.DAV("getetag"), XML: `<D:getetag xmlns:D="DAV:">old</D:getetag>`}}
			yield(&dav.Resource{Path: "/f", ETag: `"new"`, Dead: dead}, nil)
		}
	}
	s := newServer(t, b, davserver.Options{})
	for _, body := range []string{"", propfind("<D:getetag/>")} {
		if p := s.do("PROPFIND", "/f", body).want(207).props("/f"); p["getetag"] != `"new"` {
			t.Errorf("%v", p)
		}
	}
}

// MS-19: one bad member does not spoil a listing.
func TestListingWithBadMember(t *testing.T) {
	b := newFaulty()
	b.list = func(context.Context, dav.Path, dav.Query) iter.Seq2[*dav.Resource, error] {
		return func(yield func(*dav.Resource, error) bool) {
			bad := dav.Property{Name: dav.Name{Space: "urn:x", Local: "bad"}} // a response that can't be written
			_ = yield(&dav.Resource{Path: "/", Collection: true}, nil) &&
				yield(&dav.Resource{Path: "/a", Err: &dav.Error{Kind: dav.Forbidden, Message: "not yours"}}, nil) &&
				yield(&dav.Resource{Path: "/b", Collection: true, Err: errors.New("EIO")}, nil) &&
				yield(&dav.Resource{Path: "/c", Dead: []dav.Property{bad}}, nil) &&
				yield(&dav.Resource{Path: "/d"}, nil)
		}
	}
	s := newServer(t, b, davserver.Options{Logger: slog.New(slog.DiscardHandler)})
	s.do("PROPFIND", "/", "", "Depth", "1").wantOutcomes("/ 0", "/a 403", "/b/ 500", "/c 500", "/d 0").
		wantBody("not yours").wantNot("EIO")
	s.do("GET", "/", "").want(200).wantBody(`"/b/"`, `"/d"`)
}

// The first responses are with the client before the last are made, and a
// client that goes away ends the listing.
func TestListingStreams(t *testing.T) {
	b := newFaulty()
	ended := make(chan struct{})
	b.list = func(ctx context.Context, _ dav.Path, _ dav.Query) iter.Seq2[*dav.Resource, error] {
		return func(yield func(*dav.Resource, error) bool) {
			defer close(ended)
			for i := 0; ctx.Err() == nil; i++ { // without an end
				if !yield(&dav.Resource{Path: dav.Path(fmt.Sprintf("/%d", i))}, nil) {
					return
				}
			}
			yield(nil, ctx.Err())
		}
	}
	srv := httptest.NewServer(davserver.New(b, davserver.Options{Logger: slog.New(slog.DiscardHandler)}))
	defer srv.Close()
	req, _ := http.NewRequest("PROPFIND", srv.URL+"/", nil)
	res, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, res.Body, 1<<20); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	<-ended
}

// PROPFIND allocates per answer and, for its href, per resource; never per
// property.
func TestListingAllocations(t *testing.T) {
	b := newFaulty()
	locks := []dav.Lock{{Token: "urn:t", Root: "/", Depth: dav.DepthInfinity}}
	dead := []dav.Property{
		{Name: dav.DAV("displayname"), XML: `<D:displayname xmlns:D="DAV:">x</D:displayname>`},
		{Name: dav.Name{Space: "urn:x", Local: "a"}, XML: `<a xmlns="urn:x">1</a>`},
	}
	const n = 1000
	b.list = func(context.Context, dav.Path, dav.Query) iter.Seq2[*dav.Resource, error] {
		return func(yield func(*dav.Resource, error) bool) {
			paths := make([]dav.Path, n)
			for i := range n {
				paths[i] = dav.Path(fmt.Sprintf("/%d.txt", i))
			}
			r := dav.Resource{Length: 12345, ETag: `"abc"`, ID: dav.ResourceID{1}, Dead: dead, Locks: locks[:0]}
			r.Created = r.Created.AddDate(2000, 0, 0)
			r.Modified = r.Created
			for _, p := range paths {
				r.Path = p
				if !yield(&r, nil) {
					return
				}
			}
		}
	}
	h := davserver.New(b, davserver.Options{})
	count := func(body string) float64 {
		return testing.AllocsPerRun(5, func() {
			w := &discard{header: http.Header{}}
			h.ServeHTTP(w, newRequest("PROPFIND", "/", body))
			if w.n < n*100 {
				t.Fatalf("%d bytes", w.n)
			}
		})
	}
	few := count(propfind("<D:getetag/><x:none/>"))
	many := count(propfind("<D:getetag/><D:getlastmodified/><D:creationdate/><D:getcontentlength/><D:getcontenttype/><D:resourcetype/><D:displayname/>" +
		"<D:supportedlock/><D:lockdiscovery/><D:resource-id/><x:a/><x:none/><x:other/>"))
	all := count("")
	if few > 4*n || many > few+200 || all > few+200 {
		t.Errorf("%d resources: %v allocations for few properties, %v for many, %v for all", n, few, many, all)
	}
}

type discard struct {
	header http.Header
	n      int
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
func (d *discard) Write(b []byte) (int, error) {
	d.n += len(b)
	return len(b), nil
}

func BenchmarkPropfind(b *testing.B) {
	f := newFaulty()
	f.list = members(10_000, nil)
	h := davserver.New(f, davserver.Options{})
	for _, c := range []struct{ name, body string }{
		{"allprop", ""},
		{"named", propfind("<D:getetag/><D:getlastmodified/><D:getcontentlength/><D:resourcetype/>")},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(&discard{header: http.Header{}}, newRequest("PROPFIND", "/c/", c.body))
			}
		})
	}
}
