package davserver

import (
	"strconv"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// liveProperty is a property that the server computes (RFC 4918 section 15).
type liveProperty struct {
	name      dav.Name
	form      multistatus.Form
	on        target                        // what can have it
	needs     capability                    // of the backend; there is no such property without
	extension bool                          // not of RFC 4918, so allprop leaves it out
	query     func(*dav.Query)              // asks the backend for what it tells; nil: nothing
	datatype  dav.Datatype                  // what a search compares it as
	date      func(*dav.Resource) time.Time // of a dav.DateTime

	// append appends the value for r, which is one of on; ok is false if r has
	// no such property now.
	append func(a *answer, b []byte, r *dav.Resource) (_ []byte, ok bool)
}

var (
	resourcetype       = dav.DAV("resourcetype")
	lockdiscovery      = dav.DAV("lockdiscovery")
	supportedlock      = dav.DAV("supportedlock")
	getcontentlanguage = dav.DAV("getcontentlanguage")
	displayname        = dav.DAV("displayname")

	// getctag is what clients that know no sync-token compare, to find out
	// whether anything in a collection has changed.
	getctag = dav.Name{Space: "http://calendarserver.org/ns/", Local: "getctag"}
)

// liveProperties are in the order of allprop. displayname is not among them:
// it is a client's to set, and dead until then.
var liveProperties = []liveProperty{
	{name: resourcetype, form: multistatus.Inner, on: onMapped | onReserved | onPrincipals, append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
		switch {
		case r.Collection:
			b = append(b, "<D:collection/>"...)
		case r.Redirect != nil:
			b = append(b, "<D:redirectref/>"...)
		case amongPrincipals(r.Path):
			b = append(b, "<D:principal/>"...)
		}
		return b, true
	}},
	{name: dav.DAV("creationdate"), on: onMapped, datatype: dav.DateTime, date: func(r *dav.Resource) time.Time { return r.Created }, append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
		if r.Created.IsZero() {
			return b, false
		}
		return appendRFC3339(b, r.Created), true
	}},
	{name: dav.DAV("getlastmodified"), on: onMapped, datatype: dav.DateTime, date: func(r *dav.Resource) time.Time { return r.Modified }, append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
		if r.Modified.IsZero() {
			return b, false
		}
		return appendHTTPDate(b, r.Modified), true
	}},
	{name: dav.DAV("getcontentlength"), on: onFile, datatype: dav.Integer, append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
		return strconv.AppendInt(b, r.Length, 10), true
	}},
	{name: dav.DAV("getcontenttype"), on: onFile, append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
		return append(b, mediaType(r)...), true
	}},
	{name: getcontentlanguage, on: onFile, append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
		return append(b, r.Language...), r.Language != ""
	}},
	{name: dav.DAV("getetag"), on: onMapped, append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
		return append(b, r.ETag...), r.ETag != ""
	}},
	{name: supportedlock, form: multistatus.Inner, on: onMapped, needs: canLock,
		append: func(_ *answer, b []byte, _ *dav.Resource) ([]byte, bool) {
			return append(b, davxml.Supportedlock...), true
		}},
	{name: lockdiscovery, form: multistatus.Inner, on: onMapped, needs: canLock, query: func(q *dav.Query) { q.Locks = true },
		append: func(a *answer, b []byte, r *dav.Resource) ([]byte, bool) {
			a.locks = appendVisible(a.locks[:0], r.Locks, a.principal)
			return davxml.AppendLockdiscovery(b, a.locks, a.at, a.hrefOf), true
		}},
	{name: dav.DAV("resource-id"), form: multistatus.Inner, on: onMapped, extension: true, // RFC 5842 section 3.1
		append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
			b = append(b, "<D:href>"...)
			b = r.ID.AppendURN(b)
			return append(b, "</D:href>"...), r.ID != dav.ResourceID{}
		}},
	{name: dav.DAV("parent-set"), form: multistatus.Inner, on: onMapped, needs: canBind, extension: true,
		query: func(q *dav.Query) { q.Parents = true }, append: appendParents},
	{name: dav.DAV("sync-token"), on: onCollections, needs: canSync, extension: true, // RFC 6578 section 4
		query: func(q *dav.Query) { q.SyncToken = true },
		append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
			return append(b, r.SyncToken...), r.SyncToken != ""
		}},
	{name: getctag, on: onCollections, needs: canSync, extension: true,
		query: func(q *dav.Query) { q.Changes = true },
		append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
			return append(b, r.Changes...), r.Changes != ""
		}},
	{name: dav.DAV("ordering-type"), form: multistatus.Inner, on: onCollections, needs: canOrder, extension: true, append: appendOrdering},
	{name: dav.DAV("reftarget"), form: multistatus.Inner, on: onRedirectref, needs: canRedirect, extension: true, // RFC 4437 section 13
		append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
			return davxml.AppendHref(b, r.Redirect.Target), true
		}},
	{name: dav.DAV("redirect-lifetime"), form: multistatus.Inner, on: onRedirectref, needs: canRedirect, extension: true,
		append: func(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
			return davxml.AppendRedirectLifetime(b, r.Redirect.Permanent), true
		}},
	{name: dav.DAV("quota-available-bytes"), on: onCollections, needs: canQuota, extension: true, query: askQuota, append: appendAvailable},
	{name: dav.DAV("quota-used-bytes"), on: onCollections, needs: canQuota, extension: true, query: askQuota, append: appendUsed},
	{name: dav.DAV("add-member"), form: multistatus.Inner, on: onCollections, extension: true, append: appendAddMember},
	{name: dav.DAV("current-user-principal"), form: multistatus.Inner, on: onMapped | onPrincipals, extension: true, append: appendPrincipal},
	{name: dav.DAV("principal-URL"), form: multistatus.Inner, on: onPrincipals, extension: true, // RFC 3744 section 4.2
		append: func(a *answer, b []byte, r *dav.Resource) ([]byte, bool) {
			return davxml.AppendHref(b, a.hrefOf(r.Path, false)), !r.Collection
		}},
	{name: dav.DAV("supported-method-set"), form: multistatus.Inner, on: onMapped | onPrincipals, extension: true, append: appendMethods},
	{name: dav.DAV("supported-live-property-set"), form: multistatus.Inner, on: onMapped | onPrincipals, extension: true, append: appendLiveProperties},
	{name: dav.DAV("supported-report-set"), form: multistatus.Inner, on: onMapped | onPrincipals, extension: true, append: appendReports},
	{name: dav.DAV("supported-query-grammar-set"), form: multistatus.Inner, on: onMapped, needs: canSearch, extension: true, // RFC 5323 section 3.3
		append: func(_ *answer, b []byte, _ *dav.Resource) ([]byte, bool) {
			return append(b, davxml.SupportedQueryGrammars...), true
		}},
}

