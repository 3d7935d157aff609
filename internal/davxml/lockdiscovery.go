package davxml

import (
	"time"

	"github.com/quiredav/quire/dav"
)

// Supportedlock is the inner XML of the supportedlock property (RFC 4918
// section 15.10) where both scopes of write locks can be had. It wants the
// prefix D bound to DAV:.
const Supportedlock = `<D:lockentry><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>` +
	`<D:lockentry><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>`

// AppendLockdiscovery appends the inner XML of the lockdiscovery property (RFC
// 4918 section 15.8), which wants the prefix D bound to DAV:. The timeout is
// what is left of the lock at now. A lock without a token is shown without
// one, for those who may not see it.
func AppendLockdiscovery(b []byte, locks []dav.Lock, now time.Time, href func(p dav.Path, collection bool) string) []byte {
	for i := range locks {
		b = appendActivelock(b, &locks[i], now, href)
	}
	return b
}

// AppendLockAnswer appends the document that answers LOCK: prop with
// lockdiscovery in it (RFC 4918 section 9.10.1).
func AppendLockAnswer(b []byte, locks []dav.Lock, now time.Time, href func(p dav.Path, collection bool) string) []byte {
	b = append(b, prolog+`<D:prop xmlns:D="DAV:"><D:lockdiscovery>`...)
	b = AppendLockdiscovery(b, locks, now, href)
	return append(b, `</D:lockdiscovery></D:prop>`...)
}

// appendActivelock keeps the order of children that RFC 4918 section 14.1
// declares, for clients that read one after the other.
func appendActivelock(b []byte, l *dav.Lock, now time.Time, href func(dav.Path, bool) string) []byte {
	b = append(b, `<D:activelock><D:lockscope><D:`...)
	b = append(b, l.Scope.String()...)
	b = append(b, `/></D:lockscope><D:locktype><D:write/></D:locktype>`...)
	b = appendElement(b, "D:depth", l.Depth.String())
	b = append(b, l.Owner...)
	b = appendElement(b, "D:timeout", FormatTimeout(left(l, now)))
	if l.Token != "" {
		b = append(b, `<D:locktoken>`...)
		b = appendElement(b, "D:href", l.Token)
		b = append(b, `</D:locktoken>`...)
	}
	b = append(b, `<D:lockroot>`...)
	b = appendElement(b, "D:href", href(l.Root, l.Collection))
	return append(b, `</D:lockroot></D:activelock>`...)
}

// left is the time until the lock expires, 0 if it never does.
func left(l *dav.Lock, now time.Time) time.Duration {
	if l.Expires.IsZero() {
		return 0
	}
	return max(l.Expires.Sub(now), 1)
}
