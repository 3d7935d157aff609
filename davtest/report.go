package davtest

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// Result is what came of one case.
type Result struct {
	Case    Case
	Outcome Outcome
	Level   Level         // the case's; of a failure, that of the worst finding
	Elapsed time.Duration // how long the case ran
	Log     string        // why, and what was sent and seen
}

// Reasons are the lines of the log that say why the case failed or skipped.
func (r Result) Reasons() []string {
	var why []string
	for line := range strings.Lines(r.Log) {
		if strings.HasPrefix(line, "FAIL: ") || strings.HasPrefix(line, "SKIP: ") {
			why = append(why, strings.TrimSpace(line[len("FAIL: "):]))
		}
	}
	return why
}

// Report is the outcome of a run, in the order of the cases.
type Report struct{ Results []Result }

func (r *run) report() *Report {
	scans := map[string]scan{}
	for _, s := range r.scans {
		scans[s.id] = s
	}
	rep := &Report{}
	for _, s := range r.states {
		res := s.result()
		if scan, ok := scans[res.Case.ID]; ok {
			scan.apply(&res)
		}
		rep.Results = append(rep.Results, res)
	}
	return rep
}

// Count is how many cases came out so.
func (r *Report) Count(o Outcome) int { return len(r.With(o)) }

// With are the results that came out so.
func (r *Report) With(o Outcome) []Result {
	var list []Result
	for _, res := range r.Results {
		if res.Outcome == o {
			list = append(list, res)
		}
	}
	return list
}

// Breaches are the failures at a binding level: what the RFCs demand and the
// server does not do.
func (r *Report) Breaches() []Result {
	var list []Result
	for _, res := range r.With(Fail) {
		if res.Level.Binding() {
			list = append(list, res)
		}
	}
	return list
}

// WriteText writes a line for every case that did not pass, with its reasons,
// and the counts. With verbose every case is listed, and failures with all that
// was sent and seen.
func (r *Report) WriteText(w io.Writer, verbose bool) error {
	b := bufio.NewWriter(w)
	for _, res := range r.Results {
		if res.Outcome == Pass && !verbose {
			continue
		}
		c := res.Case
		fmt.Fprintf(b, "%s %s (%s, %s) %s\n", res.Outcome, c.ID, c.Section, res.Level, c.Title)
		for _, why := range res.Reasons() {
			fmt.Fprintf(b, "     %s\n", why)
		}
		if verbose && res.Outcome == Fail {
			for line := range strings.Lines(res.Log) {
				fmt.Fprintf(b, "     | %s", line)
			}
		}
	}
	breaches := len(r.Breaches())
	fmt.Fprintf(b, "%d cases: %d passed, %d failed (%d at MUST level, %d below), %d skipped\n", len(r.Results),
		r.Count(Pass), r.Count(Fail), breaches, r.Count(Fail)-breaches, r.Count(Skip))
	return b.Flush()
}
