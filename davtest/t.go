package davtest

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// T is a running case, as one principal. Its methods may be called from several
// goroutines started by [T.Parallel].
type T struct {
	state          *state
	user, password string
	always         H // fields of every request
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// Errorf fails the case, which goes on.
func (t *T) Errorf(format string, args ...any) { t.state.fail(fmt.Sprintf(format, args...)) }

// Shouldf fails the case at level SHOULD, whatever its own level, for the part
// of a requirement that the RFC only recommends. The case goes on.
func (t *T) Shouldf(format string, args ...any) { t.state.failShould(fmt.Sprintf(format, args...)) }

// Fatalf fails the case and ends it.
func (t *T) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	panic(stop{})
}

// Skipf ends the case, since a precondition is not met.
func (t *T) Skipf(format string, args ...any) {
	t.state.skip(fmt.Sprintf(format, args...))
	panic(stop{})
}

// Logf adds a line to the log.
func (t *T) Logf(format string, args ...any) { t.state.note(fmt.Sprintf(format+"\n", args...)) }

// Second is the same case as the second principal. Without one the case SKIPs.
func (t *T) Second() *T {
	c := &t.state.run.config
	if c.User2 == "" {
		t.Skipf("needs a second principal")
	}
	return &T{state: t.state, user: c.User2, password: c.Password2}
}

// HasSecond tells whether there is a second principal.
func (t *T) HasSecond() bool { return t.state.run.config.User2 != "" }

// Anonymous is the same case as nobody.
func (t *T) Anonymous() *T { return &T{state: t.state} }

// As is the same case with other credentials.
func (t *T) As(user, password string) *T { return &T{state: t.state, user: user, password: password} }

// With is the same case, as the same principal, with fields that every request
// has unless it has its own.
func (t *T) With(h H) *T { return &T{t.state, t.user, t.password, h} }

// Restart kills the server and starts it again. If the suite can't, the case
// SKIPs.
func (t *T) Restart() {
	restart := t.state.run.config.Restart
	if restart == nil {
		t.Skipf("needs a way to restart the server")
	}
	t.state.run.client.CloseIdleConnections()
	if err := restart(); err != nil {
		t.Fatalf("the server does not come back: %v", err)
	}
}

// CanRestart tells whether [T.Restart] works.
func (t *T) CanRestart() bool { return t.state.run.config.Restart != nil }

// NeedLocks SKIPs the case unless the case's collection claims class 2.
func (t *T) NeedLocks() {
	if !t.HasLocks() {
		t.Skipf("needs locks, which the server does not offer")
	}
}

// HasLocks tells whether the case's collection claims class 2.
func (t *T) HasLocks() bool { return t.Claims("2") }

// Claims tells whether the DAV header of OPTIONS on the case's collection has
// the token.
func (t *T) Claims(token string) bool {
	return slices.Contains(t.Do("OPTIONS", "", nil, "").List("DAV"), token)
}

// Sleep waits for d, or until the case's time is up.
func (t *T) Sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-t.state.ctx.Done():
		t.Fatalf("out of time")
	}
}

// Parallel calls f n times at once, with i counting from 0, and waits for all.
func (t *T) Parallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { t.state.guard(func() { f(i) }) })
	}
	wg.Wait()
}

// Path is the encoded absolute path of a path within the case's collection; one
// with a leading slash comes back as it is.
func (t *T) Path(path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return t.state.collection + path
}

// URL is the full URL of [T.Path].
func (t *T) URL(path string) string { return t.Origin() + t.Path(path) }

// Origin is scheme and authority of the server: http://host:port.
func (t *T) Origin() string { return t.state.run.base.Scheme + "://" + t.state.run.base.Host }

// Base is the encoded path of the collection given as [Config.URL], with its
// trailing slash.
func (t *T) Base() string { return t.state.run.base.EscapedPath() }

// Host is the authority of the server.
func (t *T) Host() string { return t.state.run.base.Host }

// Do sends a request and returns the answer, whatever its status. No answer at
// all ends the case as failed. A body of a method other than PUT and POST is
// labelled application/xml, unless h says otherwise.
func (t *T) Do(method, path string, h H, body string) *Response {
	resp, err := t.Try(method, path, h, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, t.Path(path), err)
	}
	return resp
}

