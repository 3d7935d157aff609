package davxml

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/quiredav/quire/dav"
)

// ParseDepth reads Depth (RFC 4918 section 10.2); absent is what no header
// means to the method. Values other than 0, 1 and infinity are Invalid.
func ParseDepth(h http.Header, absent dav.Depth) (dav.Depth, error) {
	v, sent, err := single(h, "Depth")
	switch {
	case err != nil:
		return 0, err
	case !sent:
		return absent, nil
	case v == "0":
		return dav.Depth0, nil
	case v == "1":
		return dav.Depth1, nil
	case strings.EqualFold(v, "infinity"):
		return dav.DepthInfinity, nil
	}
	return 0, invalid("Depth is 0, 1 or infinity, not " + quote(v))
}

// ParseOverwrite reads Overwrite (RFC 4918 section 10.6). No header means T,
// true. Values other than T and F are Invalid.
func ParseOverwrite(h http.Header) (bool, error) {
	v, sent, err := single(h, "Overwrite")
	switch {
	case err != nil:
		return false, err
	case !sent || v == "T" || v == "t":
		return true, nil
	case v == "F" || v == "f":
		return false, nil
	}
	return false, invalid("Overwrite is T or F, not " + quote(v))
}

// FormatOverwrite is the value of Overwrite.
func FormatOverwrite(overwrite bool) string {
	if overwrite {
		return "T"
	}
	return "F"
}

// ParseLockToken reads Lock-Token (RFC 4918 section 10.5). A missing header and
// a token without its angle brackets are Invalid.
func ParseLockToken(h http.Header) (string, error) {
	v, sent, err := single(h, "Lock-Token")
	if err != nil {
		return "", err
	}
	if !sent {
		return "", invalid("the Lock-Token header is missing")
	}
	token, rest, ok := cutAngle(v)
	if !ok || rest != "" {
		return "", invalid("Lock-Token is a URI in angle brackets, not " + quote(v))
	}
	return token, nil
}

// FormatLockToken is the value of Lock-Token.
func FormatLockToken(token string) string { return "<" + token + ">" }

// maxTimeout is the longest time that Timeout can state (RFC 4918 section 10.7).
const maxTimeout = (1<<32 - 1) * time.Second

// ParseTimeout reads Timeout (RFC 4918 section 10.7), a list of wishes of which
// it gives the first that it understands. sent with zero means Infinite. The
// header binds nobody, so whatever makes no sense counts as not sent, and a
// time that is too long for the header as the longest that is not.
func ParseTimeout(h http.Header) (d time.Duration, sent bool) {
	for _, line := range h.Values("Timeout") {
		for wish := range strings.SplitSeq(line, ",") {
			if d, ok := parseTimeType(trim(wish)); ok {
				return d, true
			}
		}
	}
	return 0, false
}

func parseTimeType(s string) (time.Duration, bool) {
	const second = "Second-"
	if strings.EqualFold(s, "Infinite") {
		return 0, true
	}
	if len(s) <= len(second) || !strings.EqualFold(s[:len(second)], second) {
		return 0, false
	}
	digits := s[len(second):]
	if strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	switch {
	case err != nil: // only digits, so it is out of range
		return maxTimeout, true
	case n == 0:
		return 0, false
	}
	return time.Duration(n) * time.Second, true
}

// FormatTimeout is a value for Timeout and for the timeout element (RFC 4918
// section 14.29): Infinite for 0, else whole seconds, rounded up.
func FormatTimeout(d time.Duration) string {
	if d == 0 {
		return "Infinite"
	}
	d = min(max(d, time.Second), maxTimeout)
	return "Second-" + strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// ParseDate reads the HTTP date in the header called name, If-Modified-Since
// for one. What is no date is ignored, as RFC 9110 sections 13.1.3 and 13.1.4
// ask, and gives the zero time.
func ParseDate(h http.Header, name string) time.Time {
	v, _, err := single(h, name)
	if err != nil {
		return time.Time{}
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return time.Time{}
	}
	return t
}

// HasToken tells whether the header called name, a list such as DAV (RFC 4918
// section 10.1), holds the token, in whatever case.
func HasToken(h http.Header, name, token string) bool {
	for _, line := range h.Values(name) {
		for t := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(trim(t), token) {
				return true
			}
		}
	}
	return false
}

// single gives the value of a header that may stand once. Repetitions of the
// same value do no harm; different ones are Invalid.
func single(h http.Header, name string) (v string, sent bool, err error) {
	values := h.Values(name)
	if len(values) == 0 {
		return "", false, nil
	}
	v = trim(values[0])
	for _, other := range values[1:] {
		if trim(other) != v {
			return "", true, invalid("the request has two different " + name + " headers")
		}
	}
	return v, true, nil
}

// cutAngle takes a non-empty run without blanks and brackets in angle brackets
// off the front of s.
func cutAngle(s string) (inner, rest string, ok bool) {
	if s == "" || s[0] != '<' {
		return "", s, false
	}
	end := strings.IndexByte(s, '>')
	if end <= 1 || strings.ContainsFunc(s[1:end], notInURI) {
		return "", s, false
	}
	return s[1:end], s[end+1:], true
}

// notInURI tells whether r can stand in no reference, however sloppy.
func notInURI(r rune) bool { return r <= ' ' || r == 0x7f || r == '<' || r == '>' || r == '"' }

func trim(s string) string { return strings.Trim(s, " \t") }

// quote shows the beginning of what a client sent.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "..."
	}
	return strconv.QuoteToASCII(s)
}

func invalid(why string) *dav.Error { return &dav.Error{Kind: dav.Invalid, Message: why} }
