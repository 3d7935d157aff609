package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// verifier is what is kept of a password.
type verifier interface {
	// matches takes the same time whatever the password.
	matches(password string) bool
}

// parseHash reads a hash as a htpasswd file has it.
func parseHash(s string) (verifier, error) {
	switch {
	case strings.HasPrefix(s, "$2y$"), strings.HasPrefix(s, "$2b$"), strings.HasPrefix(s, "$2a$"):
		return parseBcrypt(s)
	case strings.HasPrefix(s, "$argon2id$"):
		return parseArgon2id(s)
	case s == "":
		return nil, errors.New("there is no password")
	}
	return nil, fmt.Errorf("this is %s; only bcrypt (htpasswd -B) and argon2id are taken", foreignHash(s))
}

func foreignHash(s string) string {
	for _, known := range []struct{ prefix, name string }{
		{"$apr1$", "an MD5 hash"}, {"$1$", "an MD5 hash"}, {"{SHA}", "a SHA-1 hash"},
		{"$5$", "a SHA-256 crypt hash"}, {"$6$", "a SHA-512 crypt hash"}, {"$y$", "a yescrypt hash"},
		{"$argon2i$", "an argon2i hash"}, {"$argon2d$", "an argon2d hash"},
	} {
		if strings.HasPrefix(s, known.prefix) {
			return known.name
		}
	}
	return "a crypt hash, a password in the clear, or something unknown"
}

// maxBcryptCost bounds how long one check takes, to some seconds.
const maxBcryptCost = 16

type bcryptHash []byte

func parseBcrypt(s string) (verifier, error) {
	cost, err := bcrypt.Cost([]byte(s))
	if err != nil || len(s) != 60 {
		return nil, errors.New("the bcrypt hash is malformed")
	}
	if cost > maxBcryptCost {
		return nil, fmt.Errorf("the bcrypt cost is %d; at most %d is taken", cost, maxBcryptCost)
	}
	return bcryptHash(s), nil
}

func (h bcryptHash) matches(password string) bool {
	return bcrypt.CompareHashAndPassword(h, []byte(password)) == nil
}

// Bounds of the parameters of an argon2id hash.
const (
	maxArgonMemory  = 256 << 10 // KiB
	maxArgonTime    = 32
	maxArgonThreads = 16
)

type argon2idHash struct {
	memory, time uint32 // memory in KiB
	threads      uint8
	salt, key    []byte
}

// parseArgon2id reads a PHC string: $argon2id$v=19$m=65536,t=3,p=4$salt$key.
func parseArgon2id(s string) (verifier, error) {
	malformed := errors.New("the argon2id hash is malformed; expected $argon2id$v=19$m=...,t=...,p=...$salt$key")
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return nil, malformed
	}
	var h argon2idHash
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil ||
		parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", h.memory, h.time, h.threads) {
		return nil, malformed
	}
	var errs [2]error
	h.salt, errs[0] = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.key, errs[1] = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if errs != [2]error{} || len(h.salt) < 8 || len(h.key) < 16 || len(h.key) > 128 {
		return nil, malformed
	}
	if h.memory > maxArgonMemory || h.time > maxArgonTime || h.threads > maxArgonThreads ||
		h.time < 1 || h.threads < 1 || h.memory < 8*uint32(h.threads) {
		return nil, fmt.Errorf("the argon2id parameters are out of bounds: m up to %d (KiB), t up to %d, p up to %d",
			maxArgonMemory, maxArgonTime, maxArgonThreads)
	}
	return h, nil
}

func (h argon2idHash) matches(password string) bool {
	key := argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

// secret is a password known in the clear.
type secret string

func (s secret) matches(password string) bool {
	a, b := sha256.Sum256([]byte(s)), sha256.Sum256([]byte(password))
	return hmac.Equal(a[:], b[:])
}
