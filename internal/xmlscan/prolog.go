package xmlscan

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// misc reads what may stand outside the root: white space, comments and
// processing instructions. It is Start in front of a tag.
func (s *Scanner) misc() Kind {
	if !s.rooted && s.Offset() == 0 && !s.declaration() {
		return Invalid
	}
	for {
		s.space()
		switch s.peek() {
		case '<':
		case -1:
			return s.ended()
		default:
			return s.fail(ErrSyntax, "text outside the root element")
		}
		s.i++
		c := s.peek()
		s.i--
		switch {
		case c == '?':
			s.instruction()
		case c == '!' && s.follows("<!--"):
			s.comment()
		case c == '!' && !s.rooted && s.follows("<!DOCTYPE"):
			return s.fail(ErrDTD, "")
		case c == '!':
			s.miss("a declaration out of place")
		case c == -1:
			return s.cut()
		case s.rooted:
			return s.fail(ErrSyntax, "a second root element")
		default:
			return Start
		}
		if s.err != nil || s.within(Invalid) == Invalid && s.err != nil {
			return Invalid
		}
		s.advance()
	}
}

func (s *Scanner) ended() Kind {
	if s.inErr == io.EOF && !s.rooted {
		return s.fail(ErrEmpty, "")
	}
	if s.inErr != io.EOF {
		return s.cut()
	}
	return s.within(EOF)
}

// declaration reads the XML declaration, if there is one (XML 1.0 section 2.8).
func (s *Scanner) declaration() bool {
	if !s.follows("<?xml") {
		return s.err == nil
	}
	s.i += len("<?xml")
	if c := s.peek(); c >= 0 && nameBytes[c] {
		s.i = 0 // a processing instruction such as xml-stylesheet
		return true
	}
	if v, ok := s.pseudo("version"); s.err != nil {
		return false
	} else if !ok || !isVersion(v) {
		s.miss("an XML declaration without a version 1.x")
		return false
	}
	if v, ok := s.pseudo("encoding"); ok && !s.wide.names(v) {
		s.fail(ErrEncoding, fmt.Sprintf("declared as %.40q, sent as %v", v, s.wide))
		return false
	}
	if v, ok := s.pseudo("standalone"); ok && v != "yes" && v != "no" {
		s.fail(ErrSyntax, "standalone is neither yes nor no")
		return false
	}
	s.space()
	if s.err != nil || !s.follows("?>") {
		s.miss("a malformed XML declaration")
		return false
	}
	s.i += 2
	s.advance()
	return true
}

func isVersion(v string) bool {
	minor, ok := strings.CutPrefix(v, "1.")
	return ok && minor != "" && strings.Trim(minor, "0123456789") == ""
}

// pseudo reads one part of the XML declaration, if it is the one called name.
func (s *Scanner) pseudo(name string) (value string, ok bool) {
	from := s.i
	if !s.space() || !s.follows(name) || s.err != nil {
		s.i = from // the next part needs the white space too
		return "", false
	}
	s.i += len(name)
	s.space()
	if s.peek() != '=' {
		s.miss("a malformed XML declaration")
		return "", false
	}
	s.i++
	s.space()
	q := s.peek()
	if q != '"' && q != '\'' {
		s.miss("a malformed XML declaration")
		return "", false
	}
	s.i++
	from = s.i
	if !s.skipTo(byte(q)) {
		return "", false
	}
	value = string(s.buf[s.start+from : s.start+s.i])
	s.i++
	return value, true
}

// comment skips a comment (XML 1.0 section 2.5).
func (s *Scanner) comment() bool {
	s.i += len("<!--")
	for s.skipTo('-') {
		if s.i++; s.peek() != '-' {
			continue
		}
		if s.i++; s.peek() == '>' {
			s.i++
			return true
		}
		s.miss("-- in a comment")
		return false
	}
	return false
}

// instruction skips a processing instruction (XML 1.0 section 2.6; Namespaces
// in XML section 7: no colon in its target).
func (s *Scanner) instruction() bool {
	s.i += len("<?")
	target := s.rawName()
	if !IsNCName(target) || bytes.EqualFold(target, []byte("xml")) {
		s.miss("a processing instruction without a proper target")
		return false
	}
	if c := s.peek(); c != '?' && !s.space() {
		s.miss("a malformed processing instruction")
		return false
	}
	for s.skipTo('?') {
		if s.i++; s.peek() == '>' {
			s.i++
			return true
		}
	}
	return false
}

// skipTo moves the cursor to the next c. It is false if there is none.
func (s *Scanner) skipTo(c byte) bool {
	for {
		n := bytes.IndexByte(s.buf[s.start+s.i:], c)
		if n >= 0 {
			s.i += n
			return true
		}
		s.i = len(s.buf) - s.start
		if !s.more() {
			s.cut()
			return false
		}
	}
}

// miss tells that something else should stand at the cursor; if nothing does,
// or only its begin, the input was cut off.
func (s *Scanner) miss(msg string) Kind {
	if s.err != nil || s.ranOut || s.peek() < 0 {
		return s.cut()
	}
	return s.fail(ErrSyntax, msg)
}
