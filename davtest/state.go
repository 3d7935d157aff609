package davtest

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

// state is what the principals of one case share. Its methods may be called
// from several goroutines.
type state struct {
	run        *run
	spec       Case
	collection string // encoded path of the case's collection, with its slash
	ctx        context.Context

	mu       sync.Mutex
	log      strings.Builder
	failed   bool // at the case's own level
	should   bool // by Shouldf only
	skipped  bool
	locks    []heldLock
	cleaning bool
	elapsed  time.Duration
}

const maxLog = 1 << 20 // bytes of exchanges in a log

// heldLock is a lock the case got and may not have given back.
type heldLock struct{ target, token, user, password string }

// stop is the panic by which Fatalf and Skipf leave a case.
type stop struct{}

// guard runs f, which may end early by Fatalf or Skipf, and turns a panic into
// a failure.
func (s *state) guard(f func()) {
	defer func() {
		switch p := recover().(type) {
		case nil, stop:
		default:
			s.fail(fmt.Sprintf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	f()
}

func (s *state) fail(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = true
	fmt.Fprintf(&s.log, "FAIL: %s\n", message)
}

func (s *state) failShould(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.should = true
	fmt.Fprintf(&s.log, "FAIL: (SHOULD) %s\n", message)
}

func (s *state) skip(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skipped = true
	fmt.Fprintf(&s.log, "SKIP: %s\n", reason)
}

func (s *state) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.WriteString(text)
}

// captured records an exchange and shows it to the scans and the tap.
func (s *state) captured(x *Exchange, user, password string) {
	s.run.scan(x)
	if s.run.config.Captured != nil {
		s.run.config.Captured(*x)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cleaning {
		return
	}
	if s.log.Len() < maxLog {
		x.dump(&s.log)
	}
	if token := strings.Trim(x.Header.Get("Lock-Token"), "<> "); token != "" && x.Method == "LOCK" && x.Status < 300 {
		s.locks = append(s.locks, heldLock{x.Target, token, user, password})
	}
}

// cleanUp frees what the case locked and deletes its collection, as well as
// the server lets it.
func (s *state) cleanUp() {
	s.mu.Lock()
	s.cleaning = true
	locks := s.locks
	s.mu.Unlock()
	for _, l := range locks {
		t := &T{state: s, user: l.user, password: l.password, always: applyToRef}
		t.Try("UNLOCK", l.target, H{"Lock-Token": {"<" + l.token + ">"}}, "")
	}
	t := &T{state: s, user: s.run.config.User, password: s.run.config.Password}
	t.Try("DELETE", "", nil, "")
}

func (s *state) result() Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Result{Case: s.spec, Level: s.spec.Level, Outcome: Pass, Elapsed: s.elapsed, Log: s.log.String()}
	switch {
	case s.failed:
		r.Outcome = Fail
	case s.should:
		r.Outcome, r.Level = Fail, Should
	case s.skipped:
		r.Outcome = Skip
	}
	return r
}
