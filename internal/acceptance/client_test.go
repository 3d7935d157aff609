package acceptance

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/davtest"
)

// client plays one program. Its header goes with every request; it follows no
// redirects and hides nothing.
type client struct {
	t      *testing.T
	url    string // of the server, without a slash at the end
	http   *http.Client
	header http.Header
}

func newClient(t *testing.T, url string) *client {
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t, url, &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, http.Header{}}
}

// with is the same client with fields, each "Name: value", in every request.
func (c *client) with(fields ...string) *client {
	d := *c
	d.header = c.header.Clone()
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		d.header.Set(name, value)
	}
	return &d
}

// in is the same client in a subtest.
func (c *client) in(t *testing.T) *client {
	d := c.with()
	d.t = t
	return d
}

// as is the same client with the credentials NAME:PASSWORD; "" is nobody.
func (c *client) as(user string) *client {
	d := c.with()
	d.header.Del("Authorization")
	if name, password, ok := strings.Cut(user, ":"); ok {
		r := http.Request{Header: d.header}
		r.SetBasicAuth(name, password)
	}
	return d
}

// reply is what the server said.
type reply struct {
	t              *testing.T
	method, target string
	status         int
	header         http.Header
	body           string
	length         int64 // Content-Length; -1 if there was none
}

// do sends a request. The path is encoded already; fields are "Name: value"
// and may repeat a name.
func (c *client) do(method, path, body string, fields ...string) *reply {
	c.t.Helper()
	return c.send(method, path, strings.NewReader(body), fields...)
}

// stream is do with a body of unknown length, sent chunked.
func (c *client) stream(method, path, body string, fields ...string) *reply {
	c.t.Helper()
	return c.send(method, path, io.MultiReader(strings.NewReader(body)), fields...)
}

func (c *client) send(method, path string, body io.Reader, fields ...string) *reply {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url, body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.URL.Opaque = path
	req.Header = c.header.Clone()
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		req.Header.Add(name, value)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return &reply{c.t, method, path, resp.StatusCode, resp.Header, string(got), resp.ContentLength}
}

// want ends the test unless the answer has one of the statuses.
func (a *reply) want(status ...int) *reply {
	a.t.Helper()
	if !slices.Contains(status, a.status) {
		a.t.Fatalf("%s %s: %d, want %d\n%.600s", a.method, a.target, a.status, status, a.body)
	}
	return a
}

// not ends the test if the answer has one of the statuses.
func (a *reply) not(status ...int) *reply {
	a.t.Helper()
	if slices.Contains(status, a.status) {
		a.t.Fatalf("%s %s: %d\n%.600s", a.method, a.target, a.status, a.body)
	}
	return a
}

// says ends the test unless the body is the text.
func (a *reply) says(body string) *reply {
	a.t.Helper()
	if a.body != body {
		a.t.Fatalf("%s %s: body %.80q (%d bytes), want %.80q (%d bytes)", a.method, a.target, a.body, len(a.body), body, len(body))
	}
	return a
}

// multistatus is the body of a 207; anything else ends the test.
func (a *reply) multistatus() *listing {
	a.t.Helper()
	a.want(207)
	x := davtest.Exchange{Body: []byte(a.body)}
	m, err := x.Multistatus()
	if err != nil {
		a.t.Fatalf("%s %s: %v\n%.600s", a.method, a.target, err, a.body)
	}
	return &listing{m, a.t}
}

// condition tells whether the body is a DAV:error with the condition.
func (a *reply) condition(name string) bool {
	root, err := davtest.ParseXML([]byte(a.body))
	return err == nil && root.Name == davtest.D("error") && root.Child(davtest.D(name)) != nil
}

// token is the lock token of the Lock-Token field; having none ends the test.
func (a *reply) token() string {
	a.t.Helper()
	token, ok := strings.CutPrefix(a.header.Get("Lock-Token"), "<")
	token, ok2 := strings.CutSuffix(token, ">")
	if !ok || !ok2 {
		a.t.Fatalf("%s %s: Lock-Token is %q", a.method, a.target, a.header.Get("Lock-Token"))
	}
	return token
}

// listing is a 207 body as a client reads it.
type listing struct {
	*davtest.Multistatus
	t *testing.T
}

// hrefs are the hrefs as written, in order.
func (l *listing) hrefs() []string {
	var list []string
	for _, r := range l.Responses {
		list = append(list, r.Hrefs...)
	}
	return list
}

