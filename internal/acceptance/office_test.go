package acceptance

import (
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/davtest"
)

// Microsoft Office, which opens ms-word:ofe|u|https://host/p/doc.docx.

func newOffice(t *testing.T, s setup) *client {
	return newServerWith(t, s).with("User-Agent: Microsoft Office Word 2014", "X-Office-Major-Version: 16", "X-FeatureVersion: 1",
		"X-IDCRL_ACCEPTED: t", "X-MS-CookieUri-Requested: t", "translate: f")
}

func TestO1(t *testing.T) {
	t.Parallel()
	c := newOffice(t, setup{})
	c.put("/doc.docx", "content")
	for _, a := range []*reply{
		c.do("OPTIONS", "/", ""), c.do("OPTIONS", "/doc.docx", ""), c.do("HEAD", "/doc.docx", ""),
		c.propfind("/doc.docx", "0", ""), c.lock("/doc.docx", "exclusive"), c.do("GET", "/doc.docx", ""),
	} {
		if got := a.header.Get("MS-Author-Via"); got != "DAV" {
			t.Errorf("%s %s: MS-Author-Via is %q", a.method, a.target, got)
		}
	}
}

// TestO2 is the whole session: open, edit, close.
func TestO2(t *testing.T) {
	t.Parallel()
	c := newOffice(t, setup{})
	c.mkcol("/p/")
	c.put("/p/doc.docx", "one")
	c.do("OPTIONS", "/p/", "").want(200)
	c.do("HEAD", "/p/doc.docx", "").want(200)
	c.propfind("/p/doc.docx", "0", "").want(207)
	const owner = `<D:owner xmlns:D="DAV:"><D:href>DESKTOP-7\Jürgen &amp; Co</D:href></D:owner>`
	body := `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>` + owner + `</D:lockinfo>`
	token := c.do("LOCK", "/p/doc.docx", body, "Timeout: Second-3600").want(200).token()
	e, _ := c.propfind("/p/doc.docx", "0", "lockdiscovery").multistatus().At("/p/doc.docx").Prop(davtest.D("lockdiscovery"))
	want, err := davtest.ParseXML([]byte(owner))
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Child(davtest.D("activelock"), davtest.D("owner")); got == nil || got.Inner() != want.Inner() {
		t.Errorf("owner is %v, want %s", got, want.Inner())
	}
	c.do("GET", "/p/doc.docx", "", "Depth: 0", "Content-Type: text/xml").want(200).says("one")
	c.do("HEAD", "/p/doc.docx", "").want(200)
	c.do("PUT", "/p/doc.docx", "two", ifToken(token)).want(204)
	c.unlock("/p/doc.docx", token)
	c.do("GET", "/p/doc.docx", "").want(200).says("two")
}

func TestO3(t *testing.T) {
	t.Parallel()
	c := newOffice(t, setup{users: []string{"alice:secret"}})
	c.put("/doc.docx", "content")
	for _, field := range []string{"Authorization: Bearer", "Authorization: Bearer "} {
		if a := c.as("").do("GET", "/doc.docx", "", field).want(401); a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("401 without a challenge")
		}
	}
	open := newOffice(t, setup{})
	open.put("/doc.docx", "content")
	open.do("GET", "/doc.docx", "", "Authorization: Bearer").want(200)
}

func TestO4(t *testing.T) {
	t.Parallel()
	c := newOffice(t, setup{})
	c.mkcol("/p/")
	c.put("/p/doc.docx", "content")
	for _, path := range []string{"/p/", "/p", "/p/doc.docx"} {
		a := c.do("OPTIONS", path, "").want(200, 204)
		if !slices.Contains(strings.Split(a.header.Get("DAV"), ", "), "2") || !strings.Contains(a.header.Get("Allow"), "LOCK") {
			t.Errorf("%s: DAV is %q, Allow is %q", path, a.header.Get("DAV"), a.header.Get("Allow"))
		}
	}
}

// TestO5: a 304 after LOCK makes the document read-only, so it is given only to
// a validator that is strong and equal.
func TestO5(t *testing.T) {
	t.Parallel()
	c := newOffice(t, setup{})
	old := c.put("/doc.docx", "one").header
	now := c.put("/doc.docx", "two").header
	c.lock("/doc.docx", "exclusive").want(200)
	c.do("GET", "/doc.docx", "", "If-None-Match: "+old.Get("ETag"), "If-Modified-Since: "+now.Get("Last-Modified")).want(200).says("two")
	c.do("GET", "/doc.docx", "", "If-None-Match: "+now.Get("ETag")).want(304, 200)
	if strings.HasPrefix(now.Get("ETag"), "W/") {
		t.Errorf("ETag %s is weak", now.Get("ETag"))
	}
}

