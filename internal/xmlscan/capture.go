package xmlscan

import "slices"

// Capture moves to the End of the element whose Start is the current token,
// and appends to dst a serialization of it that can stand anywhere (RFC 4918
// section 4.3). Names keep their prefixes. The element declares every prefix
// in scope whose name occurs in it as a word, be it in text only, and the
// default namespace; it carries the xml:lang in scope. Text and white space
// stay as they are, CDATA sections become text; comments and processing
// instructions are gone.
//
// What declarations add counts for the document's limit, so that a document
// can't grow much by being captured. After an error the result is of no use.
func (s *Scanner) Capture(dst []byte) []byte {
	c := capture{from: len(dst), depth: len(s.stack)}
	dst = c.begin(s, dst)
	return c.rest(s, dst, s.Next(), true)
}

// Value is Capture, unless the element holds text alone, and nothing else about
// it could matter: no attribute, no xml:lang in scope. Then it appends just the
// text, and text is true.
func (s *Scanner) Value(dst []byte) (value []byte, text bool) {
	if len(s.attrs) > 0 || s.Lang() != "" {
		return s.Capture(dst), false
	}
	c := capture{from: len(dst), depth: len(s.stack)}
	dst = c.begin(s, dst)
	k, open := s.Next(), true
	if k == Text {
		n := len(s.text)
		s.held = true
		k = s.Next()
		s.held = false
		first := s.buf[s.keep : s.keep+n]
		if k == End {
			return append(dst[:c.from], first...), true
		}
		dst, open = appendEscaped(append(dst, '>'), first, &textEscapes), false
	}
	if k == End {
		return dst[:c.from], true
	}
	return c.rest(s, dst, k, open), false
}

// capture is the state of one [Scanner.Capture].
type capture struct {
	from, depth int
	at          int    // where declarations go
	lang        string // to be carried
	bare        bool   // a name was in no namespace for want of a default one
}

// begin appends the start tag, without its end, of the element to be captured.
func (c *capture) begin(s *Scanner, dst []byte) []byte {
	c.at = c.from + len("<") + len(s.tagName.raw)
	if _, own := s.Attr(xmlLang); !own {
		c.lang = s.Lang()
	}
	s.names.mark++
	for _, b := range s.binds[s.first:] {
		b.prefix.mark = s.names.mark
	}
	return c.start(s, dst)
}

// rest appends all from the current token, which is of kind k, to the End of
// the element. The start tag before it lacks its end if it is open.
func (c *capture) rest(s *Scanner, dst []byte, k Kind, open bool) []byte {
	for ; k != Invalid; k = s.Next() {
		if open && k != End {
			dst = append(dst, '>')
		}
		switch {
		case k == Text:
			dst = appendEscaped(dst, s.text, &textEscapes)
		case k == Start:
			dst = c.start(s, dst)
		case open:
			dst = append(dst, "/>"...)
		default:
			dst = append(dst, "</"...)
			dst = append(dst, s.tagName.raw...)
			dst = append(dst, '>')
		}
		if len(s.stack) < c.depth {
			c.declare(s, dst[c.from:])
			s.added += int64(len(s.side))
			return slices.Insert(dst, c.at, s.side...)
		}
		open = k == Start
	}
	return dst
}

// start appends the current start tag without its end.
func (c *capture) start(s *Scanner, dst []byte) []byte {
	dst = append(dst, '<')
	dst = append(dst, s.tagName.raw...)
	for _, b := range s.binds[s.first:] {
		dst = appendDeclaration(dst, b.prefix)
	}
	for i, a := range s.attrs {
		dst = append(dst, ' ')
		dst = append(dst, s.spans[i].name.raw...)
		dst = append(dst, `="`...)
		dst = appendEscaped(dst, a.Value, &attrEscapes)
		dst = append(dst, '"')
	}
	if s.name.Space == "" {
		c.bare = true
	}
	return dst
}

// declare collects in s.side what value must carry from outside. The value's
// own bindings are gone by now; the prefixes they declared are marked.
func (c *capture) declare(s *Scanner, value []byte) {
	s.side = s.side[:0]
	if p := s.names.prefixes[""]; p.mark != s.names.mark && (p.bound || c.bare) {
		s.side = appendDeclaration(s.side, p)
	}
	if len(s.binds) > 0 {
		for i := 0; i < len(value); {
			word, next := nextWord(value, i)
			i = next
			if len(word) > s.names.longest {
				continue
			}
			p, ok := s.names.prefixes[string(word)]
			if ok && p.bound && p.mark != s.names.mark && p.name != "xml" && p.name != "" {
				p.mark = s.names.mark
				s.side = appendDeclaration(s.side, p)
			}
		}
	}
	if c.lang != "" {
		s.side = append(s.side, ` xml:lang="`...)
		s.side = appendEscaped(s.side, []byte(c.lang), &attrEscapes)
		s.side = append(s.side, '"')
	}
}

// nextWord is the next run of b, from i on, that could be a prefix, and where
// it ends.
func nextWord(b []byte, i int) ([]byte, int) {
	for i < len(b) && !wordStarts[b[i]] {
		i++
	}
	from := i
	for i < len(b) && nameBytes[b[i]] && b[i] != ':' {
		i++
	}
	return b[from:i], i
}

// wordStarts are the bytes that a name without a colon can begin with.
var wordStarts = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 0x80 || ncNameRune(rune(c), true)
	}
	return t
}()

func appendDeclaration(dst []byte, p *prefix) []byte {
	dst = append(dst, " xmlns"...)
	if p.name != "" {
		dst = append(dst, ':')
		dst = append(dst, p.name...)
	}
	dst = append(dst, `="`...)
	dst = appendEscaped(dst, p.uri, &attrEscapes)
	return append(dst, '"')
}

// escapes says how a byte is written; "" for as it is.
type escapes [256]string

var (
	textEscapes = escapes{'&': "&amp;", '<': "&lt;", '>': "&gt;", '\r': "&#13;"}
	attrEscapes = escapes{'&': "&amp;", '<': "&lt;", '>': "&gt;", '"': "&quot;",
		'\t': "&#9;", '\n': "&#10;", '\r': "&#13;"}
)

func appendEscaped[T string | []byte](dst []byte, text T, e *escapes) []byte {
	from := 0
	for i := 0; i < len(text); i++ {
		if r := e[text[i]]; r != "" {
			dst = append(dst, text[from:i]...)
			dst = append(dst, r...)
			from = i + 1
		}
	}
	return append(dst, text[from:]...)
}
