package repo

import (
	"golang.org/x/text/unicode/norm"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// trail is a path walked through the graph. ids are the resources on the way,
// the root first, as far as they exist; found tells whether the whole path is
// mapped, and then leaf is the resource at its end.
type trail struct {
	path  dav.Path // spelled as stored as far as it exists, the rest as asked
	ids   []int64
	found bool
	leaf  resource

	// position is that of the last segment in an ordered collection, as it was
	// when the path was walked; nil in any other, and if it is not mapped.
	position any

	// missing counts the segments at the end that are not mapped. If it is 1,
	// the parent of the path exists.
	missing int
	inFile  bool // the last resource on the way is no collection
}

// parent is the collection that holds, or would hold, the last segment; the
// root is its own.
func (w *trail) parent() int64 {
	if w.found {
		return w.ids[max(len(w.ids)-2, 0)]
	}
	return w.ids[len(w.ids)-1]
}

// bindingName is the key of a segment in a collection: its normal form C. Two
// segments that differ in normal form alone have the same key, so that what a
// Mac wrote a PC can open.
func bindingName(segment string) string { return norm.NFC.String(segment) }

// resolve walks the path p from the root.
func (t *tx) resolve(p dav.Path) (*trail, error) {
	w := &trail{path: dav.Root, ids: []int64{t.root}}
	if p.IsRoot() {
		found, err := meta.One(t, func(row meta.Row) { w.leaf.scan(row, 0) },
			`SELECT `+resourceColumns+` FROM resource r WHERE r.id = $1`, t.root)
		if err == nil && !found {
			err = fail(dav.Internal, p, "the repository has no root")
		}
		w.found = true
		return w, err
	}
	at := t.root
	for segment := range p.Segments() {
		w.position = nil
		if w.missing > 0 || w.inFile {
			w.missing++
			w.path = w.path.Join(segment)
			continue
		}
		stored := segment
		name := bindingName(segment)
		found, err := meta.One(t, func(row meta.Row) {
			stored = name
			if !row.Null(0) {
				stored = row.Text(0)
			}
			if !row.Null(1) {
				w.position = row.Int(1)
			}
			w.leaf.scan(row, 2)
		}, `SELECT b.segment, b.position, `+resourceColumns+`
			FROM binding b JOIN resource r ON r.id = b.child WHERE b.parent = $1 AND b.name = $2`, at, name)
		if err != nil {
			return nil, err
		}
		w.path = w.path.Join(stored)
		if !found {
			w.missing++
			continue
		}
		at = w.leaf.id
		w.ids = append(w.ids, at)
		w.inFile = !w.leaf.isCollection()
	}
	w.found = w.missing == 0
	return w, nil
}

// target resolves the URL p of a request with the conditions c. Where that is
// of a redirect reference and means what the reference leads to, the error says
// so.
func (t *tx) target(p dav.Path, c *dav.Conditions) (*trail, error) {
	w, err := t.resolve(p)
	if err == nil {
		err = w.redirected(c)
	}
	return w, err
}

// existing is target for a URL that must be mapped.
func (t *tx) existing(p dav.Path, c *dav.Conditions) (*trail, error) {
	w, err := t.target(p, c)
	if err != nil {
		return nil, err
	}
	if !w.found {
		return nil, fail(dav.NotFound, p, "there is no resource at this URL")
	}
	return w, nil
}

// creatable tells whether the unmapped path of w may be given to a new
// resource: its parent must be a collection (RFC 4918 section 5.1).
func (w *trail) creatable() error {
	switch {
	case w.found:
		return nil
	case w.inFile:
		return fail(dav.Conflict, w.path, "the parent of this URL is no collection")
	case w.missing > 1:
		return fail(dav.Conflict, w.path, "the parent collection of this URL does not exist")
	}
	return nil
}
