package multistatus

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

// written is the document that holds the responses.
func written(t testing.TB, responses ...*Response) string {
	t.Helper()
	var b strings.Builder
	w := NewWriter(&b)
	for _, r := range responses {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func body(inner string) string { return prolog + inner + "</D:multistatus>" }

func ok(properties ...Property) []Propstat { return []Propstat{{Properties: properties, Status: 200}} }

func TestWriter(t *testing.T) {
	const win32 = "urn:schemas-microsoft-com:"
	for _, c := range []struct {
		name string
		r    Response
		want string
	}{
		{"MS-05 status", Response{Href: "/a", Status: 423},
			`<D:response><D:href>/a</D:href><D:status>HTTP/1.1 423 Locked</D:status></D:response>`},
		{"MS-32 several hrefs", Response{Href: "/a", More: []string{"/b", "/c"}, Status: 424},
			`<D:response><D:href>/a</D:href><D:href>/b</D:href><D:href>/c</D:href><D:status>HTTP/1.1 424 Failed Dependency</D:status></D:response>`},
		{"MS-05 propstats, A7 good ones first", Response{Href: "/a", Propstats: []Propstat{
			{Status: 404, Properties: []Property{{Name: dav.DAV("x")}}},
			{Status: 208, Properties: []Property{{Name: dav.DAV("getetag"), Value: []byte(`"1"`)}}},
		}}, `<D:response><D:href>/a</D:href>` +
			`<D:propstat><D:prop><D:getetag>"1"</D:getetag></D:prop><D:status>HTTP/1.1 208 Already Reported</D:status></D:propstat>` +
			`<D:propstat><D:prop><D:x/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>`},
		{"PR-02 empty prop", Response{Href: "/a", Propstats: ok()},
			`<D:response><D:href>/a</D:href><D:propstat><D:prop/><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`},
		{"MS-06 order, MS-13 conditions, MS-15 location", Response{Href: "/a", Status: 302, Location: "/b?x&y",
			Error: []Condition{{Name: dav.DAV("c"), Hrefs: []string{"/h&"}}, {Name: dav.Name{Space: "u", Local: "d"}}}, Description: "no <way>"},
			`<D:response><D:href>/a</D:href><D:status>HTTP/1.1 302 Found</D:status>` +
				`<D:error><D:c><D:href>/h&amp;</D:href></D:c><N:d xmlns:N="u"/></D:error>` +
				`<D:responsedescription>no &lt;way&gt;</D:responsedescription>` +
				`<D:location><D:href>/b?x&amp;y</D:href></D:location></D:response>`},
		{"MS-13 condition of a propstat", Response{Href: "/a", Propstats: []Propstat{{Status: 403,
			Properties: []Property{{Name: dav.DAV("getetag")}},
			Error:      []Condition{{Name: dav.CannotModifyProtectedProperty}}, Description: "protected"}}},
			`<D:response><D:href>/a</D:href><D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status>` +
				`<D:error><D:cannot-modify-protected-property/></D:error><D:responsedescription>protected</D:responsedescription></D:propstat></D:response>`},
		{"W2 names", Response{Href: "/a", Propstats: ok(
			Property{Name: dav.Name{Space: win32, Local: "Win32CreationTime"}},
			Property{Name: dav.Name{Local: "none"}, Value: []byte("v")},
			Property{Name: dav.Name{Space: xmlNamespace, Local: "x"}},
			Property{Name: dav.Name{Space: "a&\"\n<", Local: "é"}, Form: Inner, Value: []byte("<D:href>/</D:href>")},
			Property{Name: dav.Name{Space: "u", Local: "w"}, Form: Whole, Value: []byte(`<q:w xmlns:q="u"/>`)},
		)}, `<D:response><D:href>/a</D:href><D:propstat><D:prop>` +
			`<N:Win32CreationTime xmlns:N="urn:schemas-microsoft-com:"/><none>v</none><xml:x/>` +
			`<N:é xmlns:N="a&amp;&quot;&#10;&lt;"><D:href>/</D:href></N:é><q:w xmlns:q="u"/>` +
			`</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`},
		{"XL-09 characters", Response{Href: "/&<é>\x01", Status: 507, Description: "a\x00b\ufffec\xffd\r\n\t\U0001F600]]>\u007f\uffff\xe2\x82"},
			`<D:response><D:href>/&amp;&lt;é&gt;` + "\ufffd" + `</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status>` +
				"<D:responsedescription>a\ufffdb\ufffdc\ufffdd&#13;\n\t\U0001F600]]&gt;\u007f\ufffd\ufffd\ufffd</D:responsedescription></D:response>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := written(t, &c.r); got != body(c.want) {
				t.Errorf("got  %s\nwant %s", got, body(c.want))
			}
		})
	}
}

