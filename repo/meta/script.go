package meta

import "strings"

// splitScript cuts a script into its statements, at the semicolons that are in
// no string, quoted name or comment. It knows no dollar quotes and no bodies of
// triggers.
func splitScript(script string) []string {
	var statements []string
	begin, blank := 0, true // of the statement at hand
	for i := 0; i < len(script); {
		n := tokenLength(script[i:])
		switch c := script[i]; {
		case c == ';':
			if !blank {
				statements = append(statements, strings.TrimSpace(script[begin:i]))
			}
			begin, blank = i+1, true
		case isComment(script[i:]) || strings.IndexByte(" \t\r\n", c) >= 0:
		default:
			blank = false
		}
		i += n
	}
	if !blank {
		statements = append(statements, strings.TrimSpace(script[begin:]))
	}
	return statements
}

func isComment(s string) bool {
	return strings.HasPrefix(s, "--") || strings.HasPrefix(s, "/*")
}

// tokenLength is the length of the string, quoted name or comment that s
// begins with, to the end of s if it has no end; 1 for everything else. A
// doubled quote in a string counts as two strings, which does no harm here.
func tokenLength(s string) int {
	end := ""
	skip := 1
	switch {
	case strings.HasPrefix(s, "--"):
		end = "\n"
	case strings.HasPrefix(s, "/*"):
		end, skip = "*/", 2
	case s[0] == '\'', s[0] == '"':
		end = s[:1]
	default:
		return 1
	}
	at := strings.Index(s[skip:], end)
	if at < 0 {
		return len(s)
	}
	return skip + at + len(end)
}
