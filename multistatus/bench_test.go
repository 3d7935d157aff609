package multistatus

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"testing"

	"github.com/quiredav/quire/dav"
)

const lockEntries = `<D:lockentry><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>` +
	`<D:lockentry><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>`

// listing yields responses of the kind that file managers ask for.
type listing struct {
	r     Response
	props [8]Property
	hrefs []string
	n     int
}

func newListing(members int) *listing {
	l := &listing{hrefs: make([]string, members)}
	for i := range l.hrefs {
		l.hrefs[i] = fmt.Sprintf("/dav/projects/2026/photos%%20raw/IMG_%06d.jpeg", i)
	}
	l.props = [8]Property{
		{Name: dav.DAV("resourcetype")},
		{Name: dav.DAV("getcontentlength"), Value: []byte("0")},
		{Name: dav.DAV("getlastmodified"), Value: []byte("Mon, 02 Nov 2026 08:15:30 GMT")},
		{Name: dav.DAV("creationdate"), Value: []byte("2026-11-02T08:15:30Z")},
		{Name: dav.DAV("getetag"), Value: []byte(`"5f3a9c1e7b2d4860"`)},
		{Name: dav.DAV("getcontenttype"), Value: []byte("image/jpeg")},
		{Name: dav.DAV("supportedlock"), Form: Inner, Value: []byte(lockEntries)},
		{Name: dav.DAV("lockdiscovery")},
	}
	l.r.Propstats = []Propstat{{Properties: l.props[:], Status: 200}}
	return l
}

func (l *listing) next() *Response {
	l.r.Href = l.hrefs[l.n%len(l.hrefs)]
	l.props[1].Value = strconv.AppendInt(l.props[1].Value[:0], int64(l.n)*4711, 10)
	l.n++
	return &l.r
}

func (l *listing) document(tb testing.TB) []byte {
	var b bytes.Buffer
	w := NewWriter(&b)
	for range l.hrefs {
		if err := w.Write(l.next()); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// BenchmarkWriter writes one response per operation.
func BenchmarkWriter(b *testing.B) {
	const members = 10_000
	b.SetBytes(int64(len(newListing(members).document(b)) / members))
	b.ReportAllocs()
	l := newListing(members)
	w := NewWriter(io.Discard)
	for b.Loop() {
		if l.n%members == 0 {
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			w = NewWriter(io.Discard)
		}
		if err := w.Write(l.next()); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkReader and BenchmarkEncodingXML read the same 1,000 responses per
// operation.
func BenchmarkReader(b *testing.B) {
	doc := newListing(1000).document(b)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		r, n := NewReader(bytes.NewReader(doc), ReaderOptions{}), 0
		for {
			_, err := r.Next()
			if err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 1000 {
			b.Fatal(n)
		}
	}
}

func BenchmarkEncodingXML(b *testing.B) {
	type prop struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
		Inner   []byte `xml:",innerxml"`
	}
	type multistatus struct {
		Responses []struct {
			Href      string `xml:"DAV: href"`
			Status    string `xml:"DAV: status"`
			Propstats []struct {
				Prop struct {
					All []prop `xml:",any"`
				} `xml:"DAV: prop"`
				Status string `xml:"DAV: status"`
			} `xml:"DAV: propstat"`
		} `xml:"DAV: response"`
	}
	doc := newListing(1000).document(b)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		var m multistatus
		if err := xml.Unmarshal(doc, &m); err != nil {
			b.Fatal(err)
		}
		if n := len(m.Responses); n != 1000 || len(m.Responses[n-1].Propstats[0].Prop.All) != 8 {
			b.Fatal(n)
		}
	}
}
