package dav

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
)

// record is a resource whose dead properties are in the map.
type record struct {
	at   Resource
	dead map[string]Value
	body string
}

func (r *record) Resource() *Resource              { return &r.at }
func (r *record) Dead(n Name) Value                { return r.dead[n.Local] }
func (r *record) Score() int                       { return 0 }
func (r *record) Contains(w string) bool           { return strings.Contains(r.body, w) }
func text(s string) Value                          { return Value{State: Simple, Text: s} }
func deadProperty(n Name) (*SearchProperty, error) { return &SearchProperty{Name: n}, nil }
func cond(op SearchOperator, p, lit string) *Where {
	return &Where{Op: op, Name: Name{"u", p}, Text: lit}
}

func typed(t Datatype, w *Where) *Where {
	w.Type, w.Typed = t, true
	return w
}

func caseless(w *Where) *Where {
	w.Caseless = true
	return w
}

func all(op SearchOperator, terms ...*Where) *Where { return &Where{Op: op, Terms: terms} }

func evaluate(t *testing.T, w *Where, r SearchRecord) Truth {
	t.Helper()
	if err := w.Prepare(deadProperty); err != nil {
		t.Fatal(err)
	}
	return w.Evaluate(r)
}

// SE-07: the tables of RFC 5323 appendix A.
func TestThreeValuedLogic(t *testing.T) {
	r := &record{dead: map[string]Value{"p": text("x")}}
	terms := map[Truth]*Where{True: cond(Equal, "p", "x"), False: cond(Equal, "p", "y"), Unknown: cond(Equal, "missing", "x")}
	and := map[[2]Truth]Truth{{True, True}: True, {True, False}: False, {False, False}: False, {Unknown, True}: Unknown,
		{Unknown, False}: False, {Unknown, Unknown}: Unknown}
	or := map[[2]Truth]Truth{{True, True}: True, {True, False}: True, {False, False}: False, {Unknown, True}: True,
		{Unknown, False}: Unknown, {Unknown, Unknown}: Unknown}
	for op, table := range map[SearchOperator]map[[2]Truth]Truth{And: and, Or: or} {
		for in, want := range table {
			for _, pair := range [][2]Truth{in, {in[1], in[0]}} {
				if got := evaluate(t, all(op, terms[pair[0]], terms[pair[1]]), r); got != want {
					t.Errorf("operator %d of %v: %d, want %d", op, pair, got, want)
				}
			}
		}
	}
	for in, want := range map[Truth]Truth{True: False, False: True, Unknown: Unknown} {
		if got := evaluate(t, all(Not, terms[in]), r); got != want {
			t.Errorf("not %d: %d, want %d", in, got, want)
		}
	}
}