// appendVisible appends locks as principal may see them (RFC 4918 section
// 20.4): the token is for its creator; who holds a lock is for everybody who
// is known, and for all where nobody is.
func appendVisible(b, locks []dav.Lock, principal string) []dav.Lock {
	for _, l := range locks {
		if l.Principal != principal {
			l.Token = ""
			if principal == "" {
				l.Owner = ""
			}
		}
		b = append(b, l)
	}
	return b
}

// protected are the properties that no client can set: those that are
// computed, and those that the RFCs of WebDAV define so.
var protected = func() map[dav.Name]bool {
	t := make(map[dav.Name]bool)
	for i := range liveProperties {
		t[liveProperties[i].name] = true
	}
	for _, local := range []string{
		"acl", "acl-restrictions", "add-member", "alternate-URI-set", "current-user-principal", "current-user-privilege-set",
		"group", "inherited-acl-set", "lockdiscovery", "ordering-type", "owner", "parent-set", "principal-URL",
		"principal-collection-set", "quota-available-bytes", "quota-used-bytes", "redirect-lifetime", "reftarget",
		"supported-live-property-set", "supported-method-set", "supported-privilege-set", "supported-query-grammar-set",
		"supported-report-set", "supportedlock", "sync-token",
	} {
		t[dav.DAV(local)] = true
	}
	delete(t, getcontentlanguage)
	return t
}()
