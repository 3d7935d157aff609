package multistatus_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/multistatus"
)

// A server answers PROPFIND for one file, and tells that another is locked.
func ExampleWriter() {
	w := multistatus.NewWriter(os.Stdout)
	responses := []multistatus.Response{
		{
			Href: "/docs/a%20%26%20b.txt",
			Propstats: []multistatus.Propstat{
				{Status: 200, Properties: []multistatus.Property{
					{Name: dav.DAV("resourcetype")},
					{Name: dav.DAV("displayname"), Value: []byte("a & b")},
				}},
				{Status: 404, Properties: []multistatus.Property{
					{Name: dav.Name{Space: "urn:example", Local: "colour"}},
				}},
			},
		},
		{
			Href:   "/docs/c",
			Status: 423,
			Error:  []multistatus.Condition{{Name: dav.LockTokenSubmitted, Hrefs: []string{"/docs/c"}}},
		},
	}
	for i := range responses {
		if err := w.Write(&responses[i]); err != nil {
			fmt.Println(err)
		}
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// <?xml version="1.0" encoding="utf-8"?>
	// <D:multistatus xmlns:D="DAV:"><D:response><D:href>/docs/a%20%26%20b.txt</D:href><D:propstat><D:prop><D:resourcetype/><D:displayname>a &amp; b</D:displayname></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><N:colour xmlns:N="urn:example"/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response><D:response><D:href>/docs/c</D:href><D:status>HTTP/1.1 423 Locked</D:status><D:error><D:lock-token-submitted><D:href>/docs/c</D:href></D:lock-token-submitted></D:error></D:response></D:multistatus>
}

// A client lists what a server answered.
func ExampleReader() {
	const answer = `<?xml version="1.0" encoding="utf-8"?>
		<multistatus xmlns="DAV:">
			<response>
				<href>/docs/</href>
				<propstat>
					<prop><resourcetype><collection/></resourcetype><displayname>a &amp; b</displayname></prop>
					<status>HTTP/1.1 200 OK</status>
				</propstat>
			</response>
			<response><href>/docs/c</href><status>HTTP/1.1 403 Forbidden</status></response>
		</multistatus>`

	r := multistatus.NewReader(strings.NewReader(answer), multistatus.ReaderOptions{})
	for {
		response, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(response.Href, response.Status)
		for _, p := range response.Propstats {
			for _, v := range p.Properties {
				fmt.Printf("  %d %s: %s\n", p.Status, v.Name, v.Value)
			}
		}
	}
	// Output:
	// /docs/ 0
	//   200 {DAV:}resourcetype: <resourcetype xmlns="DAV:"><collection/></resourcetype>
	//   200 {DAV:}displayname: a & b
	// /docs/c 403
}

// A test of a server looks into what it sends.
func ExampleValidate() {
	const answer = `<D:multistatus xmlns:D="DAV:">
		<D:response><D:href>/a b</D:href></D:response>
		<D:response><D:href>/c</D:href><D:status>HTTP/1.1 100 Continue</D:status></D:response>
	</D:multistatus>`

	findings, err := multistatus.Validate(strings.NewReader(answer))
	if err != nil {
		fmt.Println(err)
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	// Output:
	// HR-04: line 2: /a b: no URI: /a b
	// MS-05: line 2: /a b: neither status nor propstat
	// MS-08: line 3: /c: a status of the 100s: HTTP/1.1 100 Continue
}
