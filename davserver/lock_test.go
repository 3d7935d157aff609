package davserver_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
)

// LK-01, LK-03, LK-17, LK-26, LK-27, W3.
func TestLock(t *testing.T) {
	s := newMemoryServer(t)
	a := s.must(201, "LOCK", "/n", lockExclusive, "Timeout", "Second-3600")
	token := a.Header().Get("Lock-Token")
	a.wantHeader("Content-Type", "application/xml; charset=utf-8").wantHeader("Cache-Control", "no-cache")
	a.wantBody("<D:lockroot><D:href>/n</D:href></D:lockroot>", "me &amp; you", "<D:timeout>Second-3600</D:timeout>", "<D:depth>infinity</D:depth>",
		"<D:locktoken><D:href>"+strings.Trim(token, "<>")+"</D:href></D:locktoken>", "<D:exclusive/>", "<D:write/>")
	if !strings.HasPrefix(token, "<urn:uuid:") {
		t.Errorf("Lock-Token: %s", token)
	}
	s.do("GET", "/n", "").want(200)
	s.do("LOCK", "/n", lockExclusive, "If", "("+token+")").want(423). // LK-30
										wantBody("<D:no-conflicting-lock><D:href>/n</D:href></D:no-conflicting-lock>")
	s.do("PUT", "/n", "x").want(423).wantBody("<D:lock-token-submitted><D:href>/n</D:href></D:lock-token-submitted>")
	s.do("PUT", "/n", "x", "If", "("+token+")").want(204)
	s.do("PUT", "/n", "x", "If", "(<urn:x>)", "If", "</n> ("+token+")").want(400) // M4 joins lines, and these don't go together
	s.do("PUT", "/n", "x", "If", "(<urn:x>)", "If", "("+token+")").want(204)      // M4
	s.do("UNLOCK", "/n", "").want(400)
	s.do("UNLOCK", "/n", "", "Lock-Token", strings.Trim(token, "<>")).want(400)
	s.do("UNLOCK", "/n", "", "Lock-Token", "<urn:x>").want(409).wantBody("<D:lock-token-matches-request-uri/>")
	s.do("UNLOCK", "/n", "", "Lock-Token", token, "Test-User", "bob").want(403)
	s.do("UNLOCK", "/n", "", "Lock-Token", token).want(204)
	s.do("PUT", "/n", "x").want(204)
	s.do("LOCK", "/n", lockExclusive).want(200)
	s.do("LOCK", "/new/", lockExclusive).want(409) // a file can't be made at a collection's URL
	s.do("LOCK", "/none/n", lockExclusive).want(409)
	s.must(201, "MKCOL", "/c", "")
	s.do("LOCK", "/c", lockExclusive).want(200).wantHeader("Content-Location", "/c/").wantBody("<D:href>/c/</D:href>")
}

// LK-19 to LK-21.
func TestRefresh(t *testing.T) {
	s := newMemoryServer(t)
	token := s.lock("/f", "Timeout", "Second-60")
	s.do("LOCK", "/f", "", "If", "(<"+token+">)", "Timeout", "Second-600", "Depth", "1", "Content-Type", "text/xml").want(200).
		wantHeader("Lock-Token", "").wantBody("<D:timeout>Second-600</D:timeout>", token)
	s.do("LOCK", "/f", "").want(400)
	s.do("LOCK", "/none", "").want(400)
	s.do("GET", "/none", "").want(404)
	s.do("LOCK", "/f", "", "If", "(<"+token+">) (<urn:other>)").want(400)
	s.do("LOCK", "/f", "", "If", "(<"+token+">) (<"+token+">)").want(200)
	s.do("LOCK", "/f", "", "If", "(<"+token+">) (Not <DAV:no-lock>)").want(200)
	s.do("LOCK", "/f", "", "If", "(Not <DAV:no-lock>)").want(400)
	s.do("LOCK", "/f", "", "If", "(<urn:other>)").want(412).wantBody("<D:lock-token-matches-request-uri/>")
	s.do("LOCK", "/f", "", "If", "(<"+token+">)", "Test-User", "bob").want(403)
}

// LK-23, W10.
func TestLockTimeouts(t *testing.T) {
	for _, c := range []struct {
		l          davserver.Limits
		wish, want string
	}{
		{davserver.Limits{}, "", "Second-3600"},
		{davserver.Limits{}, "Second-7200", "Second-7200"},
		{davserver.Limits{}, "Infinite", "Second-86400"},
		{davserver.Limits{}, "Infinite, Second-4100000000", "Second-86400"},
		{davserver.Limits{}, "Second-4100000000", "Second-86400"},
		{davserver.Limits{}, "junk", "Second-3600"},
		{davserver.Limits{MaxLockTimeout: -1}, "Infinite", "Infinite"},
		{davserver.Limits{MaxLockTimeout: -1}, "Second-4100000000", "Second-4100000000"},
		{davserver.Limits{LockTimeout: time.Minute}, "", "Second-60"},
		{davserver.Limits{MaxLockTimeout: 10 * time.Second}, "", "Second-10"},
	} {
		now := time.Unix(1e9, 0)
		clock := func() time.Time { return now }
		s := newServer(t, backendtest.NewMemory(clock), davserver.Options{Limits: c.l, Now: clock})
		s.do("LOCK", "/f", lockExclusive, "Timeout", c.wish).want(201).wantBody("<D:timeout>" + c.want + "</D:timeout>")
		now = now.Add(4 * time.Second) // LK-24
		if p := s.do("PROPFIND", "/f", propfind("<D:lockdiscovery/>")).props("/f"); c.want == "Second-3600" && !strings.Contains(p["lockdiscovery"], "Second-3596") {
			t.Errorf("4 s later: %s", p["lockdiscovery"])
		}
	}
}

