package davxml

import "unicode/utf8"

const prolog = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

func appendElement(b []byte, tag, text string) []byte {
	b = append(b, '<')
	b = append(b, tag...)
	b = append(b, '>')
	b = appendText(b, text)
	b = append(b, "</"...)
	b = append(b, tag...)
	return append(b, '>')
}

func appendHref(b []byte, href string) []byte { return appendElement(b, "D:href", href) }

// appendText appends s escaped for character content and for an attribute in
// double quotes. What XML 1.0 can't hold becomes U+FFFD.
func appendText(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
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
		i += size
	}
	return b
}
