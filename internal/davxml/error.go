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
// not disturb the first.
func AppendError(b []byte, e *dav.Error, href func(p dav.Path, collection bool) string) []byte {
	b = append(b, prolog+`<D:error xmlns:D="DAV:" xmlns:Q="`+ErrorNamespace+`">`...)
	name := e.Condition.Name
	if name.Local == "" {
		name = dav.Name{Space: ErrorNamespace, Local: strings.ReplaceAll(e.Kind.String(), " ", "-")}
	}
	b = appendCondition(b, name, e.Condition.Paths, href)
	message := e.Message
	if message == "" {
		message = e.Kind.String()
	}
	b = append(b, "<Q:message>"...)
	b = appendText(b, message)
	return append(b, "</Q:message></D:error>"...)
}

func appendCondition(b []byte, name dav.Name, paths []dav.Href, href func(dav.Path, bool) string) []byte {
	open, end := tagNames(name)
	b = append(b, '<')
	b = append(b, open...)
	if len(paths) == 0 {
		return append(b, "/>"...)
	}
	b = append(b, '>')
	for _, p := range paths {
		b = appendHref(b, href(p.Path, p.Collection))
	}
	b = append(b, "</"...)
	b = append(b, end...)
	return append(b, '>')
}

// tagNames gives what stands in the start tag and in the end tag of an element
// called name, in a scope where D and Q are bound.
func tagNames(name dav.Name) (open, end string) {
	switch name.Space {
	case "":
		return name.Local, name.Local
	case dav.Namespace:
		return "D:" + name.Local, "D:" + name.Local
	case ErrorNamespace:
		return "Q:" + name.Local, "Q:" + name.Local
	}
	end = "N:" + name.Local
	return end + ` xmlns:N="` + string(appendText(nil, name.Space)) + `"`, end
}
