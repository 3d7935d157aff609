package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"
)

// nonceLife is long, for a client that is told "stale" in mid-upload may have
// to send it all again, and replay is prevented by counting.
const nonceLife = time.Hour

// maxNonces bounds the nonces in use at once; over it the oldest goes stale.
const maxNonces = 4096

// nonces makes the server nonces of Digest and counts their uses. A nonce
// carries its time and a signature, so nothing is kept before its first use by
// somebody who knows a password.
type nonces struct {
	key []byte
	now func() time.Time

	mu    sync.Mutex
	used  map[string]*uses
	floor time.Time // nonces not in used that were made by then are stale
}

// uses remembers which counts of a nonce have been seen: the highest and the
// 63 below it, since a client's connections overtake one another.
type uses struct {
	made    time.Time
	highest uint32
	seen    uint64 // bit i: highest-i was seen
}

func newNonces(key []byte, now func() time.Time) *nonces {
	return &nonces{key: key, now: now, used: make(map[string]*uses)}
}

// make gives a fresh nonce: time, 8 random bytes, signature.
func (n *nonces) make() string {
	b := binary.BigEndian.AppendUint64(nil, uint64(n.now().UnixNano()))
	b = append(b, make([]byte, 8)...)
	rand.Read(b[8:])
	return base64.RawURLEncoding.EncodeToString(n.sign(b))
}

func (n *nonces) sign(b []byte) []byte {
	h := hmac.New(sha256.New, n.key)
	h.Write(b)
	return append(b, h.Sum(nil)[:16]...)
}

// read tells when a nonce was made; false if it isn't one of ours.
func (n *nonces) read(nonce string) (made time.Time, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(nonce)
	if err != nil || len(b) != 32 || !hmac.Equal(n.sign(b[:16:16]), b) {
		return time.Time{}, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(b))), true
}

// use counts a use of the nonce with a nonce count; false if the nonce or this
// count of it is used up, expired or not ours.
func (n *nonces) use(nonce string, count uint32) bool {
	made, ok := n.read(nonce)
	if !ok || count == 0 {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.now().Sub(made) > nonceLife {
		return false
	}
	u := n.used[nonce]
	if u == nil {
		if !made.After(n.floor) {
			return false
		}
		n.makeRoomLocked()
		u = &uses{made: made}
		n.used[nonce] = u
	}
	return u.count(count)
}

func (u *uses) count(c uint32) bool {
	switch {
	case c > u.highest:
		u.seen = u.seen<<(c-u.highest) | 1
		u.highest = c
		return true
	case u.highest-c >= 64 || u.seen>>(u.highest-c)&1 == 1:
		return false
	}
	u.seen |= 1 << (u.highest - c)
	return true
}

// makeRoomLocked forgets expired nonces, and the oldest one if there are still
// too many.
func (n *nonces) makeRoomLocked() {
	if len(n.used) < maxNonces {
		return
	}
	var oldest string
	for nonce, u := range n.used {
		switch {
		case n.now().Sub(u.made) > nonceLife:
			delete(n.used, nonce)
		case oldest == "" || u.made.Before(n.used[oldest].made):
			oldest = nonce
		}
	}
	if len(n.used) >= maxNonces {
		n.floor = n.used[oldest].made
		delete(n.used, oldest)
	}
}
