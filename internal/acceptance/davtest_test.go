package acceptance

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davtest"
)

// skipped are the cases of the conformance suite that cannot run against a
// server in this process, with the reason.
var skipped = map[string]string{
	"MS-19": "there is no access control yet that could make a member unreadable",
	"MS-32": "it is about answers in which a response has several hrefs; ours have one each",
	"PF-15": "there is no access control yet that could make a property unreadable",
	"SY-10": "it is about collections that can't take part in a synchronization; all of ours can",
	"AM-05": "it is about collections that name their members themselves; ours let clients choose",
	"SC-02": "it is about other machines; the tests of auth have it",
	"IO-05": "litmus is a program of its own",
	"IO-07": "it needs a server that can be killed: TestConformanceAfterKill",
}

// The conformance suite finds nothing, not even against what is only
// recommended, over a repository and with two users.
func TestConformance(t *testing.T) {
	srv := httptest.NewServer(newHandler(t, setup{
		prefix: "/dav", users: []string{"alice:a", "bob:b"}, quotas: map[dav.Path]int64{"/small": 200 << 10},
	}))
	defer srv.Close()
	wantClean(t, skipped, davtest.Config{
		URL: srv.URL + "/dav/", User: "alice", Password: "a", User2: "bob", Password2: "b", SmallQuota: "/dav/small/",
	})
}

// What the suite stores outlives kill -9 of the program.
func TestConformanceAfterKill(t *testing.T) {
	dir := t.TempDir()
	p := serve(t, dir)
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	wantClean(t, nil, davtest.Config{
		URL:  p.url,
		Only: []string{"PP-21", "IO-07", "SY-11"},
		Restart: func() error {
			p.kill()
			p = serve(t, dir, "--listen", u.Host)
			return nil
		},
	})
}

// kill ends the process at once, as a power cut would.
func (p *process) kill() {
	p.done = true
	if err := p.cmd.Process.Kill(); err != nil {
		p.Error(err)
	}
	p.cmd.Wait() // tells of the signal
}

// wantClean runs the suite and fails the test if a case fails, skips without
// being among skipped, or is among them without need.
func wantClean(t *testing.T, skipped map[string]string, c davtest.Config) {
	t.Helper()
	report, err := davtest.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		reason, may := skipped[r.Case.ID]
		switch {
		case r.Outcome == davtest.Fail:
			t.Errorf("%s (%s, %s) %s\n%.10000s", r.Case.ID, r.Case.Section, r.Level, r.Case.Title, r.Log)
		case r.Outcome == davtest.Skip && !may:
			t.Errorf("%s skips: %s", r.Case.ID, strings.Join(r.Reasons(), "; "))
		case r.Outcome == davtest.Skip:
			t.Logf("%s skips: %s", r.Case.ID, reason)
		case may:
			t.Errorf("%s passes; it need not be on the list of what skips", r.Case.ID)
		}
	}
	if report.Count(davtest.Pass) == 0 {
		t.Error("no case passed")
	}
	t.Logf("%d cases: %d passed, %d failed, %d skipped", len(report.Results),
		report.Count(davtest.Pass), report.Count(davtest.Fail), report.Count(davtest.Skip))
}
