package auth

import (
	"net/netip"
	"sync"
	"time"
)

// A client may guess a user's password guesses times in a row, then once per
// guessEvery.
const (
	guesses    = 10
	guessEvery = 10 * time.Second
)

// maxAttempts bounds the memory of a throttle.
const maxAttempts = 4096

// attempt is what guesses are counted by. The user is part of it so that one
// device with an outdated password doesn't lock out all others behind the same
// address.
type attempt struct {
	addr netip.Addr // of IPv6 the /64, which one customer has
	user string
}

func attemptOf(a netip.Addr, user string) attempt {
	if a.Is6() {
		p, _ := a.Prefix(64)
		a = p.Addr()
	}
	return attempt{a, user[:min(len(user), 64)]}
}

// throttle slows down who guesses passwords.
type throttle struct {
	now func() time.Time

	mu sync.Mutex
	// paid says until when the failures so far keep each attempt busy, if every
	// one of them takes guessEvery.
	paid map[attempt]time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, paid: make(map[attempt]time.Time)}
}

// wait is how long k must not guess; 0 if it may now.
func (t *throttle) wait(k attempt) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(0, t.paid[k].Add(-(guesses-1)*guessEvery).Sub(t.now()))
}

// fail counts a wrong guess.
func (t *throttle) fail(k attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	until, known := t.paid[k]
	if !known && len(t.paid) >= maxAttempts {
		t.makeRoomLocked(now)
	}
	if until.Before(now) {
		until = now
	}
	t.paid[k] = until.Add(guessEvery)
}

// makeRoomLocked drops what has no more effect, or else the one with the fewest
// failures: to be forgotten, a guesser would need thousands of guilty names.
func (t *throttle) makeRoomLocked(now time.Time) {
	var least attempt
	var earliest time.Time
	for k, until := range t.paid {
		switch {
		case !until.After(now):
			delete(t.paid, k)
		case earliest.IsZero() || until.Before(earliest):
			least, earliest = k, until
		}
	}
	if len(t.paid) >= maxAttempts {
		delete(t.paid, least)
	}
}
