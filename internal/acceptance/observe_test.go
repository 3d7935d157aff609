package acceptance

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// seen is a Multi-Status as far as it tells what a tree holds. It is read by
// encoding/xml, so that a fault of our own reader can't hide one of the writer.
type seen struct {
	XMLName   xml.Name `xml:"DAV: multistatus"`
	Token     string   `xml:"DAV: sync-token"`
	Responses []struct {
		Href      string `xml:"DAV: href"`
		Status    string `xml:"DAV: status"`
		Propstats []struct {
			Status string   `xml:"DAV: status"`
			Prop   seenProp `xml:"DAV: prop"`
		} `xml:"DAV: propstat"`
	} `xml:"DAV: response"`
}

type seenProp struct {
	Type struct {
		Collection *struct{} `xml:"DAV: collection"`
	} `xml:"DAV: resourcetype"`
	ETag      string `xml:"DAV: getetag"`
	ID        string `xml:"DAV: resource-id>href"`
	Ordering  string `xml:"DAV: ordering-type>href"`
	Discovery struct {
		Locks []struct {
			Root  string `xml:"DAV: lockroot>href"`
			Token string `xml:"DAV: locktoken>href"`
		} `xml:"DAV: activelock"`
	} `xml:"DAV: lockdiscovery"`
	Others []struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
	} `xml:",any"`
}

const wholeListing = `<D:propfind xmlns:D="DAV:"><D:allprop/><D:include><D:resource-id/><D:ordering-type/></D:include></D:propfind>`

// observe reads all that is at and below top in the share at base: structure,
// dead properties and locks with one PROPFIND, each body with a GET.
func observe(ctx context.Context, h *http.Client, base, top string) (tree, error) {
	return observeAnew(ctx, h, base, top, map[string]string{})
}

// observeAnew is observe that takes the bodies it knows, by entity tag, as read,
// and notes the others.
func observeAnew(ctx context.Context, h *http.Client, base, top string, bodies map[string]string) (tree, error) {
	t := newTree()
	tags := map[string]string{}
	body, err := fetchFor(ctx, h, "PROPFIND", base+top, wholeListing, http.StatusMultiStatus, "Depth", "infinity", "DAV", "bind", "Content-Type", "application/xml")
	if err != nil {
		return t, err
	}
	var m seen
	if err := xml.Unmarshal([]byte(body), &m); err != nil {
		return t, fmt.Errorf("PROPFIND %s: %w", top, err)
	}
	for _, r := range m.Responses {
		p, err := sharePath(r.Href)
		if err != nil {
			return t, err
		}
		if len(r.Propstats) == 0 || !strings.Contains(r.Propstats[0].Status, " 20") {
			return t, fmt.Errorf("PROPFIND %s: %s has the status %q", top, p, r.Status)
		}
		if err := t.note(p, &r.Propstats[0].Prop); err != nil {
			return t, err
		}
		if strings.Contains(r.Propstats[0].Status, " 208 ") {
			n := t.nodes[p]
			n.again = true
			t.nodes[p] = n
			delete(t.order, p)
		}
		tags[p] = r.Propstats[0].Prop.ETag
	}
	for p, n := range t.nodes {
		if n.collection {
			continue
		}
		body, known := bodies[tags[p]]
		if !known {
			if body, err = fetch(ctx, h, "GET", base+p, http.StatusOK); err != nil {
				return t, err
			}
			bodies[tags[p]] = body
		}
		n.body = body
		t.nodes[p] = n
	}
	return t, nil
}

