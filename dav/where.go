package dav

import (
	"strings"
	"unicode"
)

// Where is a condition on resources, DAV:where, as a tree (RFC 5323 section
// 5.5). [Where.Prepare] must have found it sound before it is evaluated; from
// then on it does not change.
type Where struct {
	Op    SearchOperator
	Terms []*Where // of And and Or; the one of Not

	Name     Name     // the property, of operators that take one
	Text     string   // the literal; the pattern of Like, the phrase of Contains
	Type     Datatype // of Text, if Typed
	Typed    bool     // the literal is a DAV:typed-literal
	Caseless bool

	Property *SearchProperty // what Name stands for; set by Prepare

	operand scalar
	pattern pattern
}

// SearchOperator is an operator of DAV:basicsearch.
type SearchOperator uint8

const (
	And SearchOperator = iota
	Or
	Not
	Equal
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
	Like
	IsCollection
	IsDefined
	LanguageDefined
	LanguageMatches
	Contains
)

// SearchOperators are the operators by the names of their elements.
var SearchOperators = map[Name]SearchOperator{
	DAV("and"): And, DAV("or"): Or, DAV("not"): Not,
	DAV("eq"): Equal, DAV("lt"): Less, DAV("lte"): LessOrEqual, DAV("gt"): Greater, DAV("gte"): GreaterOrEqual,
	DAV("like"): Like, DAV("is-collection"): IsCollection, DAV("is-defined"): IsDefined,
	DAV("language-defined"): LanguageDefined, DAV("language-matches"): LanguageMatches, DAV("contains"): Contains,
}

// Truth is one of the three truth values of RFC 5323 appendix A, in the order
// False, Unknown, True: then "and" is the least, "or" the greatest.
type Truth int8

const (
	False Truth = iota
	Unknown
	True
)

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}

// HasProperty tells whether the operator takes a property.
func (o SearchOperator) HasProperty() bool {
	return o.compares() || o == Like || o == IsDefined || o == LanguageDefined || o == LanguageMatches
}

// HasLiteral tells whether the operator takes a literal.
func (o SearchOperator) HasLiteral() bool { return o.compares() || o == Like || o == LanguageMatches }

func (o SearchOperator) compares() bool { return Equal <= o && o <= GreaterOrEqual }

// Prepare readies the tree. property tells what a name stands for; its error is
// handed back. A literal that can't be read as its type, a broken pattern and a
// phrase without a word are Unprocessable.
func (w *Where) Prepare(property func(Name) (*SearchProperty, error)) (err error) {
	for _, t := range w.Terms {
		if err := t.Prepare(property); err != nil {
			return err
		}
	}
	if w.Op.HasProperty() {
		if w.Property, err = property(w.Name); err != nil {
			return err
		}
	}
	switch {
	case w.Op.compares():
		return w.prepareOperand()
	case w.Op == Like:
		return w.preparePattern()
	case w.Op == Contains && !strings.ContainsFunc(w.Text, isWord):
		return &Error{Kind: Unprocessable, Message: "DAV:contains has no word to look for"}
	case w.Op == Contains && len(w.Text) > maxPhrase:
		return &Error{Kind: Unprocessable, Message: "the phrase of DAV:contains is longer than 1024 bytes"}
	}
	return nil
}

// maxPhrase bounds the phrase of DAV:contains, in bytes: each of its words is
// looked up.
const maxPhrase = 1024

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func (w *Where) prepareOperand() error {
	if !w.Typed {
		w.Type = w.Property.Type
	}
	var ok bool
	if w.operand, ok = w.Type.cast(w.Text, w.Caseless); !ok {
		return &Error{Kind: Unprocessable, Message: "the property " + w.Name.Local + " is compared with a value that is no " + w.Type.String()}
	}
	return nil
}

func (w *Where) preparePattern() error {
	text := w.Text
	if w.Caseless {
		text = FoldCase(text)
	}
	var err error
	w.pattern, err = parsePattern(text)
	return err
}

// Evaluate tells whether the resource meets the condition.
func (w *Where) Evaluate(r SearchRecord) Truth {
	switch w.Op {
	case And, Or:
		return w.evaluateAll(r)
	case Not:
		return True - w.Terms[0].Evaluate(r)
	case IsCollection:
		return truth(r.Resource().Collection)
	case Contains:
		return truth(r.Contains(w.Text))
	}
	return w.evaluateProperty(w.Property.ValueOf(r))
}

func (w *Where) evaluateAll(r SearchRecord) Truth {
	sum, decided := True, False
	if w.Op == Or {
		sum, decided = False, True
	}
	for _, t := range w.Terms {
		v := t.Evaluate(r)
		if v == decided {
			return v
		}
		if v == Unknown {
			sum = Unknown
		}
	}
	return sum
}

// evaluateProperty judges the value of the property. NULL makes all unknown
// but the question whether it is (RFC 5323 section 5.5.3).
func (w *Where) evaluateProperty(v Value) Truth {
	switch {
	case w.Op == IsDefined:
		return truth(v.State != Null)
	case v.State == Null:
		return Unknown
	case w.Op == LanguageDefined:
		return truth(v.Lang != "")
	case w.Op == LanguageMatches:
		return truth(languageMatches(v.Lang, w.Text))
	case v.State == Structured:
		return Unknown
	case w.Op == Like:
		if w.Caseless {
			v.Text = FoldCase(v.Text)
		}
		return truth(w.pattern.match(v.Text))
	}
	a, ok := w.Type.castValue(v, w.Caseless)
	if !ok {
		return Unknown
	}
	c, ok := w.Type.compare(a, w.operand)
	if !ok {
		return Unknown
	}
	return truth(w.Op.holds(c))
}

// holds tells whether a comparison that came out as c is what o asks for.
func (o SearchOperator) holds(c int) bool {
	switch o {
	case Equal:
		return c == 0
	case Less:
		return c < 0
	case LessOrEqual:
		return c <= 0
	case Greater:
		return c > 0
	}
	return c >= 0
}

// languageMatches tells whether lang is the language of the range, or a
// sublanguage of it (RFC 5323 section 5.12.2).
func languageMatches(lang, of string) bool {
	return of != "" && len(lang) >= len(of) && strings.EqualFold(lang[:len(of)], of) &&
		(len(lang) == len(of) || lang[len(of)] == '-')
}
