package davtest

import (
	"net/url"
	"strings"
)

// The cases on answers that say more: return=representation.
var casesPreferMore = []Case{
	{ID: "PR-04", Section: "RFC 8144 3.1, RFC 7240 4.2", Level: Should,
		Title: "return=representation: PUT, POST, COPY and MOVE answer with the current content, Content-Location, ETag and type",
		Run: func(t *T) {
			t.NeedRepresentation()
			more := t.With(prefer("return=representation"))
			t.checkRepresentation(more.Do("PUT", "f", nil, "first"), "f", 201)
			t.checkRepresentation(more.Do("PUT", "f", nil, "second"), "f", 200)
			t.checkRepresentation(more.Do("COPY", "f", t.to("copy"), ""), "copy", 201)
			t.checkRepresentation(more.Do("COPY", "f", t.to("copy"), ""), "copy", 200)
			t.checkRepresentation(more.Do("MOVE", "copy", t.to("moved"), ""), "moved", 201)
			t.checkRepresentation(more.Do("MOVE", "f", t.to("moved"), ""), "moved", 200)
			t.CheckMembers("", "moved")
			if add := t.addMember(""); add != "" {
				r := more.Do("POST", add, nil, "posted")
				t.checkRepresentation(r, t.added(r, ""), 201)
			}
			t.Mkcol("c/")
			if r := more.Do("COPY", "c/", t.to("d/"), ""); r.Status != 201 && r.Status != 204 && r.Status != 200 {
				t.Errorf("COPY of a collection with return=representation: status %d", r.Status)
			}
			if r := more.Do("DELETE", "d/", nil, ""); r.Status != 204 && r.Status != 200 {
				t.Errorf("DELETE with return=representation: status %d", r.Status)
			}
		}},

	{ID: "PR-05", Section: "RFC 8144 3.2", Level: Should,
		Title: "With return=representation a failed conditional change is 412 with the current content",
		Run: func(t *T) {
			t.NeedRepresentation()
			t.Put("f", "first")
			stale := t.etag("f")
			t.Put("f", "current")
			before := t.Snapshot()
			more := t.With(prefer("return=representation"))
			for _, h := range []H{{"If-Match": {stale}}, {"If-None-Match": {"*"}}} {
				r := more.Do("PUT", "f", h, "mine")
				t.checkRepresentation(r, "f", 412)
				plain := t.Do("PUT", "f", h, "mine")
				t.CheckStatus(plain, 412)
				if string(plain.Body) == "current" {
					t.Errorf("a 412 has the content without having been asked for")
				}
			}
			missing := H{"If-Match": {"*"}}
			t.CheckStatus(more.Do("PUT", "none", missing, "mine"), 412)
			t.CheckUnchanged(before)
			t.CheckUnmapped("none")
		}},
}

// NeedRepresentation SKIPs the case unless PUT does return=representation, or
// says so.
func (t *T) NeedRepresentation() {
	r := t.Do("PUT", "probe", prefer("return=representation"), "probe")
	t.Status(r, 200, 201, 204)
	t.Status(t.Do("DELETE", "probe", nil, ""), 204)
	if string(r.Body) != "probe" && !applied(r, "return=representation") {
		t.Skipf("needs return=representation (RFC 8144), which the server does not do")
	}
}

// checkRepresentation fails the case unless the answer has the status, and the
// content at the path as GET gives it, with the fields that belong to it.
func (t *T) checkRepresentation(r *Response, path string, status int) {
	if !t.CheckStatus(r, status) {
		return
	}
	get := t.Get(path)
	if string(r.Body) != string(get.Body) {
		t.Errorf("%s %s: the body is %.60q, GET gives %.60q", r.Method, r.Target, r.Body, get.Body)
	}
	for _, field := range []string{"ETag", "Content-Type"} {
		if got, want := r.Header.Get(field), get.Header.Get(field); got != want {
			t.Errorf("%s %s: %s: %q, GET gives %q", r.Method, r.Target, field, got, want)
		}
	}
	at, err := url.Parse(r.Header.Get("Content-Location"))
	if want, _ := decoded(t.Path(path)); err != nil || strings.TrimSuffix(at.Path, "/") != want {
		t.Errorf("%s %s: Content-Location: %q, want %s", r.Method, r.Target, r.Header.Get("Content-Location"), t.Path(path))
	}
}
