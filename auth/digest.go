package auth

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// algorithm is one that Digest can hash with.
type algorithm struct {
	name string
	new  func() hash.Hash
}

// algorithms in the order of preference. MD5 is for clients that know no other.
var algorithms = []algorithm{{"SHA-256", sha256.New}, {"MD5", md5.New}}

func (a algorithm) hex(parts ...string) string {
	h := a.new()
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

func (h *Handler) digestChallenge(a algorithm, stale bool) string {
	c := fmt.Sprintf(`Digest realm="%s", qop="auth", algorithm=%s, nonce="%s", charset=UTF-8`, h.o.Realm, a.name, h.nonces.make())
	if stale {
		c += ", stale=true"
	}
	return c
}

// digest judges Digest credentials (RFC 7616 section 3.4). The nonce is judged
// last: a right answer to a wrong nonce is told so, and the client answers
// again without asking its user.
func (h *Handler) digest(r *http.Request, credentials string, from origin) (string, *refusal) {
	secrets, ok := h.o.Passwords.(Secrets)
	if !ok || !secrets.HasSecrets() {
		return "", unauthorized("Digest is not taken here")
	}
	d, why := parseDigest(credentials)
	switch {
	case why != "":
	case d.realm != h.o.Realm:
		why = "the Digest is for another realm"
	case !d.names(r):
		why = "the Digest is for another URL"
	}
	if why != "" {
		return "", unauthorized(why)
	}
	k := attemptOf(from.addr, d.user)
	if no := h.throttled(k); no != nil {
		return "", no
	}
	password, known := secrets.Secret(d.user)
	if !d.matches(r.Method, password) || !known {
		return "", h.failed(k, "Digest")
	}
	if !h.nonces.use(d.nonce, d.count) {
		return "", &refusal{status: http.StatusUnauthorized, message: "the nonce of the Digest is used up", stale: true}
	}
	return d.user, nil
}

// digest is the Digest answer of a client.
type digest struct {
	algorithm
	user, realm, nonce, uri, cnonce, nc, response string

	count uint32 // nc as a number
}

// parseDigest reads the parameters of Digest credentials, or says what is
// wrong with them.
func parseDigest(s string) (d digest, why string) {
	p, ok := parseParams(s)
	if !ok {
		return d, "the Digest credentials are malformed"
	}
	name := p["algorithm"]
	if name == "" {
		name = "MD5"
	}
	for _, a := range algorithms {
		if strings.EqualFold(a.name, name) {
			d.algorithm = a
		}
	}
	if d.new == nil {
		return d, "Digest with this algorithm is not taken here"
	}
	if p["qop"] != "auth" {
		return d, "Digest is taken with qop=auth only"
	}
	count, err := strconv.ParseUint(p["nc"], 16, 32)
	if err != nil || len(p["nc"]) != 8 {
		return d, "the nonce count of the Digest is malformed"
	}
	d.user, ok = userOf(p)
	if !ok {
		return d, "the Digest names no user"
	}
	d.realm, d.nonce, d.uri, d.cnonce, d.nc = p["realm"], p["nonce"], p["uri"], p["cnonce"], p["nc"]
	d.response, d.count = p["response"], uint32(count)
	return d, ""
}

// userOf reads username or username* (RFC 7616 section 3.4.4).
func userOf(p map[string]string) (string, bool) {
	if user, ok := p["username"]; ok {
		return user, user != ""
	}
	const charset = "UTF-8''"
	v := p["username*"]
	if len(v) < len(charset) || !strings.EqualFold(v[:len(charset)], charset) {
		return "", false
	}
	user, err := url.PathUnescape(v[len(charset):])
	return user, err == nil && user != ""
}

// names tells whether the Digest is for the URL of the request, which may
// stand in it as an absolute URI.
func (d *digest) names(r *http.Request) bool {
	if d.uri == r.RequestURI {
		return true
	}
	_, rest, ok := strings.Cut(d.uri, "://"+r.Host)
	return ok && rest == r.RequestURI
}

func (d *digest) matches(method, password string) bool {
	a1 := d.hex(d.user, d.realm, password)
	a2 := d.hex(method, d.uri)
	want := d.hex(a1, d.nonce, d.nc, d.cnonce, "auth", a2)
	return subtle.ConstantTimeCompare([]byte(want), []byte(strings.ToLower(d.response))) == 1
}

// parseParams reads auth-params (RFC 9110 section 11.2), names in lower case.
// None may stand twice.
func parseParams(s string) (map[string]string, bool) {
	params := make(map[string]string)
	for {
		s = strings.TrimLeft(s, " \t,")
		if s == "" {
			return params, true
		}
		name, rest, ok := strings.Cut(s, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" || strings.ContainsAny(name, " \t\",") {
			return nil, false
		}
		value, rest, ok := parseValue(strings.TrimLeft(rest, " \t"))
		if _, twice := params[name]; !ok || twice {
			return nil, false
		}
		params[name] = value
		s = rest
	}
}

// parseValue reads a token or a quoted-string at the start of s.
func parseValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, " \t,")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], end > 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			rest = strings.TrimLeft(s[i+1:], " \t")
			return b.String(), rest, rest == "" || rest[0] == ','
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}
