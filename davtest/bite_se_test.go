package davtest_test

import (
	"net/http"
	"strings"
)

// searchFlaws are what servers with SEARCH may do wrong.
var searchFlaws = []flaw{
	{"SEARCH is not announced", "SE-01", headers(func(r *http.Request, h http.Header) { h.Del("DASL") })},
	{"an unknown grammar is an empty result", "SE-02", asked("urn:davtest\"><x:grammar>", nothingFound)},
	{"a query without a grammar is an empty result", "SE-02", asked(`"urn:davtest"></D:searchrequest>`, nothingFound)},
	{"text/xml is not taken", "SE-02", fault{answer: onlyIf("Content-Type", "text/xml", status(207, 415))}.around},
	{"what is absent is told as there", "SE-03 SE-17", onlyMethods("SEARCH", saying("404 Not Found", "200 OK")).wrap},
	{"all is found whatever was asked", "SE-03 SE-07 SE-09 SE-11 SE-12 SE-13", taking(withoutElement("D:where"))},
	{"a hit has a status alone", "SE-03", onlyMethods("SEARCH", onlyBody(">nowhere<", func(r *http.Request, status int, _ string) (int, string) {
		return status, `<D:multistatus xmlns:D="DAV:"><D:response><D:href>` + r.URL.Path + `</D:href><D:status>HTTP/1.1 200 OK</D:status></D:response></D:multistatus>`
	})).wrap},
	{"references that are found redirect", "SE-05", onlyMethods("SEARCH", onlyBody("/c/ref<", func(r *http.Request, status int, _ string) (int, string) {
		return status, `<D:multistatus xmlns:D="DAV:"/>`
	})).wrap},
	{"a resource is found at each of its URLs", "SE-04", onlyMethods("SEARCH", func(r *http.Request, status int, body string) (int, string) {
		missing := "again"
		if strings.Contains(body, "/again</D:href>") {
			missing = "a"
		}
		found := "<D:response><D:href>" + r.URL.Path + missing + "</D:href><D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
		return status, strings.Replace(body, "</D:multistatus>", found+"</D:multistatus>", 1)
	}).wrap},
	{"depth 1 is 0", "SE-05", taking(replacing("<D:depth>1<", "<D:depth>0<"))},
	{"depth 0 is infinity", "SE-05", taking(replacing("<D:depth>0<", "<D:depth>infinity<"))},
	{"a scope that is not there is empty", "SE-06", asked("none", nothingFound)},
	{"a scope elsewhere is empty", "SE-06", asked("elsewhere", nothingFound)},
	{"a bad scope is 404", "SE-06", onlyMethods("SEARCH", func(r *http.Request, status int, body string) (int, string) {
		if status == 403 || status == 409 {
			return 404, ""
		}
		return status, body
	}).wrap},
	{"UNKNOWN is FALSE", "SE-07", taking(replacing(`<x:none/></D:prop><D:literal>v<`, `<x:k/></D:prop><D:literal>other<`))},
	{"UNKNOWN is TRUE", "SE-07", taking(replacing(`<x:none/></D:prop><D:literal>v<`, `<x:k/></D:prop><D:literal>v<`))},
	{"an unknown operator finds nothing", "SE-08", asked("<x:op>", nothingFound)},
	{"an unknown operator is 400", "SE-08", onlyMethods("SEARCH", status(422, 400)).wrap},
	{"what is empty is NULL", "SE-09", taking(replacing("<D:literal></D:literal>", "<D:literal>&#9;</D:literal>"))},
	{"structured values are their text", "SE-09", taking(replacing(`<n:s xmlns:n="urn:davtest"></n:s></D:prop><D:literal>v<`, `<n:k xmlns:n="urn:davtest"></n:k></D:prop><D:literal>v<`))},
	{"getcontentlength is not compared", "SE-10 SE-14", taking(replacing("<D:prop><D:getcontentlength></D:getcontentlength></D:prop>", `<D:prop><x:none/></D:prop>`))},
	{"dates are not compared", "SE-10", taking(replacing("<D:prop><D:getlastmodified></D:getlastmodified></D:prop>", `<D:prop><x:none/></D:prop>`))},
	{"white space in literals is lost", "SE-10", taking(replacing("<D:literal> a <", "<D:literal>a<", "<D:literal>a<", "<D:literal> a <"))},
	{"an unknown type is text", "SE-11", taking(replacing(`"xs:davtest"`, `"xs:string"`))},
	{"typed literals are text", "SE-11", taking(replacing(`"xs:integer"`, `"xs:string"`, `"other:integer"`, `"other:string"`))},
	{"a type is known by its prefix", "SE-11", taking(replacing(`"other:integer"`, `"other:string"`))},
	{"lte is lt", "SE-12", taking(replacing("D:lte>", "D:lt>"))},
	{"and is or", "SE-07 SE-12", taking(replacing("D:and>", "D:or>"))},
	{"is-collection is not known", "SE-12", asked("is-collection", func(string) (int, string) { return 422, "" })},
	{"a pattern's escapes are lost", "SE-13", taking(replacing(`\%`, "%"))},
	{"_ stands for any text", "SE-13", taking(replacing("a_c", "a%c"))},
	{"caseless is not heard", "SE-13", taking(replacing(` caseless="yes"`, ""))},
	{"contains finds names", "SE-13", taking(replacing("<D:contains>zibeline</D:contains>",
		`<D:or><D:contains>zibeline</D:contains><D:eq><D:prop><x:p/></D:prop><D:literal>zibeline</D:literal></D:eq></D:or>`))},
	{"the index is not kept up", "SE-13", taking(replacing("<D:contains>okapi<", "<D:contains>zibeline<"))},
	{"a score is a fraction", "SE-13", replaced(`<D:score>[^<]*`, "<D:score>0.5")},
	{"languages match by their first letters", "SE-13", taking(replacing("<D:literal>d<", "<D:literal>de<"))},
	{"descending is ascending", "SE-14 SE-15", taking(replacing("<D:descending/>", ""))},
	{"the second key is not heard", "SE-14", taking(replacing("</D:order><D:order>", "</D:order><D:ignored>", "</D:order></D:orderby>", "</D:ignored></D:orderby>"))},
	{"a result is cut short and does not say so", "SE-03 SE-05 SE-15", onlyMethods("SEARCH", withoutLastResponse).wrap},
	{"nresults may be anything", "SE-15", asked("<D:nresults>many", nothingFound)},
	{"a shortened result has 507 for somebody else", "SE-15", onlyMethods("SEARCH", func(_ *http.Request, status int, body string) (int, string) {
		const short = "<D:response><D:href>/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>"
		return status, strings.Replace(body, "</D:multistatus>", short+"</D:multistatus>", 1)
	}).wrap},
	{"the schema hides an operator", "SE-16", replaced(`<D:opdesc[^>]*><D:like/>`, "<D:opdesc><D:davtest/>")},
	{"the schema promises too much", "SE-16", asked("<D:orderby>", func(string) (int, string) { return 422, "" })},
	{"the schema is not in its place", "SE-16", replaced(`D:query-schema>`, "D:schema>")},
	{"a search leaves a trace", "SE-17", following(func(do exchange, r *http.Request, code int) {
		if r.Method == "SEARCH" && strings.HasSuffix(r.URL.Path, "-se-17/") {
			do("PUT", r.URL.Path+"z", nil, "z")
		}
	})},
	{"everybody may search", "SE-17", answer(func(r *http.Request, status int, body string) (int, string) {
		if r.Header.Get("Authorization") == "" && r.Method != "SEARCH" {
			return 401, ""
		}
		return status, body
	}).wrap},
}

// taking changes the bodies of SEARCH before the server sees them.
func taking(change func(*http.Request, string) string) func(http.Handler) http.Handler {
	return fault{request: func(r *http.Request, body string) string {
		if r.Method == "SEARCH" {
			return change(r, body)
		}
		return body
	}}.around
}

// asked answers in its own way a SEARCH whose body has the text.
func asked(text string, own func(string) (int, string)) func(http.Handler) http.Handler {
	return onlyMethods("SEARCH", onlyBody(text, func(_ *http.Request, _ int, body string) (int, string) { return own(body) })).wrap
}

// nothingFound is an empty result.
func nothingFound(string) (int, string) { return 207, `<D:multistatus xmlns:D="DAV:"/>` }

// withoutElement takes the first element of the name, which is written in full,
// out of bodies.
func withoutElement(name string) func(*http.Request, string) string {
	return func(_ *http.Request, body string) string {
		from, to := strings.Index(body, "<"+name+">"), strings.LastIndex(body, "</"+name+">")
		if from < 0 || to < 0 {
			return body
		}
		return body[:from] + body[to+len(name)+3:]
	}
}
