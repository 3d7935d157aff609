package xmlscan

import (
	"strings"
	"unicode/utf8"
)

const (
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsSpace = "http://www.w3.org/2000/xmlns/"
)

// names knows every name, prefix and namespace seen, so that each costs one
// allocation, and what the prefixes are bound to now.
type names struct {
	recent   [recentNames]*qname // a guess before the map is asked
	tags     map[string]*qname
	prefixes map[string]*prefix
	strings  map[string]string
	longest  int // no prefix in prefixes has a longer name, save for xml and xmlns
	held     int // bytes in tags and strings
	mark     int
}

// maxNames bounds what a hostile document can make names hold, in bytes; over
// it all is forgotten.
const maxNames = 256 << 10

const recentNames = 128

// prefix is a namespace prefix; "" is that of names without one.
type prefix struct {
	name  string
	uri   string
	bound bool
	mark  int // names.mark of the last capture that need not declare it
}

// qname is a name as it stands in a tag.
type qname struct {
	raw, local string
	prefix     *prefix
	prefixed   bool
	declares   *prefix // set for xmlns and xmlns:p
}

// binding is a namespace declaration in force, and what it hides.
type binding struct {
	prefix *prefix
	was    string
	bound  bool
}

func (n *names) reset() {
	if n.prefixes == nil {
		n.tags = make(map[string]*qname)
		n.strings = make(map[string]string)
		n.prefixes = map[string]*prefix{
			"":      {},
			"xml":   {name: "xml", uri: xmlSpace, bound: true},
			"xmlns": {name: "xmlns"},
		}
	}
}

// sweep forgets names if they are too many. Prefixes that are bound stay.
func (n *names) sweep() {
	if n.held <= maxNames {
		return
	}
	clear(n.tags)
	clear(n.strings)
	n.recent = [recentNames]*qname{}
	n.held, n.longest = 0, 0
	for name, p := range n.prefixes {
		switch {
		case name == "" || name == "xml" || name == "xmlns":
		case p.bound:
			n.longest = max(n.longest, len(name))
		default:
			delete(n.prefixes, name)
		}
	}
}

func (n *names) intern(b []byte) string {
	if s, ok := n.strings[string(b)]; ok {
		return s
	}
	s := string(b)
	n.strings[s] = s
	n.held += len(s) + 64
	return s
}

// qname finds the name spelled raw; nil if it is not one (Namespaces in XML
// section 4).
func (n *names) qname(raw []byte) *qname {
	if len(raw) == 0 {
		return nil
	}
	recent := &n.recent[guess(raw)]
	if q := *recent; q != nil && q.raw == string(raw) {
		return q
	}
	q, ok := n.tags[string(raw)]
	if !ok {
		if q = n.split(string(raw)); q == nil {
			return nil
		}
		n.tags[q.raw] = q
		n.held += len(raw) + 128
	}
	*recent = q
	return q
}

// guess spreads the usual names, with a prefix of one letter or none, over
// names.recent with next to none falling on another.
func guess(raw []byte) int {
	n := len(raw)
	return (n*29 + int(raw[n-1])*57 + int(raw[n/2])*13) % recentNames
}

func (n *names) split(raw string) *qname {
	p, local, prefixed := strings.Cut(raw, ":")
	if !prefixed {
		p, local = "", raw
	}
	if prefixed && !IsNCName(p) || !IsNCName(local) {
		return nil
	}
	q := &qname{raw: raw, local: local, prefix: n.prefix(p), prefixed: prefixed}
	switch {
	case raw == "xmlns":
		q.declares = n.prefix("")
	case p == "xmlns":
		q.declares = n.prefix(local)
	}
	return q
}

func (n *names) prefix(name string) *prefix {
	p, ok := n.prefixes[name]
	if !ok {
		p = &prefix{name: name}
		n.prefixes[name] = p
		n.longest = max(n.longest, len(name))
	}
	return p
}

// unbind takes back the bindings made since there were as many as to.
func (n *names) unbind(binds *[]binding, to int) {
	for i := len(*binds) - 1; i >= to; i-- {
		b := (*binds)[i]
		b.prefix.uri, b.prefix.bound = b.was, b.bound
	}
	*binds = (*binds)[:to]
}

// declare binds p to a namespace within the element being opened (Namespaces
// in XML section 3).
func (s *Scanner) declare(p *prefix, uri []byte) bool {
	for _, b := range s.binds[s.first:] {
		if b.prefix == p {
			s.fail(ErrSyntax, "a namespace prefix declared twice")
			return false
		}
	}
	space := s.names.intern(uri)
	switch {
	case p.name == "xmlns",
		(p.name == "xml") != (space == xmlSpace),
		space == xmlnsSpace:
		s.fail(ErrSyntax, "xml and xmlns can't be bound anew")
		return false
	case space == "" && p.name != "":
		s.fail(ErrSyntax, "a prefix bound to no namespace")
		return false
	}
	s.binds = append(s.binds, binding{prefix: p, was: p.uri, bound: p.bound})
	p.uri, p.bound = space, space != ""
	return true
}

// rawName reads the longest run of bytes that could be a name.
func (s *Scanner) rawName() []byte {
	from := s.i
	for {
		b := s.buf[s.start:]
		for s.i < len(b) && nameBytes[b[s.i]] {
			s.i++
		}
		if s.i < len(b) || !s.more() {
			return s.buf[s.start+from : s.start+s.i]
		}
	}
}

func (s *Scanner) qname(what string) *qname {
	raw := s.rawName()
	if s.start+s.i == len(s.buf) {
		s.cut()
		return nil
	}
	q := s.names.qname(raw)
	if q == nil {
		s.fail(ErrSyntax, quote(raw)+" is not the name of an "+what)
	}
	return q
}

// nameBytes are those that may occur in a name; whether they are in order is
// for IsNCName to say.
var nameBytes = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= utf8.RuneSelf || c == ':' || ncNameRune(rune(c), false)
	}
	return t
}()

// IsNCName tells whether name is one without a colon, as every local name is
// (Namespaces in XML section 3, XML 1.0 section 2.3).
func IsNCName[T string | []byte](name T) bool {
	for i, r := range string(name) {
		if !ncNameRune(r, i == 0) {
			return false
		}
	}
	return len(name) > 0
}

// ncNameRune is NameStartChar or NameChar of XML 1.0 section 2.3, less the
// colon.
func ncNameRune(r rune, first bool) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', r == '_':
		return true
	case r < utf8.RuneSelf:
		return !first && ('0' <= r && r <= '9' || r == '-' || r == '.')
	case r == 0xB7, 0x300 <= r && r <= 0x36F, r == 0x203F, r == 0x2040:
		return !first
	}
	return r >= 0xC0 && r <= 0x2FF && r != 0xD7 && r != 0xF7 ||
		r >= 0x370 && r <= 0x1FFF && r != 0x37E ||
		r == 0x200C || r == 0x200D ||
		r >= 0x2070 && r <= 0x218F ||
		r >= 0x2C00 && r <= 0x2FEF ||
		r >= 0x3001 && r <= 0xD7FF ||
		r >= 0xF900 && r <= 0xFDCF ||
		r >= 0xFDF0 && r <= 0xFFFD ||
		r >= 0x10000 && r <= 0xEFFFF
}
