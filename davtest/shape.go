package davtest

import (
	"regexp"
	"slices"
	"strings"
)

// errorf is how a scan reports a finding.
type errorf = func(format string, args ...any)

// scanMultistatus makes a scan of a judge of 207 bodies.
func scanMultistatus(judge func(x *Exchange, m *Multistatus, errorf errorf)) func(*Exchange, errorf) bool {
	return func(x *Exchange, errorf errorf) bool {
		if x.Status != 207 {
			return false
		}
		m, err := x.Multistatus()
		if err != nil {
			return false // a finding of MS-01 and MS-02
		}
		judge(x, m, errorf)
		return true
	}
}

// scanResponses makes a scan of a judge of single DAV:response elements.
func scanResponses(judge func(r *ResponseElement, errorf errorf)) func(*Exchange, errorf) bool {
	return scanMultistatus(func(_ *Exchange, m *Multistatus, errorf errorf) {
		for _, r := range m.Responses {
			judge(r, errorf)
		}
	})
}

// at names a response in a finding.
func (r *ResponseElement) at() string {
	if len(r.Hrefs) == 0 {
		return "a response without href"
	}
	return r.Hrefs[0]
}

func judgeHref(r *ResponseElement, errorf errorf) {
	if len(r.Hrefs) == 0 || slices.Contains(r.Hrefs, "") {
		errorf("a response with no href, or an empty one")
	}
}

func judgeDistinct(_ *Exchange, m *Multistatus, errorf errorf) {
	seen := map[string]bool{}
	for _, p := range m.Paths() {
		if seen[p] {
			errorf("%s has two responses", p)
		}
		seen[p] = true
	}
}

func judgeForm(r *ResponseElement, errorf errorf) {
	statuses, propstats := len(r.Element.All(D("status"))), len(r.Propstats)
	if statuses+propstats == 0 || statuses > 1 || statuses == 1 && propstats > 0 {
		errorf("%s has %d status and %d propstat", r.at(), statuses, propstats)
	}
}

// The order in which RFC 4918 section 14 declares children. Elements that are
// not listed may stand anywhere.
var (
	orderOfResponse = []string{"href", "status propstat", "error", "responsedescription", "location"}
	orderOfPropstat = []string{"prop", "status", "error", "responsedescription"}
	orderOfRoot     = []string{"response", "responsedescription", "sync-token"}
)

func judgeOrder(_ *Exchange, m *Multistatus, errorf errorf) {
	inOrder(m.Element, orderOfRoot, errorf)
	for _, r := range m.Responses {
		inOrder(r.Element, orderOfResponse, errorf)
		for _, ps := range r.Propstats {
			inOrder(ps.Element, orderOfPropstat, errorf)
		}
	}
}

func inOrder(e *Element, order []string, errorf errorf) {
	last := 0
	for _, c := range e.Children() {
		i := slices.IndexFunc(order, func(names string) bool {
			return c.Name.Space == "DAV:" && slices.Contains(strings.Fields(names), c.Name.Local)
		})
		switch {
		case i < 0:
		case i < last:
			errorf("DAV:%s in DAV:%s stands after %s", c.Name.Local, e.Name.Local, order[last])
		default:
			last = i
		}
	}
}

var statusLine = regexp.MustCompile(`^HTTP/1\.1 [2-5][0-9][0-9] [^\r\n]+$`)

// lines are all status lines of a response.
func (r *ResponseElement) lines() []string {
	var list []string
	for _, e := range r.Element.All(D("status")) {
		list = append(list, e.Trimmed())
	}
	for _, ps := range r.Propstats {
		for _, e := range ps.Element.All(D("status")) {
			list = append(list, e.Trimmed())
		}
	}
	return list
}

// codes are all status codes of a response.
func (r *ResponseElement) codes() []int {
	var list []int
	if r.Status != "" {
		list = append(list, r.Code)
	}
	for _, ps := range r.Propstats {
		list = append(list, ps.Code)
	}
	return list
}

