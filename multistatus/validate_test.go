package multistatus

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/quiredav/quire/dav"
)

// Each document breaks just the rules named, and each rule is broken by one.
func TestValidate(t *testing.T) {
	broken := make(map[string]bool)
	const (
		ok200  = "<D:status>HTTP/1.1 200 OK</D:status>"
		prop   = "<D:prop><D:x/></D:prop>"
		a      = "<D:href>/a</D:href>"
		good   = "<D:response><D:href>/good</D:href>" + ok200 + "</D:response>"
		a200   = "<D:response>" + a + ok200 + "</D:response>"
		single = "<D:propstat>" + prop + ok200 + "</D:propstat>"
	)
	response := func(inner string) string { return body("<D:response>" + inner + "</D:response>" + good) }
	href := func(h string) string { return response("<D:href>" + h + "</D:href>" + ok200) }
	status := func(line string) string { return response(a + "<D:status>" + line + "</D:status>") }
	value := func(p string) string {
		return response(a + "<D:propstat><D:prop>" + p + "</D:prop>" + ok200 + "</D:propstat>")
	}
	for _, c := range []struct{ name, doc, want string }{
		{"empty", body(""), ""},
		{"good", body(good), ""},
		{"good with all", response("<D:href>/%C3%A9%2F%20/a+b;c=d</D:href><D:propstat>" + prop + ok200 +
			"<D:error><D:x/></D:error><D:responsedescription> x </D:responsedescription></D:propstat>" +
			"<D:error> <D:x/> </D:error><D:responsedescription/><D:location><D:href>/l</D:href></D:location><D:unknown/>"), ""},
		{"good full URIs", body("<D:response><D:href>http://h:1/a/</D:href>" + ok200 + "</D:response>" +
			"<D:response><D:href>http://h:1</D:href>" + ok200 + "</D:response>"), ""},
		{"good slash and encoded slash", body("<D:response><D:href>/a/b</D:href>" + ok200 + "</D:response>" +
			"<D:response><D:href>/a%2Fb</D:href>" + ok200 + "</D:response>"), ""},
		{"good several hrefs", response(a + "<D:href>/b</D:href>" + ok200), ""},
		{"good values", value("<D:getlastmodified>Mon, 02 Nov 2026 08:15:30 GMT</D:getlastmodified>" +
			"<D:creationdate>2026-11-02T08:15:30.5+01:00</D:creationdate><D:getcontentlength>0</D:getcontentlength>"), ""},
		{"good empty values", value("<D:getlastmodified/><D:creationdate/><D:getcontentlength/>"), ""},

		{"root", "<D:prop xmlns:D='DAV:'/>", "MS-01"},
		{"root without namespace", "<multistatus/>", "MS-01"},
		{"not XML", "<html><p>no</html>", "MS-01 MS-02"},
		{"broken", body(good + "<x:y/>"), "MS-02"},
		{"DTD", "<!DOCTYPE x>" + body(""), "MS-02"},
		{"encoding", "<?xml version='1.0' encoding='latin1'?><a/>", "MS-02"},
		{"nothing", "", "MS-31"},
		{"cut", body(good)[:150], "MS-31"},
		{"no href", response(ok200), "MS-03"},
		{"empty href", href(" "), "MS-03"},
		{"equal", body(a200 + a200), "MS-04"},
		{"equal decoded", body(a200 + "<D:response><D:href>/%61</D:href>" + ok200 + "</D:response>"), "MS-04"},
		{"equal in one", response(a + a + ok200), "MS-04"},
		{"neither", response(a), "MS-05"},
		{"both", response(a + ok200 + single), "MS-05"},
		{"two statuses", response(a + ok200 + ok200), "MS-05"},
		{"hrefs with a propstat", response(a + "<D:href>/b</D:href>" + single), "MS-05"},
		{"href late", response(ok200 + a), "MS-06"},
		{"error early", response(a + "<D:error><D:x/></D:error>" + ok200), "MS-06"},
		{"prop late", response(a + "<D:propstat>" + ok200 + prop + "</D:propstat>"), "MS-06"},
		{"description early", body("<D:responsedescription/>" + good), "MS-06"},
		{"status without version", status("200 OK"), "MS-07"},
		{"status without reason", status("HTTP/1.1 200"), "MS-07"},
		{"status with an empty reason", status("HTTP/1.1 200 "), "MS-07"},
		{"status of HTTP/2", status("HTTP/2 200 OK"), "MS-07"},
		{"status on a line of its own", status("\n HTTP/1.1 200 OK\n"), "MS-07"},
		{"status in two lines", status("HTTP/1.1 200 O\nK"), "MS-07"},
		{"600", status("HTTP/1.1 600 Six"), "MS-07"},
		{"100", status("HTTP/1.1 100 Continue"), "MS-08"},
		{"no prop", response(a + "<D:propstat>" + ok200 + "</D:propstat>"), "MS-09"},
		{"two props", response(a + "<D:propstat>" + prop + "<D:prop/>" + ok200 + "</D:propstat>"), "MS-09"},
		{"no status", response(a + "<D:propstat>" + prop + "</D:propstat>"), "MS-09"},
		{"two statuses in a propstat", response(a + "<D:propstat>" + prop + ok200 + ok200 + "</D:propstat>"), "MS-09"},
		{"property twice", value("<D:x/><x xmlns=''/><D:x/>"), "MS-10"},
		{"property in two propstats", response(a + single + single), "MS-10"},
		{"markup in a description", response(a + ok200 + "<D:responsedescription>a<b/></D:responsedescription>"), "MS-12"},
		{"markup in the description", body(good + "<D:responsedescription><b/></D:responsedescription>"), "MS-12"},
		{"error in a description", response(a + ok200 + "<D:responsedescription><D:error><D:x/></D:error></D:responsedescription>"), "MS-12 MS-13"},
		{"error outside", body("<D:error><D:x/></D:error>" + good), "MS-13"},
		{"empty error", response(a + ok200 + "<D:error/>"), "MS-14"},
		{"error with text", response(a + "<D:propstat>" + prop + ok200 + "<D:error><D:x/>why</D:error></D:propstat>"), "MS-14"},
		{"redirect to nowhere", status("HTTP/1.1 302 Found"), "MS-15"},
		{"location without href", response(a + ok200 + "<D:location/>"), "MS-15"},
		{"location with two", response(a + ok200 + "<D:location>" + a + a + "</D:location>"), "MS-15"},
		{"mixed forms", href("http://h/a"), "HR-01"},
		{"relative", href("a"), "HR-02"},
		{"dot", href("/a/./b"), "HR-02"},
		{"encoded dots", href("/a/%2e%2E/b"), "HR-02"},
		{"space", href("/a b"), "HR-04"},
		{"white space around", href(" /a"), "HR-04 HR-02"},
		{"not encoded", href("/é"), "HR-04"},
		{"encoded by halves", href("/a%2"), "HR-04"},
		{"fragment", href("/a#b"), "HR-04"},
		{"Latin-1", href("/%E9"), "HR-04"},
		{"double slash", href("/a//b"), "A3"},
		{"default namespace", "<multistatus xmlns='DAV:'/>", "A5"},
		{"200 behind 404", response(a + "<D:propstat><D:prop><D:y/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>" + single), "A7"},
		{"200 and 201 behind 404", response(a + "<D:propstat><D:prop><D:y/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>" +
			single + "<D:propstat><D:prop/><D:status>HTTP/1.1 201 Created</D:status></D:propstat>"), "A7 A7"},
		{"date of RFC 850", value("<D:getlastmodified>Monday, 02-Nov-26 08:15:30 GMT</D:getlastmodified>"), "A8"},
		{"wrong day", value("<D:getlastmodified>Tue, 02 Nov 2026 08:15:30 GMT</D:getlastmodified>"), "A8"},
		{"HTTP date as creationdate", value("<D:creationdate>Mon, 02 Nov 2026 08:15:30 GMT</D:creationdate>"), "A8"},
		{"negative length", value("<D:getcontentlength>-1</D:getcontentlength>"), "A8"},
		{"several", response("<D:href/>" + "<D:propstat>" + prop + "</D:propstat>"), "MS-03 MS-09"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.doc), iotest.OneByteReader(strings.NewReader(c.doc))} {
				findings, err := Validate(r)
				var got []string
				for _, f := range findings {
					got = append(got, f.Rule)
					broken[f.Rule] = true
				}
				if strings.Join(got, " ") != c.want || err != nil {
					t.Errorf("%s\ngot %v, %v, want %s", c.doc, findings, err, c.want)
				}
			}
		})
	}
	for _, r := range Rules() {
		if !broken[r.ID] || r.Level == "" || r.Section == "" || r.Text == "" {
			t.Errorf("%v is not tested, or not told of in full", r)
		}
		delete(broken, r.ID)
	}
	if len(broken) > 0 {
		t.Errorf("findings by rules that Rules doesn't know: %v", broken)
	}
}

