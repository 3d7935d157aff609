package davserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/davserver/backendtest"
	"github.com/quiredav/quire/davtest"
)

// believing takes the user of Basic for the principal, whatever the password.
func believing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		h.ServeHTTP(w, r.WithContext(dav.WithPrincipal(r.Context(), user)))
	})
}

// The conformance suite finds nothing at the handler over the reference
// backend, mounted at the root or below it.
func TestConformance(t *testing.T) {
	for _, prefix := range []string{"", "/dav"} {
		t.Run("at "+prefix+"/", func(t *testing.T) {
			h := davserver.New(backendtest.NewMemory(nil), davserver.Options{Prefix: prefix})
			s := httptest.NewServer(believing(h))
			defer s.Close()
			rep, err := davtest.Run(t.Context(), davtest.Config{URL: s.URL + prefix + "/", User: "alice", Password: "a", User2: "bob", Password2: "b"})
			if err != nil {
				t.Fatal(err)
			}
			if rep.Count(davtest.Pass) == 0 {
				t.Fatal("nothing was judged")
			}
			for _, res := range append(rep.Breaches(), rep.With(davtest.Skip)...) {
				t.Logf("%v %s %s: %s", res.Outcome, res.Case.ID, res.Case.Title, strings.Join(res.Reasons(), "; "))
			}
			if len(rep.Breaches()) > 0 {
				t.Fail()
			}
		})
	}
}
