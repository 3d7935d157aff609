package davtest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// RFC 5995: POST adds members.
var casesAM = []Case{
	{ID: "AM-01", Section: "RFC 5995 3.1, 3.2.1", Level: Must,
		Title: "add-member is a protected property of collections with an href on the same host and port, and a supported live property",
		Run: func(t *T) {
			t.Mkcol("c/")
			for _, path := range []string{"", "c/"} {
				e := t.NeedAddMember(path)
				if n := len(e.All(D("href"))); n != 1 {
					t.Errorf("add-member of %s has %d hrefs", t.Path(path), n)
				}
				if !t.onServer(e.Child(D("href")).Trimmed()) {
					t.Errorf("add-member of %s is %q, which is elsewhere", t.Path(path), e.Child(D("href")).Trimmed())
				}
				if !t.supportsProperty(path, D("add-member")) {
					t.Errorf("supported-live-property-set of %s has no add-member", t.Path(path))
				}
				if t.Propfind(path, "0").Responses[0].PropStatus(D("add-member")) != 0 {
					t.Shouldf("allprop tells add-member")
				}
				t.checkProtected(path, D("add-member"))
			}
		}},

	{ID: "AM-02", Section: "RFC 5995 3.1", Level: Must,
		Title: "POST there stores a new member: 201 with Location; POST again makes another",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.NeedAddMember("c/")
			bodies := map[string]string{}
			for _, body := range []string{"first", "second", "second"} {
				r := t.post("c/", H{"Content-Type": {"text/x-davtest"}}, body)
				path := t.added(r, "c/")
				if _, twice := bodies[path]; twice {
					t.Errorf("POST made %s, which was there", path)
				}
				bodies[path] = body
			}
			var names []string
			for path, body := range bodies {
				got := t.Get(path)
				if string(got.Body) != body || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/x-davtest") {
					t.Errorf("%s: %q with Content-Type: %q, want %q with text/x-davtest", path, got.Body, got.Header.Get("Content-Type"), body)
				}
				names = append(names, t.nameIn("c/", path))
			}
			t.CheckMembers("c/", names...)
		}},

	{ID: "AM-03", Section: "RFC 5995 3.3, RFC 5023 9.7", Level: Should,
		Title: "Slug is only a hint, decoded and made safe",
		Run: func(t *T) {
			t.Mkcol("c/", "c/d/")
			t.Put("c/taken", "was there")
			t.Put("outside", "outside")
			t.NeedAddMember("c/")
			outside := t.SnapshotOf("outside")
			made := []string{"d", "taken"}
			for _, slug := range []string{
				"taken", "d", "../outside", "../x", "a/b", "..", ".", "%2E%2E%2Foutside", "/outside", `a\b`, "a%00b", "%", "%zz",
				"caf%C3%A9 1.txt", "The Beach at S%C3%A8te", "%FF", "?q#f", strings.Repeat("long", 200), "", "a%0D%0Ab",
			} {
				r := t.post("c/", H{"Slug": {slug}}, "slug "+slug)
				path := t.added(r, "c/")
				t.CheckBody(path, "slug "+slug)
				name := t.nameIn("c/", path)
				if strings.Contains(name, "%C3") || strings.ContainsAny(name, "/\x00\r\n") {
					t.Errorf("Slug: %q became the member %q", slug, name)
				}
				made = append(made, name)
			}
			t.CheckBody("c/taken", "was there")
			t.CheckMembers("c/", made...)
			t.CheckMembers("c/d/")
			t.CheckMembers("", "c", "outside")
			t.CheckUnchanged(outside)
		}},

	{ID: "AM-04", Section: "RFC 5995 3.1, 5", Level: Must,
		Title: "What would stop PUT stops POST, with the same error",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.NeedAddMember("c/")
			if t.HasLocks() {
				token := t.Lock("c/", "exclusive", "0")
				before := t.Snapshot()
				t.sameRefusal(t.Do("PUT", "c/new", nil, "x"), t.post("c/", nil, "x"))
				t.CheckUnchanged(before)
				t.added(t.post("c/", t.submittedAt("c/", token), "x"), "c/")
				t.Unlock("c/", token)
			}
			before := t.Snapshot()
			wrong := H{"If": {"(<urn:davtest:no-such-token>)"}}
			t.sameRefusal(t.Do("PUT", "c/new", wrong, "x"), t.post("c/", wrong, "x"))
			part := H{"Content-Range": {"bytes 0-0/2"}}
			t.sameRefusal(t.Do("PUT", "c/new", part, "x"), t.post("c/", part, "x"))
			anonymous := t.Anonymous()
			if put := anonymous.Do("PUT", "c/new", nil, "x"); put.Status >= 400 {
				t.sameRefusal(put, anonymous.Do("POST", t.addMember("c/"), nil, "x"))
				t.CheckUnchanged(before)
			}
		}},

	// Most collections let clients choose. The case is for those that don't;
	// one that the run meets elsewhere is judged too.
	{ID: "AM-05", Section: "RFC 5995 4.1", Level: Should,
		Title: "A collection that names its members itself refuses new names with 403 or 405 and allow-client-defined-uri",
		Run: func(t *T) {
			put := t.Do("PUT", "new", nil, "x")
			if put.Status < 300 {
				t.Skipf("the collection lets clients choose names")
			}
			refused := []*Response{put, t.Do("MKCOL", "new/", nil, "")}
			if t.HasLocks() {
				refused = append(refused, t.TryLock("new", "exclusive", "0", nil))
			}
			if t.addMember("") != "" {
				member := t.added(t.post("", nil, "posted"), "")
				refused = append(refused, t.Do("COPY", member, t.to("new"), ""), t.Do("MOVE", member, t.to("new"), ""))
				t.CheckBody(member, "posted")
			}
			for _, r := range refused {
				t.CheckCondition(r, "allow-client-defined-uri", 403, 405)
			}
			t.CheckUnmapped("new")
		},
		Scan: func(x *Exchange, errorf errorf) bool {
			root, err := x.XML()
			if len(x.Body) == 0 || err != nil || root.Name != D("error") {
				return false
			}
			condition := root.Child(D("allow-client-defined-uri"))
			if condition == nil {
				return false
			}
			if x.Status != 403 && x.Status != 405 {
				errorf("allow-client-defined-uri with status %d, want 403 or 405", x.Status)
			}
			if !slices.Contains([]string{"PUT", "MKCOL", "LOCK", "COPY", "MOVE"}, x.Method) {
				errorf("allow-client-defined-uri on %s, which lets no client choose a name", x.Method)
			}
			for _, e := range condition.Children() {
				if e.Name.Space == "DAV:" && (e.Name.Local != "add-member" || e.Child(D("href")).Trimmed() == "") {
					errorf("allow-client-defined-uri holds %s", nameString(e.Name))
				}
			}
			return true
		}},
}

