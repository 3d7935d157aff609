package multistatus

import (
	"strings"
	"time"
	"unicode/utf8"
)

// hrefForm is one of the two that an href may have.
type hrefForm uint8

const (
	noForm hrefForm = iota
	absolutePath
	fullURI
)

// href judges the text of a response's href.
func (v *validator) href(h string) {
	if strings.TrimSpace(h) == "" {
		v.find("MS-03", "an empty href")
		return
	}
	if !isURI(h) {
		v.find("HR-04", "no URI: "+excerpt([]byte(h)))
	}
	form, path := splitHref(h)
	switch {
	case form == noForm:
		v.find("HR-02", "neither an absolute path nor a full URI: "+excerpt([]byte(h)))
		return
	case v.form == noForm:
		v.form = form
	case v.form != form:
		v.find("HR-01", "paths and full URIs are mixed")
	}
	decoded := decode(path)
	if !utf8.ValidString(decoded) {
		v.find("HR-04", "encodes no UTF-8")
	}
	for segment := range strings.SplitSeq(decoded, "/") {
		if segment == "." || segment == ".." {
			v.find("HR-02", "a dot segment")
		}
	}
	if strings.Contains(path, "//") {
		v.find("A3", "an empty segment")
	}
	key := strings.TrimSuffix(h, path) + decoded
	if v.hrefs[key] {
		v.find("MS-04", "an href twice")
	}
	v.hrefs[key] = true
}

// splitHref tells the form of h and finds the path in it.
func splitHref(h string) (hrefForm, string) {
	if strings.HasPrefix(h, "/") {
		return absolutePath, h
	}
	scheme, rest, found := strings.Cut(h, "://")
	if !found || scheme == "" || strings.ContainsAny(scheme, "/?#%") {
		return noForm, ""
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return fullURI, rest[i:]
	}
	return fullURI, ""
}

// isURI tells whether h has only what a URI without fragment may have (RFC
// 3986 appendix A).
func isURI(h string) bool {
	for i := 0; i < len(h); i++ {
		c := h[i]
		switch {
		case c == '%':
			if i+2 >= len(h) || hexDigit(h[i+1]) < 0 || hexDigit(h[i+2]) < 0 {
				return false
			}
		case c >= utf8.RuneSelf || c <= ' ' || c == 0x7F || strings.IndexByte("\"#<>\\^`{|}", c) >= 0:
			return false
		}
	}
	return true
}

// decode resolves percent-encodings, save for that of the slash.
func decode(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			hi, lo := hexDigit(path[i+1]), hexDigit(path[i+2])
			if c := byte(hi<<4 | lo); hi >= 0 && lo >= 0 && c != '/' {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(path[i])
	}
	return b.String()
}

func hexDigit(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// value judges the value of a property in DAV:, if there is one: answers to
// propname and PROPPATCH have none.
func (v *validator) value(name string) {
	var legal func(string) bool
	switch name {
	case "getlastmodified":
		legal = isHTTPDate
	case "creationdate":
		legal = isTimestamp
	case "getcontentlength", "quota-available-bytes", "quota-used-bytes":
		legal = isLength
	default:
		return
	}
	text := string(v.s.Content())
	if text != "" && v.s.Err() == nil && !legal(text) {
		v.find("A8", name+" is "+excerpt([]byte(text)))
	}
}

func isHTTPDate(s string) bool {
	const layout = "Mon, 02 Jan 2006 15:04:05 GMT"
	t, err := time.Parse(layout, s)
	return err == nil && t.Format(layout) == s
}

func isTimestamp(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil
}

func isLength(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
