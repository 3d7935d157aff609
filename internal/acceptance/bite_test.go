package acceptance

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
	"github.com/quiredav/quire/davtest"
)

// bitten are the areas of the conformance suite whose every case must be seen
// to fail.
var bitten = []string{"MK", "HT", "CM", "DL", "LK", "IF", "HD", "ET", "SC", "IO"}

// TestCasesBite gives a right server one flaw after the other, and sees the
// conformance cases fail that the flaw concerns. Every case of the areas must
// fail at one flaw or more: a case that can't fail proves nothing.
func TestCasesBite(t *testing.T) {
	seen := map[string]bool{"IO-05": true} // runs elsewhere
	for _, f := range flaws {
		for _, id := range strings.Fields(f.cases) {
			seen[id] = true
		}
	}
	for _, c := range davtest.Cases() {
		if slices.Contains(bitten, c.Area()) && !seen[c.ID] {
			t.Errorf("no flaw makes %s fail", c.ID)
		}
	}
	for _, f := range flaws {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			report := judge(t, f)
			for _, r := range report.Results {
				if r.Outcome != davtest.Fail {
					t.Errorf("%s: %s, want FAIL", r.Case.ID, r.Outcome)
				}
			}
		})
	}
}

// judge runs the cases that a flaw concerns on a server that has it.
func judge(t *testing.T, f flaw) *davtest.Report {
	t.Helper()
	var right atomic.Pointer[davserver.Handler]
	restart := func() error {
		right.Store(davserver.New(backendtest.NewMemory(nil), davserver.Options{Prefix: "/dav"}))
		return nil
	}
	restart()
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { right.Load().ServeHTTP(w, r) })
	srv := httptest.NewServer(guarded(f, f.wrap(inner)))
	defer srv.Close()
	if !f.forgets {
		restart = func() error { return nil }
	}
	report, err := davtest.Run(t.Context(), davtest.Config{
		URL: srv.URL + "/dav/", User: "alice", Password: "a", User2: "bob", Password2: "b",
		Restart: restart, Only: strings.Fields(f.cases),
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// guarded lets alice and bob through and nobody else, but for the requests that
// the flaw takes for alice's.
func guarded(f flaw, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		switch {
		case user == "alice" || user == "bob":
		case f.open != nil && f.open(r):
			user = "alice"
		default:
			if !f.mute {
				w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			}
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(dav.WithPrincipal(r.Context(), user)))
	})
}

// The server that the flaws are given is right: without one the cases pass.
func TestCasesPassWithoutFault(t *testing.T) {
	t.Parallel()
	none := flaw{wrap: func(next http.Handler) http.Handler { return next }, cases: strings.Join(bitten, " ")}
	for _, r := range judge(t, none).Results {
		if r.Outcome == davtest.Fail {
			t.Errorf("%s: %s", r.Case.ID, strings.Join(r.Reasons(), "; "))
		}
	}
}
