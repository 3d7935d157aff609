package auth

import (
	"net/http"
	"unicode/utf8"
)

// basic judges Basic credentials (RFC 7617).
func (h *Handler) basic(r *http.Request, from origin) (string, *refusal) {
	if !h.basicFits(from) {
		return "", unauthorized("a password in the clear is not taken over plain HTTP")
	}
	user, password, ok := r.BasicAuth()
	if !ok {
		return "", unauthorized("the Basic credentials are malformed")
	}
	user, password = toUTF8(user), toUTF8(password)
	k := attemptOf(from.addr, user)
	if no := h.throttled(k); no != nil {
		return "", no
	}
	if v, ok := h.o.Passwords.(Verified); ok && v.Verified(user, password) {
		return user, nil
	}

	select {
	case h.checking <- struct{}{}:
		defer func() { <-h.checking }()
	case <-r.Context().Done():
		return "", unavailable()
	}
	if no := h.throttled(k); no != nil { // others have guessed meanwhile
		return "", no
	}
	ok, err := h.o.Passwords.Check(r.Context(), user, password)
	switch {
	case err != nil:
		h.o.Logger.Error("a password could not be checked", "error", err)
		return "", unavailable()
	case !ok:
		return "", h.failed(k, "Basic")
	}
	return user, nil
}

func unavailable() *refusal {
	return &refusal{status: http.StatusServiceUnavailable, message: "the password can't be checked just now"}
}

// toUTF8 reads what a client may have sent as Latin-1, for RFC 7617 section
// 2.1 binds only clients that know of its charset parameter.
func toUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
