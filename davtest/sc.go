package davtest

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// tooMany is how a server that slows down guessing refuses whoever came with a
// wrong password before (RFC 6585 section 4). It tells no more than 401.
const tooMany = 429

// RFC 4918 sections 8.1 and 20: security.
var casesSC = []Case{
	{ID: "SC-01", Section: "RFC 4918 8.1, 8.5", Level: Must,
		Title: "Authorization failure comes before every other error, so nothing leaks",
		Run: func(t *T) {
			t.Put("f", "file")
			t.Put("locked", "file")
			if t.HasLocks() {
				t.Lock("locked", "exclusive", "0")
			}
			for _, who := range []*T{t.Anonymous(), t.As("davtest-nobody", "wrong")} {
				want := who.Do("PUT", "f", nil, "x").Status
				if want != 401 && want != 403 {
					t.Skipf("the server lets anybody write")
				}
				never := H{"If": {"(<DAV:no-lock>)"}}
				for _, r := range []*Response{
					who.Do("PUT", "locked", nil, "x"),
					who.Do("PUT", "none/x", nil, "x"),
					who.Do("PUT", "f", never, "x"),
					who.Do("DELETE", "none", nil, ""),
					who.Do("DELETE", "f", never, ""),
					who.Do("DELETE", "locked", nil, ""),
					who.Do("MKCOL", "f", nil, ""),
					who.Do("MOVE", "none", t.to("f"), ""),
					who.Do("MOVE", "f", nil, ""),
					who.Do("PROPPATCH", "f", nil, "<broken"),
					who.Do("PUT", "f", H{"If": {"()"}}, "x"),
				} {
					t.CheckStatus(r, want, tooMany)
				}
			}
			t.CheckBody("f", "file")
		}},

	{ID: "SC-02", Section: "RFC 4918 20.1", Level: MustNot,
		Title: "Basic is not offered over plain HTTP to another machine; a 401 has WWW-Authenticate",
		Run: func(t *T) {
			host, _, err := net.SplitHostPort(t.Host())
			if err != nil {
				host = t.Host()
			}
			ip := net.ParseIP(strings.Trim(host, "[]"))
			refused := t.Anonymous().Do("PUT", "f", nil, "x")
			switch {
			case strings.HasPrefix(t.Origin(), "https:"):
				t.Skipf("the target is https")
			case host == "localhost" || ip != nil && ip.IsLoopback():
				t.Skipf("the target is on this machine")
			}
			for _, challenge := range refused.Header.Values("Www-Authenticate") {
				if strings.HasPrefix(strings.ToLower(challenge), "basic") {
					t.Errorf("Basic is offered over plain HTTP: %s", challenge)
				}
			}
		},
		Scan: func(x *Exchange, errorf func(string, ...any)) bool {
			if x.Status != 401 {
				return false
			}
			if x.Header.Get("Www-Authenticate") == "" {
				errorf("401 without WWW-Authenticate")
			}
			return true
		}},

	{ID: "SC-03", Section: "RFC 4918 20.6, 16", Level: Should,
		Title: "External entities and DTDs are never fetched: 403 with no-external-entities",
		Run:   func(t *T) { t.externalEntities() }},

	{ID: "SC-04", Section: "RFC 4918 20.6", Level: Should,
		Title: "Nested internal entities are refused early",
		Run: func(t *T) {
			t.Put("f", "file")
			var bomb strings.Builder
			bomb.WriteString(`<?xml version="1.0"?><!DOCTYPE D:x [<!ENTITY e0 "xxxxxxxxxx">`)
			for i := 1; i <= 10; i++ {
				fmt.Fprintf(&bomb, `<!ENTITY e%d "%s">`, i, strings.Repeat(fmt.Sprintf("&e%d;", i-1), 10))
			}
			for method, body := range xmlBodies("&e10;") {
				start := time.Now()
				r := t.Do(method, "f", H{"Depth": {"0"}}, bomb.String()+"]>"+body)
				if r.Status < 400 || r.Status >= 500 {
					t.Errorf("%s with nested entities: %d", method, r.Status)
				}
				if took := time.Since(start); took > time.Second {
					t.Errorf("%s with nested entities took %v", method, took)
				}
			}
		}},

	{ID: "SC-05", Section: "RFC 4918 20.2", Level: Practice,
		Title: "Limits end in clear errors, and the server stays up",
		Run: func(t *T) {
			t.Put("f", "file")
			for what, body := range map[string]string{
				"a property of 16 MiB":         propertyupdate(Set(X("big"), strings.Repeat("x", 16<<20))),
				"elements nested 100,000 deep": propertyupdate(Set(X("deep"), strings.Repeat("<x:a>", 100_000)+strings.Repeat("</x:a>", 100_000))),
				"100,000 attributes":           propertyupdate(Set(X("wide"), "<x:a"+attributes(100_000)+"/>")),
				"a tag that never ends":        `<D:propertyupdate xmlns:D="DAV:" a="` + strings.Repeat("x", 16<<20),
				"200,000 instructions":         propertyupdate(strings.Repeat(Remove(X("p")), 200_000)),
			} {
				r, err := t.Try("PROPPATCH", "f", nil, body)
				if err == nil && r.Status >= 500 && r.Status != 507 {
					t.Errorf("PROPPATCH with %s: %d", what, r.Status)
				}
				if !t.Exists("f") {
					t.Errorf("after PROPPATCH with %s the file is gone", what)
				}
			}
			r, err := t.Try("GET", "f", H{"If": {"(Not <DAV:no-lock>)" + strings.Repeat(" (<DAV:no-lock>)", 200_000)}}, "")
			if err == nil && r.Status >= 500 {
				t.Errorf("an If header of 3 MB: %d", r.Status)
			}
			t.CheckBody("f", "file")
		}, Timeout: 2 * time.Minute},

	{ID: "SC-06", Section: "RFC 4918 20.3", Level: Practice,
		Title: "No path leaves the tree: dot segments, however encoded, backslashes, NUL",
		Run: func(t *T) {
			t.Put("f", "file")
			before := t.Snapshot()
			up := strings.Repeat("../", 12) + "etc/passwd"
			escapes := []string{up, strings.ReplaceAll(up, "..", "%2e%2e"), strings.ReplaceAll(up, "/", "%2f"),
				strings.ReplaceAll(strings.ReplaceAll(up, "..", "%2e%2e"), "/", "%2F"), strings.ReplaceAll(up, "..", "%252e%252e"),
				strings.ReplaceAll(up, "/", "%5c"), "f%00.txt", "%00"}
			for _, path := range escapes {
				if r, err := t.Raw("GET", path, t.Head("GET", path, H{"Connection": {"close"}})); err == nil {
					t.CheckStatus(r, 400, 403, 404)
				}
				for _, method := range []string{"COPY", "MOVE"} {
					t.CheckStatus(t.Do(method, "f", H{"Destination": {t.Path(path + "-davtest")}}, ""), 400, 403, 404, 409, 502)
				}
			}
			t.CheckUnchanged(before)
		}},

	{ID: "SC-07", Section: "RFC 4918 20.4", Level: Should,
		Title: "The token of a lock is not shown to anonymous readers",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			token := t.Lock("f", "exclusive", "0")
			nobody := t.Anonymous()
			if t.user == "" {
				t.Skipf("the suite itself is anonymous")
			}
			r := nobody.Do("PROPFIND", "f", H{"Depth": {"0"}}, propfindBody(D("lockdiscovery")))
			if t.CheckStatus(r, 207, 401, 403, 404) && strings.Contains(string(r.Body), token) {
				t.Errorf("an anonymous PROPFIND shows the lock token")
			}
		}},

	{ID: "SC-08", Section: "RFC 4918 6.4", Level: Must,
		Title: "A token gives no rights: the privilege to write is checked anyway",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			nobody := t.Anonymous()
			if r := nobody.Do("PUT", "f", nil, "x"); r.Status != 401 && r.Status != 403 {
				t.Skipf("the server lets anybody write")
			}
			token := t.Lock("f", "exclusive", "0")
			for _, who := range []*T{nobody, t.As("davtest-nobody", "wrong")} {
				t.CheckStatus(who.Do("PUT", "f", submitted(token), "x"), 401, 403, tooMany)
				t.CheckStatus(who.Do("DELETE", "f", submitted(token), ""), 401, 403, tooMany)
				t.CheckStatus(who.Do("UNLOCK", "f", H{"Lock-Token": {"<" + token + ">"}}, ""), 401, 403, tooMany)
			}
			t.CheckBody("f", "file")
			t.CheckLocked("f", token)
		}},

	{ID: "SC-09", Section: "RFC 4918 20.8", Level: Practice,
		Title: "Stored content can't script the site: HTML comes with nosniff",
		Run: func(t *T) {
			for name, media := range map[string]string{"f.html": "text/html", "f.bin": "application/octet-stream"} {
				t.Status(t.Do("PUT", name, H{"Content-Type": {media}}, "<script>alert(1)</script>"), 201)
				if got := t.Get(name).Header.Get("X-Content-Type-Options"); got != "nosniff" {
					t.Errorf("%s: X-Content-Type-Options is %q", name, got)
				}
			}
		}},
}

