package dav

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// The table of RFC 9110 section 8.8.3.2, and tags that are none.
func TestETagComparison(t *testing.T) {
	for _, c := range []struct {
		a, b         ETag
		strong, weak bool
	}{
		{`W/"1"`, `W/"1"`, false, true},
		{`W/"1"`, `W/"2"`, false, false},
		{`W/"1"`, `"1"`, false, true},
		{`"1"`, `"1"`, true, true},
		{`"1"`, `"2"`, false, false},
		{``, ``, false, false},
		{`"1"`, ``, false, false},
		{`""`, `""`, true, true},
		{`"W/1"`, `"1"`, false, false},
	} {
		for _, swapped := range []bool{false, true} {
			a, b := c.a, c.b
			if swapped {
				a, b = b, a
			}
			if a.StrongMatch(b) != c.strong || a.WeakMatch(b) != c.weak {
				t.Errorf("%s and %s: strong %t, weak %t", a, b, a.StrongMatch(b), a.WeakMatch(b))
			}
		}
	}
}

func TestLockCovers(t *testing.T) {
	shallow := Lock{Root: "/c"}
	deep := Lock{Root: "/c", Depth: DepthInfinity}
	for p, want := range map[Path][2]bool{
		"/c": {true, true}, "/c/x": {false, true}, "/c/x/y": {false, true}, "/": {false, false}, "/cx": {false, false},
	} {
		if shallow.Covers(p) != want[0] || deep.Covers(p) != want[1] {
			t.Errorf("%s: depth 0 %t, infinity %t", p, shallow.Covers(p), deep.Covers(p))
		}
	}
}

// LK-25: at the second it expires a lock is gone.
func TestLockExpired(t *testing.T) {
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	l := Lock{Expires: at}
	if l.Expired(at.Add(-1)) || !l.Expired(at) || !l.Expired(at.Add(1)) || (&Lock{}).Expired(at) {
		t.Error("a lock expires at its time, and without one never")
	}
}

// LK-05.
func TestScopesConflict(t *testing.T) {
	for _, c := range []struct {
		a, b LockScope
		want bool
	}{{Exclusive, Exclusive, true}, {Exclusive, Shared, true}, {Shared, Exclusive, true}, {Shared, Shared, false}} {
		if c.a.Conflicts(c.b) != c.want {
			t.Errorf("%v and %v", c.a, c.b)
		}
	}
}

func TestStrings(t *testing.T) {
	for got, want := range map[string]string{
		Depth0.String(): "0", Depth1.String(): "1", DepthInfinity.String(): "infinity",
		Exclusive.String(): "exclusive", Shared.String(): "shared",
		DAV("prop").String(): "{DAV:}prop", Name{Local: "a"}.String(): "{}a",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestError(t *testing.T) {
	cause := errors.New("disk on fire")
	for _, c := range []struct {
		err  Error
		want string
	}{
		{Error{Kind: NotFound}, "not found"},
		{Error{Kind: NotFound, Op: "GET", Path: "/a"}, "GET /a: not found"},
		{Error{Kind: Internal, Op: "PUT", Err: cause}, "PUT: disk on fire"},
		{Error{Kind: Invalid, Message: "no such depth", Err: cause}, "no such depth: disk on fire"},
		{Error{Kind: Locked, Condition: Condition{Name: LockTokenSubmitted}}, "lock-token-submitted"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	wrapped := fmt.Errorf("in a transaction: %w", &Error{Kind: Locked, Err: cause})
	if KindOf(wrapped) != Locked || KindOf(cause) != Internal || !errors.Is(wrapped, cause) {
		t.Error("the kind or the cause is lost")
	}
}

func TestEveryKindHasAName(t *testing.T) {
	seen := map[string]bool{}
	for k := range kindNames {
		name := Kind(k).String()
		if name == "" || seen[name] {
			t.Errorf("kind %d is called %q", k, name)
		}
		seen[name] = true
	}
	if len(kindNames) != int(Redirection)+1 {
		t.Errorf("%d names", len(kindNames))
	}
}

func TestPrincipal(t *testing.T) {
	ctx := context.Background()
	if Principal(ctx) != "" || Principal(WithPrincipal(ctx, "ann")) != "ann" {
		t.Error("the context doesn't keep the principal")
	}
}
