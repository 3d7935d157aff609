package multistatus

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/xmlscan"
)

// Validate judges the body of a 207 by [Rules] and returns everything that it
// finds wrong, in the order of the document. It goes by the letter where
// [Reader] is lenient. The error is a fault of r, or a *dav.Error of kind
// TooLarge for a document that is nested too deeply or has a tag or text of
// more than 16 MiB; the findings up to there are returned too.
//
// Unlike Reader and Writer, Validate remembers every href.
func Validate(r io.Reader) ([]Finding, error) {
	v := &validator{
		s:     xmlscan.New(r, xmlscan.Options{MaxToken: 16 << 20}),
		hrefs: make(map[string]bool),
		names: make(map[dav.Name]bool),
	}
	v.document()
	v.s.Finish()
	return v.findings, v.end(v.s.Err())
}

type validator struct {
	s        *xmlscan.Scanner
	findings []Finding
	hrefs    map[string]bool // decoded
	form     hrefForm
	names    map[dav.Name]bool // properties of the response
}

func (v *validator) find(rule, msg string) {
	v.findings = append(v.findings, Finding{Rule: rule, Line: v.s.Line(), Msg: msg})
}

// end makes a finding of what broke the document off.
func (v *validator) end(err error) error {
	e, ours := errors.AsType[*xmlscan.Error](err)
	switch {
	case !ours, errors.Is(err, xmlscan.ErrLimit):
		return scanError(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		v.findings = append(v.findings, Finding{Rule: "MS-31", Line: e.Line, Msg: "the document ends too early"})
	default:
		v.findings = append(v.findings, Finding{Rule: "MS-02", Line: e.Line, Msg: err.Error()})
	}
	return nil
}

func (v *validator) document() {
	root := v.s.Root()
	if v.s.Err() != nil {
		return
	}
	if root != dav.DAV("multistatus") {
		v.find("MS-01", "the root element is "+root.String())
		return
	}
	if v.s.Prefix() == "" {
		v.find("A5", "DAV: is the default namespace")
	}
	o := order{"response", "responsedescription", "sync-token"}
	last := 0
	for v.s.Child(1) {
		name := local(v.s)
		v.order(o, name, &last)
		switch name {
		case "response":
			v.response()
		case "responsedescription":
			v.description()
		case "error":
			v.find("MS-13", "an error outside every response")
		}
	}
}

// order is how children follow each other; those between spaces are equal.
type order []string

func (v *validator) order(o order, name string, last *int) {
	for i, names := range o {
		for n := range strings.FieldsSeq(names) {
			if n != name {
				continue
			}
			if i < *last {
				v.find("MS-06", name+" comes behind "+o[*last])
			}
			*last = max(*last, i)
		}
	}
}

func (v *validator) response() {
	from := len(v.findings)
	clear(v.names)
	var c counts
	last := 0
	for d := v.s.Depth(); v.s.Child(d); {
		name := local(v.s)
		v.order(order{"href", "status propstat", "error", "responsedescription", "location"}, name, &last)
		v.responseChild(name, &c)
	}
	if v.s.Err() == nil {
		v.shape(&c)
	}
	for i := range v.findings[from:] {
		v.findings[from+i].Href = c.href
	}
}

// counts is what a response has.
type counts struct {
	href                                 string
	hrefs, statuses, propstats, location int
	status, worst                        int // worst: the greatest of the propstats so far
}

func (v *validator) responseChild(name string, c *counts) {
	switch name {
	case "href":
		h := string(v.s.Content())
		if c.hrefs++; c.hrefs == 1 {
			c.href = strings.TrimSpace(h)
		}
		v.href(h)
	case "status":
		c.statuses++
		c.status = v.status()
	case "propstat":
		c.propstats++
		status := v.propstat()
		if status >= 200 && status < 300 && c.worst >= 300 {
			v.find("A7", "a propstat of the 200s behind another")
		}
		c.worst = max(c.worst, status)
	case "error":
		v.conditions()
	case "responsedescription":
		v.description()
	case "location":
		c.location++
		hrefs := 0
		for d := v.s.Depth(); v.s.Child(d); {
			if local(v.s) == "href" {
				hrefs++
			}
		}
		if hrefs != 1 {
			v.find("MS-15", "a location without its one href")
		}
	}
}

func (v *validator) shape(c *counts) {
	if c.hrefs == 0 {
		v.find("MS-03", "no href")
	}
	switch {
	case c.statuses == 0 && c.propstats == 0:
		v.find("MS-05", "neither status nor propstat")
	case c.statuses > 0 && c.propstats > 0:
		v.find("MS-05", "a status and a propstat")
	case c.statuses > 1:
		v.find("MS-05", "several statuses")
	case c.hrefs > 1 && c.propstats > 0:
		v.find("MS-05", "several hrefs and a propstat")
	}
	if needsLocation(c.status) && c.location == 0 {
		v.find("MS-15", "a redirect without a location")
	}
}

// status judges a status element; the result is 0 if it can't be read.
func (v *validator) status() int {
	line := v.s.Content()
	code, ok := parseStatus(line)
	switch {
	case !ok || !wholeStatusLine(line):
		v.find("MS-07", "no status line: "+excerpt(line))
		return 0
	case code >= 100 && code < 200:
		v.find("MS-08", "a status of the 100s: "+excerpt(line))
	case !legalStatus(code):
		v.find("MS-07", "no such status: "+excerpt(line))
	}
	return code
}

// wholeStatusLine tells whether a line that parseStatus takes is one to the
// letter, such as "HTTP/1.1 200 OK" (RFC 9112 section 4).
func wholeStatusLine(b []byte) bool {
	const shortest = "HTTP/1.1 200 O"
	return len(b) >= len(shortest) && isDigit(b[5]) && b[6] == '.' && isDigit(b[7]) && b[8] == ' ' &&
		isDigit(b[9]) && b[12] == ' ' && b[13] != ' ' && !bytes.ContainsAny(b, "\r\n\t") && b[len(b)-1] != ' '
}

func excerpt(b []byte) string {
	const most = 64
	if len(b) > most {
		return string(bytes.ToValidUTF8(b[:most], nil)) + "..."
	}
	return string(b)
}

func (v *validator) propstat() (status int) {
	props, statuses, last := 0, 0, 0
	for d := v.s.Depth(); v.s.Child(d); {
		name := local(v.s)
		v.order(order{"prop", "status", "error", "responsedescription"}, name, &last)
		switch name {
		case "prop":
			props++
			for d := v.s.Depth(); v.s.Child(d); {
				v.property()
			}
		case "status":
			statuses++
			status = v.status()
		case "error":
			v.conditions()
		case "responsedescription":
			v.description()
		}
	}
	if v.s.Err() == nil && (props != 1 || statuses != 1) {
		v.find("MS-09", "a propstat without its one prop and one status")
	}
	return status
}

func (v *validator) property() {
	n := v.s.Name()
	if v.names[n] {
		v.find("MS-10", "a property twice: "+n.String())
	}
	v.names[n] = true
	if n.Space == dav.Namespace {
		v.value(n.Local)
	}
}

// conditions judges an error element.
func (v *validator) conditions() {
	children, text := v.inside()
	if len(children) == 0 {
		v.find("MS-14", "an error without a condition")
	}
	if text {
		v.find("MS-14", "an error with text")
	}
}

func (v *validator) description() {
	children, _ := v.inside()
	if len(children) > 0 {
		v.find("MS-12", "a responsedescription with elements")
	}
	for _, c := range children {
		if c == dav.DAV("error") {
			v.find("MS-13", "an error in a responsedescription")
		}
	}
}

// inside consumes the current element, and tells its children and whether it
// holds text of its own.
func (v *validator) inside() (children []dav.Name, text bool) {
	d := v.s.Depth()
	for v.s.Depth() >= d && v.s.Err() == nil {
		switch v.s.Next() {
		case xmlscan.Start:
			if v.s.Depth() == d+1 {
				children = append(children, v.s.Name())
			}
		case xmlscan.Text:
			text = text || v.s.Depth() == d && len(bytes.TrimSpace(v.s.Text())) > 0
		}
	}
	return children, text
}
