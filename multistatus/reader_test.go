package multistatus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/quiredav/quire/dav"
)

// read is every response of a document, and the error that ended it.
func read(doc io.Reader, o ReaderOptions) ([]*Response, error) {
	var all []*Response
	r := NewReader(doc, o)
	for {
		one, err := r.Next()
		if err == io.EOF {
			return all, nil
		} else if err != nil {
			return all, err
		}
		all = append(all, one.Clone())
	}
}

// show renders responses for comparison. Empty and missing values are alike.
func show(responses []*Response) string {
	var b strings.Builder
	for _, r := range responses {
		fmt.Fprintf(&b, "href %q %q status %d error %v description %q location %q\n",
			r.Href, r.More, r.Status, r.Error, r.Description, r.Location)
		for _, p := range r.Propstats {
			fmt.Fprintf(&b, "  status %d error %v description %q\n", p.Status, p.Error, p.Description)
			for _, v := range p.Properties {
				fmt.Fprintf(&b, "    %v %d %q\n", v.Name, v.Form, v.Value)
			}
		}
	}
	return b.String()
}

// The example of RFC 4918 section 9.1.3, with another server's habits: default
// namespace, other order, white space, unknown elements.
const foreign = `<?xml version="1.0" encoding="utf-8"?>
<multistatus xmlns="DAV:" xmlns:R="http://ns.example.com/boxschema/">
  <sync-token> urn:t1 </sync-token>
  <R:unknown><response><href>/not/one</href></response></R:unknown>
  <response>
    <propstat>
      <status> HTTP/1.1 200 OK </status>
      <prop>
        <R:bigbox><R:BoxType>Box type A</R:BoxType></R:bigbox>
        <R:author xml:lang="en">Hadrian</R:author>
        <resourcetype/>
        <getetag>"a&amp;b"</getetag>
      </prop>
      <R:unknown><status>HTTP/1.1 500 No</status></R:unknown>
    </propstat>
    <propstat><prop><R:Random/></prop><status>HTTP/2 403</status>
      <error><R:why/><no-conflicting-lock><href> /l </href><R:x/></no-conflicting-lock></error>
      <responsedescription>The user <R:b>does</R:b> not have access.</responsedescription>
    </propstat>
    <responsedescription> one </responsedescription>
    <error><need-privileges/></error>
    <href>
      /container/front%20page
    </href>
  </response>
  <response><status>HTTP/1.0 299 Whatever</status><location><href>/b</href></location><href>/1</href><href>/2</href></response>
  <responsedescription>There has been an access violation error.</responsedescription>
</multistatus>
`

const foreignShown = `href "/container/front%20page" [] status 0 error [{{DAV:}need-privileges []}] description " one " location ""
  status 200 error [] description ""
    {http://ns.example.com/boxschema/}bigbox 2 "<R:bigbox xmlns=\"DAV:\" xmlns:R=\"http://ns.example.com/boxschema/\"><R:BoxType>Box type A</R:BoxType></R:bigbox>"
    {http://ns.example.com/boxschema/}author 2 "<R:author xmlns=\"DAV:\" xmlns:R=\"http://ns.example.com/boxschema/\" xml:lang=\"en\">Hadrian</R:author>"
    {DAV:}resourcetype 0 ""
    {DAV:}getetag 0 "\"a&b\""
  status 403 error [{{http://ns.example.com/boxschema/}why []} {{DAV:}no-conflicting-lock [/l]}] description "The user  not have access."
    {http://ns.example.com/boxschema/}Random 0 ""
href "/1" ["/2"] status 299 error [] description "" location "/b"
`

// XL-04, XL-05, MS-32: whatever order, prefix, encoding and unknown elements a
// server sends.
func TestReaderForeign(t *testing.T) {
	var wide []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + strings.Replace(foreign, "utf-8", "utf-16", 1))) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	for name, doc := range map[string]io.Reader{
		"as it is": strings.NewReader(foreign),
		"by bytes": iotest.OneByteReader(strings.NewReader(foreign)),
		"UTF-16":   strings.NewReader(string(wide)),
		"prefixes": strings.NewReader(strings.NewReplacer("<R:", "<R:", "</R:", "</R:", "<?", "<?", "</", "</x:", "<", "<x:",
			"xmlns=", "xmlns:x=").Replace(foreign)),
	} {
		got, err := read(doc, ReaderOptions{})
		want := foreignShown
		if name == "prefixes" {
			want = strings.ReplaceAll(want, ` xmlns=\"DAV:\"`, "")
		}
		if show(got) != want || err != nil {
			t.Errorf("%s: %v\n%s", name, err, show(got))
		}
	}
}

