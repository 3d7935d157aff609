package davxml

import (
	"net/http"
	"strings"

	"github.com/quiredav/quire/dav"
)

// ParseIf reads the If header (RFC 4918 section 10.4.2) and gives its lists and
// every state token in it, wherever it stands (section 10.4.1); nothing if
// there is no header. Several lines are joined with a space, since Finder sends
// one line per lock. A malformed header is Invalid, never ignored.
//
// resolve maps a resource tag, a full URI or an absolute path, to a resource of
// this share; foreign means that it names one of another server. Its error is
// returned as it is.
func ParseIf(h http.Header, resolve func(ref string) (p dav.Path, foreign bool, err error)) ([]dav.IfList, []string, error) {
	lines := h.Values("If")
	if len(lines) == 0 {
		return nil, nil, nil
	}
	p := ifParser{rest: strings.Join(lines, " ")}
	if err := p.parse(resolve); err != nil {
		return nil, nil, err
	}
	return p.lists, p.tokens, nil
}

type ifParser struct {
	rest   string
	lists  []dav.IfList
	tokens []string
}

func (p *ifParser) parse(resolve func(ref string) (dav.Path, bool, error)) error {
	var tag dav.IfList // what the lists that follow have in common
	bare := false      // a tag stands there that governs no list yet
	for p.skipBlanks(); p.rest != ""; p.skipBlanks() {
		switch {
		case p.rest[0] == '(':
			conditions, err := p.list()
			if err != nil {
				return err
			}
			l := tag
			l.Conditions = conditions
			p.lists = append(p.lists, l)
			bare = false
		case bare:
			return p.malformed("a list in parentheses must follow a resource tag")
		case len(p.lists) > 0 && !tag.Tagged:
			return p.malformed("lists with and without a resource tag can't be mixed")
		default:
			ref, rest, ok := cutAngle(p.rest)
			if !ok {
				return p.malformed("a list in parentheses or a resource tag in angle brackets is wanted")
			}
			path, foreign, err := resolve(ref)
			if err != nil {
				return err
			}
			tag = dav.IfList{Tagged: true, Path: path, Foreign: foreign}
			p.rest, bare = rest, true
		}
	}
	if bare || len(p.lists) == 0 {
		return p.malformed("a list in parentheses is missing")
	}
	return nil
}

// list reads "(" 1*Condition ")".
func (p *ifParser) list() ([]dav.IfCondition, error) {
	p.rest = p.rest[1:]
	var conditions []dav.IfCondition
	for {
		p.skipBlanks()
		switch {
		case p.rest == "":
			return nil, p.malformed("a list is not closed with a parenthesis")
		case p.rest[0] == ')':
			if len(conditions) == 0 {
				return nil, p.malformed("a list has no condition in it")
			}
			p.rest = p.rest[1:]
			return conditions, nil
		}
		c, err := p.condition()
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, c)
	}
}

// condition reads ["Not"] (State-token | "[" entity-tag "]").
func (p *ifParser) condition() (c dav.IfCondition, err error) {
	if len(p.rest) > 3 && strings.EqualFold(p.rest[:3], "Not") {
		c.Not = true
		p.rest = p.rest[3:]
		p.skipBlanks()
	}
	if token, rest, ok := cutAngle(p.rest); ok {
		c.Token, p.rest = token, rest
		p.tokens = append(p.tokens, token)
		return c, nil
	}
	if inner, ok := strings.CutPrefix(p.rest, "["); ok {
		tag, rest, ok := cutETag(inner)
		if ok && strings.HasPrefix(rest, "]") {
			c.ETag, p.rest = tag, rest[1:]
			return c, nil
		}
		return c, p.malformed("an entity tag stands in quotes in square brackets")
	}
	return c, p.malformed("a condition is a state token in angle brackets or an entity tag in square brackets")
}

func (p *ifParser) skipBlanks() { p.rest = strings.TrimLeft(p.rest, " \t") }

func (p *ifParser) malformed(why string) error {
	if p.rest == "" {
		return invalid("the If header is malformed at its end: " + why)
	}
	return invalid("the If header is malformed at " + quote(p.rest) + ": " + why)
}

// FormatIf is the If header for lists; ref gives the resource tag of a list,
// the reverse of what [ParseIf] resolves. Lists are all tagged or all not.
func FormatIf(lists []dav.IfList, ref func(p dav.Path, foreign bool) string) string {
	var b strings.Builder
	for i, l := range lists {
		if i > 0 {
			b.WriteByte(' ')
		}
		if l.Tagged && (i == 0 || lists[i-1].Path != l.Path) {
			b.WriteString("<" + ref(l.Path, l.Foreign) + "> ")
		}
		b.WriteByte('(')
		for j, c := range l.Conditions {
			if j > 0 {
				b.WriteByte(' ')
			}
			writeCondition(&b, c)
		}
		b.WriteByte(')')
	}
	return b.String()
}

func writeCondition(b *strings.Builder, c dav.IfCondition) {
	if c.Not {
		b.WriteString("Not ")
	}
	if c.ETag != "" {
		b.WriteString("[" + string(c.ETag) + "]")
	} else {
		b.WriteString("<" + c.Token + ">")
	}
}
