package multistatus

import (
	"net/http"
	"strconv"
)

// statusElements holds a DAV:status element for each status that a response
// may have.
var statusElements = func() (t [600]string) {
	for code := 200; code < len(t); code++ {
		t[code] = "<D:status>HTTP/1.1 " + strconv.Itoa(code) + " " + reason(code) + "</D:status>"
	}
	return t
}()

// reason is never empty, for some clients take a status line without a reason
// for none at all.
func reason(code int) string {
	if s := http.StatusText(code); s != "" {
		return s
	}
	return [...]string{2: "Success", 3: "Redirection", 4: "Client Error", 5: "Server Error"}[code/100]
}

// legalStatus tells whether a response may say so: a final status (RFC 4918
// section 13 rules out the 100s).
func legalStatus(code int) bool { return code >= 200 && code < 600 }

// needsLocation tells whether a response with this status must say where to
// (RFC 4918 section 13.2).
func needsLocation(code int) bool {
	switch code {
	case 300, 301, 302, 303, 305, 307, 308:
		return true
	}
	return false
}

// parseStatus reads a status line, such as "HTTP/1.1 200 OK". Whatever has a
// version and three digits is understood.
func parseStatus(b []byte) (code int, ok bool) {
	const version = "HTTP/"
	if len(b) < len(version) || string(b[:len(version)]) != version {
		return 0, false
	}
	i := len(version)
	for i < len(b) && (isDigit(b[i]) || b[i] == '.') {
		i++
	}
	if i == len(version) || i == len(b) || b[i] != ' ' {
		return 0, false
	}
	for i < len(b) && b[i] == ' ' {
		i++
	}
	if len(b)-i < 3 || len(b)-i > 3 && b[i+3] != ' ' {
		return 0, false
	}
	for _, c := range b[i : i+3] {
		if !isDigit(c) {
			return 0, false
		}
		code = code*10 + int(c-'0')
	}
	return code, true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
