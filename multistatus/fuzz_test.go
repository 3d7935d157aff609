package multistatus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/xmlscan"
)

// FuzzReader: what the Reader accepts, written by the Writer and read again, is
// equal.
func FuzzReader(f *testing.F) {
	for _, doc := range []string{
		foreign,
		body(""),
		body(`<D:response><D:href>/a</D:href><D:href>/b</D:href><D:status>HTTP/1.1 424 Failed Dependency</D:status></D:response>`),
		body(`<D:response><D:href> /é&amp;&#13; </D:href><D:status>HTTP/1.1 302 Found</D:status><D:location><D:href>/l</D:href></D:location></D:response>`),
		body(`<D:response><D:href>/</D:href><D:propstat><D:prop><D:a>&lt;]]&gt;<![CDATA[]]]]><![CDATA[>]]></D:a><b> <c/> </b>` +
			`<x:d xmlns:x="u" x:e="&#10;&quot;">x:f D:g</x:d></D:prop><D:status>HTTP/1.1 208 Already Reported</D:status></D:propstat></D:response>`),
		`<multistatus xmlns="DAV:" xml:lang="de"><response><href>/</href><propstat><prop><a xmlns="">t</a><b xml:lang=""/></prop>` +
			`<status>HTTP/1.1 404 N</status></propstat><propstat><prop/><status>HTTP/1.1 200 OK</status></propstat></response>` +
			`<response><status>HTTP/1.1 200 no href</status></response><sync-token>urn:x</sync-token></multistatus>`,
		`<m:multistatus xmlns:m="DAV:" xmlns:p="urn:p"><m:response><m:href>/</m:href><m:propstat><m:prop><m:q><m:r>p m</m:r></m:q></m:prop>` +
			`<m:status>HTTP/1.1 200 OK</m:status></m:propstat></m:response></m:multistatus>`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		first, end, ok := accepted(t, bytes.NewReader(doc))
		if !ok {
			return
		}
		first = writable(first)
		var b bytes.Buffer
		w := NewWriter(&b)
		for _, r := range first {
			if err := w.Write(r); err != nil {
				t.Fatalf("%v\n%s", err, show([]*Response{r}))
			}
		}
		w.SetDescription(end.Description())
		w.SetSyncToken(end.SyncToken())
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		second, again, ok := accepted(t, bytes.NewReader(b.Bytes()))
		if !ok {
			t.Fatalf("not read again: %s", b.Bytes())
		}
		if meaning(t, first) != meaning(t, second) || end.Description() != again.Description() || end.SyncToken() != again.SyncToken() {
			t.Fatalf("%s\nwas\n%sand is\n%s", b.Bytes(), meaning(t, first), meaning(t, second))
		}
	})
}

// accepted reads all responses that make sense; not ok if the document as a
// whole makes none.
func accepted(t *testing.T, doc io.Reader) (all []*Response, r *Reader, ok bool) {
	r = NewReader(doc, ReaderOptions{})
	for {
		one, err := r.Next()
		if err == io.EOF {
			return all, r, true
		}
		if _, shape := errors.AsType[*ResponseError](err); shape {
			continue
		} else if err != nil {
			return nil, nil, false
		}
		all = append(all, one.Clone())
	}
}

// writable leaves out what the Writer refuses and the Reader doesn't judge,
// and puts propstats in the Writer's order.
func writable(all []*Response) []*Response {
	hrefs := make(map[string]bool)
	return slices.DeleteFunc(all, func(r *Response) bool {
		for _, h := range append([]string{r.Href}, r.More...) {
			if hrefs[h] {
				return true
			}
			hrefs[h] = true
		}
		names := make(map[dav.Name]bool)
		for _, p := range r.Propstats {
			for _, v := range p.Properties {
				if names[v.Name] {
					return true
				}
				names[v.Name] = true
			}
		}
		slices.SortStableFunc(r.Propstats, func(a, b Propstat) int { return min(a.Status/300, 1) - min(b.Status/300, 1) })
		return needsLocation(r.Status) && r.Location == ""
	})
}

// meaning is show, with values that are whole as their tokens: which prefixes
// are declared on them depends on what surrounded them.
func meaning(t *testing.T, all []*Response) string {
	for _, r := range all {
		for _, p := range r.Propstats {
			for i := range p.Properties {
				if p.Properties[i].Form == Whole {
					p.Properties[i].Value = expand(t, p.Properties[i].Value)
				}
			}
		}
	}
	return show(all)
}

func expand(t *testing.T, value []byte) []byte {
	var b strings.Builder
	s := xmlscan.New(bytes.NewReader(value), xmlscan.Options{})
	for s.Next() != xmlscan.EOF {
		if s.Err() != nil {
			t.Fatalf("%s: %v", value, s.Err())
		}
		fmt.Fprint(&b, s.Kind())
		switch s.Kind() {
		case xmlscan.Start:
			fmt.Fprint(&b, s.Name())
			for _, a := range s.Attrs() {
				fmt.Fprintf(&b, "%v%q", a.Name, a.Value)
			}
		case xmlscan.Text:
			fmt.Fprintf(&b, "%q", s.Text())
		}
	}
	return []byte(b.String())
}

// FuzzValidate: it ends, and what the Reader can't read it finds fault with.
func FuzzValidate(f *testing.F) {
	f.Add([]byte(foreign))
	f.Add([]byte(body(`<D:response><D:href>/a</D:href></D:response>`)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		findings, err := Validate(bytes.NewReader(doc))
		if err != nil || len(findings) > 0 {
			return
		}
		if _, err := read(bytes.NewReader(doc), ReaderOptions{}); err != nil {
			t.Errorf("no finding, but %v: %s", err, doc)
		}
	})
}
