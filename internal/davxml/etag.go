package davxml

import (
	"strings"

	"github.com/quiredav/quire/dav"
)

// ParseETags reads the values of If-Match or If-None-Match (RFC 9110 sections
// 13.1.1 and 13.1.2), one string per header line. What is no entity tag is left
// out: clients send such things to defeat caches, and it matches nothing.
func ParseETags(values []string) dav.ETags {
	e := dav.ETags{Sent: len(values) > 0}
	for _, rest := range values {
		for rest = trimList(rest); rest != ""; rest = trimList(rest) {
			var tag dav.ETag
			var ok bool
			if tag, rest, ok = cutETag(rest); ok && endsItem(rest) {
				e.Tags = append(e.Tags, tag)
				continue
			}
			var item string
			item, rest, _ = strings.Cut(rest, ",")
			e.Any = e.Any || !ok && trim(item) == "*"
		}
	}
	return e
}

// FormatETags is the value of If-Match or If-None-Match.
func FormatETags(e dav.ETags) string {
	if e.Any {
		return "*"
	}
	var b strings.Builder
	for i, t := range e.Tags {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(t))
	}
	return b.String()
}

func trimList(s string) string { return strings.TrimLeft(s, " \t,") }

func endsItem(rest string) bool {
	rest = strings.TrimLeft(rest, " \t")
	return rest == "" || rest[0] == ','
}

// cutETag takes an entity tag off the front of s. Blanks within the quotes are
// let through, for RFC 4918 itself shows them (section 10.4.6).
func cutETag(s string) (tag dav.ETag, rest string, ok bool) {
	start := 0
	if strings.HasPrefix(s, "W/") {
		start = 2
	}
	if len(s) == start || s[start] != '"' {
		return "", s, false
	}
	n := strings.IndexByte(s[start+1:], '"')
	if n < 0 {
		return "", s, false
	}
	end := start + 1 + n + 1
	if strings.ContainsFunc(s[:end], isControl) {
		return "", s, false
	}
	return dav.ETag(s[:end]), s[end:], true
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
