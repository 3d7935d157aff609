package auth

import (
	"crypto/tls"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
)

const (
	remote = "203.0.113.7:5000"
	local  = "127.0.0.1:5000"
)

// echo answers 200 with the principal.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, "principal="+dav.Principal(r.Context()))
})

// clock is a time that tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)} }

func users(t *testing.T, inClear ...string) *Users {
	t.Helper()
	u, err := NewUsers(inClear, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// ask is a request to a handler, told in one line.
type ask struct {
	method string // GET if ""
	peer   string // local if ""
	host   string // localhost:8080 if ""
	tls    bool
	header map[string]string
	user   string // NAME:PASSWORD for Basic
}

func (a ask) request() *http.Request {
	r := httptest.NewRequest(or(a.method, "GET"), "/a%20b", nil)
	r.RemoteAddr = or(a.peer, local)
	r.Host = or(a.host, "localhost:8080")
	if a.tls {
		r.TLS = &tls.ConnectionState{}
	}
	for k, v := range a.header {
		r.Header.Set(k, v)
	}
	if name, password, ok := strings.Cut(a.user, ":"); ok {
		r.SetBasicAuth(name, password)
	}
	return r
}

func (a ask) of(h http.Handler) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, a.request())
	return w
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func schemes(w *httptest.ResponseRecorder) string {
	var all []string
	for _, c := range w.Header().Values("WWW-Authenticate") {
		scheme, _, _ := strings.Cut(c, " ")
		all = append(all, scheme)
	}
	return strings.Join(all, " ")
}

func TestWhoMayAsk(t *testing.T) {
	ann := users(t, "ann:secret")
	https := map[string]string{"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.9"}
	http_ := map[string]string{"X-Forwarded-Proto": "http", "X-Forwarded-For": "198.51.100.9"}
	for _, c := range []struct {
		name    string
		o       Options
		ask     ask
		status  int
		as      string // the principal of a 200
		schemes string // the challenges of a 401
	}{
		{"A16 no credentials", Options{Passwords: ann}, ask{}, 401, "", "Digest Digest Basic"},
		{"A16 wrong password", Options{Passwords: ann}, ask{user: "ann:wrong"}, 401, "", "Digest Digest Basic"},
		{"A16 unknown user", Options{Passwords: ann}, ask{user: "bob:secret"}, 401, "", "Digest Digest Basic"},
		{"A16 right password", Options{Passwords: ann}, ask{user: "ann:secret"}, 200, "ann", ""},
		{"A16 wrong password where anonymous may", Options{Passwords: ann, Anonymous: true}, ask{user: "ann:wrong"}, 401, "", "Digest Digest Basic"},
		{"A16 unknown scheme", Options{Passwords: ann, Anonymous: true}, ask{header: map[string]string{"Authorization": "NTLM abc"}}, 401, "", "Digest Digest Basic"},
		{"A16 malformed Basic", Options{Passwords: ann}, ask{header: map[string]string{"Authorization": "Basic ###"}}, 401, "", "Digest Digest Basic"},
		{"O3 empty Bearer", Options{Passwords: ann}, ask{header: map[string]string{"Authorization": "Bearer"}}, 401, "", "Digest Digest Basic"},
		{"O3 empty Bearer, anonymous", Options{Passwords: ann, Anonymous: true}, ask{header: map[string]string{"Authorization": "Bearer "}}, 200, "", ""},
		{"A2 OPTIONS", Options{Passwords: ann}, ask{method: "OPTIONS", peer: remote}, 401, "", "Digest Digest"},

		{"SC-02 plain HTTP: no Basic offered", Options{Passwords: ann}, ask{peer: remote}, 401, "", "Digest Digest"},
		{"SC-02 plain HTTP: no Basic taken", Options{Passwords: ann}, ask{peer: remote, user: "ann:secret"}, 401, "", "Digest Digest"},
		{"SC-02 plain HTTP: opted in", Options{Passwords: ann, InsecureBasic: true}, ask{peer: remote, user: "ann:secret"}, 200, "ann", ""},
		{"SC-02 TLS", Options{Passwords: ann}, ask{peer: remote, tls: true, user: "ann:secret"}, 200, "ann", ""},
		{"SC-02 TLS: Basic alone", Options{Passwords: ann}, ask{peer: remote, tls: true}, 401, "", "Basic"},
		{"SC-02 proxy says https", Options{Passwords: ann}, ask{header: https, user: "ann:secret"}, 200, "ann", ""},
		{"SC-02 proxy says http", Options{Passwords: ann}, ask{header: http_, user: "ann:secret"}, 401, "", "Digest Digest"},
		{"SC-02 proxy says nothing of TLS", Options{Passwords: ann}, ask{header: map[string]string{"X-Forwarded-For": "198.51.100.9"}, user: "ann:secret"}, 401, "", "Digest Digest"},
		{"SC-02 proxy with TLS by setting", Options{Passwords: ann, ProxyTLS: true}, ask{header: map[string]string{"X-Forwarded-For": "198.51.100.9"}, user: "ann:secret"}, 200, "ann", ""},
		{"SC-02 one hop without TLS", Options{Passwords: ann}, ask{header: map[string]string{"X-Forwarded-Proto": "https, http"}, user: "ann:secret"}, 401, "", "Digest Digest"},
		{"SC-02 proxy says https by RFC 7239", Options{Passwords: ann}, ask{header: map[string]string{"Forwarded": `for="[2001:db8::1]:77";proto=https;by=x`}, user: "ann:secret"}, 200, "ann", ""},
		{"SC-02 proxy says http by RFC 7239", Options{Passwords: ann}, ask{header: map[string]string{"Forwarded": "for=198.51.100.9;proto=https, proto=http", "X-Forwarded-Proto": "https"}, user: "ann:secret"}, 401, "", "Digest Digest"},
		{"SC-02 stranger says https", Options{Passwords: ann}, ask{peer: remote, header: https, user: "ann:secret"}, 401, "", "Digest Digest"},
		{"SC-02 trusted proxy elsewhere", Options{Passwords: ann, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}},
			ask{peer: remote, header: https, user: "ann:secret"}, 200, "ann", ""},

		{"anonymous on loopback", Options{}, ask{}, 200, "", ""},
		{"anonymous, IPv6 and mapped", Options{}, ask{peer: "[::ffff:127.0.0.1]:9", host: "[::1]:8080"}, 200, "", ""},
		{"anonymous, credentials don't matter", Options{}, ask{user: "guest:guest"}, 200, "", ""},
		{"anonymous by 127.x", Options{}, ask{host: "127.3.2.1"}, 200, "", ""},
		{"DNS rebinding", Options{}, ask{host: "evil.example:8080"}, 421, "", ""},
		{"DNS rebinding, lookalike", Options{}, ask{host: "localhost.evil.example"}, 421, "", ""},
		{"A2 DNS rebinding, OPTIONS", Options{}, ask{method: "OPTIONS", host: "127.0.0.1.evil.example"}, 421, "", ""},
		{"anonymous from elsewhere", Options{}, ask{peer: remote}, 421, "", ""},
		{"anonymous through a proxy here", Options{}, ask{header: https}, 421, "", ""},
		{"anonymous for all", Options{Anonymous: true}, ask{peer: remote, host: "dav.example"}, 200, "", ""},
		{"anonymous or known", Options{Anonymous: true, Passwords: ann}, ask{peer: remote, tls: true, user: "ann:secret"}, 200, "ann", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := c.ask.of(New(echo, c.o))
			if w.Code != c.status {
				t.Fatalf("status %d, want %d: %s", w.Code, c.status, w.Body)
			}
			if got := schemes(w); got != c.schemes {
				t.Errorf("challenges %q, want %q", got, c.schemes)
			}
			if c.status == 200 {
				if got := w.Body.String(); got != "principal="+c.as {
					t.Errorf("got %s, want principal=%s", got, c.as)
				}
				return
			}
			var explained struct {
				XMLName xml.Name `xml:"DAV: error"`
				Message string   `xml:"urn:quire:error message"`
			}
			if err := xml.Unmarshal(w.Body.Bytes(), &explained); err != nil || explained.Message == "" {
				t.Errorf("not explained to people and programs: %v: %s", err, w.Body)
			}
			if got := w.Header().Get("Content-Type"); got != "application/xml; charset=utf-8" {
				t.Errorf("Content-Type %q", got)
			}
			if got := w.Header().Get("Content-Length"); got != strconv.Itoa(w.Body.Len()) || w.Body.Len() < 2 {
				t.Errorf("Content-Length %q of a body of %d bytes (W13)", got, w.Body.Len())
			}
		})
	}
}