func TestOperators(t *testing.T) {
	r := &record{
		at: Resource{Collection: true},
		dead: map[string]Value{
			"empty": text(""), "ten": text("10"), "many": {State: Structured, Lang: "de-AT"}, "word": text("Straße"),
			"minus": text("-1"), "zero": text("01"), "three": text(" 3\n"), "test": text("test"), "half": text("0.50"),
			"date": text("2026-05-01T12:00:00+02:00"), "yes": text("1"), "inf": text("-INF"), "path": text("a_c 50% b\\d"),
			"big": text("123456789012345678901234567890"), "lang": {State: Simple, Text: "x", Lang: "en-GB"},
			"fixed": {State: Simple, Text: "Fri, 01 May 2026 10:00:00 GMT", Time: time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)},
		},
		body: "some words",
	}
	for _, c := range []struct {
		id   string
		w    *Where
		want Truth
	}{
		{"SE-09 is-defined, missing", cond(IsDefined, "no", ""), False},
		{"SE-09 is-defined, empty", cond(IsDefined, "empty", ""), True},
		{"SE-09 is-defined, structured", cond(IsDefined, "many", ""), True},
		{"SE-09 empty is not NULL", cond(Equal, "empty", ""), True},
		{"SE-09 empty is less", cond(Less, "empty", "a"), True},
		{"SE-09 eq on structured", cond(Equal, "many", ""), Unknown},
		{"SE-09 like on structured", cond(Like, "many", "%"), Unknown},
		{"N-7 less than NULL", cond(Less, "no", "a"), Unknown},
		{"SE-10 text, not number", cond(Greater, "ten", "9"), False},
		{"SE-10 white space counts", cond(Equal, "ten", " 10"), False},
		{"SE-11 -1 < 3", typed(Integer, cond(Less, "minus", "3")), True},
		{"SE-11 01 < 3", typed(Integer, cond(Less, "zero", "3")), True},
		{"SE-11 3 < 3", typed(Integer, cond(Less, "three", "3")), False},
		{"SE-11 3 <= 3", typed(Integer, cond(LessOrEqual, "three", "3")), True},
		{"SE-11 test < 3", typed(Integer, cond(Less, "test", "3")), Unknown},
		{"SE-11 none < 3", typed(Integer, cond(Less, "none", "3")), Unknown},
		{"SE-11 not test < 3", all(Not, typed(Integer, cond(Less, "test", "3"))), Unknown},
		{"SE-11 a fraction is no integer", typed(Integer, cond(Less, "half", "3")), Unknown},
		{"SE-11 decimal", typed(Decimal, cond(Equal, "half", "+.5")), True},
		{"SE-11 no double", typed(Double, cond(Less, "test", "1e3")), Unknown},
		{"SE-11 double", typed(Double, cond(Less, "ten", "1.1e1")), True},
		{"SE-11 infinity", typed(Double, cond(Less, "inf", "-1e300")), True},
		{"SE-11 NaN", typed(Double, cond(Equal, "ten", "NaN")), Unknown},
		{"SE-11 boolean", typed(Boolean, cond(Equal, "yes", "true")), True},
		{"SE-11 no boolean", typed(Boolean, cond(Equal, "ten", "true")), Unknown},
		{"SE-11 dateTime", typed(DateTime, cond(Equal, "date", "2026-05-01T10:00:00Z")), True},
		{"SE-11 dateTime without a zone", typed(DateTime, cond(Less, "date", "2026-05-01T10:00:00.5")), True},
		{"SE-11 string", typed(String, cond(Equal, "zero", "1")), False},
		{"SE-11 no bounds", typed(Integer, cond(Greater, "big", "123456789012345678901234567889")), True},
		{"SE-11 natural", typed(NonNegativeInteger, cond(Less, "minus", "3")), Unknown},
		{"SE-10 a date", typed(DateTime, cond(GreaterOrEqual, "fixed", "2026-05-01T10:00:00Z")), True},
		{"SE-17 a date as it is told", typed(String, cond(Equal, "fixed", "Fri, 01 May 2026 10:00:00 GMT")), True},
		{"SE-12 gte", cond(GreaterOrEqual, "test", "test"), True},
		{"SE-12 gt", cond(Greater, "test", "test"), False},
		{"SE-12 is-collection", &Where{Op: IsCollection}, True},
		{"SE-12 nested", all(And, all(Or, cond(Equal, "no", "x"), cond(Equal, "ten", "10")), all(Not, cond(Equal, "test", "x"))), True},
		{"SE-13 contains", &Where{Op: Contains, Text: "word"}, True},
		{"SE-13 does not contain", &Where{Op: Contains, Text: "work"}, False},
		{"SE-13 case", cond(Equal, "word", "STRASSE"), False},
		{"SE-13 caseless", caseless(cond(Equal, "word", "STRASSE")), True},
		{"SE-13 caseless like", caseless(cond(Like, "word", "%SS_")), True},
		{"SE-13 escaped percent", cond(Like, "path", `%50\% %`), True},
		{"SE-13 escaped underscore", cond(Like, "path", `a\_c%`), True},
		{"SE-13 escaped backslash", cond(Like, "path", `%b\\d`), True},
		{"SE-13 like is of all", cond(Like, "test", `es`), False},
		{"SE-13 like NULL", cond(Like, "no", `%`), Unknown},
		{"SE-13 language-defined", cond(LanguageDefined, "lang", ""), True},
		{"SE-13 language-defined, structured", cond(LanguageDefined, "many", ""), True},
		{"SE-13 language not defined", cond(LanguageDefined, "ten", ""), False},
		{"SE-13 language of NULL", cond(LanguageDefined, "no", ""), Unknown},
		{"SE-13 sublanguage", cond(LanguageMatches, "lang", "EN"), True},
		{"SE-13 same language", cond(LanguageMatches, "lang", "en-gb"), True},
		{"SE-13 narrower language", cond(LanguageMatches, "lang", "en-GB-x"), False},
		{"SE-13 prefix that is no language", cond(LanguageMatches, "lang", "e"), False},
		{"SE-13 unknown language", cond(LanguageMatches, "ten", "en"), False},
		{"SE-13 language-matches NULL", cond(LanguageMatches, "no", "en"), Unknown},
	} {
		t.Run(c.id, func(t *testing.T) {
			if got := evaluate(t, c.w, r); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}

func TestUnsoundConditions(t *testing.T) {
	for name, w := range map[string]*Where{
		"integer":         typed(Integer, cond(Less, "p", "three")),
		"fraction":        typed(Integer, cond(Less, "p", "3.0")),
		"sign alone":      typed(Integer, cond(Less, "p", "-")),
		"negative":        typed(NonNegativeInteger, cond(Less, "p", "-3")),
		"hexadecimal":     typed(Double, cond(Less, "p", "0x1p3")),
		"spelled out":     typed(Double, cond(Less, "p", "Infinity")),
		"boolean":         typed(Boolean, cond(Equal, "p", "TRUE")),
		"day alone":       typed(DateTime, cond(Equal, "p", "2026-05-01")),
		"no word":         {Op: Contains, Text: " -*\"( "},
		"long phrase":     {Op: Contains, Text: strings.Repeat("a ", 600)},
		"open escape":     cond(Like, "p", `a\`),
		"needless escape": cond(Like, "p", `\a`),
		"long pattern":    cond(Like, "p", strings.Repeat("_", 2000)),
		"within":          all(Not, all(Or, cond(Like, "p", `\a`))),
	} {
		if err := w.Prepare(deadProperty); KindOf(err) != Unprocessable {
			t.Errorf("%s: %v, want it unprocessable", name, err)
		}
	}
}

// Patterns match what a regular expression of the same meaning matches.
func TestLikeAgainstRegexp(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from []string, most int) string {
		var b strings.Builder
		for range random.IntN(most) {
			b.WriteString(from[random.IntN(len(from))])
		}
		return b.String()
	}
	meaning := map[string]string{"%": ".*", "_": ".", `\%`: "%", `\_`: "_", `\\`: `\\`, "a": "a", "ä": "ä"}
	var tokens []string
	for token := range meaning {
		tokens = append(tokens, token)
	}
	matches := 0
	for range 20000 {
		var like, re strings.Builder
		most := 6
		if random.IntN(50) == 0 {
			most = 200
		}
		for range random.IntN(most) {
			token := tokens[random.IntN(len(tokens))]
			like.WriteString(token)
			re.WriteString(meaning[token])
		}
		s := pick([]string{"a", "ä", "%", "_", `\`, "\n"}, most+1)
		p, err := parsePattern(like.String())
		if err != nil {
			t.Fatalf("%q: %v", like.String(), err)
		}
		want := regexp.MustCompile(`(?s)\A` + re.String() + `\z`).MatchString(s)
		if got := p.match(s); got != want {
			t.Fatalf("%q like %q: %t", s, like.String(), got)
		}
		if want {
			matches++
		}
	}
	if matches < 1000 {
		t.Errorf("%d matches: the test does not test", matches)
	}
}

// Whatever differs in case alone is folded to the same.
func TestFoldCase(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := string(r)
		if f := FoldCase(s); FoldCase(f) != f {
			t.Errorf("%q folds to %q, and that to %q", s, f, FoldCase(f))
		}
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			if FoldCase(s) != FoldCase(string(o)) {
				t.Errorf("%q and %q fold apart", s, string(o))
			}
		}
	}
	for _, pair := range [][2]string{{"ΌΣΟΣ", "όσος"}, {"ﬁn", "FIN"}, {"ẞ", "SS"}, {"\u212a", "k"}, {"aB", "Ab"}} {
		if FoldCase(pair[0]) != FoldCase(pair[1]) {
			t.Errorf("%q and %q fold apart", pair[0], pair[1])
		}
	}
	if s := "already folded ä"; FoldCase(s) != s {
		t.Error(FoldCase(s))
	}
}

// Pieces longer than a word of bits, which random patterns seldom match.
func TestLikeLongPieces(t *testing.T) {
	for n := 1; n < 300; n++ {
		p, err := parsePattern("%x" + strings.Repeat("_", n) + "ä%")
		if err != nil {
			t.Fatal(err)
		}
		for d := -1; d <= 1; d++ {
			s := "xäxx" + strings.Repeat("ö", n+d) + "ä and more"
			if got := p.match(s); got != (d == 0 || d == -1 && n > 0) {
				t.Errorf("x, %d runes, ä with %d wild ones: %t", n+d, n, got)
			}
		}
	}
}

func ExampleFoldCase() {
	fmt.Println(FoldCase("Straße") == FoldCase("STRASSE"))
	// Output: true
}
