package davtest_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/davtest"
)

// flaw is one way to be wrong, and the cases that must see it.
type flaw struct {
	name  string
	cases string // IDs, separated by blanks
	wrap  func(next http.Handler) http.Handler
}

// flawed are the areas whose every case must fail at one flaw or more.
var flawed = map[string][]flaw{"BI": bindFlaws, "SY": syncFlaws, "XM": mkcolFlaws, "RP": reportFlaws,
	"SE": searchFlaws, "QU": quotaFlaws, "AM": memberFlaws, "MT": mountFlaws, "CU": principalFlaws, "PR": preferFlaws, "OR": orderFlaws, "RR": referenceFlaws}

// elsewhere are cases that the right server has nothing to show for; they have
// tests of their own.
var elsewhere = []string{"AM-05"} // TestNamesByTheServer

func TestCasesSeeFlaws(t *testing.T) {
	for area, flaws := range flawed {
		passes := passing(t, area)
		for _, f := range flaws {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				for id := range strings.FieldsSeq(f.cases) {
					if !passes[id] && !scans[id] && !slices.Contains(elsewhere, id) {
						t.Errorf("%s does not pass on the right server", id)
					} else if got := outcome(t, f.wrap, id); got != davtest.Fail {
						t.Errorf("%s: %s", id, got)
					}
				}
			})
		}
		for _, c := range davtest.Cases() {
			seen := slices.ContainsFunc(flaws, func(f flaw) bool { return slices.Contains(strings.Fields(f.cases), c.ID) })
			if c.Area() == area && !seen {
				t.Errorf("no flaw makes %s fail", c.ID)
			}
		}
	}
}

// passing are the cases of an area that pass on the right server. None may fail.
func passing(t *testing.T, area string) map[string]bool {
	t.Helper()
	passes := map[string]bool{}
	for _, r := range judgeOn(t, fault{}.around, area).Results {
		if passes[r.Case.ID] = r.Outcome == davtest.Pass; r.Outcome == davtest.Fail {
			t.Errorf("the right server fails %s: %s", r.Case.ID, r.Reasons())
		}
	}
	return passes
}

// scans are the cases that judge what others cause, and so need the whole area.
var scans = func() map[string]bool {
	scans := map[string]bool{}
	for _, c := range davtest.Cases() {
		scans[c.ID] = c.Run == nil
	}
	return scans
}()

// outcome is what comes of a case on a server with the flaw.
func outcome(t *testing.T, wrap func(http.Handler) http.Handler, id string) davtest.Outcome {
	t.Helper()
	only := id
	if scans[id] {
		only, _, _ = strings.Cut(id, "-")
	}
	results := judgeOn(t, wrap, only).Results
	i := slices.IndexFunc(results, func(r davtest.Result) bool { return r.Case.ID == id })
	if i < 0 {
		t.Fatalf("there is no case %s", id)
	}
	return results[i].Outcome
}

// judgeOn runs a case, or an area, against a server with the flaw.
func judgeOn(t *testing.T, wrap func(http.Handler) http.Handler, only string) *davtest.Report {
	t.Helper()
	srv := httptest.NewServer(wrap(right(t, only)))
	defer srv.Close()
	report, err := davtest.Run(t.Context(), davtest.Config{
		URL: srv.URL, User: "alice", Password: "a", User2: "bob", Password2: "b", Only: []string{only}, SmallQuota: string(smallQuota),
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}
