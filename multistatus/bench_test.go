package multistatus

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"testing"
	"time"

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

// BenchmarkWriter writes one response per operation, and fails below 500 MB/s.
func BenchmarkWriter(b *testing.B) {
	const members = 10_000
	size := len(newListing(members).document(b)) / members
	b.SetBytes(int64(size))
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
	if speed := float64(size) * float64(b.N) / b.Elapsed().Seconds() / 1e6; b.N > 10_000 && speed < 500 {
		b.Errorf("%.0f MB/s; promised are 500", speed)
	}
}

// BenchmarkReader and BenchmarkEncodingXML read the same 1,000 responses per
// operation.
func BenchmarkReader(b *testing.B)      { benchmarkReading(b, readAll) }
func BenchmarkEncodingXML(b *testing.B) { benchmarkReading(b, unmarshalAll) }

func benchmarkReading(b *testing.B, read func(testing.TB, []byte)) {
	doc := newListing(1000).document(b)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		read(b, doc)
	}
}

// BenchmarkReaderRatio lets both read in turn, and fails if Reader is not at
// least 5 times as fast.
func BenchmarkReaderRatio(b *testing.B) {
	doc := newListing(1000).document(b)
	var ours, theirs []time.Duration
	for b.Loop() {
		start := time.Now()
		readAll(b, doc)
		middle := time.Now()
		unmarshalAll(b, doc)
		ours, theirs = append(ours, middle.Sub(start)), append(theirs, time.Since(middle))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	ratio := float64(theirs[len(theirs)/2]) / float64(ours[len(ours)/2])
	b.ReportMetric(ratio, "times")
	if b.N > 10 && ratio < 5 {
		b.Errorf("%.1f times as fast as encoding/xml; promised are 5", ratio)
	}
}

func readAll(tb testing.TB, doc []byte) {
	r, n := NewReader(bytes.NewReader(doc), ReaderOptions{}), 0
	for {
		_, err := r.Next()
		if err == io.EOF {
			break
		} else if err != nil {
			tb.Fatal(err)
		}
		n++
	}
	if n != 1000 {
		tb.Fatal(n)
	}
}

func unmarshalAll(tb testing.TB, doc []byte) {
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
	var m multistatus
	if err := xml.Unmarshal(doc, &m); err != nil {
		tb.Fatal(err)
	}
	if n := len(m.Responses); n != 1000 || len(m.Responses[n-1].Propstats[0].Prop.All) != 8 {
		tb.Fatal(n)
	}
}
