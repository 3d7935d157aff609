package dav

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// Limits of a path. They protect the server's indexes and stacks; every
// mainstream file system allows less.
const (
	MaxSegment  = 1024      // bytes of one segment, decoded
	MaxPath     = 16 * 1024 // bytes of a path, decoded
	MaxSegments = 512       // segments of a path
)

// Path names a resource within a share: "/" is the root, every other path is
// one or more segments, each with a slash before it. It is decoded, has no
// trailing slash, no empty, "." or ".." segment, no NUL, and is valid UTF-8.
// Values are made by [ParsePath], [DecodePath] and [Path.Join]; the zero value
// is not a path.
type Path string

// Root is the path of the share itself.
const Root Path = "/"

// ParsePath reads a decoded path. Empty segments and "." are dropped, so "//"
// and a trailing slash make no difference. A segment ".." is refused, not
// resolved: no client needs it and no path may leave the share.
func ParsePath(s string) (Path, error) {
	if !strings.HasPrefix(s, "/") {
		return "", invalidPath("a path begins with a slash")
	}
	var b strings.Builder
	b.Grow(len(s))
	n := 0
	for seg := range strings.SplitSeq(s, "/") {
		if seg == "" || seg == "." {
			continue
		}
		if err := CheckSegment(seg); err != nil {
			return "", err
		}
		n++
		b.WriteByte('/')
		b.WriteString(seg)
	}
	if n == 0 {
		return Root, nil
	}
	p := Path(b.String())
	if !p.Nameable() {
		return "", invalidPath("the path is too long")
	}
	return p, nil
}

// Nameable tells whether a request can name p: [ParsePath] refuses what goes
// beyond [MaxPath] and [MaxSegments]. What moves with the collection above it
// can end up there.
func (p Path) Nameable() bool {
	return len(p) <= MaxPath && (len(p) <= MaxSegments || strings.Count(string(p), "/") <= MaxSegments)
}

// DecodePath reads a path as it stands in a URL: percent-encoded, absolute,
// without query or fragment. slash tells whether it ended in a slash, which
// names a collection (RFC 4918 section 5.2). An encoded slash, NUL or broken
// UTF-8 is refused, for it could only reach another resource than the one
// that was meant.
func DecodePath(raw string) (p Path, slash bool, err error) {
	if !strings.HasPrefix(raw, "/") {
		return "", false, invalidPath("a path begins with a slash")
	}
	slash = strings.HasSuffix(raw, "/")
	if strings.IndexByte(raw, '%') < 0 {
		p, err = ParsePath(raw)
		return p, slash, err
	}
	var b strings.Builder
	b.Grow(len(raw))
	for seg := range strings.SplitSeq(raw[1:], "/") {
		dec, ok := unescape(seg)
		if !ok {
			return "", false, invalidPath("the path has a broken percent-encoding")
		}
		if strings.IndexByte(dec, '/') >= 0 {
			return "", false, invalidPath("a segment of the path holds an encoded slash")
		}
		b.WriteByte('/')
		b.WriteString(dec)
	}
	p, err = ParsePath(b.String())
	return p, slash, err
}

// CheckSegment tells whether s can name a member of a collection.
func CheckSegment(s string) error {
	switch {
	case s == "" || s == ".":
		return invalidPath("a segment is empty")
	case s == "..":
		return invalidPath("a path can't go up with ..")
	case len(s) > MaxSegment:
		return invalidPath("a segment of the path is too long")
	case strings.IndexByte(s, 0) >= 0:
		return invalidPath("a path can't hold NUL")
	case strings.IndexByte(s, '/') >= 0:
		return invalidPath("a segment can't hold a slash")
	case !utf8.ValidString(s):
		return invalidPath("the path is not UTF-8")
	case strings.IndexByte(s, '\\') >= 0 && climbs(s):
		return invalidPath("a path can't go up with ..")
	}
	return nil
}

// climbs tells whether a client that takes backslashes for separators would
// read ".." in s.
func climbs(s string) bool {
	for part := range strings.SplitSeq(s, `\`) {
		if part == ".." {
			return true
		}
	}
	return false
}

func invalidPath(why string) error { return &Error{Kind: Invalid, Message: why} }

func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		hi, ok1 := unhex(s[i+1])
		lo, ok2 := unhex(s[i+2])
		if !ok1 || !ok2 {
			return "", false
		}
		b = append(b, hi<<4|lo)
		i += 2
	}
	return string(b), true
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// IsRoot tells whether p is the share itself.
func (p Path) IsRoot() bool { return p == Root }

// Parent is the path without its last segment; the root is its own parent.
func (p Path) Parent() Path {
	i := strings.LastIndexByte(string(p), '/')
	if i <= 0 {
		return Root
	}
	return p[:i]
}

// Name is the last segment, "" for the root.
func (p Path) Name() string {
	return string(p[strings.LastIndexByte(string(p), '/')+1:])
}

// Join is the path of the member called segment. The caller has checked the
// segment ([CheckSegment]).
func (p Path) Join(segment string) Path {
	if p == Root {
		return Path("/" + segment)
	}
	return p + "/" + Path(segment)
}

// Contains tells whether q is p or lies below it.
func (p Path) Contains(q Path) bool {
	if p == Root {
		return true
	}
	return strings.HasPrefix(string(q), string(p)) && (len(q) == len(p) || q[len(p)] == '/')
}

// Segments yields the segments from the top; none for the root.
func (p Path) Segments() iter.Seq[string] {
	if p == Root || p == "" {
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(string(p[1:]), "/")
}

// Href is the path as it stands in a URL: percent-encoded, with a slash at the
// end if it names a collection (RFC 4918 sections 5.2 and 8.3).
func (p Path) Href(collection bool) string {
	return string(p.AppendHref(make([]byte, 0, len(p)+16), collection))
}

// AppendHref appends [Path.Href] to b.
func (p Path) AppendHref(b []byte, collection bool) []byte {
	for i := 0; i < len(p); i++ {
		if c := p[i]; hrefSafe[c] {
			b = append(b, c)
		} else {
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	if collection && p != Root {
		b = append(b, '/')
	}
	return b
}

const upperHex = "0123456789ABCDEF"

// hrefSafe holds what a path shows bare: RFC 3986 pchar and the slash, less
// the apostrophe. It is the set that Apache uses, which every client has met.
var hrefSafe = func() (t [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&()*+,;=:@/") {
		t[c] = true
	}
	return t
}()
