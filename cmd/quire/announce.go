package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// announce tells where the server listens, who may come in, and how to mount
// it.
func (s *server) announce(w io.Writer) error {
	u := s.urls()[0]
	data, err := filepath.Abs(s.settings.repo)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Quire %s\n\n", version())
	for i, u := range s.urls() {
		fmt.Fprintf(&b, "  %-12s%s\n", []string{"address", ""}[min(i, 1)], u)
	}
	fmt.Fprintf(&b, "  %-12s%s\n", "data", data)
	fmt.Fprintf(&b, "  %-12s%s\n", "open to", s.openTo())
	if s.cert != nil {
		fmt.Fprintf(&b, "  %-12s%s\n  %-12sSHA-256 %s\n", "certificate", s.cert.certPath, "", s.cert.fingerprint())
	}
	b.WriteString("\nMount it from\n\n")
	for _, r := range s.recipes(u) {
		fmt.Fprintf(&b, "  %-12s%s\n", r[0], r[1])
	}
	b.WriteString("\nCtrl-C stops it.\n\n")
	_, err = io.WriteString(w, b.String())
	return err
}

func (s *server) openTo() string {
	switch {
	case s.settings.anonymous && s.users != nil:
		return "everybody, and those who log in"
	case s.settings.anonymous:
		return "everybody"
	case s.users != nil:
		return "those who log in"
	}
	return "everybody on this machine"
}

// urls are where clients find the server, the best first.
func (s *server) urls() []*url.URL {
	if public, err := s.settings.public(); err == nil && public != nil {
		if public.Path == "" || public.Path == "/" {
			public.Path = s.settings.prefix // the proxy leaves paths as they are
		}
		return []*url.URL{withSlash(public)}
	}
	host, _, _ := net.SplitHostPort(s.settings.listen)
	addr := s.listener.Addr().(*net.TCPAddr)
	var hosts []string
	switch {
	case !addr.IP.IsUnspecified() && host != "":
		hosts = []string{host}
	default:
		for _, ip := range interfaceAddrs() {
			if ip.To4() != nil || addr.IP.To4() == nil {
				hosts = append(hosts, ip.String())
			}
		}
		hosts = append(hosts, "localhost")
	}
	scheme := "http"
	if s.settings.tls() {
		scheme = "https"
	}
	var urls []*url.URL
	for _, h := range hosts {
		host := net.JoinHostPort(h, strconv.Itoa(addr.Port))
		urls = append(urls, withSlash(&url.URL{Scheme: scheme, Host: host, Path: s.settings.prefix}))
	}
	return urls
}

func withSlash(u *url.URL) *url.URL {
	v := *u
	if !strings.HasSuffix(v.Path, "/") {
		v.Path += "/"
	}
	return &v
}

// recipes are lines to mount u with, by client.
func (s *server) recipes(u *url.URL) [][2]string {
	gio := *u
	gio.Scheme = map[string]string{"http": "dav", "https": "davs"}[u.Scheme]
	rclone := fmt.Sprintf("rclone mount :webdav: DIRECTORY --webdav-url %s --webdav-vendor owncloud", u)
	if s.users != nil {
		rclone += " --webdav-user NAME --webdav-pass $(rclone obscure PASSWORD)"
	}
	if s.settings.tlsSelfSigned {
		rclone += " --ca-cert " + s.cert.certPath
	}
	return [][2]string{
		{"Finder", "Go > Connect to Server (Cmd-K), " + u.String()},
		{"Explorer", "net use * " + u.String()},
		{"Linux", "sudo mount -t davfs " + u.String() + " DIRECTORY"},
		{"GNOME", "gio mount " + gio.String()},
		{"rclone", rclone},
	}
}
