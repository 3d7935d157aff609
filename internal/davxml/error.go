package davxml

import (
	"strings"

	"github.com/quiredav/quire/dav"
)

// ErrorNamespace is the project's own namespace inside DAV:error: a condition
// element for each [dav.Kind] that the RFCs have none for, and the element
// message, the sentence that goes with it.
const ErrorNamespace = "urn:quire:error"

// AppendError appends the document that explains a refusal: DAV:error (RFC 4918
// section 14.5) with the condition element of e or, where the RFCs define none,
// one named after e's kind in [ErrorNamespace]; then a message element with the
// sentence for a person. Readers skip what they don't know, so the second does
// not disturb the first. The cause of e is kept back.
func AppendError(b []byte, e *dav.Error, href func(p dav.Path, collection bool) string) []byte {
	b = append(b, prolog+`<D:error xmlns:D="DAV:" xmlns:Q="`+ErrorNamespace+`">`...)
	if name := e.Condition.Name; name.Local != "" {
		b = appendCondition(b, name, e.Condition.Paths, href)
	} else {
		b = append(b, "<Q:"+strings.ReplaceAll(e.Kind.String(), " ", "-")+"/>"...)
	}
	message := e.Message
	if message == "" {
		message = e.Kind.String()
	}
	b = appendElement(b, "Q:message", message)
	return append(b, "</D:error>"...)
}

func appendCondition(b []byte, name dav.Name, paths []dav.Href, href func(dav.Path, bool) string) []byte {
	if len(paths) == 0 {
		return appendEmpty(b, name)
	}
	tag, declaration := qualify(name)
	b = append(b, "<"+tag+declaration+">"...)
	for _, p := range paths {
		b = appendElement(b, "D:href", href(p.Path, p.Collection))
	}
	return append(b, "</"+tag+">"...)
}