// prop is the text of a DAV: property that must have status 200.
func (l *listing) prop(path, local string) string { return l.propOf(path, "DAV:", local) }

func (l *listing) propOf(path, space, local string) string {
	l.t.Helper()
	e, code := l.At(path).Prop(davtest.Name{Space: space, Local: local})
	if code != 200 {
		l.t.Fatalf("%s of %s has status %d", local, path, code)
	}
	return e.Trimmed()
}

// isCollection tells whether resourcetype says so.
func (l *listing) isCollection(path string) bool {
	e, _ := l.At(path).Prop(davtest.D("resourcetype"))
	return e.Child(davtest.D("collection")) != nil
}

// mkcol makes collections and put files; both must be accepted.
func (c *client) mkcol(paths ...string) {
	c.t.Helper()
	for _, p := range paths {
		c.do("MKCOL", p, "").want(201)
	}
}

func (c *client) put(path, body string, fields ...string) *reply {
	c.t.Helper()
	return c.do("PUT", path, body, fields...).want(201, 204)
}

// propfind asks for properties: the body is a whole document, or names of DAV:
// properties separated by blanks, or "" for allprop without a body.
func (c *client) propfind(path, depth, body string) *reply {
	c.t.Helper()
	if body != "" && !strings.HasPrefix(body, "<") {
		var names strings.Builder
		for _, n := range strings.Fields(body) {
			fmt.Fprintf(&names, "<D:%s/>", n)
		}
		body = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop>` + names.String() + `</D:prop></D:propfind>`
	}
	if body == "" {
		return c.do("PROPFIND", path, "", "Depth: "+depth)
	}
	return c.do("PROPFIND", path, body, "Depth: "+depth, "Content-Type: application/xml; charset=utf-8")
}

// proppatch sets one property to a text.
func (c *client) proppatch(path, space, local, value string, fields ...string) *reply {
	c.t.Helper()
	body := fmt.Sprintf(`<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><Z:%s xmlns:Z="%s">%s</Z:%[1]s></D:prop></D:set></D:propertyupdate>`, local, space, value)
	return c.do("PROPPATCH", path, body, append(fields, "Content-Type: text/xml; charset=utf-8")...)
}

const lockinfo = `<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:%s/></D:lockscope>` +
	`<D:locktype><D:write/></D:locktype><D:owner><D:href>%s</D:href></D:owner></D:lockinfo>`

// lock asks for a lock without a Depth, as most clients do on files.
func (c *client) lock(path, scope string, fields ...string) *reply {
	c.t.Helper()
	return c.do("LOCK", path, fmt.Sprintf(lockinfo, scope, "mailto:writer@example.org"),
		append([]string{"Content-Type: text/xml; charset=utf-8"}, fields...)...)
}

// unlock frees a lock, which must be accepted.
func (c *client) unlock(path, token string) {
	c.t.Helper()
	c.do("UNLOCK", path, "", "Lock-Token: <"+token+">").want(204)
}

// to is the Destination field for a path.
func (c *client) to(path string) string { return "Destination: " + c.url + path }

// ifToken is the If field that most clients send.
func ifToken(token string) string { return "If: (<" + token + ">)" }

// wire is a connection on which a test writes bytes of its own.
type wire struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

// dial opens one and sends the head of a request with the fields and those of
// the client, but no body.
func (c *client) dial(method, path string, fields ...string) *wire {
	c.t.Helper()
	u, err := url.Parse(c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	w := &wire{conn, c.t, bufio.NewReader(conn)}
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, u.Host)
	for name, values := range c.header {
		head += name + ": " + values[0] + "\r\n"
	}
	for _, f := range fields {
		head += f + "\r\n"
	}
	w.send(head + "\r\n")
	return w
}

func (w *wire) send(s string) {
	w.t.Helper()
	if _, err := io.WriteString(w, s); err != nil {
		w.t.Fatal(err)
	}
}

// status reads one answer, interim ones too, and gives its status; 0 if the
// server closed.
func (w *wire) status(method string) int {
	resp, err := http.ReadResponse(w.r, &http.Request{Method: method})
	if err != nil {
		return 0
	}
	if resp.StatusCode >= 200 {
		io.Copy(io.Discard, resp.Body)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// finish ends the sending half, and waits until the server has answered or
// closed.
func (w *wire) finish(method string) int {
	w.Conn.(*net.TCPConn).CloseWrite()
	return w.status(method)
}
