package davtest

import (
	"mime"
	"slices"
	"strings"
	"unicode/utf8"
)

// Multi-Status as such: what every 207 must look like. RFC 4918 sections 13 and
// 14. Most of these judge all answers of the run.
var casesMS = slices.Concat(casesMSForm, casesMSMethods)

var casesMSForm = []Case{
	{ID: "MS-01", Section: "RFC 4918 11.1, 13", Level: Must,
		Title: "Several outcomes in one answer travel as 207 with an XML body whose root is DAV:multistatus",
		Run: func(t *T) {
			t.Put("a", "1")
			t.Put("b", "2")
			if n := len(t.Propfind("", "1").Responses); n != 3 {
				t.Errorf("a collection and two files: %d responses", n)
			}
		},
		Scan: func(x *Exchange, errorf errorf) bool {
			if x.Status != 207 {
				return false
			}
			if _, err := x.Multistatus(); err != nil {
				errorf("%v", err)
			}
			return true
		}},

	{ID: "MS-02", Section: "RFC 4918 8.2, 19", Level: Should,
		Title: "The body of a 207 is labelled application/xml, with a charset that fits",
		Scan: func(x *Exchange, errorf errorf) bool {
			if x.Status != 207 {
				return false
			}
			kind, params, err := mime.ParseMediaType(x.Header.Get("Content-Type"))
			switch {
			case err != nil || kind != "application/xml":
				errorf("Content-Type: %s", x.Header.Get("Content-Type"))
			case params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8"):
				errorf("charset %s, which no other answer has", params["charset"])
			case !utf8.Valid(x.Body):
				errorf("the body is not UTF-8")
			}
			return true
		}},

	{ID: "MS-03", Section: "RFC 4918 13, 14.24", Level: Must,
		Title: "Each response names its resource in an href",
		Run:   listing, Scan: scanResponses(judgeHref)},

	{ID: "MS-04", Section: "RFC 4918 14.24", Level: MustNot,
		Title: "Two responses of one Multi-Status never share an href, neither raw nor decoded",
		Run: func(t *T) {
			t.threeLevels()
			t.PropfindTree("", D("resourcetype"))
		},
		Scan: scanMultistatus(judgeDistinct)},

	{ID: "MS-05", Section: "RFC 4918 13, 14.24", Level: Must,
		Title: "A response has either one status, or one or more propstat",
		Run:   listing, Scan: scanResponses(judgeForm)},

	{ID: "MS-06", Section: "RFC 4918 14.24, 17", Level: Practice,
		Title: "Children are written in the declared order, since weak clients read sequentially",
		Run:   listing, Scan: scanMultistatus(judgeOrder)},

	{ID: "MS-07", Section: "RFC 4918 14.28", Level: Must,
		Title: "A status is one whole status line: version, three digits, reason",
		Run:   listing, Scan: scanResponses(judgeStatusLine)},

	{ID: "MS-08", Section: "RFC 4918 13", Level: ShouldNot,
		Title: "No 1xx appears inside a Multi-Status",
		Run: func(t *T) {
			t.threeLevels()
			t.Status(t.Do("PROPFIND", "", H{"Depth": {"1"}, "Expect": {"100-continue"}}, propfindBody()), 207)
		},
		Scan: scanResponses(judgeNoInterim)},

	{ID: "MS-09", Section: "RFC 4918 14.22", Level: Must,
		Title: "A propstat has one prop and one status, and names only what has that status",
		Run: func(t *T) {
			t.Put("f", "x")
			t.Store("f", Set(X("one"), "1"))
			r := t.Propfind("f", "0", X("none"), X("one"), X("nil"), D("resourcetype")).Responses[0]
			if got := r.Names(200); !sameNames(got, X("one"), D("resourcetype")) {
				t.Errorf("present: %v", got)
			}
			if got := r.Names(404); !sameNames(got, X("none"), X("nil")) {
				t.Errorf("absent: %v", got)
			}
		},
		Scan: scanResponses(judgePropstat)},

	{ID: "MS-10", Section: "RFC 4918 9.1", Level: Must,
		Title: "A property occurs once per response, even if it was asked for twice",
		Run: func(t *T) {
			t.Put("f", "x")
			t.Store("f", Set(D("displayname"), "twice"))
			t.Propfind("f", "0", D("displayname"), D("displayname"), X("none"), X("none"))
		},
		Scan: scanResponses(judgeNamesOnce)},

	{ID: "MS-11", Section: "RFC 4918 14.16, RFC 5323 2.3", Level: Must,
		Title: "A Multi-Status may have no response, and is still a 207 with a body",
		Run: func(t *T) {
			t.Mkcol("c/")
			asked := 0
			check := func(what string, resp *Response) {
				asked++
				if n := len(resp.Multistatus().Responses); n != 0 {
					t.Errorf("%s: %d responses", what, n)
				}
			}
			if t.supportsReport("c/", "sync-collection") {
				token := t.Sync("c/", "", "1").token
				check("a synchronization with no change", t.TrySync("c/", token, "1", nil, 0))
			}
			if slices.Contains(t.Do("OPTIONS", "c/", nil, "").List("Allow"), "SEARCH") {
				check("a search with no match", t.Do("SEARCH", "c/", nil, t.searchByName("c/", "nothing is called this")))
			}
			h := H{"Depth": {"1"}, "Prefer": {"depth-noroot"}}
			resp := t.Do("PROPFIND", "c/", h, propfindBody(D("resourcetype")))
			if slices.Contains(resp.List("Preference-Applied"), "depth-noroot") {
				check("an empty collection without itself", resp)
			}
			if asked == 0 {
				t.Skipf("needs a request that matches nothing; the server has neither sync-collection, SEARCH nor depth-noroot")
			}
		}},

	{ID: "MS-12", Section: "RFC 4918 14.25", Level: Practice,
		Title: "responsedescription is escaped plain text without child elements",
		Run: func(t *T) {
			t.Status(t.Do("PUT", "a%26b%3Cc%3E", nil, "x"), 201)
			ms := t.Proppatch("a%26b%3Cc%3E", Set(D("getetag"), "1")).Multistatus()
			if ms.At(t.Path("a%26b%3Cc%3E")) == nil {
				t.Errorf("the hrefs %q do not name a&b<c>", ms.Paths())
			}
		},
		Scan: scanMultistatus(scanErrorPlace)},

	{ID: "MS-13", Section: "RFC 4918 16", Level: Must,
		Title: "In a 207 a condition sits in the error of the propstat or of the response it concerns",
		Run: func(t *T) {
			t.Put("f", "x")
			ms := t.Proppatch("f", Set(D("getetag"), "1")).Multistatus()
			propstatError(t, ms, t.Path("f"), "cannot-modify-protected-property")
		},
		Scan: scanMultistatus(scanErrorPlace)},

	{ID: "MS-14", Section: "RFC 4918 14.5", Level: Must,
		Title: "DAV:error has at least one child element and no text",
		Run: func(t *T) {
			t.Put("f", "x")
			t.Proppatch("f", Set(D("getetag"), "1"))
		},
		Scan: scanError},

	{ID: "MS-15", Section: "RFC 4918 13.1, 13.2, 14.9", Level: Must,
		Title: "A 3xx in a response comes with one location of one href; the 207 itself has no Location",
		Run:   listing, Scan: scanMultistatus(judgeLocation)},

	{ID: "MS-16", Section: "RFC 4918 13", Level: May,
		Title: "The order of responses is free, their set is not",
		Run: func(t *T) {
			for _, f := range []string{"c", "a", "b"} {
				t.Put(f, "x")
			}
			first, again := t.Propfind("", "1").Paths(), t.Propfind("", "1").Paths()
			slices.Sort(first)
			slices.Sort(again)
			if !slices.Equal(first, again) {
				t.Errorf("first %q, then %q", first, again)
			}
		}},

	{ID: "MS-29", Section: "RFC 4918 11.4, RFC 5842 7.1", Level: Practice,
		Title: "424 and 208 belong inside bodies and are never an overall status",
		Scan: func(x *Exchange, errorf errorf) bool {
			if x.Status == 424 || x.Status == 208 {
				errorf("the status is %d", x.Status)
			}
			return true
		}},

	{ID: "MS-32", Section: "RFC 4918 14.24", Level: May,
		Title: "A response with several href has one status for all of them, and no propstat",
		Scan: scanSome(func(r *ResponseElement, errorf errorf) bool {
			if len(r.Hrefs) > 1 && len(r.Propstats) > 0 {
				errorf("%d hrefs with propstat: %q", len(r.Hrefs), r.Hrefs)
			}
			return len(r.Hrefs) > 1
		})},
}

