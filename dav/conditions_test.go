package dav

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// The state of the share that conditions are judged against.
var (
	changed = time.Date(2030, 1, 2, 3, 4, 5, 678, time.UTC)
	states  = map[Path]State{
		"/f":   {Exists: true, ETag: `"good"`, Modified: changed, Tokens: []string{"T1"}},
		"/w":   {Exists: true, ETag: `W/"weak"`, Modified: changed},
		"/c":   {Exists: true, Modified: changed, Tokens: []string{"T2"}},
		"/c/x": {Exists: true, ETag: `"x"`, Modified: changed, Tokens: []string{"T2"}},
	}
)

func stateOf(p Path) (State, error) { return states[p], nil }

func on(p Path, c ...IfCondition) IfList { return IfList{Tagged: true, Path: p, Conditions: c} }
func list(c ...IfCondition) IfList       { return IfList{Conditions: c} }
func token(s string) IfCondition         { return IfCondition{Token: s} }
func etag(s ETag) IfCondition            { return IfCondition{ETag: s} }
func not(c IfCondition) IfCondition      { c.Not = true; return c }
func ifs(l ...IfList) *Conditions        { return &Conditions{If: l} }
func tags(t ...ETag) ETags               { return ETags{Sent: true, Tags: t} }

var anyTag = ETags{Sent: true, Any: true}

const pass = Internal // no Judge gives it

