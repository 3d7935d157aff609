package davtest

import (
	"fmt"
	"strings"
)

// RFC 4918 section 10.4: the If header.
var casesIF = []Case{
	{ID: "IF-01", Section: "RFC 4918 10.4.2, 10.4.4", Level: Must,
		Title: "Untagged lists concern the Request-URI; a lock token matches anywhere in its lock's scope",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/", "c/d/")
			t.Put("c/d/x", "deep")
			t.Put("f", "free")
			token := t.Lock("c/", "exclusive", "infinity")
			t.CheckStatus(t.Do("PUT", "c/d/x", submitted(token), "changed"), 204, 200)
			t.CheckBody("c/d/x", "changed")
			t.CheckStatus(t.Do("PUT", "f", submitted(token), "changed"), 412)
			t.CheckBody("f", "free")
		}},

	{ID: "IF-02", Section: "RFC 4918 10.4.2", Level: Must,
		Title: "A tag governs all lists up to the next tag, and may be a full URI or an absolute path",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/")
			t.Put("f", "file")
			token := t.Lock("c/", "exclusive", "0")
			for _, tag := range []string{t.Path("c/"), t.URL("c/")} {
				t.CheckStatus(t.If("PUT", "c/new", "<%s> (<%s>)", tag, token), 201)
				t.Status(t.If("DELETE", "c/new", "<%s> (<%s>)", tag, token), 204)
				t.CheckStatus(t.If("PUT", "c/new", `<%s> (["no such tag"]) (<%s>)`, tag, token), 201)
				t.Status(t.If("DELETE", "c/new", "<%s> (<%s>)", tag, token), 204)
			}
			t.CheckStatus(t.If("PUT", "c/new", `<%s> (<DAV:no-lock>) <%s> (<%s>)`, t.Path("c/"), t.Path("f"), token), 412)
			t.CheckUnmapped("c/new")
		}},

	{ID: "IF-03", Section: "RFC 4918 10.4.3", Level: Must,
		Title: "The conditions of a list are ANDed; lists, and tagged groups, are ORed",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			t.Put("g", "other")
			token := t.Lock("f", "exclusive", "0")
			good := t.etag("f")
			t.CheckStatus(t.If("PROPFIND", "f", `(<%s> [%s])`, token, good), 207)
			t.CheckStatus(t.If("PROPFIND", "f", `(<%s> ["bad"])`, token), 412)
			t.CheckStatus(t.If("PROPFIND", "f", `(["bad"] <%s>)`, token), 412)
			t.CheckStatus(t.If("PROPFIND", "f", `(<%s> ["bad"]) ([%s])`, token, good), 207)
			t.CheckStatus(t.If("PROPFIND", "f", `(["bad"]) (["worse"])`), 412)
			t.CheckStatus(t.If("PROPFIND", "f", `<%s> (["bad"]) <%s> ([%s])`, t.Path("g"), t.Path("f"), good), 207)
			t.CheckStatus(t.If("PROPFIND", "f", `<%s> ([%s]) <%s> (["bad"])`, t.Path("f"), good, t.Path("g")), 207)
			t.CheckStatus(t.If("PROPFIND", "f", `<%s> (["bad"]) <%s> (["bad"])`, t.Path("g"), t.Path("f")), 412)
		}},

	{ID: "IF-04", Section: "RFC 4918 10.4.3", Level: Must,
		Title: "Not turns round just the next condition",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			one, two := t.Lock("f", "shared", "0"), t.Lock("f", "shared", "0")
			const none = "urn:uuid:11111111-2222-4333-8444-555555555555"
			t.CheckStatus(t.If("PROPFIND", "f", "(Not <%s>)", one), 412)
			t.CheckStatus(t.If("PROPFIND", "f", "(Not <%s>)", none), 207)
			t.CheckStatus(t.If("PROPFIND", "f", "(Not <%s> <%s>)", one, two), 412)
			t.CheckStatus(t.If("PROPFIND", "f", "(Not <%s> <%s>)", none, two), 207)
			t.CheckStatus(t.If("PROPFIND", "f", "(Not <%s> <%s>)", none, none), 412)
			t.CheckStatus(t.If("PROPFIND", "f", "(<%s> Not <%s>)", two, none), 207)
			t.CheckStatus(t.If("PROPFIND", "f", "(Not [%s])", t.etag("f")), 412)
			t.CheckStatus(t.If("PROPFIND", "f", `(Not ["other"] <%s>)`, one), 207)
		}},

	{ID: "IF-05", Section: "RFC 4918 10.4.4", Level: Must,
		Title: "Entity tags are compared with those of the named resource itself",
		Run: func(t *T) {
			t.Put("f", "file")
			t.Put("g", "another")
			f, g := t.etag("f"), t.etag("g")
			t.CheckStatus(t.If("PUT", "f", "([%s])", f), 204, 200)
			f = t.etag("f")
			before := t.Snapshot()
			t.CheckStatus(t.If("PUT", "f", `(["other"])`), 412)
			t.CheckStatus(t.If("PUT", "f", "([%s])", g), 412)
			t.CheckStatus(t.If("PUT", "f", "<%s> ([%s])", t.Path("g"), f), 412)
			t.CheckStatus(t.If("PUT", "f", `([W/"x"])`), 412)
			t.CheckUnchanged(before)
			t.CheckStatus(t.If("PUT", "f", `(Not [W/"x"])`), 204, 200)
			t.CheckStatus(t.If("PUT", "f", "<%s> ([%s])", t.Path("g"), g), 204, 200)
		}},

	{ID: "IF-06", Section: "RFC 4918 10.4.4, 10.4.11", Level: Must,
		Title: "On an unmapped URL no tag and no token matches, and Not of it does",
		Run: func(t *T) {
			t.CheckStatus(t.If("PUT", "f", `<%s> (["4217"])`, t.Path("none")), 412)
			t.CheckStatus(t.If("PUT", "f", `<%s> (<DAV:no-lock>)`, t.Path("none")), 412)
			t.CheckStatus(t.If("PUT", "f", `(["4217"])`), 412)
			t.CheckUnmapped("f")
			t.CheckStatus(t.If("PUT", "f", `<%s> (Not ["4217"])`, t.Path("none")), 201)
			t.CheckStatus(t.If("PUT", "g", `<%s> (Not <DAV:no-lock>)`, t.Path("none/deeper")), 201)
			t.CheckStatus(t.If("PUT", "h", `(Not ["4217"])`), 201)
		}},

	{ID: "IF-07", Section: "RFC 4918 10.4.1", Level: Must,
		Title: "A token counts as submitted by being there, whatever list, tag or outcome it stands in",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			t.Put("g", "other")
			token := t.Lock("f", "exclusive", "0")
			for _, value := range []string{
				fmt.Sprintf(`(<%s> ["stale"]) (Not <DAV:no-lock>)`, token),
				fmt.Sprintf(`(Not <DAV:no-lock>) (<%s>)`, token),
				fmt.Sprintf(`<%s> (<%s>) <%s> (Not <DAV:no-lock>)`, t.Path("g"), token, t.Path("f")),
				fmt.Sprintf(`<%s> (<%s>) <%s> (Not <DAV:no-lock>)`, t.Path("none"), token, t.Path("f")),
				fmt.Sprintf(`(Not <%s>) (Not <DAV:no-lock>)`, token),
			} {
				t.CheckStatus(t.Do("PUT", "f", H{"If": {value}}, "changed"), 204, 200)
			}
		}},

	{ID: "IF-08", Section: "RFC 4918 10.4.1, 10.4.3", Level: Must,
		Title: "If no list is true: 412, whatever the method, locked or not, and nothing happens",
		Run: func(t *T) {
			t.Put("f", "file")
			before := t.Snapshot()
			const never = "(<DAV:no-lock>)"
			for _, method := range []string{"PUT", "GET", "PROPFIND", "DELETE"} {
				t.CheckStatus(t.If(method, "f", never), 412)
			}
			t.CheckStatus(t.Do("PROPPATCH", "f", H{"If": {never}}, propertyupdate(Set(X("p"), "1"))), 412)
			t.CheckStatus(t.If("MKCOL", "n/", never), 412)
			t.CheckStatus(t.If("PUT", "n", never), 412)
			for _, method := range []string{"COPY", "MOVE"} {
				t.CheckStatus(t.Do(method, "f", t.to("n", H{"If": {never}}), ""), 412)
			}
			if t.HasLocks() {
				t.CheckStatus(t.TryLock("f", "exclusive", "0", H{"If": {never}}), 412)
			}
			t.CheckUnchanged(before)
		}},

	{ID: "IF-09", Section: "RFC 4918 7.5, 10.4.1", Level: Must,
		Title: "If the header is true but the needed token is not among those sent: 423",
		Run: func(t *T) {
			t.NeedLocks()
			t.Put("f", "file")
			token := t.Lock("f", "exclusive", "0")
			last := byte('0')
			if strings.HasSuffix(token, "0") {
				last = '1'
			}
			wrong := token[:len(token)-1] + string(last)
			t.CheckStatus(t.If("PUT", "f", "(<%s>) (Not <DAV:no-lock>)", wrong), 423)
			t.CheckStatus(t.If("PUT", "f", "(Not <DAV:no-lock>)"), 423)
			t.CheckStatus(t.If("PUT", "f", "([%s])", t.etag("f")), 423)
			t.CheckBody("f", "file")
		}},

	{ID: "IF-10", Section: "RFC 4918 10.4.2, 8.3", Level: Practice,
		Title: "A malformed header is 400 and never ignored; a tag that names another server is just false",
		Run: func(t *T) {
			t.Put("f", "file")
			before := t.Snapshot()
			self := "<" + t.Path("f") + ">"
			for _, bad := range []string{
				self + " (Not <DAV:no-lock>) () ", "()", "(Not)", "(Not <DAV:no-lock>", "Not <DAV:no-lock>)", "<DAV:no-lock>",
				"(<DAV:no-lock)", "(DAV:no-lock)", "DAV:no-lock", `("x")`, `([x"])`, `(Not ["x"]`, "(Not <DAV:no-lock>) junk",
				"(Not <DAV:no-lock>) " + self + " (Not <DAV:no-lock>)", self,
			} {
				if !t.CheckStatus(t.Do("PUT", "f", H{"If": {bad}}, "changed"), 400) {
					t.Logf("for If: %s", bad)
				}
			}
			t.CheckStatus(t.If("PUT", "f", "<http://other.example%s> ([%s])", t.Path("f"), t.etag("f")), 412)
			t.CheckUnchanged(before)
		}},

	{ID: "IF-11", Section: "RFC 4918 12.1", Level: MustNot,
		Title: "412 is never sent to a request without a conditional header",
		Scan: func(x *Exchange, errorf func(string, ...any)) bool {
			if x.Status != 412 {
				return false
			}
			for _, field := range []string{"If", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "Overwrite"} {
				if len(x.RequestHeader.Values(field)) > 0 {
					return true
				}
			}
			errorf("412 without a conditional header")
			return true
		}},

	{ID: "IF-12", Section: "RFC 4918 8.5, RFC 9110 13.2", Level: Must,
		Title: "If adds to If-Match and its kin: all must hold; authorization is looked at first",
		Run: func(t *T) {
			t.Put("f", "file")
			tag := t.etag("f")
			stale := H{"If-Match": {`"stale"`}, "If": {"([" + tag + "])"}}
			t.CheckStatus(t.Do("PUT", "f", stale, "x"), 412)
			t.CheckStatus(t.Do("PUT", "f", H{"If-Match": {tag}, "If": {`(["stale"])`}}, "x"), 412)
			t.CheckBody("f", "file")
			if a := t.Anonymous().Do("PUT", "f", nil, "x"); a.Status == 401 || a.Status == 403 {
				t.CheckStatus(t.Anonymous().Do("PUT", "f", H{"If": {"(<DAV:no-lock>)"}}, "x"), a.Status)
			}
		}},

	{ID: "IF-13", Section: "RFC 4918 9.8.3, 9.9.2, 9.6.1, 10.2", Level: Must,
		Title: "Tokens sent with COPY, MOVE, DELETE serve for every resource in the depth",
		Run: func(t *T) {
			t.NeedLocks()
			t.Mkcol("c/", "c/d/", "onto/")
			t.Put("c/x", "member")
			t.Put("c/d/y", "deep")
			t.Put("onto/z", "old")
			x, y, z := t.Lock("c/x", "exclusive", "0"), t.Lock("c/d/y", "exclusive", "0"), t.Lock("onto/z", "exclusive", "0")
			t.CheckStatus(t.Do("COPY", "c/", t.to("onto/", t.submittedAt("onto/z", z)), ""), 204)
			t.CheckStatus(t.Do("MOVE", "c/", t.to("e/", t.submittedAt("c/x", x, "c/d/y", y)), ""), 201)
			x, y = t.Lock("e/x", "exclusive", "0"), t.Lock("e/d/y", "exclusive", "0")
			t.CheckStatus(t.Do("DELETE", "e/", submitted(x, y), ""), 204)
			t.CheckMembers("", "onto")
			t.CheckMembers("onto/", "d", "x")
		}},
}

// If sends a request with an If header, built as Printf does. PUT has a body.
func (t *T) If(method, path, format string, args ...any) *Response {
	body := ""
	if method == "PUT" {
		body = "changed"
	}
	return t.Do(method, path, H{"If": {fmt.Sprintf(format, args...)}}, body)
}

// etag is the entity tag of a file. A server without any SKIPs the case.
func (t *T) etag(path string) string {
	tag := t.Status(t.Do("HEAD", path, nil, ""), 200).Header.Get("Etag")
	if tag == "" {
		t.Skipf("the server has no entity tags")
	}
	return tag
}
