package xmlscan

import (
	"unicode/utf8"
)

// characters reads text, CDATA sections and references up to the next tag into
// s.text, and drops comments and processing instructions. What it makes of the
// input is never longer than the input, so it is written over it. It is false
// if there was no text, or an error.
func (s *Scanner) characters() bool {
	out := 0
	for {
		out = s.run(&textStops, out)
		switch s.peek() {
		case -1:
			s.cut()
			return false
		case '<':
			more := false
			if out, more = s.inside(out); more {
				continue
			}
			s.text = s.buf[s.start : s.start+out]
			return out > 0 && s.err == nil
		case '&':
			out = s.reference(out)
		case ']':
			if s.follows("]]>") {
				s.fail(ErrSyntax, "]]> in text")
			}
			out = s.put(out, ']')
			s.i++
		}
		if s.err != nil {
			return false
		}
	}
}

// inside handles what may stand within text and begins with "<". It is false
// at a tag, and if there is an error.
func (s *Scanner) inside(out int) (int, bool) {
	s.i++
	c := s.peek()
	s.i--
	switch {
	case c == '?':
		return out, s.instruction()
	case c == '!' && s.follows("<!--"):
		return out, s.comment()
	case c == '!' && s.follows("<![CDATA["):
		return s.cdata(out)
	case c == '!':
		s.miss("a declaration out of place")
	}
	return out, false
}

// run copies bytes to out until one that stops tells of, or the end of the
// buffer.
func (s *Scanner) run(stops *[256]bool, out int) int {
	b := s.buf[s.start:]
	i := s.i
	for i < len(b) && !stops[b[i]] {
		i++
	}
	if out == s.i {
		out = i
	} else {
		out += copy(b[out:], b[s.i:i])
	}
	s.i = i
	return out
}

func (s *Scanner) put(out int, c byte) int {
	s.buf[s.start+out] = c
	return out + 1
}

func (s *Scanner) cdata(out int) (int, bool) {
	s.i += len("<![CDATA[")
	for {
		out = s.run(&cdataStops, out)
		switch {
		case s.peek() < 0:
			s.cut()
			return out, false
		case s.follows("]]>"):
			s.i += 3
			return out, true
		}
		out = s.put(out, s.buf[s.start+s.i])
		s.i++
	}
}

// reference resolves a character reference or one of the five entities that
// need no declaration (XML 1.0 section 4.6), and puts it at out.
func (s *Scanner) reference(out int) int {
	const longest = len("quot")
	s.i++
	if s.peek() == '#' {
		s.i++
		return s.charRef(out)
	}
	for from := s.i; ; s.i++ {
		c := s.peek()
		name := s.buf[s.start+from : s.start+s.i]
		switch {
		case c < 0:
			s.cut()
			return out
		case c == ';':
			s.i++
			for i, e := range entities {
				if string(name) == e {
					return s.put(out, entityChars[i])
				}
			}
			s.fail(ErrSyntax, "undeclared entity "+quote(name))
			return out
		case len(name) > longest || !nameBytes[c]:
			s.fail(ErrSyntax, "an ampersand that begins no known reference")
			return out
		}
	}
}

var entities = [...]string{"amp", "lt", "gt", "quot", "apos"}

const entityChars = `&<>"'`

// charRef reads a character reference behind "&#".
func (s *Scanner) charRef(out int) int {
	r, base := rune(0), rune(10)
	if s.peek() == 'x' {
		base = 16
		s.i++
	}
	for {
		c := s.peek()
		if c < 0 {
			s.cut()
			return out
		}
		if c == ';' && isChar(r) {
			break
		}
		d := digit(c)
		if d >= base || r > utf8.MaxRune {
			s.fail(ErrSyntax, "a reference to no character that XML allows")
			return out
		}
		r = r*base + d
		s.i++
	}
	s.i++
	return out + utf8.EncodeRune(s.buf[s.start+out:s.start+s.i], r)
}

func digit(c int) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c - 'a' + 10)
	case 'A' <= c && c <= 'F':
		return rune(c - 'A' + 10)
	}
	return 99
}

// isChar is the production Char of XML 1.0 section 2.2.
func isChar(r rune) bool {
	switch {
	case r < ' ':
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0xD800:
		return true
	case r < 0xE000, r == 0xFFFE, r == 0xFFFF:
		return false
	}
	return r <= utf8.MaxRune
}

var (
	textStops  = table("<&]")
	cdataStops = table("]")
	singleQuot = table("'<& \t\n\r")
	doubleQuot = table("\"<& \t\n\r")
)

func table(chars string) (t [256]bool) {
	for _, c := range []byte(chars) {
		t[c] = true
	}
	return t
}