// NeedAddMember is the collection's add-member; without one the case SKIPs.
func (t *T) NeedAddMember(path string) *Element {
	e := t.Prop(path, D("add-member"))
	if e == nil {
		t.Skipf("needs add-member (RFC 5995), which the server does not offer")
	}
	return e
}

// addMember is the target of requests that add members to the collection; ""
// if it has none.
func (t *T) addMember(path string) string {
	href := t.Prop(path, D("add-member")).Child(D("href")).Trimmed()
	u, err := url.Parse(href)
	if href == "" || err != nil {
		return ""
	}
	return u.RequestURI()
}

// post adds a member to the collection, and returns the answer, whatever its
// status.
func (t *T) post(collection string, h H, body string) *Response {
	return t.Do("POST", t.addMember(collection), h, body)
}

// added is the path of the member that POST made in the collection, which must
// be so.
func (t *T) added(r *Response, collection string) string {
	t.Status(r, 201)
	location := r.Header.Get("Location")
	if u, err := url.Parse(location); location == "" || err != nil || !t.onServer(location) {
		t.Fatalf("POST %s: Location: %q", r.Target, location)
	} else {
		location = u.EscapedPath()
	}
	if name := t.nameIn(collection, location); name == "" || strings.Contains(name, "/") {
		t.Fatalf("POST %s made %s, which is no member of %s", r.Target, location, t.Path(collection))
	}
	return location
}

// nameIn is the decoded name that a path has below a collection; "" if it is
// not below.
func (t *T) nameIn(collection, path string) string {
	self, _ := decoded(t.Path(collection))
	got, _ := decoded(path)
	name, _ := strings.CutPrefix(got, self+"/")
	if name == got {
		return ""
	}
	return name
}

// onServer tells whether a URL, which may be relative to the server's root, is
// on the server that is judged.
func (t *T) onServer(href string) bool {
	base := t.state.run.base
	u, err := base.Parse(href)
	return err == nil && u.Scheme == base.Scheme && u.Host == base.Host
}

// sameRefusal fails the case unless both requests were refused with one status,
// and name the same conditions.
func (t *T) sameRefusal(put, post *Response) {
	if put.Status < 400 {
		t.Errorf("%s %s: status %d, want a refusal", put.Method, put.Target, put.Status)
		return
	}
	if a, b := refusalOf(put), refusalOf(post); a != b {
		t.Errorf("PUT answers %s, POST answers %s", a, b)
	}
}

// refusalOf is an answer's status and the names of the conditions in its body.
func refusalOf(r *Response) string {
	s := fmt.Sprint(r.Status)
	if root, err := r.XML(); err == nil && root.Name == D("error") {
		for _, e := range root.Children() {
			s += " " + nameString(e.Name)
		}
	}
	return s
}