// SC-07.
func TestLockPrivacy(t *testing.T) {
	s := newMemoryServer(t)
	token := s.lock("/f", "Test-User", "alice")
	ask := propfind("<D:lockdiscovery/>")
	s.do("PROPFIND", "/f", ask, "Test-User", "alice").want(207).wantBody(token, "me &amp; you")
	s.do("PROPFIND", "/f", ask, "Test-User", "bob").want(207).wantBody("me &amp; you", "<D:lockroot>").wantNot(token, "<D:locktoken>")
	s.do("PROPFIND", "/f", ask).want(207).wantBody("<D:lockroot>").wantNot(token, "me &amp; you")
	s.do("PUT", "/f", "x", "If", "(<"+token+">)", "Test-User", "bob").want(403) // LK-14
	anonymous := s.lock("/g")
	s.do("PROPFIND", "/g", ask).want(207).wantBody(anonymous, "me &amp; you")
}

// MS-22 to MS-28, M9.
func TestMemberFailures(t *testing.T) {
	for _, agent := range []string{"", "WebDAVFS/3.0.0 (03008000) Darwin/23.6.0 (arm64)"} {
		s := newMemoryServer(t)
		for _, p := range []string{"/a", "/a/b", "/c", "/c/d"} {
			s.must(201, "MKCOL", p, "")
		}
		s.must(201, "PUT", "/a/b/x%20y", "x")
		s.must(201, "PUT", "/a/z", "z")
		token := s.lock("/a/b/x%20y")
		s.lock("/c/d/", "Depth", "0")
		for _, c := range []struct {
			method, target string
			headers        []string
			body           string
			want           []string
		}{
			{"DELETE", "/a", nil, "", []string{"/a/b/x%20y 423"}},
			{"MOVE", "/a", []string{"Destination", "/new"}, "", []string{"/a/b/x%20y 423"}},
			{"MOVE", "/a", []string{"Destination", "/c"}, "", []string{"/a/b/x%20y 423", "/c/d/ 423"}},
			{"COPY", "/a", []string{"Destination", "/c"}, "", []string{"/c/d/ 423"}},
			{"LOCK", "/a/", nil, lockExclusive, []string{"/a/b/x%20y 423", "/a/ 424"}},
			{"LOCK", "/a", nil, lockExclusive, []string{"/a/b/x%20y 423", "/a/ 424"}},
		} {
			a := s.do(c.method, c.target, c.body, append(c.headers, "User-Agent", agent)...)
			if agent != "" {
				a.want(423)
				continue
			}
			a.wantOutcomes(c.want...)
			for _, r := range a.responses() {
				if (r.Status == 423) != (len(r.Error) == 1 && len(r.Error[0].Hrefs) == 1) {
					t.Errorf("%s: %s without its condition: %+v", a.request, r.Href, r.Error)
				}
			}
		}
		s.do("DELETE", "/a", "", "If", "(<"+token+">)").want(204)
		s.do("COPY", "/none", "", "Destination", "/x").want(404)
		s.do("MOVE", "/c", "", "Destination", "/none/x").want(409)
		s.do("COPY", "/c", "", "Destination", "/e", "Overwrite", "x").want(400)
	}
}

// breaking reports n members and then fails.
type breaking struct {
	whole
	n   int
	err error
}

func (b breaking) Delete(_ context.Context, _ dav.DeleteRequest, report dav.Report) error {
	for i := range b.n {
		report(dav.Outcome{Path: dav.Path(fmt.Sprintf("/c/%d", i)), Err: &dav.Error{Kind: dav.Forbidden, Message: "kept"}})
	}
	return b.err
}

// A method that reports many members, and then fails itself, tells all of it.
func TestManyFailures(t *testing.T) {
	for _, n := range []int{1, 20_000} {
		b := breaking{newFaulty().whole, n, errors.New("EIO")}
		s := newServer(t, b, davserver.Options{Logger: slog.New(slog.DiscardHandler)})
		list := s.do("DELETE", "/c/", "").want(http.StatusMultiStatus).wantNot("EIO").responses()
		if len(list) != n+1 || list[n].Href != "/c/" || list[n].Status != 500 || list[0].Status != 403 {
			t.Errorf("%d responses, the last is %+v", len(list), list[len(list)-1])
		}
	}
	s := newServer(t, breaking{newFaulty().whole, 0, errors.New("EIO")}, davserver.Options{Logger: slog.New(slog.DiscardHandler)})
	s.do("DELETE", "/c/", "").want(500).wantNot("EIO")
}

// HD-02.
func TestNotCacheable(t *testing.T) {
	s := newMemoryServer(t)
	for _, r := range [][]string{
		{"MKCOL", "/c", ""}, {"PUT", "/f", "x"}, {"PROPFIND", "/f", ""}, {"PROPPATCH", "/f", proppatch(set("<x:a/>"))}, {"LOCK", "/g", lockExclusive},
		{"COPY", "/f", ""}, {"MOVE", "/f", ""}, {"DELETE", "/h", ""}, {"OPTIONS", "/", ""}, {"UNLOCK", "/g", ""},
	} {
		s.do(r[0], r[1], r[2], "Destination", "/h").wantHeader("Cache-Control", "no-cache")
	}
}