func judgeStatusLine(r *ResponseElement, errorf errorf) {
	for _, line := range r.lines() {
		if !statusLine.MatchString(line) {
			errorf("%s has status %q", r.at(), line)
		}
	}
}

func judgeNoInterim(r *ResponseElement, errorf errorf) {
	for _, code := range r.codes() {
		if code >= 100 && code < 200 {
			errorf("%s has status %d", r.at(), code)
		}
	}
}

func judgePropstat(r *ResponseElement, errorf errorf) {
	for _, ps := range r.Propstats {
		if props, statuses := len(ps.Element.All(D("prop"))), len(ps.Element.All(D("status"))); props != 1 || statuses != 1 {
			errorf("%s has a propstat with %d prop and %d status", r.at(), props, statuses)
		}
	}
}

func judgeNamesOnce(r *ResponseElement, errorf errorf) {
	seen := map[Name]bool{}
	for _, ps := range r.Propstats {
		for _, p := range ps.Props {
			if seen[p.Name] {
				errorf("%s names %s twice", r.at(), nameString(p.Name))
			}
			seen[p.Name] = true
		}
	}
}

// structure are the elements of a body that the server made, which leaves out
// what is inside property elements.
func structure(e *Element) []*Element {
	list := []*Element{e}
	if e.Name == D("prop") {
		return list
	}
	for _, c := range e.Children() {
		list = append(list, structure(c)...)
	}
	return list
}

// scanError judges every DAV:error, in and outside of Multi-Status.
func scanError(x *Exchange, errorf errorf) bool {
	root := x.davBody()
	if root == nil {
		return false
	}
	judged := false
	for _, e := range structure(root) {
		if e.Name != D("error") {
			continue
		}
		judged = true
		if len(e.Children()) == 0 || e.Trimmed() != "" {
			errorf("a DAV:error with %d children and the text %q", len(e.Children()), e.Trimmed())
		}
	}
	return judged
}

// davBody is the document element if the answer is one of WebDAV's own
// documents: XML with a root in DAV: that is no stored file.
func (x *Exchange) davBody() *Element {
	if x.Method == "GET" || !strings.Contains(x.Header.Get("Content-Type"), "xml") {
		return nil
	}
	root, err := x.XML()
	if err != nil || root.Name.Space != "DAV:" {
		return nil
	}
	return root
}

// scanErrorPlace finds condition elements outside of where RFC 4918 section 16
// puts them in a Multi-Status.
func scanErrorPlace(x *Exchange, m *Multistatus, errorf errorf) {
	for _, e := range structure(m.Element) {
		if e.Name == D("error") && e.Parent.Name != D("response") && e.Parent.Name != D("propstat") {
			errorf("a DAV:error inside DAV:%s", e.Parent.Name.Local)
		}
		if e.Name == D("responsedescription") && len(e.Children()) > 0 {
			errorf("a responsedescription with a child element")
		}
	}
}

func judgeLocation(x *Exchange, m *Multistatus, errorf errorf) {
	if l := x.Header.Get("Location"); l != "" {
		errorf("the 207 has Location: %s", l)
	}
	for _, r := range m.Responses {
		for _, code := range r.codes() {
			if code < 300 || code > 399 {
				continue
			}
			if l := r.Element.All(D("location")); len(l) != 1 || len(l[0].All(D("href"))) != 1 {
				errorf("%s has status %d and not one location with one href", r.at(), code)
			}
		}
	}
}

// failuresOnly finds what a 207 about changes to many resources should not
// list.
func failuresOnly(x *Exchange, errorf errorf) bool {
	if x.Method != "DELETE" && x.Method != "COPY" && x.Method != "MOVE" {
		return false
	}
	return scanResponses(func(r *ResponseElement, errorf func(string, ...any)) {
		for _, code := range r.codes() {
			if code < 300 || code == 424 {
				errorf("%s is listed with %d", r.at(), code)
			}
		}
	})(x, errorf)
}
