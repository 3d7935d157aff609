package davserver

import (
	"strconv"

	"github.com/quiredav/quire/dav"
)

func askQuota(q *dav.Query) { q.Quota = true }

// appendAvailable is quota-available-bytes (RFC 4331 section 3). Where no bound is
// known there is no such property: some clients take a negative number for a
// full disk.
func appendAvailable(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
	if r.Quota == nil || r.Quota.Available < 0 {
		return b, false
	}
	return strconv.AppendInt(b, r.Quota.Available, 10), true
}

// appendUsed is quota-used-bytes (RFC 4331 section 4).
func appendUsed(_ *answer, b []byte, r *dav.Resource) ([]byte, bool) {
	if r.Quota == nil {
		return b, false
	}
	return strconv.AppendInt(b, r.Quota.Used, 10), true
}
