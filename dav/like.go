package dav

import (
	"strings"
	"unicode/utf8"
)

// maxPattern bounds the pattern of DAV:like, in bytes: matching costs no more
// than the product of the lengths.
const maxPattern = 1024

// pattern is what DAV:like matches with (RFC 5323 section 5.15.1): pieces of
// text between "%".
type pattern struct {
	pieces []piece
}

// piece is text in which wild runes match any one character.
type piece struct {
	text []rune
	wild bool // there is such a rune
	raw  string
}

const anyRune = rune(-1)

func parsePattern(s string) (p pattern, err error) {
	if len(s) > maxPattern {
		return p, &Error{Kind: Unprocessable, Message: "a pattern of DAV:like is longer than 1024 bytes"}
	}
	p.pieces = make([]piece, 1)
	escaped := false
	for _, r := range s {
		last := &p.pieces[len(p.pieces)-1]
		switch {
		case escaped && r != '%' && r != '_' && r != '\\':
			return p, brokenPattern()
		case r == '\\' && !escaped:
			escaped = true
			continue
		case r == '%' && !escaped:
			p.pieces = append(p.pieces, piece{})
		case r == '_' && !escaped:
			last.text, last.wild = append(last.text, anyRune), true
		default:
			last.text = append(last.text, r)
		}
		escaped = false
	}
	if escaped {
		return p, brokenPattern()
	}
	for i := range p.pieces {
		if !p.pieces[i].wild {
			p.pieces[i].raw = string(p.pieces[i].text)
		}
	}
	return p, nil
}

func brokenPattern() error {
	return &Error{Kind: Unprocessable, Message: `a backslash in a pattern of DAV:like stands before one of \ _ % only`}
}

// match tells whether the whole of s matches: the first piece at its beginning,
// the last at its end, the others wherever they come first, which leaves the
// most for the rest.
func (p *pattern) match(s string) bool {
	n, ok := p.pieces[0].at(s)
	if !ok {
		return false
	}
	s = s[n:]
	if len(p.pieces) == 1 {
		return s == ""
	}
	last := len(p.pieces) - 1
	for i := 1; i < last; i++ {
		if s, ok = p.pieces[i].after(s); !ok {
			return false
		}
	}
	return p.pieces[last].ends(s)
}

// at tells whether s begins with the piece, and how many bytes that takes.
func (p *piece) at(s string) (n int, ok bool) {
	if !p.wild {
		return len(p.raw), strings.HasPrefix(s, p.raw)
	}
	for _, want := range p.text {
		r, size := utf8.DecodeRuneInString(s[n:])
		if size == 0 || want != anyRune && want != r {
			return 0, false
		}
		n += size
	}
	return n, true
}

// after is what follows the first occurrence of the piece in s.
func (p *piece) after(s string) (rest string, ok bool) {
	if !p.wild {
		_, rest, ok = strings.Cut(s, p.raw)
		return rest, ok
	}
	for {
		if n, ok := p.at(s); ok {
			return s[n:], true
		}
		_, size := utf8.DecodeRuneInString(s)
		if size == 0 {
			return "", false
		}
		s = s[size:]
	}
}

// ends tells whether s ends with the piece.
func (p *piece) ends(s string) bool {
	if !p.wild {
		return strings.HasSuffix(s, p.raw)
	}
	i := len(s)
	for range p.text {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		if size == 0 {
			return false
		}
		i -= size
	}
	_, ok := p.at(s[i:])
	return ok
}
