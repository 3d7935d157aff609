package multistatus

import "fmt"

// Finding is one place where a document breaks a rule.
type Finding struct {
	Rule string // such as MS-05; see [Rules]
	Line int    // of the document, from 1
	Href string // of the response concerned; "" if it has none, or none is
	Msg  string
}

func (f Finding) String() string {
	if f.Href == "" {
		return fmt.Sprintf("%s: line %d: %s", f.Rule, f.Line, f.Msg)
	}
	return fmt.Sprintf("%s: line %d: %s: %s", f.Rule, f.Line, f.Href, f.Msg)
}

// Rule is one that [Validate] judges by.
type Rule struct {
	ID      string
	Level   string // MUST, SHOULD, or practice: no RFC asks for it, but clients break without
	Section string // where it comes from
	Text    string
}

// Rules are all the rules that [Validate] judges by.
func Rules() []Rule {
	return []Rule{
		{"MS-01", "MUST", "RFC 4918 section 13", "the root element is multistatus in DAV:"},
		{"MS-02", "MUST", "RFC 4918 section 8.2", "the body is well-formed XML with namespaces, without a DTD"},
		{"MS-03", "MUST", "RFC 4918 section 14.24", "each response has a non-empty href"},
		{"MS-04", "MUST", "RFC 4918 section 14.24", "no two responses share an href, encoded or decoded"},
		{"MS-05", "MUST", "RFC 4918 section 14.24", "a response has hrefs and one status, or one href and propstats"},
		{"MS-06", "practice", "RFC 4918 section 14.24", "children come in the order that the RFC declares"},
		{"MS-07", "MUST", "RFC 4918 section 14.28", "a status is a whole status line of 200 to 599, with a reason"},
		{"MS-08", "SHOULD", "RFC 4918 section 13", "no status is of the 100s"},
		{"MS-09", "MUST", "RFC 4918 section 14.22", "a propstat has one prop and one status"},
		{"MS-10", "MUST", "RFC 4918 section 9.1", "a property occurs once in a response"},
		{"MS-12", "practice", "RFC 4918 section 14.25", "a responsedescription holds text alone"},
		{"MS-13", "MUST", "RFC 4918 section 16", "an error element stands in the response or the propstat concerned"},
		{"MS-14", "MUST", "RFC 4918 section 14.5", "an error element has children and no text"},
		{"MS-15", "MUST", "RFC 4918 section 13.2", "a redirect has a location with one href"},
		{"MS-31", "MUST", "RFC 4918 section 13", "the document is whole"},
		{"HR-01", "MUST", "RFC 4918 section 8.3", "all hrefs are full URIs, or all are absolute paths"},
		{"HR-02", "MUST", "RFC 4918 section 8.3", "an href begins with a slash or a scheme, and has no dot segment"},
		{"HR-04", "MUST", "RFC 4918 section 8.3.1", "an href is a URI: percent-encoded UTF-8, without white space or fragment"},
		{"A3", "practice", "clients", "an href has no empty segment"},
		{"A5", "practice", "clients", "elements in DAV: have a prefix"},
		{"A7", "practice", "clients", "propstats of the 200s come before the others"},
		{"A8", "practice", "RFC 4918 section 15", "dates and lengths have the form that the RFC gives them"},
	}
}
