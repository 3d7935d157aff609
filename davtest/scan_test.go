package davtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

const (
	ok       = "<D:status>HTTP/1.1 200 OK</D:status>"
	notFound = "<D:status>HTTP/1.1 404 Not Found</D:status>"
	propstat = "<D:propstat><D:prop><D:resourcetype/></D:prop>" + ok + "</D:propstat>"
	whole    = "<D:response><D:href>/c/f</D:href>" + propstat + "</D:response>"
)

func response(href, content string) string {
	return "<D:response><D:href>" + href + "</D:href>" + content + "</D:response>"
}

func multistatus(content string) string {
	return `<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:" xmlns:x="urn:x">` + content + "</D:multistatus>"
}

// Every rule that judges all answers goes red on an answer that breaks it, and
// the other rules stay green.
func TestScansBite(t *testing.T) {
	for name, c := range map[string]struct {
		want   string // IDs of the cases that fail, sorted
		change func(x *Exchange)
		body   string
	}{
		"right":                   {body: multistatus(whole + response("/c/g", notFound))},
		"empty":                   {body: multistatus("")},
		"no XML":                  {want: "MS-01", body: "<D:multistatus"},
		"another root":            {want: "MS-01", body: `<D:prop xmlns:D="DAV:"/>`},
		"text/xml":                {want: "MS-02", body: multistatus(whole), change: contentType("text/xml; charset=utf-8")},
		"charset":                 {want: "MS-02", body: multistatus(whole), change: contentType("application/xml; charset=latin1")},
		"no href":                 {want: "MS-03", body: multistatus("<D:response>" + propstat + "</D:response>")},
		"same href":               {want: "MS-04", body: multistatus(whole + whole)},
		"same href, other escape": {want: "MS-04", body: multistatus(whole + response("/c/%66", propstat))},
		"status and propstat":     {want: "MS-05", body: multistatus(response("/c/f", ok+propstat))},
		"neither":                 {want: "MS-05", body: multistatus(response("/c/f", ""))},
		"two statuses":            {want: "MS-05", body: multistatus(response("/c/f", ok+notFound))},
		"order in response":       {want: "MS-06", body: multistatus("<D:response>" + notFound + "<D:href>/c/f</D:href></D:response>")},
		"order in propstat":       {want: "MS-06", body: multistatus(response("/c/f", "<D:propstat>"+ok+"<D:prop/></D:propstat>"))},
		"order in multistatus":    {want: "MS-06", body: multistatus("<D:responsedescription>x</D:responsedescription>" + whole)},
		"no reason":               {want: "MS-07", body: multistatus(response("/c/f", "<D:status>HTTP/1.1 404</D:status>"))},
		"no version":              {want: "MS-07", body: multistatus(response("/c/f", "<D:status>404 Not Found</D:status>"))},
		"empty status":            {want: "MS-07", body: multistatus(response("/c/f", "<D:status/>"))},
		"interim":                 {want: "MS-07 MS-08", body: multistatus(response("/c/f", "<D:status>HTTP/1.1 102 Processing</D:status>"))},
		"two prop":                {want: "MS-09", body: multistatus(response("/c/f", "<D:propstat><D:prop/><D:prop/>"+ok+"</D:propstat>"))},
		"no prop":                 {want: "MS-09", body: multistatus(response("/c/f", "<D:propstat>"+ok+"</D:propstat>"))},
		"propstat without status": {want: "MS-09", body: multistatus(response("/c/f", "<D:propstat><D:prop/></D:propstat>"))},
		"name twice":              {want: "MS-10", body: multistatus(response("/c/f", "<D:propstat><D:prop><x:a/><x:a/></D:prop>"+ok+"</D:propstat>"))},
		"name in two propstats":   {want: "MS-10", body: multistatus(response("/c/f", propstat+strings.ReplaceAll(propstat, ok, notFound)))},
		"element in description":  {want: "MS-12 MS-13", body: multistatus(response("/c/f", notFound+"<D:responsedescription><x:b/></D:responsedescription>"))},
		"error of the whole":      {want: "MS-12 MS-13", body: multistatus(whole + "<D:error><D:no-lock-x/></D:error>"), change: unknownName},
		"error without child":     {want: "MS-14", body: multistatus(response("/c/f", notFound+"<D:error/>"))},
		"error with text":         {want: "MS-14", body: multistatus(response("/c/f", notFound+"<D:error>no <x:such/></D:error>"))},
		"error in a value":        {body: multistatus(response("/c/f", "<D:propstat><D:prop><x:a><D:error/></x:a></D:prop>"+ok+"</D:propstat>"))},
		"302 without location":    {want: "MS-15", body: multistatus(response("/c/f", "<D:status>HTTP/1.1 302 Found</D:status>"))},
		"302 with location":       {body: multistatus(response("/c/f", "<D:status>HTTP/1.1 302 Found</D:status><D:location><D:href>/x</D:href></D:location>"))},
		"Location":                {want: "MS-15", body: multistatus(whole), change: func(x *Exchange) { x.Header.Set("Location", "/") }},
		"DELETE with 424":         {want: "MS-24", body: multistatus(response("/c/", "<D:status>HTTP/1.1 424 Failed Dependency</D:status>")), change: method("DELETE")},
		"DELETE with 204":         {want: "MS-24", body: multistatus(response("/c/f", "<D:status>HTTP/1.1 204 No Content</D:status>")), change: method("DELETE")},
		"208":                     {want: "MS-29", body: "", change: func(x *Exchange) { x.Status = 208 }},
		"PUT":                     {want: "MS-30", body: multistatus(whole), change: method("PUT")},
		"hrefs with propstat":     {want: "MS-32", body: multistatus(response("/c/f</D:href><D:href>/c/g", propstat))},
		"hrefs with status":       {body: multistatus(response("/c/f</D:href><D:href>/c/g", notFound))},
		"mixture":                 {want: "HR-01", body: multistatus(whole + response("http://host/c/g", propstat))},
		"relative":                {want: "HR-02 HR-03 HR-04", body: multistatus(response("c/f", propstat))},
		"dot segment":             {want: "HR-02", body: multistatus(response("/c/./f", propstat))},
		"escaped dot segment":     {want: "HR-02", body: multistatus(response("/c/x/%2e%2E/f", propstat))},
		"prefix":                  {want: "HR-03", body: multistatus(response("/f", propstat))},
		"longer name":             {want: "HR-03", body: multistatus(response("/cc", propstat))},
		"another host":            {want: "HR-03", body: multistatus(response("http://other/c/f", propstat))},
		"blank":                   {want: "HR-04", body: multistatus(response("/c/a b", propstat))},
		"not escaped":             {want: "HR-04", body: multistatus(response("/c/\u00e9", propstat))},
		"latin1":                  {want: "HR-04", body: multistatus(response("/c/%E9", propstat))},
		"no slash":                {want: "HR-05", body: multistatus(response("/c", strings.ReplaceAll(propstat, "<D:resourcetype/>", "<D:resourcetype><D:collection/></D:resourcetype>")))},
		"unknown name":            {want: "XL-06", body: multistatus(response("/c/f", notFound+"<D:error><D:because/></D:error>"))},
		"unknown property":        {want: "XL-06", body: multistatus(response("/c/f", strings.ReplaceAll(propstat, "resourcetype", "kind")))},
		"hit":                     {body: multistatus(whole), change: method("SEARCH")},
		"hit without propstat":    {want: "SE-03", body: multistatus(response("/c/f", ok)), change: method("SEARCH")},
		"hit that redirects": {want: "SE-03 SE-15", change: method("SEARCH"),
			body: multistatus(response("/c/f", "<D:status>HTTP/1.1 302 Found</D:status><D:location><D:href>/x</D:href></D:location>"))},
		"shortened for the arbiter":  {body: multistatus(whole + response("/c/", noRoomLeft)), change: method("SEARCH")},
		"shortened for another":      {want: "SE-15", body: multistatus(whole + response("/c/g", noRoomLeft)), change: method("SEARCH")},
		"applied":                    {body: multistatus(whole), change: appliedTo("return=minimal", "x, RETURN=minimal;a=b")},
		"applied unasked":            {want: "PR-07", body: multistatus(whole), change: appliedTo("return=minimal", "depth-noroot")},
		"applied with its parameter": {want: "PR-07", body: multistatus(whole), change: appliedTo("return=minimal; a=b", "return=minimal; a=b")},
		"name that was asked for":    {body: multistatus(response("/c/f", strings.ReplaceAll(strings.ReplaceAll(propstat, "resourcetype", "kind"), ok, notFound)))},
	} {
		t.Run(name, func(t *testing.T) {
			x := &Exchange{Case: "XX-01", Method: "PROPFIND", Target: "/c/", Status: 207, Body: []byte(c.body),
				RequestHeader: http.Header{"Host": {"host"}}, Header: http.Header{"Content-Type": {"application/xml; charset=utf-8"}, "Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}}}
			if c.change != nil {
				c.change(x)
			}
			r := run{scans: newScans(areas("MS", "HR", "XL", "SE", "PR"))}
			r.scan(x)
			var got []string
			for _, s := range r.scans {
				if s.findings > 0 {
					got = append(got, s.id)
				}
			}
			if want := strings.Fields(c.want); !slices.Equal(got, want) {
				t.Errorf("failed %q, want %q", got, want)
			}
		})
	}
}

const noRoomLeft = "<D:status>HTTP/1.1 507 Insufficient Storage</D:status>"

// appliedTo has the answer tell what of Prefer it heeded.
func appliedTo(told, asked string) func(*Exchange) {
	return func(x *Exchange) {
		x.Header.Set("Preference-Applied", told)
		x.RequestHeader.Set("Prefer", asked)
	}
}

func areas(names ...string) []Case {
	return slices.DeleteFunc(Cases(), func(c Case) bool { return !slices.Contains(names, c.Area()) })
}

func contentType(v string) func(*Exchange) {
	return func(x *Exchange) { x.Header.Set("Content-Type", v) }
}

func method(m string) func(*Exchange) { return func(x *Exchange) { x.Method = m } }

// unknownName keeps XL-06 out of a finding about where an element stands.
func unknownName(x *Exchange) {
	x.Body = []byte(strings.ReplaceAll(string(x.Body), "D:no-lock-x", "D:no-conflicting-lock"))
}

func TestErrorBodyOutsideMultistatus(t *testing.T) {
	for body, want := range map[string]string{
		`<D:error xmlns:D="DAV:"/>`:                                  "MS-14",
		`<D:error xmlns:D="DAV:"><D:no-conflicting-lock/></D:error>`: "",
	} {
		x := &Exchange{Method: "LOCK", Target: "/c/", Status: 423, Body: []byte(body), Header: http.Header{"Content-Type": {"application/xml"}}}
		r := run{scans: newScans(areas("MS"))}
		r.scan(x)
		var got string
		for _, s := range r.scans {
			if s.findings > 0 {
				got += s.id
			}
		}
		if got != want {
			t.Errorf("%s: failed %q, want %q", body, got, want)
		}
	}
}

// What a scan finds anywhere in the run fails its case; a scan that found
// nothing to judge skips it.
func TestScanDecidesItsCase(t *testing.T) {
	cases := []Case{
		{ID: "XX-01", Run: func(t *T) { t.Do("DELETE", "f", nil, "") }},
		{ID: "XX-02", Level: Must, Scan: func(x *Exchange, errorf errorf) bool {
			if x.Method == "DELETE" {
				errorf("a DELETE")
			}
			return true
		}},
		{ID: "XX-03", Level: Must, Scan: func(*Exchange, errorf) bool { return false }},
		{ID: "XX-04", Level: Must, Scan: func(*Exchange, errorf) bool { return true }},
		{ID: "XX-05", Level: Must, Run: func(t *T) { t.Skipf("reason") }, Scan: func(_ *Exchange, errorf errorf) bool { errorf("all wrong"); return true }},
	}
	want := []Outcome{Pass, Fail, Skip, Pass, Fail}
	report := runOn(t, new(recorder), Config{}, cases...)
	for i, r := range report.Results {
		if r.Outcome != want[i] {
			t.Errorf("%s: %s, want %s; %s", r.Case.ID, r.Outcome, want[i], r.Log)
		}
	}
	if !strings.Contains(report.Results[1].Log, "XX-01: DELETE") {
		t.Errorf("the finding does not name the exchange:\n%s", report.Results[1].Log)
	}
}
