package davtest

import (
	"strconv"
	"strings"
	"time"
)

// The cases on refreshing locks and on their timeouts.
var casesLockRefresh = []Case{
	{ID: "LK-19", Section: "RFC 4918 9.10.2, 7.7", Level: Must,
		Title: "Refresh: no body and one token in If; 200 with lockdiscovery, no Lock-Token, Depth ignored, timer restarted",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			r := t.Status(t.TryLock("f", "exclusive", "0", H{"Timeout": {"Second-60"}}), 200)
			token := strings.Trim(r.Header.Get("Lock-Token"), "<>")
			was := t.timeLeft("f", token)
			h := submitted(token)
			h["Timeout"], h["Depth"] = []string{"Second-600"}, []string{"1"}
			r = t.Status(t.Do("LOCK", "f", h, ""), 200)
			if activelock(r, token) == nil {
				t.Errorf("the answer does not show the refreshed lock")
			}
			if given := r.Header.Get("Lock-Token"); given != "" {
				t.Errorf("the answer to a refresh has Lock-Token: %s", given)
			}
			t.CheckLocked("f", token)
			if is := t.timeLeft("f", token); is < was {
				t.Errorf("%v left after refresh, %v before", is, was)
			} else if was <= time.Minute && is <= was {
				t.Errorf("a refresh for 600 s leaves the timeout at %v", is)
			}
		}},

	{ID: "LK-20", Section: "RFC 4918 7.7", Level: MustNot,
		Title: "A LOCK without a body never makes a lock",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			t.CheckStatus(t.Do("LOCK", "f", H{"Depth": {"0"}}, ""), 400)
			t.CheckStatus(t.Do("LOCK", "new", H{"Depth": {"0"}}, ""), 400)
			t.CheckStatus(t.Do("LOCK", "f", H{"If": {"(Not <DAV:no-lock>)"}}, ""), 400, 412)
			t.CheckLocked("f")
			t.CheckUnmapped("new")
		}},

	{ID: "LK-21", Section: "RFC 4918 9.10.6", Level: Must,
		Title: "Refresh with an unknown, ended or out-of-scope token is 412 with lock-token-matches-request-uri",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			t.Put("g", "other")
			ended := t.Lock("f", "exclusive", "0")
			t.Unlock("f", ended)
			elsewhere := t.Lock("g", "exclusive", "0")
			for _, token := range []string{"urn:uuid:11111111-2222-4333-8444-555555555555", ended, elsewhere} {
				t.CheckCondition(t.Do("LOCK", "f", submitted(token), ""), "lock-token-matches-request-uri", 412)
			}
			t.CheckLocked("f")
			t.CheckLocked("g", elsewhere)
		}},

	{ID: "LK-22", Section: "RFC 4918 9.10.2", Level: Must,
		Title: "Refresh works through any member in scope, and leaves other shared locks alone",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/")
			t.Put("c/x", "member")
			short := H{"Timeout": {"Second-60"}}
			one := strings.Trim(t.Status(t.TryLock("c/", "shared", "infinity", short), 200).Header.Get("Lock-Token"), "<>")
			two := strings.Trim(t.Status(t.TryLock("c/", "shared", "infinity", short), 200).Header.Get("Lock-Token"), "<>")
			was := t.timeLeft("c/", two)
			h := submitted(one)
			h["Timeout"] = []string{"Second-600"}
			if r := t.Do("LOCK", "c/x", h, ""); t.CheckStatus(r, 200) && activelock(r, one) == nil {
				t.Errorf("the answer does not show the refreshed lock")
			}
			if is := t.timeLeft("c/", two); is > was {
				t.Errorf("refreshing one lock raised the timeout of another from %v to %v", was, is)
			}
			t.CheckLocked("c/x", one, two)
		}},

	{ID: "LK-23", Section: "RFC 4918 10.7, 6.6", Level: Must,
		Title: "Timeout takes Second-n, Infinite and lists of them as a wish; what is granted is told",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			for _, wish := range [][]string{{"Infinite, Second-4100000000"}, {"Second-4294967295"}, {"Second-60"}, nil,
				{"junk"}, {"Second-"}, {"Second--1"}, {"Second-99999999999999999999"}, {"Second-60, junk"}} {
				r := t.TryLock("f", "exclusive", "0", H{"Timeout": wish})
				if r.Status == 400 && wish != nil && !timeoutForm.MatchString(strings.Split(wish[0], ",")[0]) {
					continue // junk may be refused
				}
				if !t.CheckStatus(r, 200) {
					continue
				}
				token := strings.Trim(r.Header.Get("Lock-Token"), "<>")
				if told := activelock(r, token).Child(D("timeout")).Trimmed(); !timeoutForm.MatchString(told) {
					t.Errorf("Timeout %q: the answer says %q", wish, told)
				}
				t.Unlock("f", token)
			}
		}},

	{ID: "LK-24", Section: "RFC 4918 6.6, 14.29", Level: Should,
		Title: "timeout shows the seconds left; only a refresh restarts it",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			r := t.Status(t.TryLock("f", "exclusive", "0", H{"Timeout": {"Second-600"}}), 200)
			token := strings.Trim(r.Header.Get("Lock-Token"), "<>")
			was := t.timeLeft("f", token)
			if was == forever {
				t.Skipf("the server grants locks without end only")
			}
			t.Sleep(2 * time.Second)
			t.Get("f")
			t.Status(t.Do("PUT", "f", submitted(token), "x"), 204, 200)
			t.Propfind("f", "0")
			if is := t.timeLeft("f", token); is >= was {
				t.Errorf("%v left, and %v two seconds before", is, was)
			}
		}},

	{ID: "LK-25", Section: "RFC 4918 6.6", Level: Should,
		Title: "A lock that has run out is gone as if unlocked",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			r := t.Status(t.TryLock("f", "exclusive", "0", H{"Timeout": {"Second-2"}}), 200)
			token := strings.Trim(r.Header.Get("Lock-Token"), "<>")
			left := t.timeLeft("f", token)
			if left > 10*time.Second {
				t.Skipf("the server grants no less than %v", left)
			}
			t.CheckStatus(t.Do("PUT", "f", nil, "too early"), 423)
			t.Sleep(left + time.Second)
			t.CheckLocked("f")
			t.CheckStatus(t.Do("PUT", "f", submitted(token), "x"), 412)
			t.CheckStatus(t.Do("PUT", "f", nil, "free"), 204, 200)
		}},
}

const forever = time.Duration(1<<63 - 1)

// timeLeft is the timeout of a lock on the resource.
func (t *T) timeLeft(path, token string) time.Duration {
	for _, l := range t.Locks(path) {
		if tokenIn(l) != token {
			continue
		}
		told := l.Child(D("timeout")).Trimmed()
		if told == "Infinite" {
			return forever
		}
		n, err := strconv.ParseUint(strings.TrimPrefix(told, "Second-"), 10, 32)
		if err != nil {
			t.Fatalf("timeout is %q", told)
		}
		return time.Duration(n) * time.Second
	}
	t.Fatalf("%s: the lock %s is not shown", t.Path(path), token)
	return 0
}
