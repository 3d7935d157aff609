package davserver

import (
	"crypto/rand"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// appendAddMember is add-member (RFC 5995 section 3.2.1): the URL of the
// collection itself.
func appendAddMember(a *answer, b []byte, r *dav.Resource) ([]byte, bool) {
	return davxml.AppendHref(b, a.hrefOf(r.Path, true)), true
}

// crossOrigin finds requests that a browser sends for a page of somebody else's.
// POST is the one method that changes something and that such a page can send
// without asking first.
var crossOrigin = http.NewCrossOriginProtection()

// handlePost is POST on a collection: it stores the body as a new member, under
// a name of the server's choice (RFC 5995). What would stop PUT stops it.
func (q *request) handlePost() error {
	if err := crossOrigin.Check(q.r); err != nil {
		return q.forbidden("a page of another site can't add members here")
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	res, err := q.lookup(q.path, dav.Query{Conditions: c})
	switch {
	case err == nil && !res.Collection, dav.KindOf(err) == dav.NotFound:
		return &dav.Error{Kind: dav.NotAllowed, Path: q.path, Message: "POST adds members to collections, and this is none"}
	case err != nil:
		return err
	}
	r, body, err := q.readPut()
	if err != nil {
		return err
	}
	r.Conditions = forMember(c, q.path)
	for name := range memberNames(q.r.Header.Get("Slug")) {
		if r.Path = res.Path.Join(name); !r.Path.Nameable() {
			return invalid("the URL of the new member would be too long")
		}
		made, _, err := q.backend.Put(q.ctx(), r)
		switch {
		case err == nil:
			q.w.Header().Set("Location", q.href(r.Path, false))
			q.stored(&r, made, true)
			return nil
		case !q.taken(r.Path):
			return body.blame(err)
		case body.n > 0:
			return &dav.Error{Kind: dav.Unavailable, Path: q.path, Message: "another request took the name of the new member; try again"}
		}
	}
	return &dav.Error{Kind: dav.Unavailable, Path: q.path, Message: "no free name was found for the new member; try again"}
}

// forMember are the conditions of a request on a collection as they concern a
// new member of it: the conditional headers of HTTP have been judged.
func forMember(c *dav.Conditions, collection dav.Path) *dav.Conditions {
	m := &dav.Conditions{Principal: c.Principal, Redirects: true, Tokens: c.Tokens}
	m.IfNoneMatch = dav.ETags{Sent: true, Any: true}
	m.If = slices.Clone(c.If)
	for i := range m.If {
		if l := &m.If[i]; !l.Tagged {
			l.Tagged, l.Path = true, collection
		}
	}
	return m
}

// taken tells whether there is something at p.
func (q *request) taken(p dav.Path) bool {
	_, err := q.lookup(p, dav.Query{Conditions: &dav.Conditions{Redirects: true}})
	return err == nil
}

// memberNames yields names for a new member until one is free: what the client
// suggests (RFC 5023 section 9.7), the same with a number, and names by chance.
func memberNames(slug string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if name := safeName(slug); name != "" {
			if !yield(name) {
				return
			}
			ext := path.Ext(name)
			stem := strings.TrimSuffix(name, ext)
			for i := 2; i < 10; i++ {
				if !yield(stem + "-" + strconv.Itoa(i) + ext) {
					return
				}
			}
			if !yield(fmt.Sprint(stem, "-", chance(), ext)) {
				return
			}
		}
		yield(chance())
	}
}

func chance() string { return strings.ToLower(rand.Text()) }

// maxName bounds names made of slugs, in bytes: what is added later still goes
// into the 255 bytes that file systems have.
const maxName = 200

// safeName is what is suggested, decoded, as a name that does no harm on any
// system; "" if nothing is left.
func safeName(slug string) string {
	name, err := url.PathUnescape(slug)
	if err != nil {
		name = strings.ReplaceAll(slug, "%", "-")
	}
	name = strings.Map(func(r rune) rune {
		const joiners = "\u200c\u200d" // which scripts and emoji need
		if strings.ContainsRune(`/\<>:"|?*%`, r) || r == utf8.RuneError || !unicode.IsPrint(r) && !strings.ContainsRune(joiners, r) {
			return '-'
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if len(name) > maxName {
		ext := path.Ext(name)
		if len(ext) > 16 {
			ext = ""
		}
		cut := maxName - len(ext)
		for !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = strings.TrimRight(name[:cut], " .") + ext
	}
	if strings.Trim(name, "-") == "" || dav.CheckSegment(name) != nil {
		return ""
	}
	return name
}
