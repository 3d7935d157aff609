package acceptance

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/davtest"
)

// Linux: GNOME's gvfs, KDE's KIO, davfs2, programs on neon, and webdavfs.

// TestG1 mounts: the share, then each folder above it until one says no.
func TestG1(t *testing.T) {
	t.Parallel()
	c := newServerWith(t, setup{prefix: "/dav/team"}).with("User-Agent: gvfs/1.54.0")
	if dav := c.do("OPTIONS", "/dav/team", "").want(200).header.Get("DAV"); dav == "" {
		t.Errorf("no DAV field")
	}
	c.propfind("/dav/team", "1", "resourcetype getcontentlength getetag").want(207)
	for _, parent := range []string{"/dav", "/"} {
		c.do("OPTIONS", parent, "").not(405, 500, 501)
		c.propfind(parent, "0", "resourcetype").not(500, 501)
	}
}

func TestG2(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: gvfs/1.54.0")
	first := c.put("/f", "one").header.Get("ETag")
	if strings.HasPrefix(first, "W/") || first == "" {
		t.Errorf("ETag is %q", first)
	}
	c.do("PUT", "/f", "two", "If-Match: "+first).want(204)
	c.do("PUT", "/f", "three", "If-Match: "+first).want(412)
	c.put("/g", "other")
	c.do("MOVE", "/f", "", c.to("/g"), "Overwrite: F").want(412)
	c.do("MOVE", "/f", "", c.to("/h"), "Overwrite: F").want(201)
	c.mkcol("/d/")
	c.do("MOVE", "/d", "", c.to("/e"), "Overwrite: F").want(201)
	c.do("GET", "/h", "").want(200).says("two")
}

func TestG3(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: gvfs/1.54.0", "Apply-To-Redirect-Ref: T")
	c.mkcol("/d/")
	c.put("/d/f", "file")
	c.propfind("/d/", "1", "resourcetype").want(207)
	c.do("GET", "/d/f", "").want(200).says("file")
	c.do("MOVE", "/d/f", "", c.to("/g")).want(201)
	c.do("MOVE", "/d", "", c.to("/e/")).want(201)
	c.do("DELETE", "/g", "").want(204)
}

const dolphinAsks = "creationdate getcontentlength displayname source getcontentlanguage getcontenttype getlastmodified getetag " +
	"supportedlock lockdiscovery resourcetype quota-available-bytes quota-used-bytes"

func TestK1(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: Mozilla/5.0 (X11; Linux x86_64) KHTML/5.115 (like Gecko) Konqueror/5 KIO/5.115")
	c.do("OPTIONS", "/", "").want(200)
	c.mkcol("/d/")
	c.put("/f.txt", "12345", "Content-Type: text/plain")
	l := c.propfind("/", "1", dolphinAsks).multistatus()
	line := regexp.MustCompile(`^HTTP/1\.[01] [0-9]{3} `)
	for _, r := range l.Responses {
		for _, ps := range r.Propstats {
			if !line.MatchString(ps.Status) {
				t.Errorf("%s: a propstat with status %q, with which KIO drops the entry", r.Hrefs[0], ps.Status)
			}
		}
		for _, name := range []string{"quota-available-bytes", "quota-used-bytes"} {
			if e, code := r.Prop(davtest.D(name)); code == 200 && !digits.MatchString(e.Trimmed()) {
				t.Errorf("%s is %q", name, e.Text())
			}
		}
	}
	if got := l.prop("/f.txt", "getcontenttype"); got == "httpd/unix-directory" || !strings.HasPrefix(got, "text/plain") {
		t.Errorf("getcontenttype is %q", got)
	}
	if l.prop("/f.txt", "getcontentlength") != "5" || !l.isCollection("/d/") || l.isCollection("/f.txt") {
		t.Errorf("the listing is wrong")
	}
}

func TestK2(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.put("/f", "one")
	c.put("/g", "two")
	for _, method := range []string{"COPY", "MOVE"} {
		c.do(method, "/f", "", c.to("/g"), "Overwrite: F", "Depth: infinity").want(412)
	}
	c.do("COPY", "/f", "", c.to("/g"), "Overwrite: T", "Depth: infinity").want(204)
	c.do("MOVE", "/f", "", c.to("/g"), "Overwrite: T", "Depth: infinity").want(204)
	found := c.do("SEARCH", "/", `<?xml version="1.0"?><D:searchrequest xmlns:D="DAV:"><D:basicsearch><D:select><D:allprop/></D:select>`+
		`<D:from><D:scope><D:href>/</D:href><D:depth>infinity</D:depth></D:scope></D:from>`+
		`<D:where><D:contains>one</D:contains></D:where></D:basicsearch></D:searchrequest>`, "Content-Type: text/xml").multistatus()
	if hrefs := found.hrefs(); !slices.Equal(hrefs, []string{"/g"}) {
		t.Errorf("SEARCH found %q", hrefs)
	}
}

