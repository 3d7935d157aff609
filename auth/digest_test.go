package auth

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/internal/needs"
)

// answer is the Authorization header of a client that knows the password.
func answer(w *httptest.ResponseRecorder, algo, method, uri, user, password string, count int) string {
	for _, c := range w.Header().Values("WWW-Authenticate") {
		params, _ := strings.CutPrefix(c, "Digest ")
		p, ok := parseParams(params)
		if !ok || p["algorithm"] != algo {
			continue
		}
		return answerTo(p["nonce"], algo, method, uri, user, password, count)
	}
	return ""
}

func answerTo(nonce, algo, method, uri, user, password string, count int) string {
	a := algorithms[0]
	if algo == "MD5" {
		a = algorithms[1]
	}
	nc := fmt.Sprintf("%08x", count)
	ha1, ha2 := a.hex(user, "Quire", password), a.hex(method, uri)
	response := a.hex(ha1, nonce, nc, "c0ffee", "auth", ha2)
	return fmt.Sprintf(`Digest username="%s", realm="Quire", nonce="%s", uri="%s", algorithm=%s, qop=auth, nc=%s, cnonce="c0ffee", response="%s"`,
		user, nonce, uri, algo, nc, response)
}

func authorized(value string) ask {
	return ask{peer: remote, header: map[string]string{"Authorization": value}}
}

// TestRFC7616Example is section 3.9.1.
func TestRFC7616Example(t *testing.T) {
	for algo, response := range map[string]string{
		"MD5":     "8ca523f5e9506fed4657c9700eebdbec",
		"SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		d, why := parseDigest(`username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=` + algo + `,
			nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
			qop=auth, response="` + response + `", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`)
		if why != "" {
			t.Fatal(why)
		}
		if !d.matches("GET", "Circle of Life") {
			t.Errorf("%s: the example's response is not what we expect", algo)
		}
		if d.matches("GET", "circle of life") || d.matches("PUT", "Circle of Life") {
			t.Errorf("%s: a wrong password or method passes", algo)
		}
	}
}

func TestDigest(t *testing.T) {
	c := newClock()
	h := New(echo, Options{Passwords: users(t, "ann:secret"), Now: c.now})
	challenge := ask{peer: remote}.of(h)
	for _, algo := range []string{"SHA-256", "MD5"} {
		t.Run(algo, func(t *testing.T) {
			value := func(count int) string {
				return answer(challenge, algo, "GET", "/a%20b", "ann", "secret", count)
			}
			for _, count := range []int{1, 2, 9, 5, 3} { // connections overtake one another
				if w := authorized(value(count)).of(h); w.Code != 200 || w.Body.String() != "principal=ann" {
					t.Fatalf("count %d: %d %s", count, w.Code, w.Body)
				}
			}
			w := authorized(value(5)).of(h)
			if w.Code != 401 || !strings.Contains(w.Header().Get("WWW-Authenticate"), "stale=true") {
				t.Fatalf("replay: %d %s, want 401 and stale", w.Code, w.Header())
			}
			if w := authorized(answer(w, algo, "GET", "/a%20b", "ann", "secret", 1)).of(h); w.Code != 200 {
				t.Fatalf("answer to the new nonce: %d", w.Code)
			}
		})
	}
	t.Run("absolute URI", func(t *testing.T) {
		v := answer(challenge, "MD5", "GET", "http://localhost:8080/a%20b", "ann", "secret", 40)
		if w := authorized(v).of(h); w.Code != 200 {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
	})
	t.Run("expired", func(t *testing.T) {
		v := answer(challenge, "MD5", "GET", "/a%20b", "ann", "secret", 41)
		c.t = c.t.Add(nonceLife + time.Second)
		w := authorized(v).of(h)
		if w.Code != 401 || !strings.Contains(w.Header().Get("WWW-Authenticate"), "stale=true") {
			t.Fatalf("%d %s, want 401 and stale", w.Code, w.Header())
		}
	})
}

func TestDigestRefused(t *testing.T) {
	h := New(echo, Options{Passwords: users(t, "ann:secret"), Now: newClock().now})
	challenge := ask{peer: remote}.of(h)
	right := answer(challenge, "SHA-256", "GET", "/a%20b", "ann", "secret", 1)
	change := func(from, to string) string {
		s := strings.Replace(right, from, to, 1)
		if s == right {
			t.Fatalf("nothing to change: %q", from)
		}
		return s
	}
	for name, value := range map[string]string{
		"wrong password":    answer(challenge, "SHA-256", "GET", "/a%20b", "ann", "wrong", 1),
		"unknown user":      answer(challenge, "SHA-256", "GET", "/a%20b", "bob", "", 1),
		"another URL":       answer(challenge, "SHA-256", "GET", "/other", "ann", "secret", 1),
		"another method":    answer(challenge, "SHA-256", "PUT", "/a%20b", "ann", "secret", 1),
		"no qop":            change("qop=auth, ", ""),
		"auth-int":          change("qop=auth", "qop=auth-int"),
		"another realm":     change(`realm="Quire"`, `realm="Other"`),
		"another algorithm": change("SHA-256", "SHA-512-256"),
		"short count":       change("nc=00000001", "nc=1"),
		"count raised":      change("nc=00000001", "nc=00000002"),
		"a parameter twice": right + `, qop=auth`,
		"unclosed quote":    `Digest username="ann`,
		"junk":              "Digest junk",
	} {
		w := authorized(value).of(h)
		if w.Code != 401 || strings.Contains(fmt.Sprint(w.Header()), "stale") {
			t.Errorf("%s: %d %v, want 401 and not stale", name, w.Code, w.Header())
		}
	}
	if w := authorized(right).of(h); w.Code != 200 {
		t.Errorf("the right answer: %d", w.Code)
	}
}

