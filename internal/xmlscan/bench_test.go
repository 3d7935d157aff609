package xmlscan

import (
	"strings"
	"testing"
)

var benchDoc = `<D:r xmlns:D="DAV:">` + strings.Repeat(`<D:a b="1"><D:c>some text &amp; more</D:c><x:d xmlns:x="urn:x"/></D:a>`, 1000) + `</D:r>`

// Once the names are known, a document costs no allocation at all.
func TestScannerAllocations(t *testing.T) {
	s, r := New(nil, Options{}), strings.NewReader("")
	scan := func() {
		r.Reset(benchDoc)
		s.Reset(r, Options{})
		if err := s.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	scan()
	if n := testing.AllocsPerRun(10, scan); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkScanner(b *testing.B) {
	b.SetBytes(int64(len(benchDoc)))
	b.ReportAllocs()
	s, r := New(nil, Options{}), strings.NewReader("")
	for b.Loop() {
		r.Reset(benchDoc)
		s.Reset(r, Options{})
		if err := s.Finish(); err != nil {
			b.Fatal(err)
		}
	}
}
