package backendtest

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

// RunModel plays random histories of all methods on the backend that open
// gives and on the reference backend side by side, and compares every answer
// and the state after it. A history that differs is shrunk. The backend must
// act wholly or not at all, keep properties and locks, and take its time from
// now.
func RunModel(t *testing.T, open func(t *rapid.T, now func() time.Time) davserver.Backend) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{}
		m.now.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Unix())
		clock := func() time.Time { return time.Unix(m.now.Load(), 0) }
		m.sides = [2]side{newSide(NewMemory(clock)), newSide(open(t, clock))}
		actions := map[string]func(*rapid.T){
			"put": m.put, "put again": m.put, "mkcol": m.mkcol, "mkcol again": m.mkcol, "delete": m.delete, "copy": m.copy, "move": m.move,
			"proppatch": m.proppatch, "lock": m.lock, "refresh": m.refresh, "unlock": m.unlock, "open": m.open,
			"time": func(t *rapid.T) { m.now.Add(rapid.Int64Range(1, 90).Draw(t, "s")) },
			"":     m.compare,
		}
		maps.Copy(actions, m.graphActions())
		t.Repeat(actions)
	})
}

// model is a history in the making. sides[0] is the reference.
type model struct {
	now    atomic.Int64 // in seconds; a backend may look at the clock in the background
	sides  [2]side
	tokens int // lock tokens given out, the same number on both sides
}

type backend interface {
	davserver.Backend
	davserver.PropertyStore
	davserver.Locker
}

// side is a backend with what it gave out: tokens differ between the two, so a
// history names them by their number.
type side struct {
	backend
	tokens []string
}

func newSide(b davserver.Backend) side { return side{backend: b.(backend)} }

// answer is what can be compared of a method's result.
type answer struct {
	kind     string
	cond     string
	created  bool
	outcomes []string
}

func (a answer) String() string {
	return fmt.Sprintf("%s %s created=%v %v", a.kind, a.cond, a.created, a.outcomes)
}

// both carries a method out on both sides and compares what they answer.
func (m *model) both(t *rapid.T, what string, do func(s *side, report dav.Report) (created bool, err error)) {
	t.Helper()
	var answers [2]answer
	for i := range m.sides {
		a := &answers[i]
		created, err := do(&m.sides[i], func(o dav.Outcome) {
			a.outcomes = append(a.outcomes, fmt.Sprintf("%s %v", o.Path, verdict(o.Err)))
		})
		if err != nil {
			a.outcomes = nil // the request is to blame, whatever else was found
		}
		slices.Sort(a.outcomes)
		a.created = created && err == nil && a.outcomes == nil
		a.kind, a.cond, _ = strings.Cut(verdict(err), " ")
	}
	if answers[0].String() != answers[1].String() {
		t.Fatalf("%s:\n reference: %v\n   backend: %v", what, answers[0], answers[1])
	}
}

// verdict is an error without its words.
func verdict(err error) string {
	if err == nil {
		return "ok"
	}
	e, ok := err.(*dav.Error)
	if !ok {
		return err.Error()
	}
	hrefs := slices.SortedFunc(slices.Values(e.Condition.Paths), func(a, b dav.Href) int { return cmp.Compare(a.Path, b.Path) })
	return fmt.Sprintf("%v %s%v", e.Kind, e.Condition.Name.Local, slices.Compact(hrefs))
}

func (m *model) put(t *rapid.T) {
	p, c := path(t, "path"), m.conditions(t)
	content := rapid.StringN(0, 8, -1).Draw(t, "content")
	mediaType := rapid.SampledFrom([]string{"", "text/plain"}).Draw(t, "type")
	at := m.position(t)
	m.both(t, "PUT "+string(p), func(s *side, _ dav.Report) (bool, error) {
		_, created, err := s.Put(context.Background(), dav.PutRequest{
			Path: p, Body: strings.NewReader(content), Length: int64(len(content)), MediaType: mediaType, Position: at, Conditions: c(s)})
		return created, err
	})
}

func (m *model) mkcol(t *rapid.T) {
	p, c := path(t, "path"), m.conditions(t)
	m.both(t, "MKCOL "+string(p), func(s *side, _ dav.Report) (bool, error) {
		return false, s.Mkcol(context.Background(), dav.MkcolRequest{Path: p, Conditions: c(s)})
	})
}

func (m *model) delete(t *rapid.T) {
	p, c := path(t, "path"), m.conditions(t)
	m.both(t, "DELETE "+string(p), func(s *side, report dav.Report) (bool, error) {
		return false, s.Delete(context.Background(), dav.DeleteRequest{Path: p, Conditions: c(s)}, report)
	})
}

