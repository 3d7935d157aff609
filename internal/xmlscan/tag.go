package xmlscan

import (
	"github.com/quiredav/quire/dav"
)

// tag reads a start tag or an end tag.
func (s *Scanner) tag() Kind {
	s.advance()
	s.i = 1
	if s.peek() == '/' {
		return s.endTag()
	}
	return s.startTag()
}

func (s *Scanner) startTag() Kind {
	s.names.sweep()
	tag := s.qname("element")
	if tag == nil {
		return Invalid
	}
	if len(s.stack) >= s.o.MaxDepth {
		return s.fail(ErrLimit, "elements are nested too deeply")
	}
	s.first = len(s.binds)
	s.spans = s.spans[:0]
	if !s.attributes() {
		return Invalid
	}
	lang := s.Lang()
	s.stack = append(s.stack, element{tag: tag, binds: s.first, lang: lang})
	if !s.resolve(tag) {
		return Invalid
	}
	s.rooted = true
	return s.within(Start)
}

// attributes reads all attributes and the end of the tag. Namespace
// declarations are in force at once, the rest is left in s.spans.
func (s *Scanner) attributes() bool {
	for n := 0; ; n++ {
		spaced := s.space()
		switch s.peek() {
		case '>':
			s.i++
			return true
		case '/':
			s.i++
			if s.peek() != '>' {
				s.miss("a stray slash in a tag")
				return false
			}
			s.i++
			s.empty = true
			return true
		}
		if !spaced {
			s.miss("a malformed tag")
			return false
		}
		if n == s.o.MaxAttributes {
			s.fail(ErrLimit, "too many attributes")
			return false
		}
		if !s.attribute() {
			return false
		}
	}
}

// span is an attribute, its value counted from the start of the tag.
type span struct {
	name     *qname
	from, to int
}

func (s *Scanner) attribute() bool {
	a := span{name: s.qname("attribute")}
	if a.name == nil {
		return false
	}
	s.space()
	if s.peek() != '=' {
		s.miss("an attribute without a value")
		return false
	}
	s.i++
	s.space()
	q := s.peek()
	if q != '"' && q != '\'' {
		s.miss("an attribute's value without quotes")
		return false
	}
	s.i++
	a.from = s.i
	if a.to = s.value(q); s.err != nil {
		return false
	}
	if a.name.declares != nil {
		return s.declare(a.name.declares, s.buf[s.start+a.from:s.start+a.to])
	}
	s.spans = append(s.spans, a)
	return true
}

// value normalizes an attribute's value in place (XML 1.0 section 3.3.3) up to
// its closing quote q, and returns its end.
func (s *Scanner) value(q int) (out int) {
	stops := &doubleQuot
	if q == '\'' {
		stops = &singleQuot
	}
	out = s.i
	for s.err == nil {
		out = s.run(stops, out)
		switch c := s.peek(); c {
		case q:
			s.i++
			return out
		case -1:
			s.cut()
		case '<':
			s.fail(ErrSyntax, "< in an attribute's value")
		case '&':
			out = s.reference(out)
		case ' ', '\t', '\n', '\r':
			out = s.put(out, ' ')
			s.i++
		}
	}
	return out
}

// resolve names the element that has just been opened, and its attributes.
func (s *Scanner) resolve(tag *qname) bool {
	if tag.prefixed && !tag.prefix.bound {
		s.fail(ErrSyntax, "unbound prefix in <"+quote([]byte(tag.raw))+">")
		return false
	}
	s.tagName = tag
	s.name = dav.Name{Space: tag.prefix.uri, Local: tag.local}
	s.attrs = s.attrs[:0]
	for _, a := range s.spans {
		n := dav.Name{Local: a.name.local}
		if a.name.prefixed {
			if n.Space = a.name.prefix.uri; !a.name.prefix.bound {
				s.fail(ErrSyntax, "unbound prefix in the attribute "+quote([]byte(a.name.raw)))
				return false
			}
		}
		if _, twice := s.Attr(n); twice {
			s.fail(ErrSyntax, "the attribute "+quote([]byte(a.name.raw))+" twice")
			return false
		}
		value := s.buf[s.start+a.from : s.start+a.to]
		if n == xmlLang {
			s.stack[len(s.stack)-1].lang = s.names.intern(value)
		}
		s.attrs = append(s.attrs, Attr{Name: n, Value: value})
	}
	return true
}

// xmlLang is the attribute of XML 1.0 section 2.12.
var xmlLang = dav.Name{Space: xmlSpace, Local: "lang"}

func (s *Scanner) endTag() Kind {
	s.i++
	if len(s.stack) == 0 {
		return s.fail(ErrSyntax, "an end tag without a start tag")
	}
	raw := s.stack[len(s.stack)-1].tag.raw
	if s.follows(raw) {
		s.i += len(raw)
		s.space()
	}
	if s.peek() != '>' {
		return s.miss("the end tag of " + quote([]byte(raw)) + " should stand here")
	}
	s.i++
	if s.within(End) != End {
		return Invalid
	}
	return s.close()
}

// close ends the innermost element and what it declared.
func (s *Scanner) close() Kind {
	e := &s.stack[len(s.stack)-1]
	s.tagName = e.tag
	s.name = dav.Name{Space: e.tag.prefix.uri, Local: e.tag.local}
	s.names.unbind(&s.binds, e.binds)
	s.stack = s.stack[:len(s.stack)-1]
	s.kind = End
	return End
}
