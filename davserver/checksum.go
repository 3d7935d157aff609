package davserver

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"hash/adler32"
	"strings"

	"github.com/quiredav/quire/dav"
)

// checksum is what OC-Checksum promises about a body: "SHA1:hex" or another
// algorithm. A nil checksum promises nothing.
type checksum struct {
	hash hash.Hash
	want string // lower-case hex
}

// newChecksum reads the header; nil if it promises nothing that is understood.
func newChecksum(header string) *checksum {
	name, want, ok := strings.Cut(strings.TrimSpace(header), ":")
	if !ok {
		return nil
	}
	c := &checksum{want: strings.ToLower(want)}
	switch strings.ToUpper(name) {
	case "SHA256", "SHA-256":
		c.hash = sha256.New()
	case "SHA1", "SHA-1":
		c.hash = sha1.New()
	case "MD5":
		c.hash = md5.New()
	case "ADLER32":
		c.hash = adler32.New()
	default:
		return nil
	}
	return c
}

func (c *checksum) write(b []byte) {
	if c != nil {
		c.hash.Write(b)
	}
}

func (c *checksum) verify() error {
	if c == nil || hex.EncodeToString(c.hash.Sum(nil)) == c.want {
		return nil
	}
	return &dav.Error{Kind: dav.Invalid, Message: "the body does not have the checksum that OC-Checksum says"}
}
