package davtest

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// URLs in answers and requests. RFC 4918 sections 5.2 and 8.3.
var casesHR = []Case{
	{ID: "HR-01", Section: "RFC 4918 8.3", Level: Must,
		Title: "All href of one Multi-Status have the same form: all full URIs, or all absolute paths",
		Run: func(t *T) {
			t.threeLevels()
			t.PropfindTree("", D("resourcetype"))
		},
		Scan: scanMultistatus(judgeSameForm)},

	{ID: "HR-02", Section: "RFC 4918 8.3", Level: MustNot,
		Title: "An href has no dot segments, and is never a path without leading slash",
		Run: func(t *T) {
			t.Mkcol("c/", "c/d/")
			t.Put("c/f", "x")
			for _, p := range []string{"c/./", "c/d/../", "./c/f", "c//", "c//f", "c/%2e/f", "c/d/%2E%2E/f"} {
				resp := t.Do("PROPFIND", p, H{"Depth": {"1"}}, propfindBody(D("resourcetype")))
				if resp.Status >= 500 {
					t.Errorf("PROPFIND %s: status %d", t.Path(p), resp.Status)
				}
			}
		},
		Scan: scanMultistatus(judgeSegments)},

	{ID: "HR-03", Section: "RFC 4918 8.3", Level: MustNot,
		Title: "An href has no scheme, authority or path prefix that disagrees with the Request-URI",
		Run: func(t *T) {
			t.Put("f", "x")
			h := H{"Depth": {"1"}, "Host": {"odd.example:8123"}}
			t.Do("PROPFIND", "", h, propfindBody(D("resourcetype"))) // may be refused
		},
		Scan: scanMultistatus(judgePrefix)},

	{ID: "HR-04", Section: "RFC 4918 8.3.1", Level: Must,
		Title: "An href is percent-encoded UTF-8, escaped for XML, and leads to the resource as it stands",
		Run:   oddNames,
		Scan:  scanMultistatus(judgeEncoding)},

	{ID: "HR-05", Section: "RFC 4918 5.2, 8.3", Level: Should,
		Title: "URLs the server makes for collections end in a slash",
		Run: func(t *T) {
			t.Mkcol("c")
			t.Propfind("", "1", D("resourcetype"))
			t.Propfind("c", "0", D("resourcetype"))
			if t.HasLocks() {
				t.Lock("c", "exclusive", "infinity")
				root := t.Locks("c/")[0].Child(D("lockroot"), D("href")).Trimmed()
				if !strings.HasSuffix(root, "/") {
					t.Errorf("lockroot of a collection: %q", root)
				}
			}
		},
		Scan: scanSome(judgeCollectionHref)},

	{ID: "HR-06", Section: "RFC 4918 5.2", Level: Should,
		Title: "A collection addressed without slash is served, with Content-Location, and without redirect",
		Run: func(t *T) {
			t.CheckStatus(t.Do("MKCOL", "c", nil, ""), 201)
			resp := t.Do("PROPFIND", "c", H{"Depth": {"0"}}, propfindBody(D("resourcetype")))
			if t.CheckStatus(resp, 207) {
				where := resp.Header.Get("Content-Location")
				if got := targetOf(where); got != t.Path("c/") {
					t.Errorf("Content-Location of c is %q", where)
				}
			}
			t.Put("c/x", "x")
			if t.HasLocks() {
				if resp := t.TryLock("c", "exclusive", "0", nil); t.CheckStatus(resp, 200) {
					t.Unlock("c", strings.Trim(resp.Header.Get("Lock-Token"), "<>"))
				}
			}
			t.CheckStatus(t.Proppatch("c", Set(X("p"), "1")), 207)
			t.CheckStatus(t.Do("COPY", "c", t.to("copy"), ""), 201)
			t.CheckBody("copy/x", "x")
			t.CheckStatus(t.Do("MOVE", "c", t.to("d"), ""), 201)
			t.CheckBody("d/x", "x")
			t.CheckStatus(t.Do("DELETE", "d", nil, ""), 204, 200)
		}},

	{ID: "HR-07", Section: "RFC 4918 5.2", Level: Must,
		Title: "Where two spellings of a name are equivalent, one of them is reported, always the same",
		Run: func(t *T) {
			for _, pair := range [][2]string{{"caf%C3%A9", "cafe%CC%81"}, {"Name", "nAME"}, {"ma%E2%84%AA", "maK"}} {
				oneSpelling(t, pair[0], pair[1])
			}
		}},

	{ID: "HR-08", Section: "RFC 4918 5.1, 5.2", Level: Must,
		Title: "Nothing can be made below a resource that is no collection",
		Run: func(t *T) {
			t.Put("f", "file")
			before := t.Snapshot()
			t.CheckStatus(t.Do("PUT", "f/x", nil, "x"), 403, 409)
			t.CheckStatus(t.Do("MKCOL", "f/x/", nil, ""), 403, 409)
			t.CheckStatus(t.Do("COPY", "f", t.to("f/x"), ""), 403, 409)
			t.CheckUnmapped("f/x")
			t.CheckUnchanged(before)
		}},

	{ID: "HR-09", Section: "RFC 4918 8.3", Level: Must,
		Title: "Destination, and tags in If, are taken as full URI and as absolute path",
		Run: func(t *T) {
			t.Put("f", "x")
			tag := t.Get("f").Header.Get("ETag")
			t.CheckStatus(t.Do("COPY", "f", H{"Destination": {t.Path("by-path")}}, ""), 201)
			t.CheckStatus(t.Do("COPY", "f", H{"Destination": {t.URL("by-uri")}}, ""), 201)
			t.CheckMembers("", "f", "by-path", "by-uri")
			if tag == "" {
				return
			}
			for _, ref := range []string{t.Path("f"), t.URL("f")} {
				t.CheckStatus(t.Do("PUT", "g", H{"If": {"<" + ref + "> ([" + tag + "])"}}, "y"), 200, 201, 204)
				t.CheckStatus(t.Do("PUT", "g", H{"If": {"<" + ref + `> (["other"])`}}, "z"), 412)
			}
			t.CheckBody("g", "y")
		}},

	{ID: "HR-10", Section: "RFC 9110 4.2.3, RFC 4918 8.3", Level: Practice,
		Title: "Equivalent encodings reach one resource; %2F, %00, bad UTF-8 and fragments never reach another",
		Run: func(t *T) {
			t.Put("%7Ea", "tilde")
			t.CheckBody("~a", "tilde")
			t.Put("%62", "b")
			t.CheckBody("b", "b")

			t.Mkcol("c/")
			t.Put("c/x", "inner")
			t.Put("%EF%BF%BD", "replacement")
			before := t.SnapshotOf("c/")
			for _, p := range []string{"c%2Fx", "c%2fx", "c/x%00", "c%00/x", "c/%FF", "%FF", "c%5Cx"} {
				resp := t.Do("GET", p, nil, "")
				if resp.Status < 300 || resp.Status >= 500 {
					t.Errorf("GET %s: status %d with %.20q", t.Path(p), resp.Status, resp.Body)
				}
			}
			t.CheckStatus(t.Do("PUT", "c/%00", nil, "x"), 400)
			for _, p := range []string{"c/#x", "c/x#y", "c/x?y"} {
				resp, err := t.Raw("PROPPATCH", p, t.Head("PROPPATCH", p, H{"Connection": {"close"}, "Content-Length": {"0"}}))
				if err == nil && resp.Status >= 500 {
					t.Errorf("PROPPATCH %s: status %d", t.Path(p), resp.Status)
				}
			}
			if resp, err := t.Raw("DELETE", "c/#x", t.Head("DELETE", "c/#x", nil)); err == nil && resp.Status < 300 {
				t.Errorf("DELETE c/#x: status %d", resp.Status)
			}
			t.CheckUnchanged(before)
		}},
}

