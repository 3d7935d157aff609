package auth

import (
	"html"
	"math"
	"net/http"
	"strconv"
	"time"
)

// refusal is an answer instead of what the request asked for.
type refusal struct {
	status     int
	message    string
	stale      bool // the Digest was right but for its nonce
	retryAfter time.Duration
}

func unauthorized(why string) *refusal {
	return &refusal{status: http.StatusUnauthorized, message: why}
}

func (h *Handler) refuse(w http.ResponseWriter, from origin, no *refusal) {
	message := no.message
	header := w.Header()
	if no.status == http.StatusUnauthorized {
		h.challenge(header, from, no.stale)
		if !h.basicFits(from) {
			message += " (passwords go over TLS here, or as Digest)"
		}
	}
	if no.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(no.retryAfter.Seconds()))))
	}
	body := explain(no.status, message)
	header.Set("Content-Type", "application/xml; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(no.status)
	w.Write([]byte(body))
}

// conditions name the refusals for programs, as the server names those that
// come later.
var conditions = map[int]string{
	http.StatusUnauthorized:       "not-authenticated",
	http.StatusMisdirectedRequest: "misdirected-request",
	http.StatusTooManyRequests:    "too-many-requests",
	http.StatusServiceUnavailable: "unavailable",
}

// explain is the DAV:error document of a refusal (RFC 4918 section 14.5).
func explain(status int, message string) string {
	return `<?xml version="1.0" encoding="utf-8"?>` + "\n" + `<D:error xmlns:D="DAV:" xmlns:Q="urn:quire:error"><Q:` +
		conditions[status] + `/><Q:message>` + html.EscapeString(message) + `</Q:message></D:error>`
}

// challenge says how to log in from there. Digest comes first, SHA-256 before
// MD5, for a client takes the first that it knows (RFC 7616 section 3.7).
func (h *Handler) challenge(header http.Header, from origin, stale bool) {
	basic := h.basicFits(from)
	if h.digestFits(from) || !basic {
		for _, a := range algorithms {
			header.Add("WWW-Authenticate", h.digestChallenge(a, stale))
		}
	}
	if basic {
		header.Add("WWW-Authenticate", `Basic realm="`+h.o.Realm+`", charset="UTF-8"`)
	}
}

// basicFits tells whether a password may travel as it is (RFC 4918 section
// 20.1).
func (h *Handler) basicFits(from origin) bool {
	return from.tls || from.local || h.o.InsecureBasic
}

// digestFits tells whether Digest is worth offering: not where TLS protects
// the password of every user, known in the clear or not.
func (h *Handler) digestFits(from origin) bool {
	s, ok := h.o.Passwords.(Secrets)
	return ok && !from.tls && s.HasSecrets()
}
