package main

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// certificate is a certificate and its key in two files, read again when they
// change, so that a renewal needs no restart.
type certificate struct {
	certPath, keyPath string

	mu      sync.Mutex
	current *tls.Certificate
	stamps  [2]time.Time // when the files were changed
}

func openCertificate(certPath, keyPath string) (*certificate, error) {
	c := &certificate{certPath: certPath, keyPath: keyPath}
	if err := c.load(); err != nil {
		return nil, fmt.Errorf("the certificate: %w", err)
	}
	return c, nil
}

func (c *certificate) load() error {
	stamps, err := c.stat()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certPath, c.keyPath)
	if err != nil {
		return err
	}
	c.current, c.stamps = &pair, stamps
	return nil
}

func (c *certificate) stat() (stamps [2]time.Time, err error) {
	for i, path := range []string{c.certPath, c.keyPath} {
		info, err := os.Stat(path)
		if err != nil {
			return stamps, err
		}
		stamps[i] = info.ModTime()
	}
	return stamps, nil
}

// get is for tls.Config.GetCertificate. While the files can't be used, as in
// the middle of a renewal, it goes on with what it has.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if stamps, err := c.stat(); err == nil && stamps != c.stamps {
		_ = c.load()
	}
	return c.current, nil
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{GetCertificate: c.get, MinVersion: tls.VersionTLS12}
}

// fingerprint is the SHA-256 of the certificate as browsers show it.
func (c *certificate) fingerprint() string {
	sum := sha256.Sum256(c.current.Certificate[0])
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}
