package davtest

import (
	"fmt"
	"strings"
	"sync"
)

// maxFindings is how many findings of one scan a report shows.
const maxFindings = 8

// scan is a [Case.Scan] at work.
type scan struct {
	*scanState
	judge func(*Exchange, func(string, ...any)) bool
}

type scanState struct {
	id       string
	mu       sync.Mutex
	judged   int // exchanges in which there was something to judge
	findings int
	log      strings.Builder
}

func newScans(cases []Case) []scan {
	var scans []scan
	for _, k := range cases {
		if k.Scan != nil {
			scans = append(scans, scan{&scanState{id: k.ID}, k.Scan})
		}
	}
	return scans
}

// scan shows an exchange to every scan of the run.
func (r *run) scan(x *Exchange) {
	for _, s := range r.scans {
		s.see(x)
	}
}

func (s scan) see(x *Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.findings
	judged := s.judge(x, func(format string, args ...any) {
		if s.findings++; s.findings <= maxFindings {
			fmt.Fprintf(&s.log, "FAIL: in %s: %s %s -> %d: %s\n", x.Case, x.Method, x.Target, x.Status, fmt.Sprintf(format, args...))
		}
	})
	if judged {
		s.judged++
	}
	if before == 0 && s.findings > 0 {
		x.dump(&s.log)
	}
}

// apply adds what the scan found to the result of its case.
func (s scan) apply(r *Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.findings > 0:
		r.Outcome, r.Level = Fail, r.Case.Level
		r.Log += s.log.String()
	case s.judged == 0 && r.Case.Run == nil:
		r.Outcome = Skip
		r.Log += "SKIP: no answer of the run had anything to judge\n"
	}
	r.Log += fmt.Sprintf("%d exchanges judged, %d findings\n", s.judged, s.findings)
}