func TestTwoAuthorizationHeaders(t *testing.T) {
	r := ask{user: "ann:secret"}.request()
	r.Header.Add("Authorization", "Bearer")
	w := httptest.NewRecorder()
	New(echo, Options{Passwords: users(t, "ann:secret"), Anonymous: true}).ServeHTTP(w, r)
	if w.Code != 401 {
		t.Fatalf("status %d, want 401", w.Code)
	}
}

func TestLatin1(t *testing.T) {
	w := ask{user: "j\xfcrgen:\xdf"}.of(New(echo, Options{Passwords: users(t, "jürgen:ß")}))
	if w.Code != 200 {
		t.Fatalf("status %d, want 200", w.Code)
	}
}

// TestChallengeBeforeBody is Y1 and A14: the challenge must not wait for the
// body, nor ask for it.
func TestChallengeBeforeBody(t *testing.T) {
	read := false
	r := httptest.NewRequest("PUT", "/f", readerFunc(func([]byte) (int, error) { read = true; return 0, io.EOF }))
	r.RemoteAddr = local
	w := httptest.NewRecorder()
	New(echo, Options{Passwords: users(t, "ann:secret")}).ServeHTTP(w, r)
	if w.Code != 401 || read {
		t.Fatalf("status %d, body read: %v", w.Code, read)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestThrottle(t *testing.T) {
	c := newClock()
	h := New(echo, Options{Passwords: users(t, "ann:secret", "bob:secret"), Now: c.now})
	for range guesses {
		if w := (ask{user: "ann:wrong"}).of(h); w.Code != 401 {
			t.Fatalf("status %d, want 401", w.Code)
		}
	}
	w := ask{user: "ann:secret"}.of(h)
	if w.Code != 429 || w.Header().Get("Retry-After") != "10" {
		t.Fatalf("status %d, Retry-After %q; want 429 and 10", w.Code, w.Header().Get("Retry-After"))
	}
	for name, a := range map[string]ask{
		"another user":    {user: "bob:secret"},
		"another address": {user: "ann:secret", peer: "127.0.0.2:1"},
	} {
		if w := a.of(h); w.Code != 200 {
			t.Errorf("%s: status %d, want 200", name, w.Code)
		}
	}
	c.t = c.t.Add(guessEvery)
	if w := (ask{user: "ann:secret"}).of(h); w.Code != 200 {
		t.Fatalf("later: status %d, want 200", w.Code)
	}
}

// TestThrottleOfForwarded wants the client counted, not the proxy, and not what
// the client itself wrote into X-Forwarded-For.
func TestThrottleOfForwarded(t *testing.T) {
	h := New(echo, Options{Passwords: users(t, "ann:secret"), InsecureBasic: true, Now: newClock().now})
	from := func(forwarded, user string) int {
		return ask{user: user, header: map[string]string{"X-Forwarded-For": forwarded}}.of(h).Code
	}
	for i := range guesses {
		from("10.0.0."+strconv.Itoa(i)+", 198.51.100.9, 127.0.0.1", "ann:wrong")
	}
	if got := from("198.51.100.9", "ann:secret"); got != 429 {
		t.Errorf("the guesser: %d, want 429", got)
	}
	if w := (ask{user: "ann:secret", header: map[string]string{"Forwarded": "for=198.51.100.9:4711"}}).of(h); w.Code != 429 {
		t.Errorf("the guesser by RFC 7239: %d, want 429", w.Code)
	}
	if got := from("198.51.100.10", "ann:secret"); got != 200 {
		t.Errorf("another client: %d, want 200", got)
	}
}

func TestThrottleIsBounded(t *testing.T) {
	c := newClock()
	th := newThrottle(c.now)
	guilty := attemptOf(netip.MustParseAddr("2001:db8::1"), "ann")
	for range guesses {
		th.fail(guilty)
	}
	for i := range maxAttempts + 100 {
		th.fail(attemptOf(netip.MustParseAddr("192.0.2.1"), strconv.Itoa(i)))
	}
	if n := len(th.paid); n > maxAttempts {
		t.Errorf("%d entries, at most %d wanted", n, maxAttempts)
	}
	if th.wait(attemptOf(netip.MustParseAddr("2001:db8::2"), "ann")) == 0 {
		t.Error("the guiltiest /64 was forgotten")
	}
	c.t = c.t.Add(guesses * guessEvery)
	th.fail(attemptOf(netip.MustParseAddr("192.0.2.2"), "ann"))
	if n := len(th.paid); n != 1 {
		t.Errorf("%d entries after a while, want 1", n)
	}
}
