package davtest

import (
	"html"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// RFC 4709: mount documents.
var casesMT = []Case{
	{ID: "MT-01", Section: "RFC 4709 3, 6.1", Level: Must,
		Title: "The mount document is application/davmount+xml, with the url of the collection, and open for a child of it",
		Run: func(t *T) {
			t.Mkcol("a%20b%26%C3%A9/")
			for _, path := range []string{"", "a%20b%26%C3%A9/"} {
				m := t.mountDocument(path)
				root := m.Root()
				if root.Name != dm("mount") {
					t.Fatalf("the document element is %s", nameString(root.Name))
				}
				for name, most := range map[string]int{"url": 1, "open": 1, "username": 1} {
					if n := len(root.All(dm(name))); n > most {
						t.Errorf("%d elements %s", n, name)
					}
				}
				t.checkMounted(root, path)
			}
		}},

	{ID: "MT-02", Section: "RFC 4709 3.4, 7", Level: Should,
		Title: "username is that of the authenticated user, and then the document is not publicly cacheable",
		Run: func(t *T) {
			m := t.mountDocument("")
			name := m.Root().Child(dm("username"))
			if name == nil {
				t.Logf("the document has no username")
			} else {
				if name.Trimmed() != t.user {
					t.Errorf("username is %q, the request was by %q", name.Trimmed(), t.user)
				}
				t.notPublic(m)
			}
			m2, err := t.Anonymous().Try("GET", m.Target, nil, "")
			if err != nil || m2.Status != 200 || mediaType(m2) != mountType {
				return // not for everybody
			}
			if name := m2.Root().Child(dm("username")); name != nil {
				t.Errorf("nobody signed in, and username is %q", name.Trimmed())
			}
		}},
}

const mountType = "application/davmount+xml"

// dm is a name in the namespace of RFC 4709.
func dm(local string) Name { return Name{Space: "http://purl.org/NET/webdav/mount", Local: local} }

func mediaType(r *Response) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

var (
	tag       = regexp.MustCompile(`<(?:a|link)\s[^>]*>`)
	hrefInTag = regexp.MustCompile(`\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))`)
)

// mountDocument is the answer with the mount document of a collection, found
// as a browser finds it: by a link in its page. Without one the case SKIPs.
func (t *T) mountDocument(path string) *Response {
	page := t.Do("GET", path, H{"Accept": {"text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"}}, "")
	targets := []string{}
	if page.Status == 200 && strings.HasSuffix(mediaType(page), "html") {
		targets = t.mountLinks(page)
	}
	targets = append(targets, t.Path(path)+"?action=davmount") // as in the RFC's example
	for _, target := range targets {
		if r := t.Do("GET", target, nil, ""); r.Status == 200 && mediaType(r) == mountType {
			return r
		}
	}
	t.Skipf("needs a mount document (RFC 4709); no page of the server has a link to one")
	return nil
}

// mountLinks are the targets on the server of those links in a page that are,
// by their type or their words, to a mount document.
func (t *T) mountLinks(page *Response) []string {
	base, err := url.Parse(t.Origin() + page.Target)
	if err != nil {
		return nil
	}
	var list []string
	for _, link := range tag.FindAllString(string(page.Body), -1) {
		m := hrefInTag.FindStringSubmatch(link)
		if m == nil || !strings.Contains(strings.ToLower(link), "mount") {
			continue
		}
		u, err := base.Parse(html.UnescapeString(strings.Join(m[1:], "")))
		if err == nil && u.Host == base.Host && !slices.Contains(list, u.RequestURI()) {
			list = append(list, u.RequestURI())
		}
	}
	return list
}

// checkMounted fails the case unless url, and open appended to it, are
// collections, the last of them the one that the document was asked for.
func (t *T) checkMounted(mount *Element, path string) {
	top := mount.Child(dm("url")).Trimmed()
	u, err := url.Parse(top)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(top, "?#") {
		t.Errorf("url is %q, no http URL", top)
		return
	}
	urls := []string{top}
	if open := mount.Child(dm("open")); open != nil {
		if o, err := url.Parse(open.Trimmed()); err != nil || o.Scheme != "" || o.Host != "" || o.RawQuery != "" || o.Fragment != "" {
			t.Errorf("open is %q, no path", open.Trimmed())
		}
		urls = append(urls, top+open.Trimmed())
	}
	for _, full := range urls {
		u, err := url.Parse(full)
		if err != nil || !t.onServer(full) {
			t.Errorf("%s is not on the server", full)
			return
		}
		if !t.isCollection(u.EscapedPath()) {
			t.Errorf("%s is no collection", full)
		}
		top = u.Path
	}
	if self, _ := decoded(t.Path(path)); strings.TrimSuffix(top, "/") != self {
		t.Shouldf("the document of %s is about %s", self, top)
	}
}

// notPublic fails the case if a shared cache may give the answer to others.
func (t *T) notPublic(r *Response) {
	for _, directive := range r.List("Cache-Control") {
		name, _, _ := strings.Cut(strings.ToLower(directive), "=")
		if name == "private" || name == "no-store" {
			return
		}
	}
	for _, field := range r.List("Vary") {
		if field == "*" || strings.EqualFold(field, "Authorization") || strings.EqualFold(field, "Cookie") {
			return
		}
	}
	t.Errorf("a document with username has Cache-Control: %q, Vary: %q", r.List("Cache-Control"), r.List("Vary"))
}
