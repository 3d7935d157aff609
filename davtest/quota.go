package davtest

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

// smallQuota is how many bytes must be too many for a quota that the suite uses
// up.
const smallQuota = 1 << 20

// NeedQuota SKIPs the case unless the case's collection has one of the
// properties of RFC 4331.
func (t *T) NeedQuota() {
	if used, available := t.Quota(""); used < 0 && available < 0 {
		t.Skipf("needs quota properties (RFC 4331), which the server does not offer")
	}
}

// Quota is what the two properties of a resource say, in bytes; -1 for one that
// comes with 404. A value that is no number fails the case.
func (t *T) Quota(path string) (used, available int64) {
	r := t.Propfind(path, "0", D("quota-used-bytes"), D("quota-available-bytes")).Responses[0]
	return t.octets(r, "quota-used-bytes"), t.octets(r, "quota-available-bytes")
}

var digits = regexp.MustCompile(`^[0-9]+$`)

func (t *T) octets(r *ResponseElement, property string) int64 {
	switch e, status := r.Prop(D(property)); {
	case status == 404:
		return -1
	case status != 200:
		t.Errorf("%s has status %d", property, status)
	case !digits.MatchString(e.Trimmed()) || len(e.Children()) > 0:
		t.Errorf("%s is %s, no whole number", property, e.Inner())
	default:
		if n, err := strconv.ParseInt(e.Trimmed(), 10, 64); err == nil {
			return n
		}
		t.Errorf("%s is %s, beyond 63 bits", property, e.Trimmed())
	}
	return -1
}

// InSmallQuota calls f with a fresh collection whose quota may be used up, and
// removes it afterwards. If there is none the case SKIPs.
func (t *T) InSmallQuota(f func(collection string)) {
	in := t.state.run.config.SmallQuota
	if in == "" {
		in = t.Base()
	} else if !strings.HasSuffix(in, "/") {
		in += "/"
	}
	if _, available := t.Quota(in); available < 0 || available >= smallQuota {
		t.Skipf("needs a quota under %d bytes to use up", smallQuota)
	}
	collection := in + t.state.run.name + "-" + strings.ToLower(t.state.spec.ID) + "-quota/"
	t.Mkcol(collection)
	defer t.Try("DELETE", collection, nil, "")
	f(collection)
}

// HasSmallQuota tells whether [T.InSmallQuota] works.
func (t *T) HasSmallQuota() bool {
	in := t.state.run.config.SmallQuota
	if in == "" {
		in = t.Base()
	}
	_, available := t.Quota(in)
	return available >= 0 && available < smallQuota
}

// noise is a body that can't be compressed, nor be the same as another one.
func noise(n int64) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rand.IntN(len(letters))]
	}
	return string(b)
}

// checkOverQuota fails the case unless a request was refused since it goes over
// the quota.
func (t *T) checkOverQuota(r *Response) { t.CheckCondition(r, "quota-not-exceeded", 507) }