// TestForeignNonce is a nonce of ours from before a restart: it must not pass,
// and the client must not ask its user again.
func TestForeignNonce(t *testing.T) {
	c := newClock()
	nonce := newNonces(make([]byte, 32), c.now).make()
	h := New(echo, Options{Passwords: users(t, "ann:secret"), Now: c.now})
	w := authorized(answerTo(nonce, "MD5", "GET", "/a%20b", "ann", "secret", 1)).of(h)
	if w.Code != 401 || !strings.Contains(w.Header().Get("WWW-Authenticate"), "stale=true") {
		t.Fatalf("%d %s, want 401 and stale", w.Code, w.Header())
	}
}

func TestNonceCounts(t *testing.T) {
	var u uses
	for _, c := range []struct {
		count uint32
		ok    bool
	}{{1, true}, {1, false}, {64, true}, {2, true}, {2, false}, {1, false}, {65, true}, {1, false}, {300, true}, {236, false}, {237, true}, {237, false}, {1<<32 - 1, true}, {300, false}} {
		if got := u.count(c.count); got != c.ok {
			t.Errorf("count %d: %v, want %v", c.count, got, c.ok)
		}
	}
}

func TestNoncesAreBounded(t *testing.T) {
	c := newClock()
	n := newNonces([]byte("key"), c.now)
	first := n.make()
	for i := range maxNonces + 10 {
		nonce := first
		if i > 0 {
			nonce = n.make()
		}
		if !n.use(nonce, 1) {
			t.Fatalf("nonce %d is not taken", i)
		}
		c.t = c.t.Add(time.Millisecond)
	}
	if len(n.used) > maxNonces {
		t.Errorf("%d nonces kept, at most %d wanted", len(n.used), maxNonces)
	}
	if n.use(first, 1) {
		t.Error("a forgotten nonce can be replayed")
	}
}

// TestCurlDigest is U1: curl first sends an empty PUT, which must make nothing.
func TestCurlDigest(t *testing.T) {
	curl := needs.Program(t, "curl")
	var bodies []string
	store := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(b))
		w.WriteHeader(http.StatusCreated)
	})
	s := httptest.NewServer(New(store, Options{Passwords: users(t, "ann:sec ret")}))
	defer s.Close()
	file := t.TempDir() + "/f"
	if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ user, want string }{{"ann:sec ret", "201"}, {"ann:wrong", "401"}} {
		out, err := exec.Command(curl, "-s", "-o", os.DevNull, "-w", "%{http_code}", "--digest", "-u", c.user, "-T", file, s.URL+"/a%20b?x=y").Output()
		if err != nil || string(out) != c.want {
			t.Errorf("%s: %s %v, want %s", c.user, out, err, c.want)
		}
	}
	if len(bodies) != 1 || bodies[0] != "hello" {
		t.Errorf("the handler got %q, want one whole body", bodies)
	}
}

func FuzzParams(f *testing.F) {
	f.Add(`username="a\"b", nc=00000001 ,, qop = auth`)
	f.Add(`a="`)
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := parseParams(s)
		if !ok {
			return
		}
		var b strings.Builder
		for k, v := range p {
			fmt.Fprintf(&b, `%s="%s", `, k, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v))
		}
		again, ok := parseParams(b.String())
		if !ok || fmt.Sprint(again) != fmt.Sprint(p) {
			t.Fatalf("%q reads as %q, and written again as %q", s, p, again)
		}
	})
}
