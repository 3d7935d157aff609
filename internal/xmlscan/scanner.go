package xmlscan

import (
	"io"

	"github.com/quiredav/quire/dav"
)

// Options bound what a scanner takes. Zero values mean the defaults.
type Options struct {
	MaxBytes      int64 // of the document, see Scanner.Offset; default: no bound
	MaxDepth      int   // elements open at once; default 128
	MaxAttributes int   // of one element, namespace declarations included; default 256
	MaxToken      int   // bytes of one tag, or of text from tag to tag, as they stand; default 1 MiB
}

// Kind is what a token is.
type Kind uint8

const (
	Invalid Kind = iota // there is an error
	Start               // a start tag, or an empty-element tag, whose End follows
	End                 // an end tag
	Text                // all text up to the next tag; not outside the root
	EOF                 // the document ended as it should
)

// Scanner reads one document. Its methods that return bytes return slices of
// its buffer, which are good until the next call of a method that moves on.
// It is not safe for concurrent use.
type Scanner struct {
	input
	o     Options
	limit int64
	added int64 // bytes by which captures were longer than what they captured

	start int // where in buf the token begins
	i     int // the cursor, counted from start

	kind    Kind
	err     error
	name    dav.Name
	tagName *qname // of the current Start or End
	text    []byte
	attrs   []Attr

	names  names
	stack  []element
	binds  []binding
	spans  []span
	first  int    // the binding that the current start tag declared first
	empty  bool   // the tag was an empty-element tag: End is due
	rooted bool   // the root has been opened
	ranOut bool   // see follows
	held   bool   // keep is not to move
	side   []byte // see Content and Capture
}

// Attr is an attribute that is no namespace declaration.
type Attr struct {
	Name  dav.Name
	Value []byte // normalized (XML 1.0 section 3.3.3)
}

// element is one that is open.
type element struct {
	tag   *qname
	binds int    // the bindings that were in force outside it
	lang  string // xml:lang in scope
}

// New returns a scanner for the document in r.
func New(r io.Reader, o Options) *Scanner {
	s := &Scanner{}
	s.Reset(r, o)
	return s
}

// Reset makes s ready for another document. It keeps buffers and names, so
// that a scanner can be used again and again at little cost.
func (s *Scanner) Reset(r io.Reader, o Options) {
	if o.MaxDepth == 0 {
		o.MaxDepth = 128
	}
	if o.MaxAttributes == 0 {
		o.MaxAttributes = 256
	}
	if o.MaxToken == 0 {
		o.MaxToken = 1 << 20
	}
	s.input.reset(r)
	s.names.reset()
	s.names.unbind(&s.binds, 0)
	*s = Scanner{input: s.input, o: o, names: s.names, attrs: s.attrs[:0], stack: s.stack[:0],
		binds: s.binds, spans: s.spans[:0], side: s.side[:0]}
	s.SetLimit(o.MaxBytes)
}

// SetLimit lets [Scanner.Offset] grow to n at most, in place of
// Options.MaxBytes; 0 means no bound.
func (s *Scanner) SetLimit(n int64) { s.limit = n }

// Offset is the number of bytes used up, counted as UTF-8, and of bytes that
// [Scanner.Capture] added to what it captured.
func (s *Scanner) Offset() int64 { return s.base + int64(s.start) + s.added }

// Kind is the kind of the current token.
func (s *Scanner) Kind() Kind { return s.kind }

// Name is the name of the current Start or End.
func (s *Scanner) Name() dav.Name { return s.name }

// Prefix is the prefix of the current Start or End; "" if it has none.
func (s *Scanner) Prefix() string { return s.tagName.prefix.name }

// Line is the line that the current token ends on, from 1.
func (s *Scanner) Line() int { return s.line(s.start + s.i) }

// Text is the text of the current Text, with references resolved.
func (s *Scanner) Text() []byte { return s.text }

// Attrs are the attributes of the current Start, in order.
func (s *Scanner) Attrs() []Attr { return s.attrs }

// Attr is the value of an attribute of the current Start.
func (s *Scanner) Attr(n dav.Name) ([]byte, bool) {
	for i := range s.attrs {
		if s.attrs[i].Name == n {
			return s.attrs[i].Value, true
		}
	}
	return nil, false
}

// Lang is the xml:lang in scope; "" if there is none.
func (s *Scanner) Lang() string {
	if len(s.stack) == 0 {
		return ""
	}
	return s.stack[len(s.stack)-1].lang
}

// Namespace is what a prefix is bound to in the scope of the current Start; ""
// stands for the default namespace.
func (s *Scanner) Namespace(prefix string) (uri string, bound bool) {
	p, ok := s.names.prefixes[prefix]
	if !ok || !p.bound {
		return "", false
	}
	return p.uri, true
}

// Depth is how many elements are open: 1 at the Start of the root, 0 at its
// End.
func (s *Scanner) Depth() int { return len(s.stack) }

// Err is the error that made a token Invalid; nil if there was none.
func (s *Scanner) Err() error { return s.err }

// Next moves to the next token.
func (s *Scanner) Next() Kind {
	if s.err != nil || s.kind == EOF {
		return s.kind
	}
	if s.empty {
		s.empty = false
		return s.close()
	}
	s.advance()
	if len(s.stack) == 0 {
		if k := s.misc(); k != Start {
			return k
		}
	} else if s.characters() {
		s.kind = Text
		return s.within(Text)
	} else if s.err != nil {
		return Invalid
	}
	return s.tag()
}

// advance uses up what the cursor has passed.
func (s *Scanner) advance() {
	s.start += s.i
	s.i = 0
	if !s.held {
		s.keep = s.start
	}
}

// within checks the limits behind a token.
func (s *Scanner) within(k Kind) Kind {
	if s.i > s.o.MaxToken {
		return s.fail(ErrLimit, "a token is too long")
	}
	if s.limit > 0 && s.Offset()+int64(s.i) > s.limit {
		return s.fail(ErrLimit, "the document is too long")
	}
	s.kind = k
	return k
}

// peek is the byte at the cursor; -1 if the input ends there.
func (s *Scanner) peek() int {
	if at := s.start + s.i; at < len(s.buf) {
		return int(s.buf[at])
	}
	if !s.more() {
		return -1
	}
	return int(s.buf[s.start+s.i])
}

// follows tells whether the input goes on with lit. If the input ends within
// lit, ranOut is set.
func (s *Scanner) follows(lit string) bool {
	for len(s.buf)-s.start-s.i < len(lit) {
		have := s.buf[s.start+s.i:]
		if string(have) != lit[:len(have)] {
			return false
		}
		if !s.more() {
			s.ranOut = true
			return false
		}
	}
	return string(s.buf[s.start+s.i:][:len(lit)]) == lit
}

// space skips white space and tells whether there was any.
func (s *Scanner) space() bool {
	from := s.i
	for {
		switch s.peek() {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return s.i > from
		}
	}
}
