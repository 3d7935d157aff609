package davxml

import (
	"net/url"
	"strings"
)

// maxURI bounds a URI that is kept, in bytes: it must fit into a header.
const maxURI = 4 << 10

// isReference tells whether s is a URI or a relative reference (RFC 3986
// sections 3 and 4.2) that is worth keeping: not empty, and not too long.
func isReference(s string) bool {
	if s == "" || len(s) > maxURI || strings.Count(s, "#") > 1 {
		return false
	}
	for i := range len(s) {
		if !inURI(s[i]) {
			return false
		}
	}
	_, err := url.Parse(s) // which looks at percent-encodings, host and port
	return err == nil
}

// isURI tells whether s is a URI (RFC 3986 section 3): a reference that begins
// with a scheme.
func isURI(s string) bool {
	if !isReference(s) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && len(s) > len(u.Scheme)+1
}

// inURI tells whether c is one of the characters that URIs are made of.
func inURI(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-._~:/?#[]@!$&'()*+,;=%", c) >= 0
}
