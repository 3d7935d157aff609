package davserver_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
	"github.com/quiredav/quire/multistatus"
)

// server is a handler under test. The Test-User header of a request is its
// principal.
type server struct {
	*testing.T
	http.Handler
}

func newServer(t *testing.T, b davserver.Backend, o davserver.Options) *server {
	h := davserver.New(b, o)
	return &server{t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(dav.WithPrincipal(r.Context(), r.Header.Get("Test-User"))))
	})}
}

func newMemoryServer(t *testing.T) *server {
	return newServer(t, backendtest.NewMemory(nil), davserver.Options{})
}

// answer is what came back.
type answer struct {
	*server
	request string
	*httptest.ResponseRecorder
}

// do sends a request; headers are names and values in turn. A refusal and a
// Multi-Status must have the form that every one has.
func (s *server) do(method, target, body string, headers ...string) *answer {
	s.Helper()
	return s.send(newRequest(method, target, body, headers...))
}

func newRequest(method, target, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func (s *server) send(r *http.Request) *answer {
	s.Helper()
	a := &answer{s, r.Method + " " + r.URL.String(), httptest.NewRecorder()}
	s.ServeHTTP(a.ResponseRecorder, r)
	switch {
	case a.Code == http.StatusMultiStatus:
		a.wantHeader("Content-Type", "application/xml; charset=utf-8")
		a.responses()
	case a.Code >= 400 && a.Header().Get("Preference-Applied") == "" && !strings.Contains(a.Body.String(), "<D:mkcol-response"):
		a.wantRefusal()
	}
	if a.Header().Get("MS-Author-Via") != "DAV" {
		s.Errorf("%s: no MS-Author-Via (O1)", a.request)
	}
	return a
}

// Header are the headers as they went out.
func (a *answer) Header() http.Header { return a.Result().Header }

// must is do with a wanted status, to stop at if it is another.
func (s *server) must(status int, method, target, body string, headers ...string) *answer {
	s.Helper()
	a := s.do(method, target, body, headers...)
	if a.Code != status {
		s.Fatalf("%s: %d, want %d: %s", a.request, a.Code, status, a.Body)
	}
	return a
}

func (a *answer) want(status int) *answer {
	a.Helper()
	if a.Code != status {
		a.Errorf("%s: %d, want %d: %s", a.request, a.Code, status, a.Body)
	}
	return a
}

func (a *answer) wantHeader(name, value string) *answer {
	a.Helper()
	if got := a.Header().Get(name); got != value {
		a.Errorf("%s: %s: %s, want %s", a.request, name, got, value)
	}
	return a
}

func (a *answer) wantBody(parts ...string) *answer {
	a.Helper()
	for _, part := range parts {
		if !strings.Contains(a.Body.String(), part) {
			a.Errorf("%s: no %q in %s", a.request, part, a.Body)
		}
	}
	return a
}

func (a *answer) wantNot(parts ...string) *answer {
	a.Helper()
	for _, part := range parts {
		if strings.Contains(a.Body.String(), part) {
			a.Errorf("%s: %q in %s", a.request, part, a.Body)
		}
	}
	return a
}

// wantRefusal wants a DAV:error with a sentence in it, of the length announced.
func (a *answer) wantRefusal() {
	a.Helper()
	a.wantHeader("Content-Type", "application/xml; charset=utf-8")
	if strings.HasPrefix(a.request, "HEAD ") {
		return
	}
	a.wantHeader("Content-Length", strconv.Itoa(a.Body.Len()))
	var e struct {
		XMLName xml.Name `xml:"DAV: error"`
		Message string   `xml:"message"`
	}
	if err := xml.Unmarshal(a.Body.Bytes(), &e); err != nil || e.Message == "" {
		a.Errorf("%s: %d is not explained: %v: %s", a.request, a.Code, err, a.Body)
	}
}

// responses are those of a Multi-Status.
func (a *answer) responses() (list []*multistatus.Response) {
	a.Helper()
	r := multistatus.NewReader(strings.NewReader(a.Body.String()), multistatus.ReaderOptions{})
	for {
		resp, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			a.Fatalf("%s: %v: %s", a.request, err, a.Body)
		}
		list = append(list, resp.Clone())
	}
}

// wantOutcomes wants hrefs and statuses in turn, as in "/c/x 423".
func (a *answer) wantOutcomes(want ...string) *answer {
	a.Helper()
	a.want(http.StatusMultiStatus)
	var got []string
	for _, r := range a.responses() {
		got = append(got, r.Href+" "+strconv.Itoa(r.Status))
	}
	if !slices.Equal(got, want) {
		a.Errorf("%s: %v, want %v", a.request, got, want)
	}
	return a
}

// props are the values, or for other statuses than 200 the statuses, of the
// properties that a response names.
func (a *answer) props(href string) map[string]string {
	a.Helper()
	m := map[string]string{}
	for _, r := range a.responses() {
		if r.Href != href {
			continue
		}
		for _, ps := range r.Propstats {
			for _, p := range ps.Properties {
				if m[p.Name.Local] = string(p.Value); ps.Status != http.StatusOK {
					m[p.Name.Local] = strconv.Itoa(ps.Status)
				}
			}
		}
	}
	return m
}

const lockExclusive = `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>me &amp; you</D:owner></D:lockinfo>`

// lock locks and gives the token.
func (s *server) lock(target string, headers ...string) string {
	s.Helper()
	a := s.do("LOCK", target, lockExclusive, headers...)
	if a.Code != http.StatusOK && a.Code != http.StatusCreated {
		s.Fatalf("%s: %d: %s", a.request, a.Code, a.Body)
	}
	return strings.Trim(a.Header().Get("Lock-Token"), "<>")
}

func proppatch(instructions string) string {
	return `<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x" xmlns:Z="urn:schemas-microsoft-com:">` + instructions + `</D:propertyupdate>`
}

func set(properties string) string { return `<D:set><D:prop>` + properties + `</D:prop></D:set>` }

func propfind(names string) string {
	return `<D:propfind xmlns:D="DAV:" xmlns:x="urn:x"><D:prop>` + names + `</D:prop></D:propfind>`
}

// whole is a backend with all capabilities.
type whole interface {
	davserver.Backend
	davserver.PropertyStore
	davserver.Locker
}

// faulty is a backend whose listing goes wrong as told.
type faulty struct {
	whole
	list func(ctx context.Context, p dav.Path, q dav.Query) iter.Seq2[*dav.Resource, error]
}

func newFaulty() *faulty { return &faulty{whole: backendtest.NewMemory(nil).(whole)} }

func (f *faulty) List(ctx context.Context, p dav.Path, q dav.Query) iter.Seq2[*dav.Resource, error] {
	if f.list != nil {
		return f.list(ctx, p, q)
	}
	return f.whole.List(ctx, p, q)
}

// plain has no capability beyond Backend.
type plain struct{ davserver.Backend }
