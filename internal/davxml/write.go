package davxml

import (
	"unicode/utf8"

	"github.com/quiredav/quire/dav"
)

// Everything here is written in a scope where D is bound to DAV: and there is
// no default namespace.

const prolog = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

const (
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
)

// qualify gives the tag of an element called name and the declaration it needs.
func qualify(name dav.Name) (tag, declaration string) {
	switch name.Space {
	case "":
		return name.Local, ""
	case dav.Namespace:
		return "D:" + name.Local, ""
	case xmlNamespace:
		return "xml:" + name.Local, ""
	}
	return "N:" + name.Local, ` xmlns:N="` + string(appendText(nil, name.Space)) + `"`
}

func appendEmpty(b []byte, name dav.Name) []byte {
	tag, declaration := qualify(name)
	return append(b, "<"+tag+declaration+"/>"...)
}

// appendElement appends an element that holds text.
func appendElement(b []byte, tag, text string) []byte {
	b = append(b, "<"+tag+">"...)
	b = appendText(b, text)
	return append(b, "</"+tag+">"...)
}

// appendText appends s escaped for character content and for an attribute in
// double quotes. What XML 1.0 can't hold becomes U+FFFD.
func appendText(b []byte, s string) []byte {
	for _, r := range s {
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '"':
			b = append(b, "&quot;"...)
		case r == '\t':
			b = append(b, "&#9;"...)
		case r == '\n':
			b = append(b, "&#10;"...)
		case r == '\r':
			b = append(b, "&#13;"...)
		case r < ' ' || r == 0xfffe || r == 0xffff:
			b = utf8.AppendRune(b, utf8.RuneError)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// AppendName appends an empty element, for a value that lists names.
func AppendName(b []byte, name dav.Name) []byte { return appendEmpty(b, name) }

// AppendText appends text, escaped.
func AppendText(b []byte, s string) []byte { return appendText(b, s) }

// AppendHref appends an href element.
func AppendHref(b []byte, href string) []byte { return appendElement(b, "D:href", href) }

// AppendProperty appends a property element whose content is inner, written for
// a place where D is bound to DAV:. The element can stand anywhere.
func AppendProperty[T string | []byte](b []byte, name dav.Name, inner T) []byte {
	tag, declaration := qualify(name)
	b = append(b, "<"+tag+declaration...)
	b = append(b, ` xmlns:D="DAV:" xmlns="">`...)
	b = append(b, inner...)
	return append(b, "</"+tag+">"...)
}