// xmlBodies are documents without a declaration, by the method that takes them,
// with content where it must be read or stored.
func xmlBodies(content string) map[string]string {
	strip := func(doc string) string { return strings.TrimPrefix(doc, xmlDecl) }
	return map[string]string{
		"PROPFIND":  strip(dav("propfind", "<D:prop><D:displayname>"+content+"</D:displayname></D:prop>")),
		"PROPPATCH": strip(propertyupdate(Set(X("p"), content))),
		"LOCK":      strip(lockinfo("exclusive", "<D:owner>"+content+"</D:owner>")),
	}
}

// externalEntities is SC-03.
func (t *T) externalEntities() {
	t.Put("f", "file")
	canary, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("%v", err)
	}
	var fetched atomic.Int32
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := canary.Accept()
			if err != nil {
				return
			}
			fetched.Add(1)
			c.Close()
		}
	}()
	defer func() { <-done }()
	defer canary.Close()

	url := "http://" + canary.Addr().String() + "/"
	for _, doctype := range []string{
		`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>`,
		`<!DOCTYPE x [<!ENTITY e SYSTEM "` + url + `">]>`,
		`<!DOCTYPE x [<!ENTITY % p SYSTEM "` + url + `"> %p;]>`,
		`<!DOCTYPE x SYSTEM "` + url + `">`,
	} {
		for method, body := range xmlBodies("&e;") {
			r := t.Do(method, "f", H{"Depth": {"0"}}, doctype+body)
			t.CheckCondition(r, "no-external-entities", 403)
			if strings.Contains(string(r.Body), "root:") {
				t.Errorf("the answer to %s tells what is in a file of the server", method)
			}
		}
	}
	if p := t.Prop("f", X("p")); p != nil {
		t.Errorf("a property with an entity in it was stored: %q", p.Text())
	}
	if n := fetched.Load(); n > 0 {
		t.Errorf("the server fetched an entity %d times", n)
	}
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d="x"`, i)
	}
	return b.String()
}
