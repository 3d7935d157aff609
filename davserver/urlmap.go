package davserver

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/quiredav/quire/dav"
)

// urls is what a handler knows about the URLs of its share.
type urls struct {
	prefix  dav.Path       // where requests arrive
	outer   dav.Path       // where clients see the share
	public  *origin        // where clients see the server; nil if they see it as it is
	trusted []netip.Prefix // whose word on scheme and host counts
}

// origin is scheme, host and port of a URL, in lower case, the port spelled out.
type origin struct{ scheme, host, port string }

// mapping maps the URLs that one client writes to paths and back. All the URLs
// of a request and its answer go through locate and appendHref: what one URL
// means never differs from what another means.
type mapping struct {
	*urls
	own    origin // what the client called the server
	prefix string // of hrefs: percent-encoded, "" for the root
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func newURLs(o *Options) urls {
	u := urls{prefix: mustPath(o.Prefix), trusted: o.TrustedProxies}
	if u.trusted == nil {
		u.trusted = loopback
	}
	u.outer = u.prefix
	if o.PublicURL != nil {
		pub := originOf(o.PublicURL.Scheme, o.PublicURL.Host)
		u.public = &pub
		if p := mustPath(o.PublicURL.Path); !p.IsRoot() {
			u.outer = p
		}
	}
	return u
}

func mustPath(s string) dav.Path {
	if s == "" {
		return dav.Root
	}
	p, err := dav.ParsePath(s)
	if err != nil {
		panic("davserver: " + s + " is no path to mount a share at: " + err.Error())
	}
	return p
}

func (u *urls) mapping(r *http.Request) mapping {
	m := mapping{urls: u, own: u.originOf(r)}
	if !u.outer.IsRoot() {
		m.prefix = u.outer.Href(false)
	}
	return m
}

// locate maps a percent-encoded path to the path within a share mounted at
// prefix. If it lies elsewhere, inside is false and p is the whole path.
func locate(prefix dav.Path, escaped string) (p dav.Path, slash, inside bool, err error) {
	p, slash, err = dav.DecodePath(escaped)
	switch {
	case err != nil || !prefix.Contains(p):
		return p, slash, false, err
	case prefix.IsRoot():
		return p, slash, true, nil
	case p == prefix:
		return dav.Root, slash, true, nil
	}
	return p[len(prefix):], slash, true, nil
}

func (m *mapping) appendHref(b []byte, p dav.Path, collection bool) []byte {
	return p.AppendHref(append(b, m.prefix...), collection)
}

func (m *mapping) href(p dav.Path, collection bool) string {
	return string(m.appendHref(make([]byte, 0, len(m.prefix)+len(p)+16), p, collection))
}

// absolute is the whole URL by which the client finds p.
func (m *mapping) absolute(p dav.Path, collection bool) string {
	o := m.own
	if m.public != nil {
		o = *m.public
	}
	host := net.JoinHostPort(o.host, o.port)
	if o.port == "" || o.port == defaultPorts[o.scheme] {
		host = strings.TrimSuffix(net.JoinHostPort(o.host, ""), ":")
	}
	return o.scheme + "://" + host + m.href(p, collection)
}

// reference maps a full URI or an absolute path in a header or a body (RFC 4918
// section 8.3) to a path. foreign, which is a ForeignServer error, says why it names
// nothing here.
func (m *mapping) reference(ref string) (p dav.Path, slash bool, foreign, err error) {
	u, err := parseReference(ref)
	if err != nil {
		return "", false, nil, err
	}
	prefix := m.outer
	if u.Host != "" {
		switch o := originOf(u.Scheme, u.Host); {
		case m.public != nil && o == *m.public:
		case o == m.own:
			prefix = m.urls.prefix
		default:
			return "", false, m.foreign(o), nil
		}
	}
	p, slash, inside, err := locate(prefix, u.EscapedPath())
	if err == nil && !inside {
		foreign = &dav.Error{Kind: dav.ForeignServer, Message: "the URL lies outside the share, which is at " + prefix.Href(true)}
	}
	return p, slash, foreign, err
}

func (m *mapping) foreign(o origin) error {
	known := m.own
	if m.public != nil {
		known = *m.public
	}
	return &dav.Error{Kind: dav.ForeignServer, Message: "the URL names " + o.String() + ", but this server is known as " + known.String() +
		"; if a proxy stands in front of it, set the public URL, or trust the proxy and have it send X-Forwarded-Proto and X-Forwarded-Host"}
}

// resolve is reference for the tags of the If header.
func (m *mapping) resolve(ref string) (p dav.Path, foreign bool, err error) {
	p, _, why, err := m.reference(ref)
	return p, why != nil, err
}

func parseReference(ref string) (*url.URL, error) {
	bad := func(why string) error { return &dav.Error{Kind: dav.Invalid, Message: why} }
	if strings.ContainsAny(ref, "#?") {
		return nil, bad("a URL here can't have a query or a fragment")
	}
	u, err := url.Parse(ref)
	switch {
	case err != nil:
		return nil, bad("the request holds something that is no URL")
	case u.User != nil:
		return nil, bad("a URL here can't hold a user name")
	case u.Scheme == "" && (u.Host != "" || !strings.HasPrefix(ref, "/")),
		u.Scheme != "" && u.Host == "":
		return nil, bad("a URL here is a full URL or an absolute path")
	case u.Path == "":
		u.Path = "/"
	}
	return u, nil
}

// originOf is what the client called the server, by the Host header or, if a
// trusted proxy tells, by what that saw. The first proxy's word is taken: it
// decides no more than what a client's own URLs mean.
func (u *urls) originOf(r *http.Request) origin {
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if !u.trusts(r.RemoteAddr) {
		return originOf(scheme, host)
	}
	proto, fhost := forwarded(r.Header)
	if proto != "" {
		scheme = proto
	}
	if fhost != "" {
		host = fhost
	}
	return originOf(scheme, host)
}

func (u *urls) trusts(remote string) bool {
	if remote == "@" || remote == "" { // a Unix socket
		return true
	}
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	addr := ap.Addr().Unmap().WithZone("")
	return slices.ContainsFunc(u.trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// forwarded reads Forwarded (RFC 7239) or else the X-Forwarded headers.
func forwarded(h http.Header) (proto, host string) {
	if f := h.Get("Forwarded"); f != "" {
		first, _, _ := strings.Cut(f, ",")
		for pair := range strings.SplitSeq(first, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			value = strings.Trim(value, `"`)
			switch strings.ToLower(name) {
			case "proto":
				proto = value
			case "host":
				host = value
			}
		}
		return proto, host
	}
	proto, _, _ = strings.Cut(h.Get("X-Forwarded-Proto"), ",")
	host, _, _ = strings.Cut(h.Get("X-Forwarded-Host"), ",")
	return strings.TrimSpace(proto), strings.TrimSpace(host)
}

func originOf(scheme, hostport string) origin {
	o := origin{scheme: strings.ToLower(scheme)}
	u := url.URL{Host: strings.ToLower(hostport)}
	o.host, o.port = u.Hostname(), u.Port()
	if o.port == "" {
		o.port = defaultPorts[o.scheme]
	}
	return o
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

func (o origin) String() string { return o.scheme + "://" + net.JoinHostPort(o.host, o.port) }