// note takes down what a PROPFIND told of the resource at p.
func (t tree) note(p string, prop *seenProp) error {
	if _, twice := t.nodes[p]; twice {
		return fmt.Errorf("PROPFIND: %s is listed twice", p)
	}
	n := node{id: prop.ID, etag: prop.ETag, collection: prop.Type.Collection != nil}
	if in := path.Dir(p); in != "." {
		if order, ordered := t.order[in]; ordered {
			t.order[in] = append(order, path.Base(p))
		}
	}
	if prop.Ordering != "" && prop.Ordering != "DAV:unordered" {
		t.order[p] = nil
	}
	for _, o := range prop.Others {
		var i int
		if o.XMLName.Space != deadSpace {
			continue
		}
		if _, err := fmt.Sscanf(o.XMLName.Local, "p%d", &i); err != nil || i >= len(n.dead) {
			return fmt.Errorf("PROPFIND: %s has a dead property %s", p, o.XMLName.Local)
		}
		n.dead[i] = o.Text
	}
	t.nodes[p] = n
	for _, l := range prop.Discovery.Locks {
		root, err := sharePath(l.Root)
		if err != nil {
			return err
		}
		if root == p {
			t.locks[p] = l.Token
		}
	}
	return nil
}

// sharePath is the path that an href leads to, as a tree has it.
func sharePath(href string) (string, error) {
	u, err := url.Parse(href)
	if err != nil {
		return "", err
	}
	return strings.Trim(u.Path, "/"), nil
}

// fetch makes a request without a body, and gives the whole body of its answer,
// which must have the status.
func fetch(ctx context.Context, h *http.Client, method, url string, status int, header ...string) (string, error) {
	return fetchFor(ctx, h, method, url, "", status, header...)
}

// fetchFor is fetch with a body.
func fetchFor(ctx context.Context, h *http.Client, method, url, asks string, status int, header ...string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(asks))
	if err != nil {
		return "", err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := h.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", method, url, err)
	}
	if res.StatusCode != status {
		return "", fmt.Errorf("%s %s: %s, want %d\n%.300s", method, url, res.Status, status, body)
	}
	return string(body), nil
}

// played is how a step came out.
type played struct {
	status int
	said   string // the body of the answer
	broke  error  // why the answer did not come as a whole
}

// done tells whether the step was acknowledged as carried out.
func (a played) done() bool {
	switch a.status {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
		return true
	case http.StatusMultiStatus: // of PROPPATCH
		return a.broke == nil && !strings.Contains(a.said, "HTTP/1.1 4") && !strings.Contains(a.said, "HTTP/1.1 5")
	}
	return false
}

var errCut = errors.New("the body ends here")

// play sends a step to the share at base, where the tree is now. progress, if
// not nil, is called each time that a piece of the body is asked for. The token
// of a lock that was made goes into s.after.
func (s step) play(ctx context.Context, h *http.Client, base string, now tree, progress func()) played {
	body := &upload{left: s.body, progress: progress}
	if s.cut {
		body.left, body.end = s.body[:len(s.body)/2], errCut
	}
	req, err := http.NewRequestWithContext(ctx, s.method, base+(&url.URL{Path: s.path}).EscapedPath(), body)
	if err != nil {
		return played{broke: err}
	}
	if s.body == "" {
		req.Body = http.NoBody
	}
	if !s.stream {
		req.ContentLength = int64(len(s.body))
	}
	for name, value := range s.fields(base, now) {
		req.Header.Set(name, value)
	}
	res, err := h.Do(req)
	if err != nil {
		return played{broke: err}
	}
	defer res.Body.Close()
	if token := strings.Trim(res.Header.Get("Lock-Token"), "<>"); token != "" {
		s.after.locks[s.path] = token
	}
	said, err := io.ReadAll(res.Body)
	return played{res.StatusCode, string(said), err}
}

// upload is a body that comes in small pieces.
type upload struct {
	left     string
	end      error // instead of io.EOF
	progress func()
}

const pieceOfUpload = 4 << 10

func (u *upload) Read(b []byte) (int, error) {
	if u.progress != nil {
		u.progress()
	}
	if u.left == "" {
		if u.end != nil {
			return 0, u.end
		}
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), pieceOfUpload)], u.left)
	u.left = u.left[n:]
	return n, nil
}
