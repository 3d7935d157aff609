package dav

import (
	"strings"
	"unicode/utf8"
)

// maxPattern bounds the pattern of DAV:like, in bytes. To match a value with it
// takes a step for each of the value's runes and each 64 runes of the pattern.
const maxPattern = 1024

// pattern is what DAV:like matches with (RFC 5323 section 5.15.1): pieces of
// text between "%".
type pattern struct {
	pieces []piece
}

// piece is text in which wild runes match any one character.
type piece struct {
	text []rune
	wild bool   // there is such a rune
	raw  string // text, if not

	// If there is: at which places a rune can stand, a bit for each; any has those
	// for runes that are not in places.
	places map[rune][]uint64
	any    []uint64
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
		p.pieces[i].prepare()
	}
	return p, nil
}

func (p *piece) prepare() {
	if !p.wild {
		p.raw = string(p.text)
		return
	}
	words := (len(p.text) + 63) / 64
	p.any, p.places = make([]uint64, words), map[rune][]uint64{}
	for _, r := range p.text {
		p.places[r] = make([]uint64, words)
	}
	for i, r := range p.text {
		p.places[r][i/64] |= 1 << (i % 64)
	}
	copy(p.any, p.places[anyRune])
	for _, places := range p.places {
		for w := range places {
			places[w] |= p.any[w]
		}
	}
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

// after is what follows the first occurrence of the piece in s. With wild runes
// it keeps, as bits, how many runes of the piece those before could be the
// beginning of, all at once.
func (p *piece) after(s string) (rest string, ok bool) {
	if !p.wild {
		_, rest, ok = strings.Cut(s, p.raw)
		return rest, ok
	}
	begun := make([]uint64, len(p.any))
	last := len(p.text) - 1
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		places, ok := p.places[r]
		if !ok {
			places = p.any
		}
		carry := uint64(1)
		for w := range begun {
			begun[w], carry = (begun[w]<<1|carry)&places[w], begun[w]>>63
		}
		if begun[last/64]>>(last%64)&1 == 1 {
			return s, true
		}
	}
	return "", false
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
