package multistatus

import "unicode/utf8"

// appendText appends text escaped as character content. What XML 1.0 section
// 2.2 forbids, and bytes that are not UTF-8, become U+FFFD.
func appendText[T string | []byte](dst []byte, text T) []byte {
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if plain[c] {
			i++
			continue
		}
		size, instead := 1, "\uFFFD"
		switch {
		case c == '&':
			instead = "&amp;"
		case c == '<':
			instead = "&lt;"
		case c == '>':
			instead = "&gt;"
		case c == '\r':
			instead = "&#13;"
		case c >= utf8.RuneSelf:
			var legal bool
			if size, legal = character(text[i:]); legal {
				i += size
				continue
			}
		}
		dst = append(dst, text[from:i]...)
		dst = append(dst, instead...)
		i += size
		from = i
	}
	return append(dst, text[from:]...)
}

// character is the size of the first character of text, which is not ASCII,
// and whether XML allows it.
func character[T string | []byte](text T) (size int, legal bool) {
	r, size := utf8.DecodeRuneInString(string(text[:min(len(text), utf8.UTFMax)]))
	return size, !(r == utf8.RuneError && size == 1) && r != 0xFFFE && r != 0xFFFF
}

// legal tells whether XML can hold s (XML 1.0 section 2.2).
func legal(s string) bool {
	for i := 0; i < len(s); {
		size := 1
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			var ok bool
			if size, ok = character(s[i:]); !ok {
				return false
			}
		case c < ' ' && c != '\t' && c != '\n' && c != '\r':
			return false
		}
		i += size
	}
	return true
}

// plain holds the bytes that appendText leaves alone.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '&' && c != '<' && c != '>'
	}
	t['\t'], t['\n'] = true, true
	return t
}()
