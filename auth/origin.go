package auth

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Loopback are the address ranges of this machine itself.
func Loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// origin is where a request comes from.
type origin struct {
	addr  netip.Addr // of the client, as far as trusted proxies tell; may be invalid
	tls   bool       // the client's connection is encrypted
	local bool       // from this machine, through no proxy
}

// Client is the address of the client that made a request, as far as trusted
// proxies tell; the zero Addr if the connection has none.
func (h *Handler) Client(r *http.Request) netip.Addr { return h.origin(r).addr }

// forwarding are the headers that show a proxy on the way.
var forwarding = []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-Ip", "Via"}

func (h *Handler) origin(r *http.Request) origin {
	peer := address(r.RemoteAddr)
	proxied := slices.ContainsFunc(forwarding, func(name string) bool { return len(r.Header[name]) > 0 })
	o := origin{addr: peer, tls: r.TLS != nil, local: peer.IsLoopback() && !proxied}
	if !h.trusted(peer) {
		return o
	}
	o.addr = h.forwardedFor(r, peer)
	if !o.tls {
		o.tls = h.forwardedTLS(r)
	}
	return o
}

// forwardedFor is the last address that no trusted proxy has; everything
// before it could be invented by the client.
func (h *Handler) forwardedFor(r *http.Request, peer netip.Addr) netip.Addr {
	for _, hop := range slices.Backward(hops(r.Header, "for", "X-Forwarded-For")) {
		a := address(hop)
		if !a.IsValid() {
			break
		}
		peer = a
		if !h.trusted(a) {
			break
		}
	}
	return peer
}

// forwardedTLS tells whether every hop that the proxies name was encrypted.
func (h *Handler) forwardedTLS(r *http.Request) bool {
	protos := hops(r.Header, "proto", "X-Forwarded-Proto")
	if len(protos) == 0 {
		return h.o.ProxyTLS
	}
	return !slices.ContainsFunc(protos, func(p string) bool { return !strings.EqualFold(p, "https") })
}

// hops are what the proxies tell of a request, the first proxy's word first: a
// parameter of Forwarded (RFC 7239), or else the X-Forwarded header of that
// meaning.
func hops(header http.Header, parameter, name string) []string {
	var all []string
	if forwarded := header.Values("Forwarded"); len(forwarded) > 0 {
		for element := range strings.SplitSeq(strings.Join(forwarded, ","), ",") {
			for pair := range strings.SplitSeq(element, ";") {
				n, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
				if strings.EqualFold(n, parameter) {
					all = append(all, strings.Trim(value, `"`))
				}
			}
		}
		return all
	}
	for _, value := range header.Values(name) {
		for hop := range strings.SplitSeq(value, ",") {
			all = append(all, strings.TrimSpace(hop))
		}
	}
	return all
}

func (h *Handler) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(h.o.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// address reads an IP address with or without a port; the zero Addr if it is
// none.
func address(s string) netip.Addr {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// loopbackHost tells whether a Host header names this machine in a way that no
// DNS server can influence.
func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(host, ".")
	return strings.EqualFold(host, "localhost") || address(host).IsLoopback()
}
