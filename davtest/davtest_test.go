package davtest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// counts are the requirements there are in each area, numbered from 01.
var counts = map[string]int{
	"MS": 32, "HR": 10, "PF": 25, "PP": 21, "MK": 5, "HT": 11, "CM": 20, "DL": 5,
	"LK": 31, "IF": 13, "HD": 5, "ET": 6, "XL": 9, "SC": 9, "IO": 7,
	"BI": 30, "SY": 14, "XM": 6, "RP": 3,
	"SE": 17, "QU": 4, "AM": 5, "MT": 2, "CU": 1, "PR": 8, "OR": 10, "RR": 11,
}

func TestEveryRequirementHasItsCase(t *testing.T) {
	seen := map[string]bool{}
	found := map[string]int{}
	for _, c := range Cases() {
		if seen[c.ID] {
			t.Errorf("%s: there are two", c.ID)
		}
		seen[c.ID] = true
		found[c.Area()]++
		if c.Section == "" || c.Title == "" || c.Level == "" {
			t.Errorf("%s: no section, title or level", c.ID)
		}
		if c.Run == nil && c.Scan == nil {
			t.Errorf("%s: neither Run nor Scan", c.ID)
		}
	}
	for area, want := range counts {
		if found[area] != want {
			t.Errorf("%s: %d cases, want %d", area, found[area], want)
		}
	}
	if len(found) != len(counts) {
		t.Errorf("areas: %v", found)
	}
}

// recorder is a server that takes everything and remembers the requests.
type recorder struct {
	mu     sync.Mutex
	seen   []string
	signed []string // values of Authorization
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.seen = append(r.seen, req.Method+" "+req.RequestURI)
	r.signed = append(r.signed, req.Header.Get("Authorization"))
	r.mu.Unlock()
	switch req.Method {
	case "MKCOL":
		w.WriteHeader(http.StatusCreated)
	case "LOCK":
		w.Header().Set("Lock-Token", "<urn:token>")
	case "GET":
		<-req.Context().Done() // never answers
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func runOn(t *testing.T, h http.Handler, c Config, cases ...Case) *Report {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	c.URL = server.URL + "/base"
	report, err := runCases(t.Context(), c, cases)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestOutcomes(t *testing.T) {
	cases := []Case{
		{ID: "XX-01", Run: func(t *T) {}},
		{ID: "XX-02", Level: Must, Run: func(t *T) { t.Errorf("one"); t.Errorf("two") }},
		{ID: "XX-03", Level: Must, Run: func(t *T) { t.Fatalf("ends"); t.Errorf("not reached") }},
		{ID: "XX-04", Level: Must, Run: func(t *T) { t.Skipf("no reason") }},
		{ID: "XX-05", Level: Must, Run: func(t *T) { t.Shouldf("might be better") }},
		{ID: "XX-06", Level: Must, Run: func(t *T) { t.Shouldf("might be better"); t.Errorf("bad") }},
		{ID: "XX-07", Level: Must, Run: func(t *T) { var e *Element; _ = e.Nodes[0] }},
		{ID: "XX-08", Level: Must, Run: func(t *T) { t.Parallel(3, func(i int) { t.Fatalf("worker") }) }},
		{ID: "XX-09", Level: Must, Timeout: time.Nanosecond, Run: func(t *T) { t.Do("GET", "", nil, "") }},
		{ID: "XX-10", Level: Must, Run: func(t *T) { t.Second() }},
		{ID: "XX-11", Level: Must, Run: func(t *T) { t.Restart() }},
		{ID: "XX-12", Level: Practice, Run: func(t *T) { t.Errorf("bad") }},
	}
	want := []struct {
		outcome Outcome
		level   Level
		reasons int
	}{
		{Pass, "", 0}, {Fail, Must, 2}, {Fail, Must, 1}, {Skip, Must, 1}, {Fail, Should, 1}, {Fail, Must, 2}, {Fail, Must, 1},
		{Fail, Must, 3}, {Fail, Must, 1}, {Skip, Must, 1}, {Skip, Must, 1}, {Fail, Practice, 1},
	}
	report := runOn(t, new(recorder), Config{}, cases...)
	for i, r := range report.Results {
		if r.Outcome != want[i].outcome || r.Level != want[i].level || len(r.Reasons()) != want[i].reasons {
			t.Errorf("%s: %s at %q, reasons %q", r.Case.ID, r.Outcome, r.Level, r.Reasons())
		}
	}
	if n := len(report.Breaches()); n != 6 {
		t.Errorf("%d breaches, want 6", n)
	}
	var text strings.Builder
	if err := report.WriteText(&text, false); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "12 cases: 1 passed, 8 failed (6 at MUST level, 2 below), 3 skipped") {
		t.Errorf("the report ends so: %s", text.String())
	}
}

func TestEachCaseHasACollectionOfItsOwnAndLeavesNothing(t *testing.T) {
	var server recorder
	report := runOn(t, &server, Config{User: "ann", Password: "secret"}, Case{ID: "XX-01", Run: func(t *T) {
		t.Mkcol("a%2Fb/./")
		t.Lock("f", "exclusive", "0")
		t.Do("DELETE", "g", nil, "")
	}})
	var got []string
	var name string
	for _, line := range server.seen {
		method, target, _ := strings.Cut(line, " ")
		rest, ok := strings.CutPrefix(target, "/base/davtest-")
		if !ok {
			t.Errorf("%s is not below the base", line)
		}
		name, rest, _ = strings.Cut(rest, "/")
		_, name, _ = strings.Cut(name, "-")
		got = append(got, method+" "+name+"/"+rest)
	}
	want := "MKCOL probe/,DELETE probe/,MKCOL xx-01/,MKCOL xx-01/a%2Fb/./,LOCK xx-01/f,DELETE xx-01/g,UNLOCK xx-01/f,DELETE xx-01/"
	if s := strings.Join(got, ","); s != want {
		t.Errorf("requests %s\nwant     %s", s, want)
	}
	for _, value := range server.signed {
		if value != "Basic YW5uOnNlY3JldA==" {
			t.Errorf("Authorization: %s", value)
		}
	}
	log := report.Results[0].Log
	if report.Results[0].Outcome != Pass || strings.Contains(log, "YW5u") || !strings.Contains(log, "LOCK") {
		t.Errorf("%s, log:\n%s", report.Results[0].Outcome, log)
	}
}

func TestTargetThatCannotBeJudged(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if _, err := Run(t.Context(), Config{URL: server.URL}); !errors.Is(err, ErrTarget) {
		t.Errorf("a server without WebDAV: %v", err)
	}
	for _, c := range []Config{{URL: "ftp://host/"}, {URL: "/path"}, {URL: ":"}, {URL: server.URL, Only: []string{"ZZ-99"}}} {
		if _, err := Run(t.Context(), c); err == nil || errors.Is(err, ErrTarget) {
			t.Errorf("%s %s: %v", c.URL, c.Only, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, Config{URL: server.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestOnly(t *testing.T) {
	r, err := newRun(Config{URL: "http://host/", Only: []string{"PF-06", "XL"}}, Cases())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.cases) != 1+counts["XL"] {
		t.Errorf("%d cases", len(r.cases))
	}
}
