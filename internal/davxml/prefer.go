package davxml

import (
	"net/http"
	"strings"
)

// Preferences are what the header Prefer (RFC 7240), or else Brief, asks for,
// as far as WebDAV knows it (RFC 8144).
type Preferences struct {
	Minimal        bool // return=minimal
	Representation bool // return=representation
	NoRoot         bool // depth-noroot
	Brief          bool // Minimal is from Brief: t, not from Prefer
}

// ParsePreferences reads Prefer and, if there is none, Brief (RFC 8144 appendix
// A). Nothing in them is an error: what is not understood is ignored. Of a
// preference that is repeated the first counts; return=minimal together with
// return=representation counts as neither (RFC 7240 section 4.2).
func ParsePreferences(h http.Header) (p Preferences) {
	lines := h.Values("Prefer")
	if len(lines) == 0 {
		p.Minimal = strings.EqualFold(trim(h.Get("Brief")), "t")
		p.Brief = p.Minimal
		return p
	}
	var returns, noroots []string
	for name, value := range preferences(strings.Join(lines, ",")) {
		switch strings.ToLower(name) {
		case "return":
			returns = append(returns, value)
		case "depth-noroot":
			noroots = append(noroots, value)
		}
	}
	p.NoRoot = len(noroots) > 0 && noroots[0] == ""
	if len(returns) == 0 {
		return p
	}
	var minimal, representation bool
	for _, v := range returns {
		minimal = minimal || v == "minimal"
		representation = representation || v == "representation"
	}
	p.Minimal = returns[0] == "minimal" && !representation
	p.Representation = returns[0] == "representation" && !minimal
	return p
}

// preferences yields the names and values of a list, without parameters. What
// has no right form is left out, up to the next comma.
func preferences(s string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for s != "" {
			var item string
			item, s = cutUnquoted(s, ',')
			item, _ = cutUnquoted(item, ';')
			name, value, _ := strings.Cut(item, "=")
			name, value = trim(name), trim(value)
			if isToken(name) && !yield(name, unquote(value)) {
				return
			}
		}
	}
}

// cutUnquoted cuts s at the first sep outside a quoted-string.
func cutUnquoted(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted && s[i] == '\\':
			i++
		case !quoted && s[i] == sep:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// unquote is the text of a quoted-string, or s if it is none (RFC 9110 section
// 5.6.4).
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i+1 < len(s)-1 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// isToken tells whether s is a token (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	for _, c := range []byte(s) {
		if !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) && !('0' <= c && c <= '9') && !('a' <= c|0x20 && c|0x20 <= 'z') {
			return false
		}
	}
	return s != ""
}

// FormatPreferences is the value of Preference-Applied for what is set in p; ""
// if nothing is.
func FormatPreferences(p Preferences) string {
	var list []string
	switch {
	case p.Minimal && !p.Brief:
		list = append(list, "return=minimal")
	case p.Representation:
		list = append(list, "return=representation")
	}
	if p.NoRoot {
		list = append(list, "depth-noroot")
	}
	return strings.Join(list, ", ")
}
