package davtest

import (
	"fmt"
	"slices"
)

// applyToRef makes a request apply to a redirect reference itself (RFC 4437
// section 12.2).
var applyToRef = H{"Apply-To-Redirect-Ref": {"T"}}

// Ref is the same case with requests that apply to redirect references
// themselves.
func (t *T) Ref() *T { return t.With(applyToRef) }

// HasReferences tells whether a redirect reference may be made in the case's
// collection.
func (t *T) HasReferences() bool {
	for _, path := range []string{"", "unmapped"} {
		options := t.Do("OPTIONS", path, nil, "")
		if slices.Contains(options.List("DAV"), "redirectrefs") || slices.Contains(options.List("Allow"), "MKREDIRECTREF") {
			return true
		}
	}
	return false
}

// NeedReferences SKIPs the case unless [T.HasReferences].
func (t *T) NeedReferences() {
	if !t.HasReferences() {
		t.Skipf("needs redirect references (RFC 4437), which the server does not offer")
	}
}

// referenceBody is the body of MKREDIRECTREF and UPDATEREDIRECTREF. An empty
// target or lifetime is left out.
func referenceBody(root, target, lifetime string) string {
	var content string
	if target != "" {
		content = element(D("reftarget"), element(D("href"), escape(target)))
	}
	if lifetime != "" {
		content += element(D("redirect-lifetime"), empty(D(lifetime)))
	}
	return dav(root, content)
}

// TryMkref asks for a redirect reference. A lifetime of "" is left out.
func (t *T) TryMkref(path, target, lifetime string) *Response {
	return t.Do("MKREDIRECTREF", path, nil, referenceBody("mkredirectref", target, lifetime))
}

// Mkref makes a temporary redirect reference, which must be accepted.
func (t *T) Mkref(path, target string) { t.Status(t.TryMkref(path, target, ""), 201) }

// permanentRef makes a permanent reference and tells whether the server has
// such.
func (t *T) permanentRef(path, target string) bool {
	r := t.Status(t.TryMkref(path, target, "permanent"), 201, 403, 409)
	return r.Status == 201
}

// reference tells of a redirect reference what makes it one.
func (t *T) reference(path string) string {
	r := t.Ref().Propfind(path, "0", D("reftarget"), D("redirect-lifetime")).Responses[0]
	target, _ := r.Prop(D("reftarget"))
	lifetime, _ := r.Prop(D("redirect-lifetime"))
	word := "no lifetime"
	for _, w := range []string{"temporary", "permanent"} {
		if lifetime.Child(D(w)) != nil {
			word = w
		}
	}
	return fmt.Sprintf("reference to %s, %s", target.Child(D("href")).Trimmed(), word)
}

// CheckReference fails the case unless the path is a redirect reference with
// the target, as it was given, and the lifetime.
func (t *T) CheckReference(path, target, lifetime string) {
	ref := t.Ref()
	if !ref.Exists(path) {
		t.Errorf("%s is not there", t.Path(path))
		return
	}
	if ref.Prop(path, D("resourcetype")).Child(D("redirectref")) == nil {
		t.Errorf("%s is no redirect reference", t.Path(path))
		return
	}
	want := fmt.Sprintf("reference to %s, %s", target, lifetime)
	if got := t.reference(path); got != want {
		t.Errorf("%s is a %s, want a %s", t.Path(path), got, want)
	}
}

// CheckRedirects fails the case unless the answer redirects to the URL, and
// tells the target as it was given.
func (t *T) CheckRedirects(r *Response, status int, url, given string) {
	if !t.CheckStatus(r, status) {
		return
	}
	if got := r.Header.Get("Location"); got != url {
		t.Errorf("%s %s: Location: %q, want %q", r.Method, r.Target, got, url)
	}
	if got := r.Header.Values("Redirect-Ref"); !slices.Equal(got, []string{given}) {
		t.Errorf("%s %s: Redirect-Ref: %q, want %q", r.Method, r.Target, got, given)
	}
}
