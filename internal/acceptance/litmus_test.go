package acceptance

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/internal/needs"
)

// IO-05: litmus, the suite by which WebDAV servers have been judged for twenty
// years, runs whole, without a failure and without a warning.
func TestLitmus(t *testing.T) {
	litmus := needs.Program(t, "litmus")
	p := serve(t, t.TempDir(), "--user", "litmus:litmus")
	cmd := exec.CommandContext(t.Context(), litmus, "-k", p.url, "litmus", "litmus")
	cmd.Dir = t.TempDir() // where it leaves its logs
	out, err := cmd.CombinedOutput()
	said := string(out)

	var suites []string
	for _, m := range litmusSummary.FindAllStringSubmatch(said, -1) {
		suites = append(suites, m[1])
		t.Log(m[0])
		if m[2] != m[3] || m[4] != "0" {
			t.Errorf("%s: not all tests passed", m[1])
		}
	}
	want := []string{"basic", "copymove", "props", "locks", "http"}
	if err != nil || !slices.Equal(suites, want) {
		t.Errorf("litmus: %v; it ran %v; want %v", err, suites, want)
	}
	for _, bad := range []string{"FAIL", "WARNING", "SKIPPED", "warnings were issued"} {
		if strings.Contains(said, bad) {
			t.Errorf("litmus said %s", bad)
		}
	}
	if t.Failed() {
		t.Logf("\n%s", said)
	}
}

var litmusSummary = regexp.MustCompile("summary for `(\\w+)': of (\\d+) tests run: (\\d+) passed, (\\d+) failed")