func TestJudge(t *testing.T) {
	noLock := token("DAV:no-lock")
	before, after := changed.Add(-time.Hour), changed.Add(time.Hour)
	second := changed.Truncate(time.Second)
	for _, c := range []struct {
		id     string
		target Path
		c      *Conditions
		want   Kind
	}{
		{"IF-11 nil", "/f", nil, pass},
		{"IF-11 none", "/f", &Conditions{Tokens: []string{"T1"}, NoOverwrite: true}, pass},
		{"IF-01 own lock", "/f", ifs(list(token("T1"))), pass},
		{"IF-01 lock from above", "/c/x", ifs(list(token("T2"))), pass},
		{"IF-01 lock of another", "/f", ifs(list(token("T2"))), PreconditionFailed},
		{"IF-02 tag", "/c/new", ifs(on("/c", token("T2"))), pass},
		{"IF-02 tag of another", "/c/new", ifs(on("/f", token("T2"))), PreconditionFailed},
		{"IF-02 tag of itself", "/f", ifs(on("/f", token("T1"), etag(`"good"`))), pass},
		{"IF-03 and, all true", "/f", ifs(list(token("T1"), etag(`"good"`))), pass},
		{"IF-03 and, first false", "/f", ifs(list(token("T3"), etag(`"good"`))), PreconditionFailed},
		{"IF-03 and, last false", "/f", ifs(list(token("T1"), etag(`"bad"`))), PreconditionFailed},
		{"IF-03 or, last true", "/f", ifs(list(token("T1"), etag(`"bad"`)), list(etag(`"good"`))), pass},
		{"IF-03 or, first true", "/f", ifs(list(etag(`"good"`)), list(etag(`"bad"`))), pass},
		{"IF-03 or of tags", "/f", ifs(on("/none", token("T1")), on("/c", token("T2"))), pass},
		{"IF-04 Not of the true", "/f", ifs(list(not(token("T1")))), PreconditionFailed},
		{"IF-04 Not of the false", "/f", ifs(list(not(token("T3")))), pass},
		{"IF-04 Not binds the next alone", "/f", ifs(list(not(token("T3")), token("T1"))), pass},
		{"IF-04 Not binds the next alone", "/f", ifs(list(not(token("T3")), token("T4"))), PreconditionFailed},
		{"IF-04 Not of a tag", "/f", ifs(list(not(etag(`"good"`)))), PreconditionFailed},
		{"IF-05 current", "/f", ifs(list(etag(`"good"`))), pass},
		{"IF-05 other", "/f", ifs(list(etag(`"other"`))), PreconditionFailed},
		{"IF-05 weak form", "/f", ifs(list(etag(`W/"good"`))), pass},
		{"IF-05 weak resource", "/w", ifs(list(etag(`"weak"`))), pass},
		{"IF-05 collection", "/c", ifs(list(etag(`""`))), PreconditionFailed},
		{"IF-06 tag", "/none", ifs(on("/none", etag(`"a"`))), PreconditionFailed},
		{"IF-06 Not tag", "/none", ifs(on("/none", not(etag(`"a"`)))), pass},
		{"IF-06 token", "/none", ifs(list(token("T1"))), PreconditionFailed},
		{"IF-06 Not token", "/none", ifs(list(not(token("T1")))), pass},
		{"IF-07 always true", "/f", ifs(list(token("T1"), etag(`"stale"`)), list(not(noLock))), pass},
		{"IF-08 always false", "/f", ifs(list(noLock)), PreconditionFailed},
		{"IF-08 always false, unlocked", "/w", ifs(list(noLock)), PreconditionFailed},
		{"IF-10 another server", "/f", ifs(IfList{Tagged: true, Foreign: true, Conditions: []IfCondition{token("T1")}}), PreconditionFailed},
		{"IF-10 another server, Not", "/f", ifs(IfList{Tagged: true, Foreign: true, Conditions: []IfCondition{not(token("T1"))}}), pass},
		{"IF-12 true If, false If-Match", "/f", &Conditions{If: []IfList{list(token("T1"))}, IfMatch: tags(`"bad"`)}, PreconditionFailed},
		{"IF-12 false If, true If-Match", "/f", &Conditions{If: []IfList{list(noLock)}, IfMatch: tags(`"good"`)}, PreconditionFailed},
		{"IF-12 both true", "/f", &Conditions{If: []IfList{list(token("T1"))}, IfMatch: tags(`"good"`)}, pass},

		{"ET-05 If-Match", "/f", &Conditions{IfMatch: tags(`"bad"`, `"good"`)}, pass},
		{"ET-05 If-Match, stale", "/f", &Conditions{IfMatch: tags(`"bad"`)}, PreconditionFailed},
		{"ET-05 If-Match, stale, GET", "/f", &Conditions{IfMatch: tags(`"bad"`)}, PreconditionFailed},
		{"ET-05 If-Match: *", "/c", &Conditions{IfMatch: anyTag}, pass},
		{"ET-05 If-Match: *, unmapped", "/none", &Conditions{IfMatch: anyTag}, PreconditionFailed},
		{"ET-05 If-Match without a tag", "/f", &Conditions{IfMatch: tags()}, PreconditionFailed},
		{"ET-05 If-None-Match: *", "/f", &Conditions{IfNoneMatch: anyTag}, PreconditionFailed},
		{"ET-05 If-None-Match: *, new", "/none", &Conditions{IfNoneMatch: anyTag}, pass},
		{"ET-05 If-None-Match, equal", "/f", &Conditions{IfNoneMatch: tags(`"good"`)}, PreconditionFailed},
		{"ET-05 If-None-Match, other", "/f", &Conditions{IfNoneMatch: tags(`"bad"`)}, pass},
		{"A9 If-None-Match without a tag", "/f", &Conditions{IfNoneMatch: tags()}, pass},
		{"ET-05 If-Unmodified-Since, later", "/f", &Conditions{IfUnmodifiedSince: after}, pass},
		{"ET-05 If-Unmodified-Since, the same second", "/f", &Conditions{IfUnmodifiedSince: second}, pass},
		{"ET-05 If-Unmodified-Since, earlier", "/f", &Conditions{IfUnmodifiedSince: before}, PreconditionFailed},
		{"ET-05 If-Unmodified-Since, unmapped", "/none", &Conditions{IfUnmodifiedSince: before}, pass},
		{"ET-05 If-Match rules If-Unmodified-Since", "/f", &Conditions{IfMatch: tags(`"good"`), IfUnmodifiedSince: before}, pass},
		{"ET-06 If-Match is strong", "/f", &Conditions{IfMatch: tags(`W/"good"`)}, PreconditionFailed},
		{"ET-06 If-Match is strong", "/w", &Conditions{IfMatch: tags(`W/"weak"`)}, PreconditionFailed},
		{"ET-06 If-None-Match is weak", "/f", &Conditions{IfNoneMatch: tags(`W/"good"`)}, PreconditionFailed},
		{"ET-06 GET If-None-Match, other", "/f", &Conditions{IfNoneMatch: tags(`"bad"`)}, pass},
		{"9110 13.2.2 If-Match first", "/f", &Conditions{IfMatch: tags(`"bad"`), IfNoneMatch: tags(`"good"`)}, PreconditionFailed},
	} {
		t.Run(c.id, func(t *testing.T) { wantJudged(t, c.c.Judge(c.target, stateOf), c.target, c.want) })
	}
}

func wantJudged(t *testing.T, err error, target Path, want Kind) {
	t.Helper()
	if want == pass {
		if err != nil {
			t.Fatalf("got %v", err)
		}
		return
	}
	if err == nil || KindOf(err) != want {
		t.Fatalf("got %v, want %v", err, want)
	}
	e := err.(*Error)
	if e.Path != target || e.Message == "" {
		t.Fatalf("got %+v", e)
	}
}

