package davtest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// H is a request header. A name is sent as spelled, so it should be spelled
// canonically; Host overrides the request's host. A name without values
// suppresses what the suite would send by itself:
// H{"Content-Type": nil}.
type H = http.Header

// Exchange is one request and its answer.
type Exchange struct {
	Case string // ID of the case that made it

	Method        string
	Target        string // as sent
	RequestHeader http.Header
	RequestBody   []byte

	Interim []int // 1xx statuses seen before the answer; only for [T.Dial]
	Status  int
	Header  http.Header
	Body    []byte

	xml *document
}

// document is the XML of a body, parsed when first asked for.
type document struct {
	root *Element
	ms   *Multistatus
	err  error
}

// XML is the document element of the answer's body.
func (x *Exchange) XML() (*Element, error) {
	if x.xml == nil {
		root, err := ParseXML(x.Body)
		x.xml = &document{root: root, err: err}
	}
	return x.xml.root, x.xml.err
}

// Multistatus is the body of a 207, read leniently: whatever is wrong with its
// shape stays visible. It is an error if the body is no XML, or has another
// root.
func (x *Exchange) Multistatus() (*Multistatus, error) {
	root, err := x.XML()
	if err != nil {
		return nil, err
	}
	if root.Name != D("multistatus") {
		return nil, fmt.Errorf("the document element is %s, not DAV:multistatus", nameString(root.Name))
	}
	if x.xml.ms == nil {
		x.xml.ms = newMultistatus(root)
	}
	return x.xml.ms, nil
}

const maxDump = 4 << 10 // bytes of a body in a log

// dump writes the exchange as it would be on the wire, without credentials.
func (x *Exchange) dump(w *strings.Builder) {
	fmt.Fprintf(w, "> %s %s\n", x.Method, x.Target)
	dumpHeader(w, "> ", x.RequestHeader)
	dumpBody(w, "> ", x.RequestBody)
	fmt.Fprintf(w, "< %d %s\n", x.Status, http.StatusText(x.Status))
	dumpHeader(w, "< ", x.Header)
	dumpBody(w, "< ", x.Body)
}

func dumpHeader(w *strings.Builder, mark string, h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			if name == "Authorization" {
				v = "(not shown)"
			}
			fmt.Fprintf(w, "%s%s: %s\n", mark, name, v)
		}
	}
}

func dumpBody(w *strings.Builder, mark string, body []byte) {
	if len(body) == 0 {
		return
	}
	shown := body[:min(len(body), maxDump)]
	if !utf8.Valid(shown[:max(0, len(shown)-utf8.UTFMax)]) {
		fmt.Fprintf(w, "%s\n%s%d bytes, not text\n", mark, mark, len(body))
		return
	}
	fmt.Fprintln(w, mark)
	for line := range bytes.Lines(shown) {
		fmt.Fprintf(w, "%s%s\n", mark, bytes.TrimRight(line, "\r\n"))
	}
	if len(shown) < len(body) {
		fmt.Fprintf(w, "%s... %d bytes in all\n", mark, len(body))
	}
}

// newRequest builds a request with an exact target.
func (t *T) newRequest(method, path string, h H, body io.Reader) (*http.Request, error) {
	target := t.Path(path)
	req, err := http.NewRequestWithContext(t.state.ctx, method, t.state.run.base.String(), body)
	if err != nil {
		return nil, err
	}
	req.URL.Opaque = target
	req.Header = t.header(method, h, req.ContentLength != 0)
	if hosts := req.Header["Host"]; len(hosts) > 0 {
		req.Host = hosts[0]
		req.Header.Del("Host")
	}
	return req, nil
}

// header is h with what the suite sends by itself.
func (t *T) header(method string, h H, body bool) http.Header {
	full := http.Header{"User-Agent": {"davtest"}}
	if body && method != http.MethodPut && method != http.MethodPost {
		full.Set("Content-Type", `application/xml; charset="utf-8"`)
	}
	if t.user != "" {
		full.Set("Authorization", basic(t.user, t.password))
	}
	maps.Copy(full, t.always)
	for name, values := range h {
		if full[name] = values; len(values) == 0 {
			delete(full, name)
		}
	}
	return full
}

// send does one exchange and captures it. sent is the body, for the record.
func (t *T) send(req *http.Request, sent []byte) (*Response, error) {
	resp, err := t.state.run.client.Do(req)
	if err != nil {
		t.state.note(fmt.Sprintf("> %s %s\n  %v\n", req.Method, req.URL.Opaque, err))
		return nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.state.note(fmt.Sprintf("> %s %s\n< %s\n  after %d bytes: %v\n", req.Method, req.URL.Opaque, resp.Status, len(got), err))
		return nil, err
	}
	x := &Exchange{
		Case: t.state.spec.ID, Method: req.Method, Target: req.URL.Opaque,
		RequestHeader: withHost(req), RequestBody: sent,
		Status: resp.StatusCode, Header: resp.Header, Body: got,
	}
	t.state.captured(x, t.user, t.password)
	return &Response{Exchange: x, t: t}, nil
}

// withHost is the header of a request with Host in it, as it went out.
func withHost(req *http.Request) http.Header {
	h := req.Header.Clone()
	h.Set("Host", req.Host)
	return h
}
