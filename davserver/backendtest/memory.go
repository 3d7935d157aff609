package backendtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

// memory is the reference backend: a tree of nodes and a list of locks under
// one mutex. It is written to be obviously right, not fast, and so is what
// other backends are compared with. It acts wholly or not at all.
type memory struct {
	now func() time.Time

	mu    sync.Mutex // guards what follows
	root  *node
	locks []dav.Lock // swept of the expired ones at each call
	run   string     // in every ETag, so that no two backends share one
	tags  int        // ETags given out
}

// NewMemory is an empty backend that is lost with the process. now may be nil.
// It is a [davserver.PropertyStore] and a [davserver.Locker] too.
func NewMemory(now func() time.Time) davserver.Backend {
	if now == nil {
		now = time.Now
	}
	m := &memory{now: now, run: uuid.NewString()[:8]}
	m.root = m.newNode("", true)
	return m
}

// begin takes the mutex and drops the locks that have run out.
func (m *memory) begin() (end func()) {
	m.mu.Lock()
	m.sweep()
	return m.mu.Unlock
}

func (m *memory) List(ctx context.Context, p dav.Path, q dav.Query) iter.Seq2[*dav.Resource, error] {
	return func(yield func(*dav.Resource, error) bool) {
		found, err := m.snapshot(p, q)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, r := range found {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (m *memory) snapshot(p dav.Path, q dav.Query) ([]*dav.Resource, error) {
	defer m.begin()()
	n, p := m.find(p)
	if n == nil {
		return nil, notFound(p)
	}
	if err := m.judge(q.Conditions, p); err != nil {
		return nil, err
	}
	var found []*dav.Resource
	for path, n := range n.walk(p, q.Depth) {
		if q.Depth == dav.DepthInfinity && q.Limit > 0 && len(found) == q.Limit {
			return nil, &dav.Error{Kind: dav.Forbidden, Path: p, Message: "the tree holds more than a listing of Depth: infinity may yield",
				Condition: dav.Condition{Name: dav.PropfindFiniteDepth}}
		}
		r := n.resource(path, q.Dead, q.Names)
		if q.Locks {
			r.Locks = m.covering(path)
		}
		found = append(found, r)
	}
	return found, nil
}

func (m *memory) Open(_ context.Context, p dav.Path, c *dav.Conditions) (*dav.Resource, io.ReadSeekCloser, error) {
	defer m.begin()()
	n, p := m.find(p)
	if n == nil {
		return nil, nil, notFound(p)
	}
	if err := m.judge(c, p); err != nil {
		return nil, nil, err
	}
	r := n.resource(p, dav.DeadNone, nil)
	if n.collection {
		return r, nil, nil
	}
	return r, content{bytes.NewReader(n.body)}, nil
}

type content struct{ *bytes.Reader }

func (content) Close() error { return nil }

func (m *memory) Put(_ context.Context, r dav.PutRequest) (*dav.Resource, bool, error) {
	if err := m.mayPut(r); err != nil {
		return nil, false, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, false, &dav.Error{Kind: dav.Invalid, Path: r.Path, Message: "the body broke off", Err: err}
	}
	if r.Length >= 0 && int64(len(body)) != r.Length {
		return nil, false, &dav.Error{Kind: dav.Invalid, Path: r.Path, Err: io.ErrUnexpectedEOF,
			Message: fmt.Sprintf("the body has %d bytes where %d were announced", len(body), r.Length)}
	}
	defer m.begin()()
	if err := m.checkPut(r); err != nil {
		return nil, false, err
	}
	n, p := m.find(r.Path)
	created := n == nil
	if created {
		n = m.add(p, m.newNode(p.Name(), false))
	}
	n.body, n.etag = body, m.newETag()
	n.mediaType, n.language = r.MediaType, r.Language
	n.modified = m.orNow(r.Modified)
	return n.resource(p, dav.DeadNone, nil), created, nil
}

func (m *memory) mayPut(r dav.PutRequest) error {
	defer m.begin()()
	return m.checkPut(r)
}

func (m *memory) checkPut(r dav.PutRequest) error {
	n, p := m.find(r.Path)
	switch {
	case n != nil && n.collection:
		return &dav.Error{Kind: dav.NotAllowed, Path: p, Message: "a collection has no body to replace"}
	case n == nil:
		if err := m.needParent(p); err != nil {
			return err
		}
	}
	if err := m.judge(r.Conditions, p); err != nil {
		return err
	}
	if n == nil {
		return r.Conditions.Permit(p, m.covering(p.Parent()))
	}
	return r.Conditions.Permit(p, m.covering(p))
}

func (m *memory) Mkcol(_ context.Context, r dav.MkcolRequest) error {
	defer m.begin()()
	n, p := m.find(r.Path)
	if n != nil {
		return &dav.Error{Kind: dav.NotAllowed, Path: p, Message: "there is a resource at this URL already"}
	}
	if err := m.needParent(p); err != nil {
		return err
	}
	if err := m.judge(r.Conditions, p); err != nil {
		return err
	}
	if err := r.Conditions.Permit(p, m.covering(p.Parent())); err != nil {
		return err
	}
	m.add(p, m.newNode(p.Name(), true)).update(r.Properties)
	return nil
}

func (m *memory) Delete(_ context.Context, r dav.DeleteRequest, report dav.Report) error {
	defer m.begin()()
	n, p := m.find(r.Path)
	switch {
	case n == nil:
		return notFound(p)
	case p.IsRoot():
		return forbidden(p, "the root can't be deleted")
	}
	if err := m.judge(r.Conditions, p, m.below(p), m.covering(p.Parent())); err != nil {
		return err
	}
	if err := m.mayUnmap(r.Conditions, p); err != nil {
		return err
	}
	if m.reportBlocked(r.Conditions, report, p) {
		return nil
	}
	m.remove(p)
	return nil
}

func (m *memory) Proppatch(_ context.Context, r dav.ProppatchRequest) error {
	defer m.begin()()
	n, p := m.find(r.Path)
	if n == nil {
		return notFound(p)
	}
	if err := m.judge(r.Conditions, p); err != nil {
		return err
	}
	if err := r.Conditions.Permit(p, m.covering(p)); err != nil {
		return err
	}
	if r.Check {
		return nil
	}
	n.update(r.Updates)
	if !r.Modified.IsZero() {
		n.modified = r.Modified
	}
	if r.Language != nil {
		n.language = *r.Language
	}
	return nil
}

func (m *memory) orNow(t time.Time) time.Time {
	if t.IsZero() {
		return m.now()
	}
	return t
}

func (m *memory) needParent(p dav.Path) error {
	parent, _ := m.find(p.Parent())
	if parent == nil || !parent.collection {
		return &dav.Error{Kind: dav.Conflict, Path: p, Message: "the parent of this URL is no collection that exists"}
	}
	return nil
}

func notFound(p dav.Path) error {
	return &dav.Error{Kind: dav.NotFound, Path: p, Message: "there is no resource at this URL"}
}

func forbidden(p dav.Path, why string) error {
	return &dav.Error{Kind: dav.Forbidden, Path: p, Message: why}
}