// TestD1 is how davfs2 makes a file.
func TestD1(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: davfs2/1.7.0 neon/0.33.0")
	token := c.lock("/f", "exclusive", "Depth: 0", "Timeout: Second-1800").want(201).token()
	tag := c.do("HEAD", "/f", "").want(200).header.Get("ETag")
	submit := "If: <" + c.url + "/f> (<" + token + ">)"
	tag = c.do("PUT", "/f", "content", submit, "If-Match: "+tag).want(204).header.Get("ETag")
	if now := c.do("HEAD", "/f", "").want(200).header.Get("ETag"); now != tag || tag == "" {
		t.Errorf("ETag is %q after PUT, and %q after HEAD", tag, now)
	}
	c.unlock("/f", token)

	token = c.lock("/g", "exclusive", "Depth: 0").want(201).token()
	c.do("PUT", "/g", "x", "If: <"+c.url+"/g> (<"+token+">)", "If-None-Match: *").want(412) // it is there: LOCK made it
	c.do("PUT", "/g", "x", "If: <"+c.url+"/g> (<"+token+">)").want(204)
	c.unlock("/g", token)
	c.do("PUT", "/h", "x", "If-None-Match: *").want(201)
}

func TestD2(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: davfs2/1.7.0 neon/0.33.0")
	for _, body := range []string{"", "x", strings.Repeat("x", 100_000)} {
		put := c.put("/f", body).header.Get("ETag")
		listed := c.propfind("/", "1", "getetag").multistatus().prop("/f", "getetag")
		if strings.HasPrefix(put, "W/") || put != listed {
			t.Errorf("ETag is %s in the answer to PUT, %s in the listing", put, listed)
		}
	}
}

func TestD3(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: davfs2/1.7.0 neon/0.33.0")
	c.put("/f", "#!/bin/sh")
	const apache = "http://apache.org/dav/props/"
	for _, value := range []string{"T", "F"} {
		if code := c.proppatch("/f", apache, "executable", value).multistatus().At("/f").PropStatus(davtest.Name{Space: apache, Local: "executable"}); code != 200 {
			t.Errorf("PROPPATCH of executable: %d", code)
		}
		ask := `<propfind xmlns="DAV:"><prop><executable xmlns="` + apache + `"/></prop></propfind>`
		if got := c.propfind("/f", "0", ask).multistatus().propOf("/f", apache, "executable"); got != value {
			t.Errorf("executable is %q, want %s", got, value)
		}
	}
	c.lock("/f", "exclusive").want(200)
	c.proppatch("/f", apache, "executable", "T").want(423)
}

func TestD4(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: davfs2/1.7.0 neon/0.33.0")
	c.put("/f", "file")
	token := c.lock("/f", "exclusive").want(200).token()
	c.do("MOVE", "/f", "", c.to("/g"), "If: <"+c.url+"/f> (<"+token+">)", "Overwrite: F").want(201)
	c.do("PUT", "/g", "free").want(204)
	c.do("PUT", "/f", "free").want(201)
}

// TestN1 is a session of cadaver: edit under a lock, then tidy up.
func TestN1(t *testing.T) {
	t.Parallel()
	c := newServer(t).with("User-Agent: cadaver/0.24 neon/0.33.0", "TE: trailers")
	c.mkcol("/d/")
	c.put("/d/f", "one")
	for _, timeout := range []string{"Infinite", "Second-120"} {
		a := c.lock("/d/f", "exclusive", "Depth: 0", "Timeout: "+timeout).want(200)
		token := a.token() // neon gives up without the field
		if granted(t, a) <= 0 {
			t.Errorf("Timeout %s: nothing granted", timeout)
		}
		c.do("PUT", "/d/f", "two", "If: <"+c.url+"/d/f> (<"+token+">)").want(204)
		c.unlock("/d/f", token)
	}
	token := c.lock("/d/", "exclusive", "Depth: infinity", "Timeout: Infinite").want(200).token()
	c.do("PUT", "/d/f", "three", ifToken(token)).want(204)
	c.do("PUT", "/d/new", "x", "If: <"+c.url+"/d/> (<"+token+">)").want(201)
	c.do("COPY", "/d/f", "", c.to("/copy"), "Depth: infinity", "Overwrite: F").want(201)
	c.do("MOVE", "/d/f", "", c.to("/d/g"), "Overwrite: T", "If: <"+c.url+"/d/> (<"+token+">)").want(201)
	c.do("DELETE", "/d/", "", "If: <"+c.url+"/d/> (<"+token+">)").want(204)
}

// TestR1: a mount that probes for writing in parts must not lose the rest of a
// file to a server that can't.
func TestR1(t *testing.T) {
	t.Parallel()
	c := newServer(t)
	c.put("/f", "0123456789")
	a := c.do("PUT", "/f", "XY", "Content-Range: bytes 3-4/10")
	claims := strings.Contains(c.do("OPTIONS", "/f", "").header.Get("DAV"), "apache.org/dav/propset")
	if claims {
		a.want(204)
		c.do("GET", "/f", "").want(200).says("012XY56789")
		return
	}
	a.want(400, 501)
	c.do("GET", "/f", "").want(200).says("0123456789")
}
