package acceptance

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/internal/needs"
)

// litmusSuites are the suites of litmus 0.13, with how many tests each has.
var litmusSuites = map[string]int{"basic": 16, "copymove": 13, "props": 30, "locks": 41, "http": 4}

// IO-05: litmus, the suite by which WebDAV servers have been judged for twenty
// years, runs whole, without a failure and without a warning.
func TestLitmus(t *testing.T) {
	t.Parallel()
	for _, s := range []struct {
		name string
		args []string
		user bool
		body int // bytes of the file that it uploads; 0: its own, of 32
	}{
		{name: "anonymous"},
		{name: "user", args: []string{"--prefix", "/dav"}, user: true},
		{name: "blobs", body: mebibyte}, // a body that doesn't go into the database
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			c := newTool(t, needs.Program(t, "litmus"))
			if s.body > 0 {
				c = c.with("HTDOCS=" + filepath.Dir(c.file("htdocs/foo", noise(s.body))))
			}
			login := []string(nil)
			if s.user {
				s.args = append(s.args, "--user", toolUser+":"+toolPassword)
				login = []string{toolUser, toolPassword}
			}
			p := serve(t, t.TempDir(), s.args...)
			for suite, tests := range litmusSuites {
				t.Run(suite, func(t *testing.T) {
					d := c.with("TESTS=" + suite)
					d.T = t
					out, said := d.run(append([]string{p.url}, login...)...)
					if problems := judgeLitmus(suite, tests, out); len(problems) > 0 || said != "" {
						t.Errorf("%q\n%s%s", problems, out, said)
					}
				})
			}
		})
	}
}

// A litmus that runs less, or complains, is not taken for a good one.
func TestJudgeLitmus(t *testing.T) {
	good := "-> running `http':\n\r 0. init....\r 0. init.... pass\n 1. begin... pass\n<- summary for `http': of 2 tests run: 2 passed, 0 failed. 100.0%\n"
	if problems := judgeLitmus("http", 2, good); problems != nil {
		t.Errorf("a good one: %q", problems)
	}
	for _, bad := range []string{
		"",
		strings.ReplaceAll(good, "`http'", "`basic'"),
		strings.ReplaceAll(good, "2", "1"),
		strings.ReplaceAll(good, "2 passed, 0 failed", "1 passed, 1 failed"),
		strings.Replace(good, "init.... pass", "init.... FAIL (403)", 1),
		strings.Replace(good, "init.... pass", "init.... WARNING: hm\n    ...... pass (with 1 warning)", 1),
		strings.Replace(good, "init.... pass", "init.... SKIPPED", 1),
		good + "-> 1 test was skipped.\n",
		good + "-> 1 warning was issued.\n",
		good + good,
	} {
		if judgeLitmus("http", 2, bad) == nil {
			t.Errorf("nothing is found wrong with %q", bad)
		}
	}
}

var (
	litmusSummary = regexp.MustCompile("summary for `(\\w+)': of (\\d+) tests run: (\\d+) passed, (\\d+) failed")
	litmusTrouble = regexp.MustCompile(`(?i)fail \(|warning|skipped|error`)
)

// judgeLitmus is what is wrong with the output of one suite.
func judgeLitmus(suite string, tests int, out string) (problems []string) {
	want := []string{suite, fmt.Sprint(tests), fmt.Sprint(tests), "0"}
	if m := litmusSummary.FindAllStringSubmatch(out, -1); len(m) != 1 || !slices.Equal(m[0][1:], want) {
		problems = append(problems, fmt.Sprintf("not one summary, or not %q", want))
	}
	return append(problems, litmusTrouble.FindAllString(out, -1)...)
}