func TestJudgeAsksForNoMoreThanItNeeds(t *testing.T) {
	var asked []Path
	record := func(p Path) (State, error) {
		asked = append(asked, p)
		return stateOf(p)
	}
	c := ifs(on("/none", token("T1")), on("/f", token("T1")), on("/c", token("T2")))
	if err := c.Judge("/f", record); err != nil {
		t.Fatal(err)
	}
	if want := []Path{"/f", "/none"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
	asked = nil
	if err := (&Conditions{Tokens: []string{"T1"}}).Judge("/f", record); err != nil || len(asked) > 0 {
		t.Errorf("without a conditional header: asked for %q, %v", asked, err)
	}
}

func TestJudgeReturnsTheErrorOfState(t *testing.T) {
	broken := errors.New("storage")
	for _, bad := range []Path{"/f", "/c"} {
		err := ifs(on("/c", token("T2"))).Judge("/f", func(p Path) (State, error) {
			if p == bad {
				return State{}, broken
			}
			return stateOf(p)
		})
		if !errors.Is(err, broken) {
			t.Errorf("state of %s fails: got %v", bad, err)
		}
	}
}

func TestPermit(t *testing.T) {
	exclusive := Lock{Token: "T1", Root: "/f", Principal: "ann"}
	above := Lock{Token: "T2", Root: "/c", Collection: true, Depth: DepthInfinity, Principal: "ann"}
	sharedAnn := Lock{Token: "S1", Root: "/s", Scope: Shared, Principal: "ann"}
	sharedBob := Lock{Token: "S2", Root: "/s", Scope: Shared, Principal: "bob"}
	by := func(who string, tokens ...string) *Conditions { return &Conditions{Principal: who, Tokens: tokens} }
	for _, c := range []struct {
		id    string
		c     *Conditions
		locks []Lock
		want  Kind
		roots []Href
	}{
		{"unlocked", by("ann"), nil, pass, nil},
		{"unlocked, nil", nil, nil, pass, nil},
		{"LK-12 no token", by("ann"), []Lock{exclusive}, Locked, []Href{{"/f", false}}},
		{"LK-12 nil", nil, []Lock{exclusive}, Locked, []Href{{"/f", false}}},
		{"LK-12 token", by("ann", "T1"), []Lock{exclusive}, pass, nil},
		{"LK-12 token among others", by("ann", "T0", "T1"), []Lock{exclusive}, pass, nil},
		{"IF-09 wrong token", by("ann", "T0"), []Lock{exclusive}, Locked, []Href{{"/f", false}}},
		{"LK-14 another's token", by("bob", "T1"), []Lock{exclusive}, Forbidden, []Href{{"/f", false}}},
		{"LK-14 nobody's", by("", "T1"), []Lock{exclusive}, Forbidden, []Href{{"/f", false}}},
		{"LK-16 root of a collection", by("ann"), []Lock{above}, Locked, []Href{{"/c", true}}},
		{"LK-15 one of two tokens", by("ann", "T1"), []Lock{exclusive, above}, Locked, []Href{{"/c", true}}},
		{"LK-15 both tokens", by("ann", "T2", "T1"), []Lock{exclusive, above}, pass, nil},
		{"LK-15 neither", by("ann"), []Lock{exclusive, above}, Locked, []Href{{"/f", false}, {"/c", true}}},
		{"4918 7 shared, own token", by("ann", "S1"), []Lock{sharedBob, sharedAnn}, pass, nil},
		{"4918 7 shared, no token", by("ann"), []Lock{sharedAnn, sharedBob}, Locked, []Href{{"/s", false}, {"/s", false}}},
		{"LK-14 shared, another's token", by("ann", "S2"), []Lock{sharedAnn, sharedBob}, Forbidden, []Href{{"/s", false}, {"/s", false}}},
		{"LK-14 shared, both tokens", by("ann", "S2", "S1"), []Lock{sharedBob, sharedAnn}, pass, nil},
		{"shared and exclusive, one token", by("ann", "S1"), []Lock{sharedAnn, exclusive, sharedBob}, Locked, []Href{{"/f", false}}},
		{"shared and exclusive, both tokens", by("ann", "S1", "T1"), []Lock{sharedBob, exclusive, sharedAnn}, pass, nil},
		{"IF-07 submitted in a false list", &Conditions{Principal: "ann", Tokens: []string{"T1"}, If: []IfList{list(token("T1"), etag(`"stale"`))}}, []Lock{exclusive}, pass, nil},
		{"only in If, not submitted", &Conditions{Principal: "ann", If: []IfList{list(token("T1"))}}, []Lock{exclusive}, Locked, []Href{{"/f", false}}},
	} {
		t.Run(c.id, func(t *testing.T) {
			err := c.c.Permit("/p", c.locks)
			wantJudged(t, err, "/p", c.want)
			if err == nil {
				return
			}
			if cond := err.(*Error).Condition; cond.Name != LockTokenSubmitted || !slices.Equal(cond.Paths, c.roots) {
				t.Errorf("got the condition %+v, want the roots %+v", cond, c.roots)
			}
		})
	}
}

func TestSubmitted(t *testing.T) {
	c := &Conditions{Tokens: []string{"T1", "T2"}}
	if !c.Submitted("T2") || c.Submitted("T3") || (*Conditions)(nil).Submitted("T1") {
		t.Error("Submitted doesn't tell what is in Tokens")
	}
}