func TestReaderEnd(t *testing.T) {
	r := NewReader(strings.NewReader(foreign), ReaderOptions{})
	for range 2 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if one, err := r.Next(); one != nil || err != io.EOF {
			t.Error(one, err)
		}
	}
	if r.SyncToken() != "urn:t1" || r.Description() != "There has been an access violation error." {
		t.Errorf("%q %q", r.SyncToken(), r.Description())
	}
}

// What one response held must not shine through in the next.
func TestReaderForgets(t *testing.T) {
	doc := written(t, &Response{Href: "/a", Status: 302, Location: "/l", Description: "d", Error: []Condition{{Name: dav.DAV("e")}}},
		&Response{Href: "/b", More: []string{"/c"}, Status: 424},
		&Response{Href: "/d", Propstats: ok(Property{Name: dav.DAV("p"), Value: []byte("v")})},
		&Response{Href: "/e", Status: 500})
	got, err := read(strings.NewReader(doc), ReaderOptions{})
	want := `href "/a" [] status 302 error [{{DAV:}e []}] description "d" location "/l"
href "/b" ["/c"] status 424 error [] description "" location ""
href "/d" [] status 0 error [] description "" location ""
  status 200 error [] description ""
    {DAV:}p 0 "v"
href "/e" [] status 500 error [] description "" location ""
`
	if show(got) != want || err != nil {
		t.Errorf("%v\n%s", err, show(got))
	}
}

// MS-31: a body cut anywhere is told from one that is whole.
func TestMS31Truncated(t *testing.T) {
	doc := strings.TrimSpace(foreign)
	for i := range len(doc) {
		_, err := read(strings.NewReader(doc[:i]), ReaderOptions{})
		if !errors.Is(err, io.ErrUnexpectedEOF) || dav.KindOf(err) != dav.Invalid {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	fault := errors.New("fault")
	_, err := read(io.MultiReader(strings.NewReader(doc[:500]), iotest.ErrReader(fault)), ReaderOptions{})
	if err != fault {
		t.Error(err)
	}
}

func TestReaderRefuses(t *testing.T) {
	for name, doc := range map[string]string{
		"another root":      `<D:prop xmlns:D="DAV:"/>`,
		"another namespace": `<multistatus/>`,
		"trailing junk":     body("") + "x",
		"second root":       body("") + body("")[len(`<?xml version="1.0" encoding="utf-8"?>`):],
		"unbound prefix":    body("<x:y/>"),
		"DTD":               `<!DOCTYPE multistatus [<!ENTITY a "b">]><multistatus xmlns="DAV:"/>`,
	} {
		r := NewReader(strings.NewReader(doc), ReaderOptions{})
		for range 2 {
			if one, err := r.Next(); one != nil || err == nil || err == io.EOF || dav.KindOf(err) != dav.Invalid {
				t.Errorf("%s: %v, %v", name, one, err)
			}
		}
	}
}

// A response without sense is reported, and those behind it are still read.
func TestReaderGoesOn(t *testing.T) {
	const prop, status = "<D:prop><D:x/></D:prop>", "<D:status>HTTP/1.1 200 OK</D:status>"
	for name, inner := range map[string]string{
		"MS-03 no href":                 status,
		"MS-03 empty href":              "<D:href> </D:href>" + status,
		"MS-05 neither":                 "<D:href>/a</D:href>",
		"MS-05 both":                    "<D:href>/a</D:href><D:propstat>" + prop + status + "</D:propstat>" + status,
		"MS-05 two statuses":            "<D:href>/a</D:href>" + status + status,
		"MS-05 hrefs with a propstat":   "<D:href>/a</D:href><D:href>/b</D:href><D:propstat>" + prop + status + "</D:propstat>",
		"MS-07 no status line":          "<D:href>/a</D:href><D:status>200 OK</D:status>",
		"MS-07 no code":                 "<D:href>/a</D:href><D:status>HTTP/1.1 OK</D:status>",
		"MS-07 two digits":              "<D:href>/a</D:href><D:status>HTTP/1.1 20</D:status>",
		"MS-07 four digits":             "<D:href>/a</D:href><D:status>HTTP/1.1 2000 OK</D:status>",
		"MS-07 no version":              "<D:href>/a</D:href><D:status>HTTP/ 200 OK</D:status>",
		"MS-08 1xx":                     "<D:href>/a</D:href><D:status>HTTP/1.1 100 Continue</D:status>",
		"MS-07 6xx":                     "<D:href>/a</D:href><D:status>HTTP/1.1 600 X</D:status>",
		"MS-09 propstat without status": "<D:href>/a</D:href><D:propstat>" + prop + "</D:propstat>",
		"MS-09 two statuses":            "<D:href>/a</D:href><D:propstat>" + status + prop + status + "</D:propstat>",
		"MS-07 status of a propstat":    "<D:href>/a</D:href><D:propstat>" + prop + "<D:status/></D:propstat><D:propstat>" + prop + status + "</D:propstat>",
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReader(strings.NewReader(body("<D:response>"+inner+"</D:response>"+
				"<D:response><D:href>/good</D:href>"+status+"</D:response>")), ReaderOptions{})
			_, err := r.Next()
			if _, shape := errors.AsType[*ResponseError](err); !shape || dav.KindOf(err) != dav.Invalid {
				t.Fatal(err)
			}
			if one, err := r.Next(); err != nil || one.Href != "/good" || one.Status != 200 || len(one.Propstats) > 0 {
				t.Error(one, err)
			}
			if _, err := r.Next(); err != io.EOF {
				t.Error(err)
			}
		})
	}
}

