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
	"reflect"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

// syncing is a backend whose collections change as told.
type syncing struct {
	*faulty
	asked  *dav.SyncRequest // the last
	answer func(each func(*dav.Change) error) (token string, more bool, err error)
}

func (s *syncing) Sync(_ context.Context, r dav.SyncRequest, each func(*dav.Change) error) (string, bool, error) {
	s.asked = &r
	return s.answer(each)
}

func newSyncing(t *testing.T) (*syncing, *server) {
	b := &syncing{faulty: newFaulty()}
	b.answer = func(func(*dav.Change) error) (string, bool, error) { return "urn:t:1", false, nil }
	s := newServer(t, b, davserver.Options{Logger: slog.New(slog.DiscardHandler)})
	s.must(201, "MKCOL", "/c", "")
	s.must(201, "PUT", "/f", "x")
	return b, s
}

func syncBody(token, rest string) string {
	return `<D:sync-collection xmlns:D="DAV:" xmlns:x="urn:x"><D:sync-token>` + token + `</D:sync-token>` + rest + `<D:prop><D:getetag/><x:a/></D:prop></D:sync-collection>`
}

const (
	levelOne      = "<D:sync-level>1</D:sync-level>"
	levelInfinite = "<D:sync-level>infinite</D:sync-level>"
)

func limit(n string) string { return "<D:limit><D:nresults>" + n + "</D:nresults></D:limit>" }

// SY-03, SY-04: what is asked for reaches the backend, however it is written.
func TestSyncRequest(t *testing.T) {
	b, s := newSyncing(t)
	for _, c := range []struct {
		body    string
		headers []string
		want    dav.SyncRequest
	}{
		{syncBody("", levelOne), nil, dav.SyncRequest{}},
		{syncBody("\n urn:t:0 ", levelInfinite), []string{"Depth", "0"}, dav.SyncRequest{Token: "urn:t:0", Infinite: true}},
		{syncBody("", limit(" 10 ")+levelOne), nil, dav.SyncRequest{Limit: 10}},
		{syncBody("", levelOne+limit("99999999999")), nil, dav.SyncRequest{Limit: 1<<31 - 1}},
		{syncBody("", ""), []string{"Depth", "1"}, dav.SyncRequest{}}, // appendix A
		{syncBody("", ""), []string{"Depth", "infinity"}, dav.SyncRequest{Infinite: true}},
	} {
		b.asked = nil
		a := s.do("REPORT", "/c", c.body, c.headers...).want(207).wantHeader("Content-Location", "/c/").
			wantBody("<D:sync-token>urn:t:1</D:sync-token></D:multistatus>")
		if len(a.responses()) != 0 { // MS-11
			t.Errorf("%s", a.Body)
		}
		if b.asked == nil {
			t.Fatal("the backend was not asked")
		}
		got := *b.asked
		if got.Path != "/c" || got.Conditions == nil || got.Query.Dead != dav.DeadNamed || len(got.Query.Names) != 1 || got.Query.Names[0].Local != "a" {
			t.Errorf("%+v", got)
		}
		got.Path, got.Query, got.Conditions = "", dav.Query{}, nil
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %v: %+v, want %+v", c.body, c.headers, got, c.want)
		}
	}
}

// SY-02, SY-03, SY-13, RP-01: what is refused, and never reaches the backend.
func TestSyncRefusals(t *testing.T) {
	b, s := newSyncing(t)
	token, prop := "<D:sync-token/>", "<D:prop><D:getetag/></D:prop>"
	whole := func(parts ...string) string {
		return `<D:sync-collection xmlns:D="DAV:">` + strings.Join(parts, "") + `</D:sync-collection>`
	}
	for _, c := range []struct {
		target, body string
		depth        string
		status       int
		condition    string
	}{
		{"/c/", whole(token, levelOne, prop), "1", 400, ""},
		{"/c/", whole(token, levelInfinite, prop), "infinity", 400, ""},
		{"/c/", whole(token, levelOne, prop), "2", 400, ""},
		{"/c/", whole(levelOne, prop), "0", 400, ""},
		{"/c/", whole(token, prop), "0", 400, ""},
		{"/c/", whole(token, levelOne), "0", 400, ""},
		{"/c/", whole(token, "<D:sync-level>2</D:sync-level>", prop), "0", 400, ""},
		{"/c/", whole(token, "<D:sync-level/>", prop), "0", 400, ""},
		{"/c/", whole(token, levelOne, prop, limit("x")), "0", 400, ""},
		{"/c/", whole(token, levelOne, prop, limit("-1")), "0", 400, ""},
		{"/c/", whole(token, levelOne, prop, limit("0")), "0", 507, "number-of-matches-within-limits"},
		{"/c/", "", "0", 400, ""},
		{"/c/", "<x", "0", 400, ""},
		{"/f", whole(token, levelOne, prop), "0", 403, "supported-report"},
		{"/none", whole(token, levelOne, prop), "0", 404, ""},
		{"/c/", `<D:version-tree xmlns:D="DAV:"/>`, "0", 403, "supported-report"},
		{"/f", `<x:y xmlns:x="urn:x"><x:z/></x:y>`, "0", 403, "supported-report"},
	} {
		a := s.do("REPORT", c.target, c.body, "Depth", c.depth).want(c.status)
		if c.condition != "" {
			a.wantBody("<D:" + c.condition + "/>")
		}
	}
	s.do("REPORT", "/c", syncBody("", levelOne), "Content-Type", "image/png").want(415)
	s.do("REPORT", "/c", syncBody("", levelOne), "If", "(<DAV:no-lock>)").want(412)
	if b.asked != nil {
		t.Errorf("the backend was asked: %+v", b.asked)
	}
	plain := newServer(t, newFaulty(), davserver.Options{})
	plain.do("REPORT", "/", syncBody("", levelOne)).want(403).wantBody("<D:supported-report/>")
}

