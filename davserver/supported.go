package davserver

import (
	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// appendMethods is supported-method-set (RFC 3253 section 3.1.3).
func appendMethods(a *answer, b []byte, r *dav.Resource) ([]byte, bool) {
	on := targetOf(r)
	for i := range a.methods {
		if m := &a.methods[i]; m.on&on != 0 && a.has(m.needs) {
			b = append(b, `<D:supported-method name="`...)
			b = append(b, m.name...)
			b = append(b, `"/>`...)
		}
	}
	return b, true
}

// appendLiveProperties is supported-live-property-set (RFC 3253 section 3.1.4).
func appendLiveProperties(a *answer, b []byte, r *dav.Resource) ([]byte, bool) {
	on := targetOf(r)
	for _, p := range a.live {
		if p.on&on != 0 {
			b = append(b, "<D:supported-live-property><D:prop>"...)
			b = davxml.AppendName(b, p.name)
			b = append(b, "</D:prop></D:supported-live-property>"...)
		}
	}
	return b, true
}

// appendReports is supported-report-set (RFC 3253 section 3.1.5).
func appendReports(a *answer, b []byte, r *dav.Resource) ([]byte, bool) {
	on := targetOf(r)
	for i := range a.reports {
		if rep := &a.reports[i]; rep.on&on != 0 && a.has(rep.needs) {
			b = append(b, "<D:supported-report><D:report>"...)
			b = davxml.AppendName(b, rep.name)
			b = append(b, "</D:report></D:supported-report>"...)
		}
	}
	return b, true
}

// appendParents is parent-set (RFC 5842 section 3.2).
func appendParents(a *answer, b []byte, r *dav.Resource) ([]byte, bool) {
	for i := range r.Parents {
		p := &r.Parents[i]
		b = append(b, "<D:parent>"...)
		b = davxml.AppendHref(b, a.hrefOf(p.Collection, true))
		b = append(b, "<D:segment>"...)
		b = davxml.AppendSegment(b, p.Segment)
		b = append(b, "</D:segment></D:parent>"...)
	}
	return b, true
}