// oddNames stores files with odd names, each named in its content, and reads
// them back by the hrefs of a listing.
func oddNames(t *T) {
	names := []string{"a b", "50%", "x#y", "q?r", "é", "a&b", "[1]", "a+b", ";v", "<t>", `"'`, "a:b", "\U0001F600", "%41"}
	for _, name := range names {
		t.Put(fullyEscaped(name), name)
	}
	ms := t.Propfind("", "1", D("resourcetype"))
	seen := 0
	for _, href := range ms.hrefs() {
		p, ok := decoded(href)
		if self, _ := decoded(t.Path("")); !ok || p == self {
			continue
		}
		name := path.Base(p)
		seen++
		if resp := t.Do("GET", targetOf(href), nil, ""); resp.Status != 200 || string(resp.Body) != name {
			t.Errorf("GET %s: status %d, the file of %.20q, want %q", href, resp.Status, resp.Body, name)
		}
	}
	if seen != len(names) {
		t.Errorf("%d files stored, %d listed", len(names), seen)
	}
}

// oneSpelling stores a file under one name and asks for it by the other.
func oneSpelling(t *T, name, other string) {
	t.Put(name, "x")
	if !t.Exists(other) {
		t.Put(other, "y")
		t.CheckBody(name, "x")
		return
	}
	listed := t.Propfind("", "1", D("resourcetype")).At(t.Path(name))
	if listed == nil {
		t.Errorf("%s is stored but the listing has another spelling", t.Path(name))
		return
	}
	for _, asked := range []string{name, other} {
		if got := t.Propfind(asked, "0", D("resourcetype")).hrefs(); !slices.Equal(got, listed.Hrefs) {
			t.Errorf("asked for %s: %q, listed as %q", t.Path(asked), got, listed.Hrefs)
		}
	}
	before := len(t.members(""))
	t.Put(other, "y")
	t.CheckBody(name, "y")
	if after := len(t.members("")); after != before {
		t.Errorf("PUT of the other spelling made a second member")
	}
}