func (m *model) copy(t *rapid.T) {
	from, to, c := path(t, "from"), path(t, "to"), m.conditions(t)
	depth := rapid.SampledFrom([]dav.Depth{dav.Depth0, dav.DepthInfinity}).Draw(t, "depth")
	at := m.position(t)
	m.both(t, fmt.Sprintf("COPY %s %s", from, to), func(s *side, report dav.Report) (bool, error) {
		return s.Copy(context.Background(), dav.CopyRequest{From: from, To: to, Depth: depth, Position: at, Conditions: c(s)}, report)
	})
}

func (m *model) move(t *rapid.T) {
	from, to, c := path(t, "from"), path(t, "to"), m.conditions(t)
	at := m.position(t)
	m.both(t, fmt.Sprintf("MOVE %s %s", from, to), func(s *side, report dav.Report) (bool, error) {
		return s.Move(context.Background(), dav.CopyRequest{From: from, To: to, Depth: dav.DepthInfinity, Position: at, Conditions: c(s)}, report)
	})
}

func (m *model) proppatch(t *rapid.T) {
	p, c := path(t, "path"), m.conditions(t)
	var updates []dav.PropertyUpdate
	for range rapid.IntRange(1, 3).Draw(t, "updates") {
		name := dav.Name{Space: rapid.SampledFrom([]string{"", "DAV:", "urn:x"}).Draw(t, "space"), Local: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "local")}
		value := rapid.SampledFrom([]string{"1", "2"}).Draw(t, "value")
		updates = append(updates, dav.PropertyUpdate{Remove: rapid.Bool().Draw(t, "remove"),
			Property: dav.Property{Name: name, XML: fmt.Sprintf(`<q:%s xmlns:q="%s">%s</q:%s>`, name.Local, name.Space, value, name.Local)}})
	}
	check := rapid.Bool().Draw(t, "check")
	m.both(t, "PROPPATCH "+string(p), func(s *side, _ dav.Report) (bool, error) {
		return false, s.Proppatch(context.Background(), dav.ProppatchRequest{Path: p, Updates: updates, Check: check, Conditions: c(s)})
	})
}

func (m *model) lock(t *rapid.T) {
	r := dav.LockRequest{
		Path:     path(t, "path"),
		Scope:    rapid.SampledFrom([]dav.LockScope{dav.Exclusive, dav.Shared}).Draw(t, "scope"),
		Depth:    rapid.SampledFrom([]dav.Depth{dav.Depth0, dav.DepthInfinity}).Draw(t, "depth"),
		Timeout:  time.Duration(rapid.SampledFrom([]int{0, 60, 600}).Draw(t, "timeout")) * time.Second,
		Position: m.position(t),
	}
	c := m.conditions(t)
	m.both(t, "LOCK "+string(r.Path), func(s *side, report dav.Report) (bool, error) {
		r := r
		r.Conditions = c(s)
		l, created, err := s.Lock(context.Background(), r, report)
		if err == nil && l != nil {
			s.tokens = append(s.tokens, l.Token)
		}
		return created, err
	})
	if len(m.sides[0].tokens) != len(m.sides[1].tokens) {
		t.Fatalf("LOCK %s: only one side gave a lock", r.Path)
	}
	m.tokens = len(m.sides[0].tokens)
}

func (m *model) refresh(t *rapid.T) {
	p, c, token := path(t, "path"), m.conditions(t), m.token(t)
	m.both(t, "refresh "+string(p), func(s *side, _ dav.Report) (bool, error) {
		_, err := s.Refresh(context.Background(), dav.RefreshRequest{Path: p, Token: token(s), Timeout: time.Minute, Conditions: c(s)})
		return false, err
	})
}

func (m *model) unlock(t *rapid.T) {
	p, c, token := path(t, "path"), m.conditions(t), m.token(t)
	m.both(t, "UNLOCK "+string(p), func(s *side, _ dav.Report) (bool, error) {
		return false, s.Unlock(context.Background(), dav.UnlockRequest{Path: p, Token: token(s), Conditions: c(s)})
	})
}

func (m *model) open(t *rapid.T) {
	p, c := path(t, "path"), m.conditions(t)
	m.both(t, "GET "+string(p), func(s *side, _ dav.Report) (bool, error) {
		_, body, err := s.Open(context.Background(), p, c(s))
		if body != nil {
			body.Close()
		}
		return false, err
	})
}

// path draws from few names, in both normal forms, so that histories meet.
func path(t *rapid.T, label string) dav.Path {
	p := dav.Root
	for range rapid.IntRange(0, 3).Draw(t, label+" depth") {
		p = p.Join(rapid.SampledFrom([]string{"a", "b", "\u00e9", "e\u0301"}).Draw(t, label))
	}
	return p
}

// token draws a lock token by its number; sometimes one that nobody gave out.
func (m *model) token(t *rapid.T) func(*side) string {
	i := rapid.IntRange(-1, m.tokens-1).Draw(t, "token")
	if i < 0 {
		return func(*side) string { return "urn:uuid:00000000-0000-4000-8000-000000000000" }
	}
	return func(s *side) string { return s.tokens[i] }
}

