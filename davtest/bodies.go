package davtest

import (
	"encoding/xml"
	"fmt"
	"strings"
)

const xmlDecl = `<?xml version="1.0" encoding="utf-8"?>`

// empty is an empty element of the name.
func empty(n Name) string { return element(n, "") }

// element is an element of the name with content that is XML in a scope where D
// is bound to DAV: and x to urn:davtest.
func element(n Name, content string) string {
	if n.Space == "DAV:" {
		return fmt.Sprintf("<D:%s>%s</D:%s>", n.Local, content, n.Local)
	}
	if n.Space == "" {
		return fmt.Sprintf("<%s>%s</%s>", n.Local, content, n.Local)
	}
	return fmt.Sprintf(`<n:%s xmlns:n="%s">%s</n:%s>`, n.Local, escape(n.Space), content, n.Local)
}

// escape makes character data of a text.
func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}

// dav is a document with a root in DAV:, with the prefixes D and x bound.
func dav(root, content string) string {
	return fmt.Sprintf(`%s<D:%s xmlns:D="DAV:" xmlns:x="urn:davtest">%s</D:%s>`, xmlDecl, root, content, root)
}

// propfindBody asks for the names, or for allprop if there are none.
func propfindBody(names ...Name) string {
	if len(names) == 0 {
		return dav("propfind", "<D:allprop/>")
	}
	var b strings.Builder
	for _, n := range names {
		b.WriteString(empty(n))
	}
	return dav("propfind", "<D:prop>"+b.String()+"</D:prop>")
}

// Set is a PROPPATCH instruction: set the property to the content, which is XML
// in a scope where D is bound to DAV: and x to urn:davtest.
func Set(n Name, content string) string {
	return "<D:set><D:prop>" + element(n, content) + "</D:prop></D:set>"
}

// Remove is a PROPPATCH instruction: remove the property.
func Remove(n Name) string { return "<D:remove><D:prop>" + empty(n) + "</D:prop></D:remove>" }

func propertyupdate(instructions ...string) string {
	return dav("propertyupdate", strings.Join(instructions, ""))
}

// lockinfo is the body of a LOCK; owner is a whole element, or "".
func lockinfo(scope, owner string) string {
	return dav("lockinfo", fmt.Sprintf("<D:lockscope><D:%s/></D:lockscope><D:locktype><D:write/></D:locktype>%s", scope, owner))
}