// Try is [T.Do] for requests that the server may leave unanswered.
func (t *T) Try(method, path string, h H, body string) (*Response, error) {
	req, err := t.newRequest(method, path, h, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	return t.send(req, []byte(body))
}

// Stream is [T.Try] with a body of unknown length, sent chunked.
func (t *T) Stream(method, path string, h H, body io.Reader) (*Response, error) {
	req, err := t.newRequest(method, path, h, io.MultiReader(body)) // hides the length
	if err != nil {
		return nil, err
	}
	return t.send(req, []byte("(streamed)"))
}

// Get sends GET and returns the answer if it is 200, else fails.
func (t *T) Get(path string) *Response {
	return t.Status(t.Do("GET", path, nil, ""), 200)
}

// Put stores a body that must be accepted, and returns the answer.
func (t *T) Put(path, body string) *Response {
	return t.Status(t.Do("PUT", path, nil, body), 200, 201, 204)
}

// Mkcol makes collections that must be accepted.
func (t *T) Mkcol(paths ...string) {
	for _, p := range paths {
		t.Status(t.Do("MKCOL", p, nil, ""), 201)
	}
}

// Exists tells whether a Depth 0 PROPFIND finds the resource. Anything but 207
// and 404 fails the case.
func (t *T) Exists(path string) bool {
	return t.Status(t.Do("PROPFIND", path, H{"Depth": {"0"}}, ""), 207, 404).Status == 207
}

// Propfind asks for the named properties (all of allprop if none is named) and
// returns the Multi-Status; anything else ends the case as failed.
func (t *T) Propfind(path, depth string, names ...Name) *Multistatus {
	return t.Do("PROPFIND", path, H{"Depth": {depth}}, propfindBody(names...)).Multistatus()
}

// Prop is the property of a resource as PROPFIND gives it with 200, or nil if
// it comes with 404. Anything else ends the case as failed.
func (t *T) Prop(path string, name Name) *Element {
	ms := t.Propfind(path, "0", name)
	if len(ms.Responses) != 1 {
		t.Fatalf("Depth 0 PROPFIND of %s: %d responses", t.Path(path), len(ms.Responses))
	}
	e, status := ms.Responses[0].Prop(name)
	switch {
	case status == 200:
		return e
	case status == 404:
		return nil
	}
	t.Fatalf("%s of %s: no propstat with 200 or 404 but %d", nameString(name), t.Path(path), status)
	return nil
}

// Proppatch sends instructions, made by [Set] and [Remove], and returns the
// answer, whatever its status.
func (t *T) Proppatch(path string, instructions ...string) *Response {
	return t.Do("PROPPATCH", path, nil, propertyupdate(instructions...))
}

// Store is [T.Proppatch] where every instruction must succeed.
func (t *T) Store(path string, instructions ...string) {
	ms := t.Proppatch(path, instructions...).Multistatus()
	for _, r := range ms.Responses {
		for _, ps := range r.Propstats {
			if ps.Code != 200 {
				t.Fatalf("PROPPATCH of %s: %s", t.Path(path), ps.Status)
			}
		}
	}
}

// Lock locks and returns the token; anything but a new lock ends the case as
// failed. Scope is exclusive or shared, depth 0 or infinity.
func (t *T) Lock(path, scope, depth string) string {
	resp := t.Status(t.TryLock(path, scope, depth, nil), 200, 201)
	token, ok := strings.CutPrefix(resp.Header.Get("Lock-Token"), "<")
	token, ok2 := strings.CutSuffix(token, ">")
	if !ok || !ok2 {
		t.Fatalf("LOCK of %s: Lock-Token: %q", t.Path(path), resp.Header.Get("Lock-Token"))
	}
	return token
}

// TryLock asks for a new lock, for an hour, and returns the answer, whatever
// its status. h may add to and replace the header.
func (t *T) TryLock(path, scope, depth string, h H) *Response {
	full := H{"Depth": {depth}, "Timeout": {"Second-3600"}}
	for name, values := range h {
		full[name] = values
	}
	return t.Do("LOCK", path, full, lockinfo(scope, "<D:owner><D:href>urn:davtest:owner</D:href></D:owner>"))
}

// Unlock frees a lock, which must be accepted.
func (t *T) Unlock(path, token string) {
	t.Status(t.Do("UNLOCK", path, H{"Lock-Token": {"<" + token + ">"}}, ""), 204)
}

// Locks are the activelock elements of a resource's lockdiscovery.
func (t *T) Locks(path string) []*Element {
	discovery := t.Prop(path, D("lockdiscovery"))
	if discovery == nil {
		t.Fatalf("%s has no lockdiscovery", t.Path(path))
	}
	return discovery.All(D("activelock"))
}

// Status ends the case as failed unless the answer has one of the statuses.
func (t *T) Status(r *Response, want ...int) *Response {
	if !slices.Contains(want, r.Status) {
		t.Fatalf("%s %s: status %d, want %s", r.Method, r.Target, r.Status, oneOf(want))
	}
	return r
}

// CheckStatus fails the case unless the answer has one of the statuses, and
// tells whether it has.
func (t *T) CheckStatus(r *Response, want ...int) bool {
	ok := slices.Contains(want, r.Status)
	if !ok {
		t.Errorf("%s %s: status %d, want %s", r.Method, r.Target, r.Status, oneOf(want))
	}
	return ok
}

func oneOf(codes []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(codes)), " or "), "[]")
}

// decoded is the path of an href, percent-decoded and without a slash at the
// end. ok tells whether it could be decoded.
func decoded(href string) (path string, ok bool) {
	u, err := url.Parse(href)
	if err != nil {
		return href, false
	}
	if len(u.Path) > 1 {
		return strings.TrimSuffix(u.Path, "/"), true
	}
	return u.Path, true
}
