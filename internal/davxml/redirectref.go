package davxml

import (
	"io"
	"net/http"

	"github.com/quiredav/quire/dav"
)

// Redirectref is a mkredirectref or an updateredirectref body (RFC 4437 sections
// 6 and 7); nil is what is not given.
type Redirectref struct {
	Target    *string // a URI or a relative reference
	Permanent *bool
}

// ReadRedirectref reads the body of a method: root is mkredirectref, which has
// to have a target, or updateredirectref. A lifetime that is unknown is
// Forbidden with redirect-lifetime-supported, a target that is no URI with
// legal-reftarget.
func ReadRedirectref(body io.Reader, l Limits, root string) (*Redirectref, error) {
	d, err := open(body, l, root)
	if err == errEmpty {
		return nil, invalid("the body is missing; DAV:" + root + " is wanted")
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	r := &Redirectref{}
	targets, lifetimes := 0, 0
	lifetime := choice{what: "redirect-lifetime", known: []string{"permanent", "temporary"}}
	err = d.children(func(name dav.Name) error {
		switch name {
		case dav.DAV("reftarget"):
			targets++
			r.Target = new(d.href())
		case dav.DAV("redirect-lifetime"):
			lifetimes++
			return lifetime.read(d)
		}
		return nil
	})
	if err == nil {
		err = d.end()
	}
	switch {
	case err != nil:
		return nil, err
	case targets > 1 || lifetimes > 1 || lifetime.twice:
		return nil, invalid(root + " has one reftarget and one redirect-lifetime in it at most")
	case targets == 0 && root == "mkredirectref":
		return nil, invalid("mkredirectref has to have a reftarget in it")
	case targets == 1 && !isReference(*r.Target):
		return nil, &dav.Error{Kind: dav.Forbidden, Condition: dav.Condition{Name: dav.LegalReftarget},
			Message: "the target has to be a URI or a relative reference, percent-encoded, in an href"}
	case lifetimes == 1 && lifetime.picked == "":
		return nil, &dav.Error{Kind: dav.Forbidden, Condition: dav.Condition{Name: dav.RedirectLifetimeSupported},
			Message: "a redirect is permanent or temporary"}
	}
	if lifetimes == 1 {
		r.Permanent = new(lifetime.picked == "permanent")
	}
	return r, nil
}

// AppendRedirectref appends the body of a method: root is mkredirectref or
// updateredirectref.
func AppendRedirectref(b []byte, root string, r *Redirectref) []byte {
	b = append(b, prolog+`<D:`+root+` xmlns:D="DAV:">`...)
	if r.Target != nil {
		b = append(b, "<D:reftarget>"...)
		b = AppendHref(b, *r.Target)
		b = append(b, "</D:reftarget>"...)
	}
	if r.Permanent != nil {
		b = append(b, "<D:redirect-lifetime>"...)
		b = AppendRedirectLifetime(b, *r.Permanent)
		b = append(b, "</D:redirect-lifetime>"...)
	}
	return append(b, "</D:"+root+">"...)
}

// AppendRedirectLifetime appends what is in a redirect-lifetime element (RFC 4437
// section 13.1).
func AppendRedirectLifetime(b []byte, permanent bool) []byte {
	if permanent {
		return append(b, "<D:permanent/>"...)
	}
	return append(b, "<D:temporary/>"...)
}

// ParseApplyToRedirectRef reads Apply-To-Redirect-Ref (RFC 4437 section 12.2). On
// most resources it must be ignored, so what is not T is F.
func ParseApplyToRedirectRef(h http.Header) bool {
	v, _, err := single(h, "Apply-To-Redirect-Ref")
	return err == nil && (v == "T" || v == "t")
}
