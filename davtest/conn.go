package davtest

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// Conn is a connection of one's own, for requests that net/http would not send:
// broken chunks, missing fields, bodies held back. Failing to connect or write
// ends the case as failed.
type Conn struct {
	t    *T
	net  net.Conn
	r    *bufio.Reader
	sent strings.Builder
}

// Dial opens a connection to the server. The case closes it.
func (t *T) Dial() *Conn {
	c, err := t.state.run.dial(t.state.ctx)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if deadline, ok := t.state.ctx.Deadline(); ok {
		c.SetDeadline(deadline)
	}
	return &Conn{t: t, net: c, r: bufio.NewReader(c)}
}

func (r *run) dial(ctx context.Context) (net.Conn, error) {
	var transport http.Transport
	if t, ok := r.client.Transport.(*http.Transport); ok {
		transport.DialContext, transport.TLSClientConfig = t.DialContext, t.TLSClientConfig
	}
	if transport.DialContext == nil {
		transport.DialContext = new(net.Dialer).DialContext
	}
	host, port := r.base.Hostname(), r.base.Port()
	if port == "" {
		port = r.base.Scheme
	}
	c, err := transport.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil || r.base.Scheme == "http" {
		return c, err
	}
	config := transport.TLSClientConfig.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	config.NextProtos = []string{"http/1.1"}
	return tls.Client(c, config), nil
}

// Head is the head of a request, empty line included, with Host, credentials
// and the fields of h. Nothing else is added.
func (t *T) Head(method, path string, h H) string {
	full := t.header(method, h, false)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", method, t.Path(path))
	if _, given := h["Host"]; !given {
		fmt.Fprintf(&b, "Host: %s\r\n", t.Host())
	}
	for name, values := range full {
		for _, v := range values {
			fmt.Fprintf(&b, "%s: %s\r\n", name, v)
		}
	}
	b.WriteString("\r\n")
	return b.String()
}

// Write sends the bytes as they are.
func (c *Conn) Write(s string) {
	c.sent.WriteString(s)
	if _, err := io.WriteString(c.net, s); err != nil {
		c.t.Fatalf("writing to the server: %v", err)
	}
}

// Close closes the connection, be the request complete or not.
func (c *Conn) Close() { c.net.Close() }

// CloseWrite ends the sending half of the connection; the answer can still be
// read.
func (c *Conn) CloseWrite() {
	if half, ok := c.net.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
}

// Read reads the answer to a request by the method and captures it. Interim
// answers are counted in Exchange.Interim. The error is that of a server that
// closed or kept silent.
func (c *Conn) Read(method, path string) (*Response, error) {
	x := &Exchange{Case: c.t.state.spec.ID, Method: method, Target: c.t.Path(path)}
	head, body, _ := strings.Cut(c.sent.String(), "\r\n\r\n")
	x.RequestHeader, x.RequestBody = fields(head), []byte(body)
	c.sent.Reset()
	for {
		resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
		if err != nil {
			return nil, err
		}
		if resp.StatusCode < 200 {
			x.Interim = append(x.Interim, resp.StatusCode)
			continue
		}
		defer resp.Body.Close()
		x.Status, x.Header = resp.StatusCode, resp.Header
		if x.Body, err = io.ReadAll(resp.Body); err != nil {
			return nil, err
		}
		c.t.state.captured(x, c.t.user, c.t.password)
		return &Response{x, c.t}, nil
	}
}

// fields are the header fields of a request head, read leniently.
func fields(head string) http.Header {
	h := http.Header{}
	for line := range strings.SplitSeq(head, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			h.Add(name, strings.TrimSpace(value))
		}
	}
	return h
}

// ReadInterim reads one answer, which may be an interim one, and returns its
// status; 0 if there was none. For requests that Expect: 100-continue.
func (c *Conn) ReadInterim(method string) int {
	resp, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

// Raw sends a whole request over a connection of its own and returns the
// answer; the server closing the connection instead is an error.
func (t *T) Raw(method, path, wire string) (*Response, error) {
	c := t.Dial()
	defer c.Close()
	c.Write(wire)
	return c.Read(method, path)
}
