package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Files of the certificate of our own, in the directory of the repository.
const (
	selfCert = "tls-cert.pem"
	selfKey  = "tls-key.pem"
)

// selfLife is the longest that Apple's systems accept.
const selfLife = 825 * 24 * time.Hour

// openSelfSigned opens the certificate in dir, and makes it if there is none or
// it has expired.
func openSelfSigned(dir, host string, now time.Time) (*certificate, error) {
	certPath, keyPath := filepath.Join(dir, selfCert), filepath.Join(dir, selfKey)
	c, err := openCertificate(certPath, keyPath)
	switch {
	case err == nil && now.Before(c.current.Leaf.NotAfter):
		return c, nil
	case err != nil && fileExists(certPath) && fileExists(keyPath):
		return nil, err
	}
	if err := makeSelfSigned(certPath, keyPath, host, now); err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	return openCertificate(certPath, keyPath)
}

func fileExists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func makeSelfSigned(certPath, keyPath, host string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return err
	}
	names, addrs := ownNames(host)
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: names[0], Organization: []string{"Quire, self-signed"}},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(selfLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              names,
		IPAddresses:           addrs,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(keyPath, "PRIVATE KEY", keyDER, 0o600); err != nil {
		return err
	}
	return writePEM(certPath, "CERTIFICATE", cert, 0o644)
}

func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

// ownNames are the names and addresses under which this machine may be
// reached; host, what the server was told to listen on, comes first.
func ownNames(host string) (names []string, addrs []net.IP) {
	if ip := net.ParseIP(host); ip != nil {
		if !ip.IsUnspecified() {
			addrs = append(addrs, ip)
		}
	} else if host != "" {
		names = append(names, host)
	}
	if name, err := os.Hostname(); err == nil {
		names = append(names, name, name+".local")
	}
	names = append(names, "localhost")
	addrs = append(addrs, net.IPv4(127, 0, 0, 1), net.IPv6loopback)
	addrs = append(addrs, interfaceAddrs()...)
	slices.Sort(names[1:])
	return slices.Compact(names), addrs
}

// interfaceAddrs are the addresses under which other machines may reach this
// one.
func interfaceAddrs() []net.IP {
	var ips []net.IP
	all, _ := net.InterfaceAddrs()
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			ips = append(ips, n.IP)
		}
	}
	return ips
}
