package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/spf13/pflag"

	"github.com/quiredav/quire/dav"
)

// settings are what `quire serve` can be told, by flag or in a file.
type settings struct {
	listen, repo, prefix string

	users         []string
	htpasswd      string
	anonymous     bool
	insecureBasic bool

	tlsCert, tlsKey string
	tlsSelfSigned   bool

	publicURL      string
	trustedProxies []string

	logLevel, logFormat string

	limits limits
}

func (s *settings) register(f *pflag.FlagSet) {
	f.StringVar(&s.listen, "listen", "127.0.0.1:8080", "address and port to listen on; port 0 picks a free one")
	f.StringVar(&s.repo, "repo", defaultRepo, "directory of the repository, made if it is missing")
	f.StringVar(&s.prefix, "prefix", "", "path under which the files are, such as /dav")

	f.StringArrayVar(&s.users, "user", nil, "NAME:PASSWORD of somebody who may log in; repeatable")
	f.StringVar(&s.htpasswd, "htpasswd", "", "file of NAME:HASH lines, bcrypt (htpasswd -B) or argon2id")
	f.BoolVar(&s.anonymous, "anonymous", false, "let in everybody, from everywhere, without logging in")
	f.BoolVar(&s.insecureBasic, "insecure-basic", false, "take passwords over plain HTTP, where others can read them")

	f.StringVar(&s.tlsCert, "tls-cert", "", "certificate file (PEM); read again when it changes")
	f.StringVar(&s.tlsKey, "tls-key", "", "key file (PEM) of the certificate")
	f.BoolVar(&s.tlsSelfSigned, "tls-self-signed", false, "make a certificate of our own, for a local network")

	f.StringVar(&s.publicURL, "public-url", "", "URL that clients use, if a proxy hides it")
	f.StringArrayVar(&s.trustedProxies, "trusted-proxy", nil, "address or CIDR range of a proxy whose X-Forwarded headers count; repeatable (default loopback)")

	f.StringVar(&s.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&s.logFormat, "log-format", "text", "text or json")
	s.limits.register(f)
}

// check finds what is wrong with the settings in themselves.
func (s *settings) check() error {
	switch {
	case (s.tlsCert == "") != (s.tlsKey == ""):
		return errors.New("tls-cert and tls-key go together")
	case s.tlsSelfSigned && s.tlsCert != "":
		return errors.New("give either tls-self-signed or tls-cert and tls-key, not both")
	case s.repo == "":
		return errors.New("repo is empty")
	}
	if err := checkPath(s.prefix); err != nil {
		return fmt.Errorf("prefix %q is not a path such as /dav: %w", s.prefix, err)
	}
	if _, err := s.public(); err != nil {
		return err
	}
	if _, err := s.proxies(); err != nil {
		return err
	}
	return s.limits.check()
}

func checkPath(p string) error {
	if p == "" {
		return nil
	}
	_, err := dav.ParsePath(p)
	return err
}

func (s *settings) tls() bool { return s.tlsCert != "" || s.tlsSelfSigned }

// public is the parsed publicURL; nil if there is none.
func (s *settings) public() (*url.URL, error) {
	if s.publicURL == "" {
		return nil, nil
	}
	u, err := url.Parse(s.publicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || checkPath(u.Path) != nil {
		return nil, fmt.Errorf("public-url %q is not a URL such as https://dav.example.org/", s.publicURL)
	}
	return u, nil
}

// proxies are the parsed trustedProxies; nil if none are given.
func (s *settings) proxies() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, p := range s.trustedProxies {
		if a, err := netip.ParseAddr(p); err == nil {
			all = append(all, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return nil, fmt.Errorf("trusted-proxy %q is not an address or a range such as 10.0.0.0/8", p)
		}
		all = append(all, prefix)
	}
	return all, nil
}
