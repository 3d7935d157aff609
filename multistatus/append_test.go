package multistatus

import (
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

// A response within a property reads the same wherever it stands.
func TestAppendResponse(t *testing.T) {
	r := &Response{Href: "/a&b", Propstats: []Propstat{
		{Status: 404, Properties: []Property{{Name: dav.Name{Local: "bare"}}}},
		{Status: 200, Properties: []Property{{Name: dav.Name{Space: "urn:x", Local: "a"}, Value: []byte("<")}}},
	}}
	const want = `<D:response xmlns:D="DAV:" xmlns=""><D:href>/a&amp;b</D:href><D:propstat><D:prop><N:a xmlns:N="urn:x">&lt;</N:a></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>` +
		`<D:propstat><D:prop><bare/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>`
	for range 2 { // once more the same, for it is about no document
		got, err := AppendResponse([]byte("before"), r)
		if err != nil || string(got) != "before"+want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	got, err := AppendResponse([]byte("before"), &Response{Href: "/a"})
	if err == nil || string(got) != "before" {
		t.Errorf("a response without a status: %s, %v", got, err)
	}

	// What a Writer writes next knows nothing of it.
	var b strings.Builder
	w := NewWriter(&b)
	if err := w.Write(r); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil || !strings.HasPrefix(b.String(), prolog+"<D:response><D:href>/a&amp;b") {
		t.Errorf("%v: %s", err, b.String())
	}
}
