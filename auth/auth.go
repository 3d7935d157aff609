// Package auth finds out who makes a request and puts the principal into its
// context, where [dav.Principal] finds it.
//
// A [Handler] stands before the handler that serves the files. It judges the
// Authorization header before anything reads the body, so an upload that
// expects 100-continue is challenged before its first byte. It speaks Basic
// (RFC 7617) where nobody on the way can read the password, and Digest (RFC
// 7616) over plain HTTP. Who may log in is a [Passwords]: [Users] is one,
// others can be written outside.
package auth

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/quiredav/quire/dav"
)

// Passwords knows who may log in. Its methods are safe for concurrent use.
type Passwords interface {
	// Check tells whether the password is the user's. It takes as long for a
	// user that it doesn't know as for one that it does. An error means that
	// it could not find out.
	Check(ctx context.Context, user, password string) (bool, error)
}

// Verified is a [Passwords] that remembers what it has checked, since a slow
// hash for every request would ruin a listing.
type Verified interface {
	// Verified tells, at once, whether Check has found this password right and
	// would still.
	Verified(user, password string) bool
}

// Secrets is a [Passwords] that knows passwords in the clear, as Digest needs.
type Secrets interface {
	// Secret is the password of a user; false if it isn't known in the clear.
	Secret(user string) (password string, ok bool)

	// HasSecrets tells whether there is any such user.
	HasSecrets() bool
}

// Options are the settings of a [Handler]. The zero value serves requests of
// this machine anonymously and no others.
type Options struct {
	// Passwords is nil if nobody can log in. Credentials are then ignored.
	Passwords Passwords

	// Anonymous lets requests without credentials pass, from anywhere. Without
	// it they pass only if there are no Passwords, and then only those that
	// come from this machine to a Host that is this machine: the second
	// condition keeps out pages of other sites whose name an attacker's DNS
	// resolves to 127.0.0.1.
	Anonymous bool

	// InsecureBasic offers and takes Basic over plain HTTP from other machines.
	InsecureBasic bool

	// TrustedProxies are the peers whose Forwarded or X-Forwarded-For and
	// X-Forwarded-Proto are believed; nil means loopback.
	TrustedProxies []netip.Prefix

	// ProxyTLS says that a trusted proxy speaks TLS with its clients even if
	// it doesn't say so.
	ProxyTLS bool

	Realm  string           // "" means Quire
	Logger *slog.Logger     // nil: nothing is logged
	Now    func() time.Time // nil: time.Now
}

// Handler lets requests through to the next handler once it knows who asks.
type Handler struct {
	next     http.Handler
	o        Options
	checking chan struct{} // slots for slow password checks
	failures *throttle
	nonces   *nonces
}

// slowChecks bounds the password checks under way at once: argon2id may take
// 256 MiB for each ([maxArgonMemory]).
const slowChecks = 2

// New is a handler that guards next.
func New(next http.Handler, o Options) *Handler {
	if o.TrustedProxies == nil {
		o.TrustedProxies = Loopback()
	}
	if o.Realm == "" {
		o.Realm = "Quire"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	key := make([]byte, 32)
	rand.Read(key)
	return &Handler{
		next:     next,
		o:        o,
		checking: make(chan struct{}, slowChecks),
		failures: newThrottle(o.Now),
		nonces:   newNonces(key, o.Now),
	}
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from := h.origin(r)
	principal, no := h.authenticate(r, from)
	if no != nil {
		h.refuse(w, from, no)
		return
	}
	if principal != "" {
		r = r.WithContext(dav.WithPrincipal(r.Context(), principal))
	}
	h.next.ServeHTTP(w, r)
}

// authenticate names who asks, "" for anonymous, or says why the request is
// refused.
func (h *Handler) authenticate(r *http.Request, from origin) (string, *refusal) {
	if h.o.Passwords == nil {
		return "", h.admitAnonymous(r, from)
	}
	values := r.Header.Values("Authorization")
	if len(values) > 1 {
		return "", unauthorized("the request carries more than one Authorization header")
	}
	scheme, rest := "", ""
	if len(values) == 1 {
		scheme, rest, _ = strings.Cut(strings.TrimSpace(values[0]), " ")
		rest = strings.TrimSpace(rest)
	}
	switch {
	case rest == "": // none, or Office's empty Bearer
		if h.o.Anonymous {
			return "", nil
		}
		return "", unauthorized("log in to see this")
	case strings.EqualFold(scheme, "Basic"):
		return h.basic(r, from)
	case strings.EqualFold(scheme, "Digest"):
		return h.digest(r, rest, from)
	}
	return "", unauthorized("credentials of this kind are not taken here")
}

func (h *Handler) admitAnonymous(r *http.Request, from origin) *refusal {
	switch {
	case h.o.Anonymous:
		return nil
	case !from.local:
		return &refusal{status: http.StatusMisdirectedRequest, message: "this server has no users, so it answers programs on its own machine only"}
	case !loopbackHost(r.Host):
		return &refusal{status: http.StatusMisdirectedRequest, message: "this server has no users, so it answers under the name localhost only"}
	}
	return nil
}

// throttled is the refusal for an address that has guessed wrong too often.
func (h *Handler) throttled(k attempt) *refusal {
	wait := h.failures.wait(k)
	if wait <= 0 {
		return nil
	}
	return &refusal{status: http.StatusTooManyRequests, retryAfter: wait, message: "too many failed logins; wait a little"}
}

// failed counts and logs a wrong password.
func (h *Handler) failed(k attempt, scheme string) *refusal {
	h.failures.fail(k)
	h.o.Logger.Warn("login failed", "scheme", scheme, "from", k.addr.String())
	return unauthorized("the user name or the password is wrong")
}
