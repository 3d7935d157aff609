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

// memory is the reference backend: a graph of nodes and a list of locks under
// one mutex. It is written to be obviously right, not fast, and so is what
// other backends are compared with. It acts wholly or not at all. What nothing
// leads to any more is the garbage collector's.
type memory struct {
	now func() time.Time

	mu    sync.Mutex // guards what follows
	root  *node
	locks []*held // swept of the expired ones at each call
	run   string  // in every ETag, so that no two backends share one
	tags  int     // ETags given out
}

// NewMemory is an empty backend that is lost with the process. now may be nil.
// It is a [davserver.PropertyStore], [davserver.Locker], [davserver.Binder],
// [davserver.Orderer], [davserver.Redirector] and [davserver.Searcher] too.
func NewMemory(now func() time.Time) davserver.Backend {
	if now == nil {
		now = time.Now
	}
	m := &memory{now: now, run: uuid.NewString()[:8]}
	m.root = m.newNode(true)
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
	w, err := m.existing(p, q.Conditions)
	if err != nil {
		return nil, err
	}
	if err := m.judge(q.Conditions, w); err != nil {
		return nil, err
	}
	if q.Depth == dav.DepthInfinity && !q.Bind && w.node.loops() {
		return nil, &dav.Error{Kind: dav.Loop, Path: w.path, Message: "a collection below this one is below itself"}
	}
	var found []*dav.Resource
	over := false
	l := walk{q: q, seen: make(map[*node]bool), yield: func(p dav.Path, n *node, reported bool, err error) bool {
		if over = q.Depth == dav.DepthInfinity && q.Limit > 0 && len(found) == q.Limit; over {
			return false
		}
		r := n.resource(p, q.Dead, q.Names)
		r.Reported, r.Err = reported, err
		if q.Locks {
			r.Locks = m.locksOn(n)
		}
		if q.Parents {
			r.Parents = m.parents(n)
		}
		found = append(found, r)
		return true
	}}
	l.visit(w.path, w.node, q.Depth)
	if over {
		return nil, &dav.Error{Kind: dav.Forbidden, Path: p, Message: "the tree holds more than a listing of Depth: infinity may yield",
			Condition: dav.Condition{Name: dav.PropfindFiniteDepth}}
	}
	return found, nil
}

func (m *memory) Open(_ context.Context, p dav.Path, c *dav.Conditions) (*dav.Resource, io.ReadSeekCloser, error) {
	defer m.begin()()
	w, err := m.existing(p, c)
	if err != nil {
		return nil, nil, err
	}
	if w.node.redirect != nil {
		return nil, nil, forbidden(w.path, "a redirect reference has no content")
	}
	if err := m.judge(c, w); err != nil {
		return nil, nil, err
	}
	r := w.node.resource(w.path, dav.DeadNone, nil)
	if w.node.collection {
		return r, nil, nil
	}
	return r, content{bytes.NewReader(w.node.body)}, nil
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
			Message: fmt.Sprintf("%d bytes came instead of %d", len(body), r.Length)}
	}
	return m.store(r, body)
}

func (m *memory) store(r dav.PutRequest, body []byte) (*dav.Resource, bool, error) {
	defer m.begin()()
	w, err := m.checkPut(r)
	if err != nil {
		return nil, false, err
	}
	created := w.node == nil
	if created {
		m.add(w, m.newNode(false), r.Position)
	} else if r.Position != nil {
		w.parent().place(w.binding().key, *r.Position)
	}
	n := w.node
	n.body, n.etag = body, m.newETag()
	n.mediaType, n.language = r.MediaType, r.Language
	n.modified = m.orNow(r.Modified)
	return n.resource(w.path, dav.DeadNone, nil), created, nil
}

// add maps w, whose parent exists, to n.
func (m *memory) add(w *trail, n *node, at *dav.Position) {
	b := w.binding()
	m.bind(b.parent, w.path.Name(), n)
	if at != nil {
		b.parent.place(b.key, *at)
	}
	w.node, w.last, w.missing = n, n, 0
	w.via = append(w.via, b)
}

func (m *memory) mayPut(r dav.PutRequest) error {
	defer m.begin()()
	_, err := m.checkPut(r)
	return err
}

