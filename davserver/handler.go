// Package davserver serves a [Backend] over WebDAV (RFC 4918).
//
// A [Handler] is an http.Handler. It reads requests, asks the backend, and
// writes answers; it keeps nothing between requests. Who asks is said by the
// context ([dav.Principal]); authentication happens before this package.
package davserver

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// Options say how a [Handler] serves. The zero value is a share at "/".
type Options struct {
	// Prefix is the decoded path at which requests for the share arrive, such
	// as "/dav"; "" is the root.
	Prefix string

	// PublicURL is where clients find the share, if a proxy hides it: scheme
	// and host, and the path if the proxy changes that too.
	PublicURL *url.URL

	// TrustedProxies are the peers whose Forwarded, X-Forwarded-Proto and
	// X-Forwarded-Host count. nil means those on this machine; an empty slice
	// means nobody.
	TrustedProxies []netip.Prefix

	Logger *slog.Logger     // nil: slog.Default()
	Now    func() time.Time // nil: time.Now
	Limits Limits
}

// Handler is the WebDAV server for one backend.
type Handler struct {
	backend    Backend
	can        capability
	store      PropertyStore // as what follows, nil if the backend can't
	locker     Locker
	binder     Binder
	syncer     Syncer
	orderer    Orderer
	redirector Redirector
	searcher   Searcher

	urls    urls
	log     *slog.Logger
	now     func() time.Time
	limits  Limits
	methods []method
	reports []report
	live    []*liveProperty // what there can be, in the order of allprop
}

// New makes a handler. It panics if the prefix or the path of PublicURL is no
// path.
func New(b Backend, o Options) *Handler {
	h := &Handler{backend: b, urls: newURLs(&o), log: o.Logger, now: o.Now, limits: o.Limits.withDefaults(), methods: methodTable(), reports: reportTable()}
	h.capabilities(b)
	for i := range liveProperties {
		if p := &liveProperties[i]; h.has(p.needs) {
			h.live = append(h.live, p)
		}
	}
	if h.log == nil {
		h.log = slog.Default()
	}
	if h.now == nil {
		h.now = time.Now
	}
	return h
}

// request is one request on its way through the handler.
type request struct {
	*Handler
	w      http.ResponseWriter
	r      *http.Request
	url    mapping
	path   dav.Path
	slash  bool // the URL ended in a slash
	quirks quirks
	prefs  davxml.Preferences

	redirects bool // applies to redirect references; see dav.Conditions
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("MS-Author-Via", "DAV")
	w.Header().Set("Cache-Control", "no-cache")
	q := &request{Handler: h, w: w, r: r, quirks: quirksOf(r.UserAgent()), prefs: davxml.ParsePreferences(r.Header)}
	if err := q.serve(); err != nil {
		q.refuse(err)
	}
}

func (q *request) serve() error {
	q.url = q.urls.mapping(q.r)
	if q.r.RequestURI == "*" && q.r.Method == http.MethodOptions {
		q.path = dav.Root
		return q.handleOptions()
	}
	p, slash, inside, err := locate(q.urls.prefix, q.r.URL.EscapedPath())
	if err != nil {
		return q.unnameable(err)
	}
	q.path, q.slash = p, slash
	if !inside {
		return q.serveOutside()
	}
	if reserved(p) && q.r.Method != http.MethodOptions {
		return q.serveReserved()
	}
	return q.dispatch()
}

func (q *request) ctx() context.Context { return q.r.Context() }

// lookup is the resource at p as query wants it.
func (q *request) lookup(p dav.Path, query dav.Query) (res dav.Resource, err error) {
	query.Depth = dav.Depth0
	for r, err := range q.resources(p, query) {
		if err == nil {
			err = r.Err
		}
		if err != nil {
			return dav.Resource{}, err
		}
		return *r, nil
	}
	return dav.Resource{}, &dav.Error{Kind: dav.Internal, Path: p, Message: "the backend yielded nothing for a resource"}
}

// href is the URL of a resource as it goes on the wire.
func (q *request) href(p dav.Path, collection bool) string { return q.url.href(p, collection) }

// locateCollection tells the URL of a collection that was addressed without
// its slash (RFC 4918 section 5.2). No method is redirected for it: clients
// take the redirect for an empty folder, or lose the body.
func (q *request) locateCollection(res *dav.Resource) {
	if res.Collection && !q.slash {
		q.w.Header().Set("Content-Location", q.href(res.Path, true))
	}
}