// SC-05: limits hold for each response, and for the whole if so wished.
func TestSC05ReaderLimits(t *testing.T) {
	response := func(i, size int) *Response {
		return &Response{Href: fmt.Sprint("/", i), Status: 200, Description: strings.Repeat("x", size)}
	}
	var many []*Response
	for i := range 50 {
		many = append(many, response(i, 1000))
	}
	doc := written(t, many...)
	for _, c := range []struct {
		name string
		doc  string
		o    ReaderOptions
		over bool
	}{
		{"each small enough", doc, ReaderOptions{MaxResponse: 1500}, false},
		{"one too large", doc, ReaderOptions{MaxResponse: 900}, true},
		{"whole small enough", doc, ReaderOptions{MaxBytes: int64(len(doc))}, false},
		{"whole too large", doc, ReaderOptions{MaxBytes: int64(len(doc)) - 1}, true},
		{"whole far too large", doc, ReaderOptions{MaxBytes: 20000}, true},
		{"whole too large within a response", prolog + "<D:response>" + strings.Repeat("<D:href>/</D:href>", 1000),
			ReaderOptions{MaxBytes: 1600}, true},
		{"junk between is no response", strings.Replace(written(t, response(0, 10)), "</D:multistatus>", strings.Repeat("<x/>", 1000)+"</D:multistatus>", 1),
			ReaderOptions{MaxResponse: 900}, false},
		{"text", doc, ReaderOptions{MaxText: 999}, true},
		{"depth", body(strings.Repeat("<x>", 10) + strings.Repeat("</x>", 10)), ReaderOptions{MaxDepth: 10}, true},
	} {
		_, err := read(strings.NewReader(c.doc), c.o)
		if over := err != nil && dav.KindOf(err) == dav.TooLarge; over != c.over || !over && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A value with markup is whole, so that any XML parser can take it.
func TestReaderWholeRoundTrip(t *testing.T) {
	r := &Response{Href: "/", Propstats: ok(
		Property{Name: dav.DAV("resourcetype"), Form: Inner, Value: []byte("<D:collection/>")},
		Property{Name: dav.DAV("displayname"), Value: []byte("<&>\r\n \t")},
	)}
	got, err := read(strings.NewReader(written(t, r)), ReaderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Property{
		{Name: dav.DAV("resourcetype"), Form: Whole, Value: []byte(`<D:resourcetype xmlns:D="DAV:"><D:collection/></D:resourcetype>`)},
		{Name: dav.DAV("displayname"), Value: []byte("<&>\r\n \t")},
	}
	if !reflect.DeepEqual(got[0].Propstats[0].Properties, want) {
		t.Error(show(got))
	}
}

func TestClone(t *testing.T) {
	r := &Response{Href: "/", More: []string{"/a"}, Error: []Condition{{Name: dav.DAV("e"), Hrefs: []string{"/h"}}},
		Propstats: []Propstat{{Properties: []Property{{Name: dav.DAV("p"), Value: []byte("v")}}, Error: []Condition{{Name: dav.DAV("f"), Hrefs: []string{"/i"}}}}}}
	before, c := show([]*Response{r}), r.Clone()
	r.More[0], r.Error[0].Hrefs[0], r.Error[0].Name.Local = "x", "x", "x"
	r.Propstats[0].Properties[0].Value[0], r.Propstats[0].Properties[0].Form = 'x', Whole
	r.Propstats[0].Error[0].Hrefs[0], r.Propstats[0].Status = "x", 500
	if after := show([]*Response{c}); after != before {
		t.Errorf("got\n%swant\n%s", after, before)
	}
}

// Memory stays constant in the length of a listing; a response costs no more
// than its href.
func TestReaderAllocations(t *testing.T) {
	doc := newListing(6000).document(t)
	r := NewReader(strings.NewReader(string(doc)), ReaderOptions{})
	next := func() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	for range 500 {
		next()
	}
	if allocs := testing.AllocsPerRun(5000, next); allocs > 1 {
		t.Errorf("%v allocations per response", allocs)
	}
}