func TestO7(t *testing.T) {
	t.Parallel()
	c := newOffice(t, setup{})
	was := c.put("/doc.docx", "one").header.Get("ETag")
	c.proppatch("/doc.docx", "urn:x", "p", "kept").want(207)
	token := c.lock("/doc.docx", "exclusive").want(200).token()
	if is := c.do("PUT", "/doc.docx", "two", ifToken(token)).want(204).header.Get("ETag"); is == was {
		t.Errorf("ETag is %s before and after PUT", is)
	}
	l := c.propfind("/doc.docx", "0", `<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/><p xmlns="urn:x"/></D:prop></D:propfind>`).multistatus()
	if got := l.propOf("/doc.docx", "urn:x", "p"); got != "kept" {
		t.Errorf("after PUT the property is %q", got)
	}
	e, _ := l.At("/doc.docx").Prop(davtest.D("lockdiscovery"))
	if got := e.Child(davtest.D("activelock"), davtest.D("locktoken"), davtest.D("href")).Trimmed(); got != token {
		t.Errorf("after PUT the lock is %q, want %q", got, token)
	}
}

// TestO8: the fast path of [MS-WDV] is not built, so its fields mean nothing.
func TestO8(t *testing.T) {
	t.Parallel()
	c := newOffice(t, setup{})
	c.put("/doc.docx", "one")
	token := c.lock("/doc.docx", "exclusive").want(200).token()
	fast := []string{"X-MSDAVEXT: 1", "Lock-Token: <" + token + ">", "X-MSDAVEXTLockTimeout: Second-3600"}
	if a := c.do("GET", "/doc.docx", "", fast...).want(200).says("one"); a.header.Get("X-MSDAVEXT") != "" {
		t.Errorf("the answer claims X-MSDAVEXT")
	}
	c.do("PUT", "/doc.docx", "two", append(fast, ifToken(token))...).want(204)
	c.do("PUT", "/doc.docx", "three").want(423) // the fields did not unlock
	c.unlock("/doc.docx", token)
}

func TestO9(t *testing.T) {
	t.Parallel()
	alice := newOffice(t, setup{users: []string{"alice:secret", "bob:secret"}})
	alice.put("/doc.docx", "one")
	alice.lock("/doc.docx", "exclusive").want(200)
	bob := alice.as("bob:secret")
	if a := bob.lock("/doc.docx", "exclusive").want(423); !a.condition("no-conflicting-lock") && !a.condition("lock-token-submitted") {
		t.Errorf("the refusal does not say why: %s", a.body)
	}
	e, code := bob.propfind("/doc.docx", "0", "lockdiscovery").multistatus().At("/doc.docx").Prop(davtest.D("lockdiscovery"))
	if owner := e.Child(davtest.D("activelock"), davtest.D("owner"), davtest.D("href")).Text(); code != 200 || owner != "mailto:writer@example.org" {
		t.Errorf("bob reads the owner %q (%d)", owner, code)
	}
}

// TestO10 saves by renaming.
func TestO10(t *testing.T) {
	t.Parallel()
	c := newOffice(t, setup{})
	c.put("/doc.docx", "one")
	c.put("/~$doc.docx", "owner file")
	c.put("/1A2B.tmp", "two")
	c.do("MOVE", "/doc.docx", "", c.to("/3C4D.tmp"), "Overwrite: T").want(201)
	c.do("MOVE", "/1A2B.tmp", "", c.to("/doc.docx"), "Overwrite: T").want(201)
	c.do("DELETE", "/3C4D.tmp", "").want(204)
	c.do("GET", "/doc.docx", "").want(200).says("two")

	c.put("/5E6F.tmp", "three")
	tmp, doc := c.lock("/5E6F.tmp", "exclusive").want(200).token(), c.lock("/doc.docx", "exclusive").want(200).token()
	c.do("MOVE", "/5E6F.tmp", "", c.to("/doc.docx"), "Overwrite: T",
		"If: </5E6F.tmp> (<"+tmp+">) </doc.docx> (<"+doc+">)").want(204)
	c.do("GET", "/doc.docx", "").want(200).says("three")
	c.do("PUT", "/doc.docx", "free").want(204)
	c.do("PUT", "/5E6F.tmp", "free").want(201)
}