// fullyEscaped percent-encodes every byte but letters and digits.
func fullyEscaped(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// targetOf is the path of an href, as it stands.
func targetOf(href string) string {
	if _, rest, ok := strings.Cut(href, "://"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		return "/" + rest
	}
	return href
}

// hrefs are all hrefs of a Multi-Status, as they stand.
func (m *Multistatus) hrefs() []string {
	var list []string
	for _, r := range m.Responses {
		list = append(list, r.Hrefs...)
	}
	return list
}

func judgeSameForm(_ *Exchange, m *Multistatus, errorf errorf) {
	paths, full := 0, 0
	for _, href := range m.hrefs() {
		if strings.HasPrefix(href, "/") {
			paths++
		} else {
			full++
		}
	}
	if paths > 0 && full > 0 {
		errorf("%d hrefs are paths, %d are not", paths, full)
	}
}

func judgeSegments(_ *Exchange, m *Multistatus, errorf errorf) {
	for _, href := range m.hrefs() {
		if !strings.HasPrefix(href, "/") && !strings.Contains(href, "://") {
			errorf("%q is neither an absolute path nor a full URI", href)
		}
		for s := range strings.SplitSeq(targetOf(href), "/") {
			if s, err := url.PathUnescape(s); err == nil && (s == "." || s == "..") {
				errorf("%q has a dot segment", href)
			}
		}
	}
}

// judgePrefix holds every href of a PROPFIND against the Request-URI: it must
// name the resource asked for, or one below, and the host that was asked, if
// any.
func judgePrefix(x *Exchange, m *Multistatus, errorf errorf) {
	asked, ok := decoded(x.Target)
	if x.Method != "PROPFIND" || !ok {
		return
	}
	asked = path.Clean(asked)
	for _, href := range m.hrefs() {
		p, ok := decoded(href)
		if !ok || !below(p, asked) {
			errorf("%q does not lie at or below the Request-URI", href)
		}
		if u, err := url.Parse(href); err != nil || u.Host != "" && u.Host != x.RequestHeader.Get("Host") {
			errorf("%q is not of the host asked, %s", href, x.RequestHeader.Get("Host"))
		}
	}
}

// below tells whether a decoded path is another one or lies below it. Segments
// that the server may hold equivalent, by letter case or by Unicode's forms,
// count as the same: which spelling it reports is HR-07's matter.
func below(p, top string) bool {
	have, want := strings.Split(p, "/"), strings.Split(strings.TrimSuffix(top, "/"), "/")
	if len(have) < len(want) {
		return false
	}
	for i, s := range want {
		if isASCII(s) && isASCII(have[i]) && !strings.EqualFold(s, have[i]) {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

var uriPath = regexp.MustCompile(`^(https?://[A-Za-z0-9.\-:\[\]]+)?/([A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$`)

func judgeEncoding(_ *Exchange, m *Multistatus, errorf errorf) {
	for _, href := range m.hrefs() {
		p, ok := decoded(href)
		if !ok || !uriPath.MatchString(href) || !utf8.ValidString(p) {
			errorf("%q is no percent-encoded UTF-8", href)
		}
	}
}

// judgeCollectionHref wants a slash at the end of collections' hrefs. Those that
// were reported before (RFC 5842 section 7.1) go without, as in that RFC.
func judgeCollectionHref(r *ResponseElement, errorf errorf) bool {
	kind, code := r.Prop(D("resourcetype"))
	if code != 200 || kind.Child(D("collection")) == nil {
		return false
	}
	for _, href := range r.Hrefs {
		if !strings.HasSuffix(href, "/") {
			errorf("the collection %q has no slash at the end", href)
		}
	}
	return true
}
