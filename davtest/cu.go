package davtest

import (
	"net/url"
)

// RFC 5397: who the server takes the client for.
var casesCU = []Case{
	{ID: "CU-01", Section: "RFC 5397 3", Level: Must,
		Title: "current-user-principal holds one href of the caller's principal, always the same, or unauthenticated; it is protected",
		Run: func(t *T) {
			t.Mkcol("c/")
			t.Put("f", "file")
			own := t.currentPrincipal("")
			if own == nil {
				t.Skipf("needs current-user-principal (RFC 5397), which the server does not offer")
			}
			for _, path := range []string{"c/", "f", t.Base()} {
				if e := t.currentPrincipal(path); e == nil || e.Inner() != own.Inner() {
					t.Errorf("current-user-principal is not the same at %s", t.Path(path))
				}
			}
			t.checkProtected("c/", D("current-user-principal"))
			if t.Propfind("c/", "0").Responses[0].PropStatus(D("current-user-principal")) != 0 {
				t.Shouldf("allprop tells current-user-principal")
			}
			if t.user == "" {
				if own.Child(D("unauthenticated")) == nil {
					t.Errorf("nobody signed in, and current-user-principal is %s", own.Inner())
				}
				return
			}
			t.checkPrincipal(own)
			if t.HasSecond() {
				if e := t.Second().currentPrincipal(""); e == nil || e.Inner() == own.Inner() {
					t.Errorf("the second principal has no current-user-principal of its own")
				}
			}
			r := t.Anonymous().Do("PROPFIND", "", H{"Depth": {"0"}}, propfindBody(D("current-user-principal")))
			if r.Status == 207 {
				if e, _ := r.Multistatus().Responses[0].Prop(D("current-user-principal")); e.Child(D("unauthenticated")) == nil {
					t.Errorf("to nobody current-user-principal is %s", e.Inner())
				}
			} else {
				t.CheckStatus(r, 401, 403)
			}
		}},
}

// currentPrincipal is the property of a resource, which must be one element,
// href or unauthenticated; nil if the resource does not have it.
func (t *T) currentPrincipal(path string) *Element {
	e := t.Prop(path, D("current-user-principal"))
	if e == nil {
		return nil
	}
	if n := len(e.Children()); n != 1 || e.Child(D("href")) == nil && e.Child(D("unauthenticated")) == nil {
		t.Errorf("current-user-principal of %s is %s", t.Path(path), e.Inner())
	}
	return e
}

// checkPrincipal fails the case unless the href of a current-user-principal
// leads to a principal resource that knows it as one of its URLs.
func (t *T) checkPrincipal(e *Element) {
	href := e.Child(D("href")).Trimmed()
	u, err := url.Parse(href)
	if href == "" || err != nil || u.IsAbs() && u.Scheme != "http" && u.Scheme != "https" {
		t.Errorf("current-user-principal is %s, no http URL", e.Inner())
		return
	}
	path := u.EscapedPath()
	resp := t.Do("PROPFIND", path, H{"Depth": {"0"}}, propfindBody(D("resourcetype"), D("principal-URL"), D("alternate-URI-set")))
	if !t.CheckStatus(resp, 207) {
		return
	}
	r := resp.Multistatus().Responses[0]
	if kind, _ := r.Prop(D("resourcetype")); kind.Child(D("principal")) == nil {
		t.Shouldf("resourcetype of %s has no DAV:principal", path)
	}
	want, _ := decoded(href)
	for _, name := range []string{"principal-URL", "alternate-URI-set"} {
		e, status := r.Prop(D(name))
		if status != 200 {
			continue
		}
		for _, h := range e.All(D("href")) {
			if got, _ := decoded(h.Trimmed()); got == want {
				return
			}
		}
	}
	t.Errorf("%s has neither principal-URL nor alternate-URI-set with itself", path)
}