// listing makes a 207 with both of propstat's usual statuses for the scans.
func listing(t *T) {
	t.Put("f", "x")
	t.Mkcol("c/")
	t.Propfind("", "1", D("resourcetype"), D("getetag"), X("none"))
}

// propstatError fails the case if the condition stands anywhere else than in
// the error of a propstat with 403, and, at SHOULD level, if it is left out.
func propstatError(t *T, ms *Multistatus, path, condition string) {
	for _, r := range ms.Responses {
		for _, ps := range r.Propstats {
			if ps.Code == 403 && ps.Element.Child(D("error"), D(condition)) != nil {
				return
			}
		}
	}
	for _, e := range structure(ms.Element) {
		if e.Name == D(condition) {
			t.Errorf("%s: DAV:%s stands in DAV:%s of DAV:%s", path, condition, e.Parent.Name.Local, e.Parent.Parent.Name.Local)
			return
		}
	}
	t.Shouldf("%s: no propstat with 403 tells DAV:%s", path, condition)
}

// scanSome is [scanResponses] for a judge that concerns few responses and tells
// which.
func scanSome(judge func(r *ResponseElement, errorf errorf) bool) func(*Exchange, errorf) bool {
	return func(x *Exchange, report errorf) bool {
		some := false
		scanResponses(func(r *ResponseElement, errorf errorf) {
			some = judge(r, errorf) || some
		})(x, report)
		return some
	}
}

// threeLevels makes c/, c/d/, c/d/x, c/y and z.
func (t *T) threeLevels() {
	t.Mkcol("c/", "c/d/")
	t.Put("c/d/x", "x")
	t.Put("c/y", "y")
	t.Put("z", "z")
}

// PropfindTree is a Depth infinity PROPFIND. If the server refuses that as RFC
// 4918 section 9.1.1 lets it, the case SKIPs.
func (t *T) PropfindTree(path string, names ...Name) *Multistatus {
	resp := t.Do("PROPFIND", path, H{"Depth": {"infinity"}}, propfindBody(names...))
	if resp.Status == 403 {
		t.Skipf("needs PROPFIND with Depth infinity, which the server refuses")
	}
	return resp.Multistatus()
}

// sameNames tells whether two lists of names are equal as sets, without
// repetitions.
func sameNames(got []Name, want ...Name) bool {
	return slices.Equal(sortedNames(got), sortedNames(want))
}

func sortedNames(names []Name) []string {
	var list []string
	for _, n := range names {
		list = append(list, nameString(n))
	}
	slices.Sort(list)
	return list
}