// SY-06, SY-10, SY-11, SY-12: what comes back of changes, of a shortened answer
// and of a token that is none.
func TestSyncAnswer(t *testing.T) {
	b, s := newSyncing(t)
	b.answer = func(each func(*dav.Change) error) (string, bool, error) {
		for _, c := range []dav.Change{
			{Resource: &dav.Resource{Path: "/c/x y", ETag: `"1"`}},
			{Resource: &dav.Resource{Path: "/c/d", Collection: true}},
			{Removed: true, Resource: &dav.Resource{Path: "/c/gone"}},
			{Removed: true, Resource: &dav.Resource{Path: "/c/went", Collection: true}},
			{Resource: &dav.Resource{Path: "/.quire/x"}},
			{Resource: &dav.Resource{Path: "/c/e", Collection: true, Err: &dav.Error{Kind: dav.Forbidden,
				Condition: dav.Condition{Name: dav.SyncTraversalSupported}, Message: "apart"}}},
		} {
			if err := each(&c); err != nil {
				return "", false, err
			}
		}
		return "urn:t:2?a&b", true, nil
	}
	a := s.do("REPORT", "/c/", syncBody("urn:t:1", levelOne)).
		wantOutcomes("/c/x%20y 0", "/c/d/ 0", "/c/gone 404", "/c/went/ 404", "/c/e/ 403", "/c/ 507").
		wantBody("<D:sync-traversal-supported/>", "<D:number-of-matches-within-limits/>", "<D:sync-token>urn:t:2?a&amp;b</D:sync-token></D:multistatus>")
	if p := a.props("/c/x%20y"); p["getetag"] != `"1"` || p["a"] != "404" {
		t.Errorf("%v", p)
	}
	if p := a.props("/c/d/"); p["getetag"] != "404" {
		t.Errorf("%v", p)
	}
	// PR-01, PR-02.
	a = s.do("REPORT", "/c/", syncBody("urn:t:1", levelOne), "Prefer", "return=minimal").want(207).wantHeader("Preference-Applied", "return=minimal")
	for _, r := range a.responses()[:2] {
		if len(r.Propstats) != 1 || r.Propstats[0].Status != 200 {
			t.Errorf("%+v", r)
		}
	}
	b.answer = func(func(*dav.Change) error) (string, bool, error) {
		return "", false, &dav.Error{Kind: dav.Forbidden, Condition: dav.Condition{Name: dav.ValidSyncToken}, Message: "no token of this collection"}
	}
	s.do("REPORT", "/c/", syncBody("x", levelOne)).want(403).wantBody("<D:valid-sync-token/>")
}

// MS-31: a failure after the first byte can't be taken for the whole.
func TestSyncBreaksOff(t *testing.T) {
	b, s := newSyncing(t)
	secret := errors.New("EIO at sda1")
	srv := httptest.NewServer(s.Handler)
	defer srv.Close()
	for _, n := range []int{1, 5000} {
		b.answer = func(each func(*dav.Change) error) (string, bool, error) {
			for i := range n {
				if err := each(&dav.Change{Resource: &dav.Resource{Path: dav.Path(fmt.Sprintf("/c/%d", i))}}); err != nil {
					return "", false, err
				}
			}
			return "", false, secret
		}
		req, _ := http.NewRequest("REPORT", srv.URL+"/c/", strings.NewReader(syncBody("", levelOne)))
		res, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		last := body[max(0, bytes.LastIndex(body, []byte("<D:response>"))):]
		if err == nil || bytes.Contains(body, []byte("sync-token")) || bytes.Contains(body, []byte("sda1")) ||
			!bytes.HasPrefix(last, []byte("<D:response><D:href>/c/</D:href><D:status>HTTP/1.1 500")) {
			t.Errorf("%d changes: %v, the end is %.300s", n, err, last)
		}
	}
}