func TestFinding(t *testing.T) {
	findings, err := Validate(strings.NewReader("<D:multistatus xmlns:D='DAV:'>\n<D:response>\n<D:propstat>\n<D:prop/>\n" +
		"</D:propstat><D:href>/a</D:href>\n</D:response></D:multistatus>"))
	if err != nil || len(findings) != 2 || findings[0].String() != "MS-09: line 5: /a: a propstat without its one prop and one status" {
		t.Error(findings, err)
	}
}

func TestValidateFaults(t *testing.T) {
	fault := errors.New("fault")
	bad := prolog + "<D:response/>"
	findings, err := Validate(io.MultiReader(strings.NewReader(bad), iotest.ErrReader(fault)))
	if err != fault || len(findings) != 2 {
		t.Error(findings, err)
	}
	findings, err = Validate(strings.NewReader(bad + strings.Repeat("<x>", 1000)))
	if dav.KindOf(err) != dav.TooLarge || len(findings) != 2 {
		t.Error(findings, err)
	}
}

// What the Writer writes has no fault.
func TestWriterIsValid(t *testing.T) {
	doc := newListing(300).document(t)
	if findings, err := Validate(strings.NewReader(string(doc))); len(findings) > 0 || err != nil {
		t.Error(findings, err)
	}
}