func (m *memory) checkPut(r dav.PutRequest) (*trail, error) {
	w, err := m.at(r.Path, r.Conditions)
	switch {
	case err != nil:
		return nil, err
	case w.node != nil && w.node.collection:
		return nil, &dav.Error{Kind: dav.NotAllowed, Path: w.path, Message: "a collection has no body to replace"}
	case w.node != nil && w.node.redirect != nil:
		return nil, forbidden(w.path, "a redirect reference has no content")
	}
	if err := w.creatable(); err != nil {
		return nil, err
	}
	if err := w.parent().mayPlace(w.path, r.Position); err != nil {
		return nil, err
	}
	if err := m.judge(r.Conditions, w); err != nil {
		return nil, err
	}
	if w.node == nil || r.Position != nil {
		if err := r.Conditions.Permit(w.path, m.locksOn(w.parent())); err != nil || w.node == nil {
			return w, err
		}
	}
	return w, r.Conditions.Permit(w.path, m.locksOn(w.node))
}

func (m *memory) Mkcol(_ context.Context, r dav.MkcolRequest) error {
	defer m.begin()()
	w, err := m.makeable(r.Path, r.Position, r.Conditions)
	if err != nil {
		return err
	}
	n := m.newNode(true)
	if r.Ordering != dav.Unordered {
		n.ordering = r.Ordering
	}
	n.update(r.Properties)
	m.add(w, n, r.Position)
	return nil
}

// makeable is p, if it is unmapped and a new resource may be made there.
func (m *memory) makeable(p dav.Path, at *dav.Position, c *dav.Conditions) (*trail, error) {
	w, err := m.at(p, c)
	if err != nil {
		return nil, err
	}
	if w.node != nil {
		return nil, &dav.Error{Kind: dav.NotAllowed, Path: w.path, Message: "there is a resource at this URL already"}
	}
	if err := w.creatable(); err != nil {
		return nil, err
	}
	if err := w.parent().mayPlace(w.path, at); err != nil {
		return nil, err
	}
	if err := m.judge(c, w); err != nil {
		return nil, err
	}
	return w, c.Permit(w.path, m.locksOn(w.parent()))
}

func (m *memory) Delete(_ context.Context, r dav.DeleteRequest, report dav.Report) error {
	defer m.begin()()
	w, err := m.existing(r.Path, r.Conditions)
	if err != nil {
		return err
	}
	if w.path.IsRoot() {
		return forbidden(w.path, "the root can't be deleted")
	}
	if err := m.judge(r.Conditions, w, w); err != nil {
		return err
	}
	if blocked, err := m.mayUnmap(r.Conditions, w, report); blocked || err != nil {
		return err
	}
	m.unbind(w.binding())
	return nil
}

func (m *memory) Proppatch(_ context.Context, r dav.ProppatchRequest) error {
	defer m.begin()()
	w, err := m.existing(r.Path, r.Conditions)
	if err != nil {
		return err
	}
	if err := m.judge(r.Conditions, w); err != nil {
		return err
	}
	if err := r.Conditions.Permit(w.path, m.locksOn(w.node)); err != nil {
		return err
	}
	if r.Check {
		return nil
	}
	w.node.update(r.Updates)
	if !r.Modified.IsZero() {
		w.node.modified = r.Modified
	}
	if r.Language != nil {
		w.node.language = *r.Language
	}
	return nil
}

func (m *memory) orNow(t time.Time) time.Time {
	if t.IsZero() {
		return m.now()
	}
	return t
}

// existing is p, which must be mapped.
func (m *memory) existing(p dav.Path, c *dav.Conditions) (*trail, error) {
	w, err := m.at(p, c)
	if err != nil {
		return nil, err
	}
	if w.node == nil {
		return nil, notFound(w.path)
	}
	return w, nil
}

func notFound(p dav.Path) error {
	return &dav.Error{Kind: dav.NotFound, Path: p, Message: "there is no resource at this URL"}
}

func forbidden(p dav.Path, why string) error {
	return &dav.Error{Kind: dav.Forbidden, Path: p, Message: why}
}