// A client that goes away ends the report; the backend gets its error back.
func TestSyncClientGone(t *testing.T) {
	b, _ := newSyncing(t)
	ended := make(chan error, 1)
	var log bytes.Buffer
	s := newServer(t, b, davserver.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	b.answer = func(each func(*dav.Change) error) (string, bool, error) {
		for i := 0; ; i++ { // without an end
			if err := each(&dav.Change{Resource: &dav.Resource{Path: dav.Path(fmt.Sprintf("/c/%d", i))}}); err != nil {
				ended <- err
				return "", false, fmt.Errorf("sync: %w", err)
			}
		}
	}
	srv := httptest.NewServer(s.Handler)
	req, _ := http.NewRequest("REPORT", srv.URL+"/c/", strings.NewReader(syncBody("", levelOne)))
	res, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, res.Body, 1<<20); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if err := <-ended; err == nil {
		t.Error("no error")
	}
	if srv.Close(); log.Len() > 0 {
		t.Errorf("a client that goes away is no failure: %s", &log)
	}
}

// SY-04, PF-13, PF-14: the tokens of a collection are told when they are asked
// for, and are the server's to set.
func TestSyncProperties(t *testing.T) {
	b, s := newSyncing(t)
	var asked dav.Query
	b.list = func(_ context.Context, p dav.Path, q dav.Query) iter.Seq2[*dav.Resource, error] {
		asked = q
		return func(yield func(*dav.Resource, error) bool) {
			r := dav.Resource{Path: p, Collection: p != "/f"}
			if q.SyncToken {
				r.SyncToken = "urn:t:7"
			}
			if q.Changes {
				r.Changes = "7"
			}
			yield(&r, nil)
		}
	}
	ask := `<D:propfind xmlns:D="DAV:" xmlns:C="http://calendarserver.org/ns/"><D:prop><D:sync-token/><C:getctag/></D:prop></D:propfind>`
	if p := s.do("PROPFIND", "/c/", ask, "Depth", "0").props("/c/"); p["sync-token"] != "urn:t:7" || p["getctag"] == "" || p["getctag"] == "404" {
		t.Errorf("%v", p)
	}
	if p := s.do("PROPFIND", "/f", ask, "Depth", "0").props("/f"); p["sync-token"] != "404" || p["getctag"] != "404" {
		t.Errorf("of a file: %v", p)
	}
	s.do("PROPFIND", "/c/", "", "Depth", "0").want(207).wantNot("sync-token", "getctag", "supported-report-set", "parent-set", "resource-id")
	if asked.SyncToken || asked.Changes || asked.Parents {
		t.Errorf("allprop asks the backend for what it does not tell: %+v", asked)
	}
	p := s.do("PROPFIND", "/c/", `<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>`, "Depth", "0").props("/c/")
	for _, name := range []string{"sync-token", "getctag", "supported-report-set"} {
		if v, ok := p[name]; !ok || v == "404" {
			t.Errorf("propname: no %s in %v", name, p)
		}
	}
	b.list = nil
	a := s.do("PROPPATCH", "/c", proppatch(set("<D:sync-token>x</D:sync-token>"+`<C:getctag xmlns:C="http://calendarserver.org/ns/">x</C:getctag>`))).want(207)
	if p := a.props("/c/"); p["sync-token"] != "403" || p["getctag"] != "403" {
		t.Errorf("%v", p)
	}
}

// RP-02: the sets hold what works, on each kind of resource.
func TestSupportedSets(t *testing.T) {
	_, s := newSyncing(t)
	ask := propfind("<D:supported-method-set/><D:supported-live-property-set/><D:supported-report-set/>")
	for _, target := range []string{"/", "/c/", "/f"} {
		p := s.do("PROPFIND", target, ask, "Depth", "0").want(207).props(target)
		var methods string
		for _, m := range strings.Split(s.do("OPTIONS", target, "").Header().Get("Allow"), ", ") {
			methods += `<D:supported-method name="` + m + `"/>`
		}
		if !strings.Contains(p["supported-method-set"], methods) {
			t.Errorf("%s: %s, want %s", target, p["supported-method-set"], methods)
		}
		if got := strings.Contains(p["supported-report-set"], "<D:supported-report><D:report><D:sync-collection/></D:report></D:supported-report>"); got != (target != "/f") {
			t.Errorf("%s: %s", target, p["supported-report-set"])
		}
		if !strings.Contains(p["supported-report-set"], "<D:expand-property/>") {
			t.Errorf("%s: %s", target, p["supported-report-set"])
		}
		live := p["supported-live-property-set"]
		for name := range s.do("PROPFIND", target, `<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>`, "Depth", "0").props(target) {
			if !strings.Contains(live, "<D:"+name+"/>") {
				t.Errorf("%s: no %s in %s", target, name, live)
			}
		}
		if strings.Contains(live, "getcontentlength") != (target == "/f") || strings.Contains(live, "sync-token") == (target == "/f") ||
			strings.Contains(live, `<N:getctag xmlns:N="http://calendarserver.org/ns/"/>`) == (target == "/f") {
			t.Errorf("%s: %s", target, live)
		}
	}
}

var _ davserver.Syncer = (*syncing)(nil)