// MS-11: no response is a document too.
func TestMS11Empty(t *testing.T) {
	var b strings.Builder
	w := NewWriter(&b)
	if err := w.Flush(); err != nil || b.Len() > 0 {
		t.Errorf("Flush before anything else wrote %q, %v", b.String(), err)
	}
	w.SetSyncToken("urn:t&1")
	w.SetDescription("nothing")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := body("<D:responsedescription>nothing</D:responsedescription><D:sync-token>urn:t&amp;1</D:sync-token>")
	if b.String() != want {
		t.Errorf("got  %s\nwant %s", b.String(), want)
	}
}

// MS-07: every status that may be written is a whole status line.
func TestMS07StatusLines(t *testing.T) {
	line := regexp.MustCompile(`<D:status>HTTP/1\.1 [2-5]\d\d [A-Z][^<>&]*</D:status>`)
	for code := 200; code < 600; code++ {
		r := Response{Href: "/", Status: code, Location: "/l"}
		if got := written(t, &r); !line.MatchString(got) || !strings.Contains(got, fmt.Sprint(" ", code, " ")) {
			t.Errorf("%d: %s", code, got)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	x := Property{Name: dav.DAV("x")}
	for name, r := range map[string]Response{
		"MS-03 no href":               {Status: 200},
		"MS-03 empty further href":    {Href: "/", More: []string{""}, Status: 200},
		"MS-04 equal hrefs in one":    {Href: "/", More: []string{"/a", "/"}, Status: 200},
		"MS-04 equal further hrefs":   {Href: "/", More: []string{"/a", "/b", "/a"}, Status: 200},
		"MS-05 neither":               {Href: "/"},
		"MS-05 both":                  {Href: "/", Status: 200, Propstats: ok(x)},
		"MS-05 hrefs with a propstat": {Href: "/", More: []string{"/a"}, Propstats: ok(x)},
		"MS-08 1xx":                   {Href: "/", Status: 100},
		"MS-08 1xx in a propstat":     {Href: "/", Propstats: []Propstat{{Status: 102}}},
		"MS-07 no such status":        {Href: "/", Status: 600},
		"MS-07 negative":              {Href: "/", Status: -200},
		"MS-07 none in a propstat":    {Href: "/", Propstats: []Propstat{{Properties: []Property{x}}}},
		"MS-10 twice":                 {Href: "/", Propstats: ok(x, x)},
		"MS-10 twice over propstats":  {Href: "/", Propstats: append(ok(x), Propstat{Status: 404, Properties: []Property{x}})},
		"MS-15 no location":           {Href: "/", Status: 302},
		"no name":                     {Href: "/", Propstats: ok(Property{})},
		"no such name":                {Href: "/", Propstats: ok(Property{Name: dav.DAV("a b")})},
		"no such namespace":           {Href: "/", Propstats: ok(Property{Name: dav.Name{Space: "\x01", Local: "x"}})},
		"reserved namespace":          {Href: "/", Propstats: ok(Property{Name: dav.Name{Space: xmlnsNamespace, Local: "x"}})},
		"whole, but nothing":          {Href: "/", Propstats: ok(Property{Name: dav.DAV("x"), Form: Whole})},
		"unknown form":                {Href: "/", Propstats: ok(Property{Name: dav.DAV("x"), Form: 3})},
		"condition without name":      {Href: "/", Status: 403, Error: []Condition{{}}},
		"condition in a propstat":     {Href: "/", Propstats: []Propstat{{Status: 403, Error: []Condition{{}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			w := NewWriter(&b)
			if err := w.Write(&r); dav.KindOf(err) != dav.Internal || err == nil {
				t.Errorf("not refused: %v", err)
			}
			if err := w.Write(&Response{Href: "/good", Propstats: ok(x)}); err != nil {
				t.Error("a refused response stands in the way of a good one:", err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(b.String(), "<D:response>"); n != 1 || !strings.Contains(b.String(), "/good") {
				t.Errorf("%d responses: %s", n, b.String())
			}
		})
	}
}

// MS-04: an href comes once, as far as the Writer promises to know.
func TestMS04Duplicates(t *testing.T) {
	w := NewWriter(io.Discard)
	write := func(href string) error { return w.Write(&Response{Href: href, Status: 200}) }
	for i := range 100_000 {
		h := fmt.Sprint("/", i)
		if err := write(h); err != nil {
			t.Fatal(err)
		}
		if write(h) == nil {
			t.Fatal("the last href is written again")
		}
	}
	if write("/0") == nil {
		t.Error("the first href is written again")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	w = NewWriter(io.Discard)
	for _, h := range []string{"/0", "/a", "/b", "/A", "/a/"} {
		if err := write(h); err != nil {
			t.Errorf("%s: %v", h, err)
		}
	}
	if write("/a") == nil {
		t.Error("one that the table holds is written again")
	}
}

// One long response doesn't make a large buffer stay.
func TestWriterShrinks(t *testing.T) {
	w := NewWriter(io.Discard)
	if err := w.Write(&Response{Href: "/", Status: 200, Description: strings.Repeat("x", 2*mostBuffer)}); err != nil {
		t.Fatal(err)
	}
	if cap(w.buf) > mostBuffer {
		t.Error(cap(w.buf))
	}
}

func TestWriterFault(t *testing.T) {
	fault := errors.New("fault")
	w := NewWriter(faulty{fault})
	big := &Response{Href: "/a", Status: 200, Description: strings.Repeat("x", fullBuffer)}
	if err := w.Write(big); err != fault {
		t.Error(err)
	}
	if err := w.Write(&Response{Href: "/b", Status: 200}); err != fault {
		t.Error("the fault doesn't stick:", err)
	}
	if err := w.Flush(); err != fault {
		t.Error(err)
	}
	if err := w.Close(); err != fault {
		t.Error(err)
	}
}

type faulty struct{ err error }

func (f faulty) Write([]byte) (int, error) { return 0, f.err }

func TestWriterClosed(t *testing.T) {
	w := NewWriter(io.Discard)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Write(&Response{Href: "/", Status: 200}) != ErrClosed || w.Flush() != ErrClosed || w.Close() != ErrClosed {
		t.Error("a closed writer writes")
	}
}

// Memory stays constant in the length of a listing, and a response costs no
// allocation.
func TestWriterAllocations(t *testing.T) {
	l := newListing(10_000)
	w := NewWriter(io.Discard)
	for range 1000 {
		if err := w.Write(l.next()); err != nil {
			t.Fatal(err)
		}
	}
	allocs := testing.AllocsPerRun(5000, func() {
		if err := w.Write(l.next()); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations per response", allocs)
	}
	if cap(w.buf) > 4*fullBuffer || len(w.hrefs.table) != hrefTable {
		t.Error(cap(w.buf), len(w.hrefs.table))
	}
	names := make([]Property, 1)
	for i := range 10_000 {
		names[0].Name.Local = fmt.Sprint("n", i)
		if err := w.Write(&Response{Href: fmt.Sprint("/n", i), Propstats: ok(names...)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.tags.all) > maxTags+1 {
		t.Errorf("%d names are remembered", len(w.tags.all))
	}
}

// W8: 2000 members of a usual listing stay under the megabyte that Windows
// takes, if supportedlock is left to those who ask for it.
func TestW8Compact(t *testing.T) {
	l := newListing(2000)
	l.r.Propstats[0].Properties = append(l.props[:6:6], l.props[7])
	doc := l.document(t)
	if len(doc) >= 1_000_000 {
		t.Errorf("%d bytes", len(doc))
	}
	if strings.Contains(string(doc), ">\n ") {
		t.Error("indented")
	}
	if err := xml.Unmarshal(doc, new(struct{})); err != nil {
		t.Error(err)
	}
}
