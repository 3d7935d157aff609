package davtest

import (
	"strconv"
	"strings"
)

// Multistatus is a 207 body, read leniently.
type Multistatus struct {
	Element   *Element
	Responses []*ResponseElement
}

// ResponseElement is one DAV:response.
type ResponseElement struct {
	Element   *Element
	Hrefs     []string // without white space around them
	Status    string   // the status line; "" if it has none
	Code      int      // of Status
	Propstats []*Propstat
}

// Propstat is one DAV:propstat.
type Propstat struct {
	Element *Element
	Status  string
	Code    int
	Props   []*Element
}

func newMultistatus(root *Element) *Multistatus {
	m := &Multistatus{Element: root}
	for _, e := range root.All(D("response")) {
		m.Responses = append(m.Responses, newResponseElement(e))
	}
	return m
}

func newResponseElement(e *Element) *ResponseElement {
	r := &ResponseElement{Element: e}
	for _, h := range e.All(D("href")) {
		r.Hrefs = append(r.Hrefs, h.Trimmed())
	}
	r.Status, r.Code = statusOf(e)
	for _, ps := range e.All(D("propstat")) {
		p := &Propstat{Element: ps}
		p.Status, p.Code = statusOf(ps)
		for _, prop := range ps.All(D("prop")) {
			p.Props = append(p.Props, prop.Children()...)
		}
		r.Propstats = append(r.Propstats, p)
	}
	return r
}

// statusOf is the status line of a response or propstat, and its code; 0 if
// there is none to be made out.
func statusOf(e *Element) (line string, code int) {
	line = e.Child(D("status")).Trimmed()
	if fields := strings.Fields(line); len(fields) > 1 {
		code, _ = strconv.Atoi(fields[1])
	}
	return line, code
}

// At is the response about a path, given encoded and absolute, or nil. A slash
// at the end makes no difference, nor does the spelling of escapes.
func (m *Multistatus) At(path string) *ResponseElement {
	want, _ := decoded(path)
	for _, r := range m.Responses {
		for _, h := range r.Hrefs {
			if got, _ := decoded(h); got == want {
				return r
			}
		}
	}
	return nil
}

// Paths are the decoded paths of all hrefs, without slashes at the end, in
// order.
func (m *Multistatus) Paths() []string {
	var list []string
	for _, r := range m.Responses {
		for _, h := range r.Hrefs {
			p, _ := decoded(h)
			list = append(list, p)
		}
	}
	return list
}

// Prop is a property and the status it has; nil and 0 if the response does not
// mention it.
func (r *ResponseElement) Prop(name Name) (*Element, int) {
	if r == nil {
		return nil, 0
	}
	for _, ps := range r.Propstats {
		for _, p := range ps.Props {
			if p.Name == name {
				return p, ps.Code
			}
		}
	}
	return nil, 0
}

// PropStatus is the status of a property; 0 if the response does not mention
// it.
func (r *ResponseElement) PropStatus(name Name) int { _, code := r.Prop(name); return code }

// Names are the property names with the status, in order.
func (r *ResponseElement) Names(code int) []Name {
	var list []Name
	for _, ps := range r.Propstats {
		if ps.Code == code {
			for _, p := range ps.Props {
				list = append(list, p.Name)
			}
		}
	}
	return list
}

// ErrorCode is the status of the response: its own, or 0 if it has propstats.
func (r *ResponseElement) ErrorCode() int {
	if r == nil {
		return 0
	}
	return r.Code
}

// Condition tells whether the response, or one of its propstats, carries the
// condition element.
func (r *ResponseElement) Condition(name Name) bool {
	if r == nil {
		return false
	}
	if r.Element.Child(D("error"), name) != nil {
		return true
	}
	for _, ps := range r.Propstats {
		if ps.Element.Child(D("error"), name) != nil {
			return true
		}
	}
	return false
}
