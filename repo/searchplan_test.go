package repo

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// Every way to the candidates finds what is found by looking at everything that a
// listing tells, with conditions judged by other means.
func TestSearchPlans(t *testing.T) {
	t.Parallel()
	found, byIndex := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newSearchWorld(t, rt)
		defer w.close()
		for range rapid.IntRange(15, 40).Draw(rt, "steps") {
			w.change()
		}
		for range 8 {
			n, indexes := w.search()
			found += n
			byIndex += indexes
		}
	})
	if found < 200 || byIndex < 100 {
		t.Errorf("%d hits, %d searches by an index: the test does not test", found, byIndex)
	}
}

// searchWorld is a repository with a few resources, and random steps on it.
type searchWorld struct {
	*rapid.T
	t     *testing.T
	r     *Repository
	m     *sqlite.Store
	paths []dav.Path
}

func newSearchWorld(t *testing.T, rt *rapid.T) *searchWorld {
	dir := t.TempDir()
	m, err := sqlite.Open(t.Context(), filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	w := &searchWorld{T: rt, t: t, m: m, paths: []dav.Path{"/"}}
	if w.r, err = Open(t.Context(), m, b, Options{InlineMax: 20, NoReclaim: true}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *searchWorld) close() {
	if _, err := w.r.Fsck(context.Background(), FsckOptions{}, func(p Problem) { w.Errorf("fsck: %v", p) }); err != nil {
		w.Errorf("fsck: %v", err)
	}
	w.r.Close()
	w.m.Close()
}

var (
	searchedNames  = []string{"p", "q"}
	searchedValues = []string{"", "a", "b", "B", "ab", "10", "9", " 9 ", "ä", "a%b", "<x/>", "<x>a</x>b", "true", strings.Repeat("ä", 250), strings.Repeat("ä", 250) + "a"}
	searchedTexts  = []string{"", "a", "the b", "b the A", "10 ab and so on and on and on", "\x00b", "ab, b! the end of the world"}
)

// change does a random step; that it may fail does no harm.
func (w *searchWorld) change() {
	ctx := w.t.Context()
	at := rapid.SampledFrom(w.paths).Draw(w.T, "at")
	name := rapid.SampledFrom([]string{"a", "b", "c.txt"}).Draw(w.T, "name")
	switch p := at.Join(name); rapid.IntRange(0, 9).Draw(w.T, "what") {
	case 0, 1:
		text := rapid.SampledFrom(searchedTexts).Draw(w.T, "text")
		if _, _, err := w.r.Put(ctx, dav.PutRequest{Path: p, Body: strings.NewReader(text), Length: -1}); err == nil {
			w.paths = append(w.paths, p)
		}
	case 2:
		if w.r.Mkcol(ctx, dav.MkcolRequest{Path: p}) == nil {
			w.paths = append(w.paths, p)
		}
	case 3:
		w.r.Bind(ctx, dav.BindRequest{Collection: at, Segment: name, Source: rapid.SampledFrom(w.paths).Draw(w.T, "source")}, func(dav.Outcome) {})
	case 4:
		w.r.Copy(ctx, dav.CopyRequest{From: at, To: rapid.SampledFrom(w.paths).Draw(w.T, "to").Join(name), Depth: dav.DepthInfinity}, func(dav.Outcome) {})
	case 5:
		w.r.Delete(ctx, dav.DeleteRequest{Path: p}, func(dav.Outcome) {})
	default:
		n := rapid.SampledFrom(searchedNames).Draw(w.T, "property")
		lang := rapid.SampledFrom([]string{"", ` xml:lang="de-AT"`}).Draw(w.T, "lang")
		xml := "<" + n + lang + ">" + rapid.SampledFrom(searchedValues).Draw(w.T, "value") + "</" + n + ">"
		w.r.Proppatch(ctx, dav.ProppatchRequest{Path: at, Updates: []dav.PropertyUpdate{{Property: dav.Property{Name: dav.Name{Local: n}, XML: xml}}}})
	}
}

// where is a random condition.
func (w *searchWorld) where(depth int) *dav.Where {
	op := rapid.SampledFrom([]dav.SearchOperator{dav.And, dav.Or, dav.Not, dav.Equal, dav.Equal, dav.Less, dav.LessOrEqual, dav.Greater, dav.GreaterOrEqual,
		dav.Like, dav.IsCollection, dav.IsDefined, dav.LanguageMatches, dav.Contains}).Draw(w.T, "operator")
	c := &dav.Where{Op: op, Name: dav.Name{Local: rapid.SampledFrom(append(searchedNames, "none", "name")).Draw(w.T, "property")}}
	switch {
	case op <= dav.Not:
		if depth == 0 {
			return &dav.Where{Op: dav.IsCollection}
		}
		n := 1
		if op != dav.Not {
			n = rapid.IntRange(1, 3).Draw(w.T, "terms")
		}
		for range n {
			c.Terms = append(c.Terms, w.where(depth-1))
		}
	case op == dav.Contains:
		c.Text = rapid.SampledFrom([]string{"a", "the b", "AB", "b the", "10", "zzz", `"b"`}).Draw(w.T, "phrase")
	case op == dav.Like:
		c.Text = rapid.SampledFrom([]string{"a%", "%b", "_", "ä%", `a\%b`, "%", "b", strings.Repeat("ä", 240) + "%"}).Draw(w.T, "pattern")
		c.Caseless = rapid.Bool().Draw(w.T, "caseless")
	case op == dav.LanguageMatches:
		c.Text = "de"
	default:
		c.Text = rapid.SampledFrom(searchedValues).Draw(w.T, "literal")
		c.Caseless = rapid.Bool().Draw(w.T, "caseless")
		if rapid.Bool().Draw(w.T, "typed") {
			c.Type, c.Typed, c.Text = dav.Integer, true, rapid.SampledFrom([]string{"9", "10"}).Draw(w.T, "number")
		}
	}
	return c
}

// search compares all ways of a random search, and tells how much it found, by
// how many indexes.
func (w *searchWorld) search() (hits, indexes int) {
	q := dav.SearchRequest{Path: "/", Scope: "/", Depth: dav.DepthInfinity, Where: w.where(2), Limit: -1, Query: dav.Query{Dead: dav.DeadAll}}
	if rapid.Bool().Draw(w.T, "within") {
		q.Scope, q.Depth = rapid.SampledFrom(w.paths).Draw(w.T, "scope"), dav.Depth(rapid.IntRange(0, 2).Draw(w.T, "depth"))
	}
	byName := func(n dav.Name) (*dav.SearchProperty, error) {
		p := &dav.SearchProperty{Name: n}
		if n.Local == "name" {
			p.Live = func(r *dav.Resource) dav.Value { return dav.Value{State: dav.Simple, Text: r.Path.Name()} }
		}
		return p, nil
	}
	if err := q.Where.Prepare(byName); err != nil {
		w.Fatal(err)
	}
	want, mapped := w.expected(q)
	if !mapped {
		return 0, 0
	}
	for i := 0; ; i++ {
		got, more := w.searchBy(q, i)
		if !more {
			return len(want), i - 1
		}
		if !maps.Equal(got, want) {
			w.Fatalf("way %d of %s in %s, depth %v finds %v, want %v", i, showWhere(q.Where), q.Scope, q.Depth, got, want)
		}
	}
}

// searchBy searches in the i-th way, and gives the identities of what it finds.
func (w *searchWorld) searchBy(q dav.SearchRequest, i int) (found map[dav.ResourceID]bool, more bool) {
	found = map[dav.ResourceID]bool{}
	s := newSearch(w.t.Context(), w.r, q, func() { w.Fatal("shortened") }, func(r *dav.Resource, err error) bool {
		if err != nil || found[r.ID] {
			w.Fatalf("%s is found twice, or %v", r.Path, err)
		}
		found[r.ID] = true
		return true
	})
	if err := s.readNames(); err != nil {
		w.Fatal(err)
	}
	if err := s.indexForSearch(); err != nil {
		w.Fatal(err)
	}
	plans := []plan{walk{top: true}}
	err := w.r.view(w.t.Context(), func(t *tx) error {
		if err := s.locate(t); err != nil {
			return err
		}
		indexes, err := s.indexPlans(t)
		plans = append(plans, indexes...)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	if i == len(plans) {
		return nil, false
	}
	if err := s.stream(plans[i]); err != nil {
		w.Fatal(err)
	}
	return found, true
}

// expected is what meets the condition at one of its URLs in scope, by a listing.
func (w *searchWorld) expected(q dav.SearchRequest) (ids map[dav.ResourceID]bool, mapped bool) {
	ids = map[dav.ResourceID]bool{}
	entered := map[dav.ResourceID]bool{}
	var list func(p dav.Path, depth dav.Depth)
	list = func(p dav.Path, depth dav.Depth) {
		for r, err := range w.r.List(w.t.Context(), p, dav.Query{Depth: min(depth, dav.Depth1), Dead: dav.DeadAll}) {
			if err != nil {
				return
			}
			if r.Path == p && r.Path != q.Scope {
				continue // told by the listing above
			}
			mapped = true
			if w.meets(q.Where, r) == 1 {
				ids[r.ID] = true
			}
			if r.Collection && depth == dav.DepthInfinity && r.Path != p && !entered[r.ID] {
				entered[r.ID] = true
				list(r.Path, depth)
			}
		}
	}
	for r, err := range w.r.List(w.t.Context(), q.Scope, dav.Query{}) {
		if err == nil {
			entered[r.ID] = true
		}
	}
	list(q.Scope, q.Depth)
	return ids, mapped
}

// meets is 1 for true, 0 for false, and a half for unknown.
func (w *searchWorld) meets(c *dav.Where, r *dav.Resource) float64 {
	bit := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	switch c.Op {
	case dav.And, dav.Or:
		least, most := 1.0, 0.0
		for _, t := range c.Terms {
			v := w.meets(t, r)
			least, most = math.Min(least, v), math.Max(most, v)
		}
		if c.Op == dav.And {
			return least
		}
		return most
	case dav.Not:
		return 1 - w.meets(c.Terms[0], r)
	case dav.IsCollection:
		return bit(r.Collection)
	case dav.Contains:
		return bit(w.holds(r, c.Text))
	}
	text, lang, state := searchedValue(r, c.Name.Local)
	switch {
	case c.Op == dav.IsDefined:
		return bit(state > 0)
	case state == 0:
		return 0.5
	case c.Op == dav.LanguageMatches:
		return bit(strings.HasPrefix(lang, c.Text))
	case state == 1:
		return 0.5
	}
	literal := c.Text
	if c.Caseless {
		text, literal = strings.ToLower(text), strings.ToLower(literal)
	}
	if c.Op == dav.Like {
		return bit(likes(text, literal))
	}
	order := strings.Compare(text, literal)
	if c.Typed {
		a, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return 0.5
		}
		b, _ := strconv.Atoi(literal)
		order = a - b
	}
	return bit(map[dav.SearchOperator]bool{dav.Equal: order == 0, dav.Less: order < 0, dav.LessOrEqual: order <= 0,
		dav.Greater: order > 0, dav.GreaterOrEqual: order >= 0}[c.Op])
}

// searchedValue is the value of a property, its language, and whether there is
// none (0), one with elements (1), or text (2).
func searchedValue(r *dav.Resource, name string) (text, lang string, state int) {
	if name == "name" {
		return r.Path.Name(), "", 2
	}
	for _, d := range r.Dead {
		if d.Name.Local != name {
			continue
		}
		if strings.Contains(d.XML, `"de-AT"`) {
			lang = "de-AT"
		}
		if strings.Contains(d.XML, "<x") {
			return "", lang, 1
		}
		_, text, _ = strings.Cut(d.XML, ">")
		text, _, _ = strings.Cut(text, "</")
		return text, lang, 2
	}
	return "", "", 0
}

func likes(s, pattern string) bool {
	switch {
	case pattern == "":
		return s == ""
	case pattern[0] == '%':
		return likes(s, pattern[1:]) || s != "" && likes(s[1:], pattern)
	case pattern[0] == '_':
		runes := []rune(s)
		return len(runes) > 0 && likes(string(runes[1:]), pattern[1:])
	case pattern[0] == '\\':
		pattern = pattern[1:]
	}
	return s != "" && s[0] == pattern[0] && likes(s[1:], pattern[1:])
}

// holds looks for the words in the body.
func (w *searchWorld) holds(r *dav.Resource, phrase string) bool {
	if r.Collection {
		return false
	}
	_, body, err := w.r.Open(w.t.Context(), r.Path, nil)
	if err != nil {
		w.Fatal(err)
	}
	defer body.Close()
	var b strings.Builder
	buf := make([]byte, 100)
	for n, err := body.Read(buf); n > 0 || err == nil; n, err = body.Read(buf) {
		b.Write(buf[:n])
	}
	if strings.Contains(b.String(), "\x00") {
		return false
	}
	words := func(s string) []string {
		return strings.Fields(strings.NewReplacer(",", " ", "!", " ", `"`, " ").Replace(strings.ToLower(s)))
	}
	text, want := words(b.String()), words(phrase)
	for i := range text {
		if len(text)-i >= len(want) && slices.Equal(text[i:i+len(want)], want) {
			return true
		}
	}
	return false
}

func showWhere(c *dav.Where) string {
	var terms []string
	for _, t := range c.Terms {
		terms = append(terms, showWhere(t))
	}
	return fmt.Sprintf("%d(%s %.20q caseless=%t typed=%t %s)", c.Op, c.Name.Local, c.Text, c.Caseless, c.Typed, strings.Join(terms, " "))
}