// conditions draws who asks, which tokens are submitted and what must hold.
func (m *model) conditions(t *rapid.T) func(*side) *dav.Conditions {
	c := dav.Conditions{
		Redirects:   rapid.IntRange(0, 3).Draw(t, "redirects") > 0,
		Principal:   rapid.SampledFrom([]string{"", "alice"}).Draw(t, "principal"),
		NoOverwrite: rapid.IntRange(0, 3).Draw(t, "overwrite") == 0,
	}
	var tokens []func(*side) string
	for range rapid.IntRange(0, 2).Draw(t, "submitted") {
		tokens = append(tokens, m.token(t))
	}
	etag := func(*side) dav.ETag { return "" }
	if rapid.IntRange(0, 4).Draw(t, "with tag") == 0 {
		etag = m.etag(t)
	}
	use := rapid.SampledFrom([]string{"If-Match", "If-None-Match", "If", "If tagged", "If Not", "*"}).Draw(t, "use")
	tagged := path(t, "tag")
	return func(s *side) *dav.Conditions {
		c := c
		for _, token := range tokens {
			c.Tokens = append(c.Tokens, token(s))
		}
		tag := etag(s)
		list := dav.IfList{Conditions: []dav.IfCondition{{ETag: tag}}}
		switch {
		case tag == "":
			if len(c.Tokens) > 0 && use == "If" {
				c.If = []dav.IfList{{Conditions: []dav.IfCondition{{Token: c.Tokens[0]}}}}
			}
			return &c
		case use == "If-Match":
			c.IfMatch = dav.ETags{Sent: true, Tags: []dav.ETag{tag}}
		case use == "If-None-Match":
			c.IfNoneMatch = dav.ETags{Sent: true, Tags: []dav.ETag{tag}}
		case use == "*":
			c.IfNoneMatch = dav.ETags{Sent: true, Any: true}
		case use == "If tagged":
			list.Tagged, list.Path = true, tagged
			fallthrough
		case use == "If":
			c.If = []dav.IfList{list}
		case use == "If Not":
			list.Conditions[0].Not = true
			c.If = []dav.IfList{list}
		}
		return &c
	}
}

// etag draws the present entity tag of some file, or one of none.
func (m *model) etag(t *rapid.T) func(*side) dav.ETag {
	p := path(t, "etag of")
	return func(s *side) dav.ETag {
		for r, err := range s.List(context.Background(), p, dav.Query{}) {
			if err == nil && r.ETag != "" {
				return r.ETag
			}
		}
		return `"none"`
	}
}

// compare compares the whole state of both sides.
func (m *model) compare(t *rapid.T) {
	want, got := m.sides[0].state(t), m.sides[1].state(t)
	for p := range maps.Keys(want) {
		if got[p] != want[p] {
			t.Fatalf("%s:\n reference: %s\n   backend: %s", p, want[p], got[p])
		}
	}
	for p := range maps.Keys(got) {
		if _, ok := want[p]; !ok {
			t.Fatalf("%s: only the backend has it: %s", p, got[p])
		}
	}
}

// state describes every resource of a side, without what is given out at
// random.
func (s *side) state(t *rapid.T) map[dav.Path]string {
	state := make(map[dav.Path]string)
	shape := shape{first: make(map[dav.ResourceID]dav.Path), ordered: make(map[dav.Path][]string)}
	for r, err := range s.List(context.Background(), dav.Root, dav.Query{Depth: dav.DepthInfinity, Dead: dav.DeadAll, Locks: true, Parents: true, Bind: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := state[r.Path]; twice {
			t.Fatalf("%s is listed twice", r.Path)
		}
		var about []string
		for _, d := range r.Dead {
			about = append(about, "property "+d.Name.String()+" "+d.XML)
		}
		for _, l := range r.Locks {
			about = append(about, fmt.Sprintf("lock %d at %s %v %v by %q until %v", slices.Index(s.tokens, l.Token), l.Root, l.Scope, l.Depth, l.Principal, l.Expires.Unix()))
		}
		slices.Sort(about)
		body := ""
		if !r.Collection && r.Redirect == nil {
			body = s.content(t, r.Path)
		}
		state[r.Path] = fmt.Sprintf("collection=%v %q %d %q %q etag=%v %s; %s; %d parents",
			r.Collection, body, r.Length, r.MediaType, r.Language, r.ETag != "", strings.Join(about, ", "), shape.about(r), s.parents(t, r))
	}
	for p, order := range shape.ordered {
		state[p] += fmt.Sprint(" in the order ", order)
	}
	return state
}

func (s *side) content(t *rapid.T, p dav.Path) string {
	_, body, err := s.Open(context.Background(), p, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
