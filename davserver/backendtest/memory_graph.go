package backendtest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"github.com/quiredav/quire/dav"
)

// node is a resource of the memory backend. What URLs lead to it is the
// business of the bindings in other nodes.
type node struct {
	id         dav.ResourceID
	collection bool
	redirect   *dav.Redirect // of a redirect reference

	body                []byte // never written to, only replaced
	etag                dav.ETag
	mediaType, language string
	created, modified   time.Time
	dead                []dav.Property // in the order first set

	// members has a collection's bindings by the NFC form of their names, so
	// that no two differ in normal form only, and either form finds them.
	members  map[string]member
	ordering string   // "": unordered
	order    []string // the keys of members in their order, if there is one
}

// member is where a binding leads, and its segment as stored.
type member struct {
	name string
	*node
}

// binding identifies a binding.
type binding struct {
	parent *node
	key    string
}

func key(segment string) string { return norm.NFC.String(segment) }

func (m *memory) newNode(collection bool) *node {
	now := m.now()
	n := &node{id: dav.ResourceID(uuid.New()), collection: collection, created: now, modified: now}
	if collection {
		n.members = make(map[string]member)
	} else {
		n.etag = m.newETag()
	}
	return n
}

func (m *memory) newETag() dav.ETag {
	m.tags++
	return dav.ETag(fmt.Sprintf(`"%s-%d"`, m.run, m.tags))
}

// trail is a URL walked through the graph.
type trail struct {
	path    dav.Path // spelled as stored as far as it is mapped
	via     []binding
	node    *node // nil if the URL is not mapped
	last    *node // the last resource on the way
	missing int   // segments at the end that are not mapped
}

// find walks p from the root.
func (m *memory) find(p dav.Path) *trail {
	w := &trail{path: dav.Root, node: m.root, last: m.root}
	for segment := range p.Segments() {
		if w.node == nil {
			w.missing++
			w.path = w.path.Join(segment)
			continue
		}
		b := binding{w.node, key(segment)}
		if next, mapped := w.node.members[b.key]; mapped {
			segment = next.name
			w.node, w.last = next.node, next.node
			w.via = append(w.via, b)
		} else {
			w.node = nil
			w.missing++
		}
		w.path = w.path.Join(segment)
	}
	return w
}

// binding is what maps the URL, or would; the root has none.
func (w *trail) binding() binding { return binding{w.parent(), key(w.path.Name())} }

// parent is the collection that holds the last segment, or would; the root is
// its own.
func (w *trail) parent() *node {
	switch {
	case w.missing > 0:
		return w.last
	case len(w.via) == 0:
		return w.node
	}
	return w.via[len(w.via)-1].parent
}

// creatable tells whether the URL, if it is unmapped, may be given to a new
// resource (RFC 4918 section 5.1).
func (w *trail) creatable() error {
	if w.missing > 1 || w.missing == 1 && !w.last.collection {
		return &dav.Error{Kind: dav.Conflict, Path: w.path, Message: "the parent of this URL is no collection that exists"}
	}
	return nil
}

// bind makes n the member of parent called segment. A binding that was there is
// replaced, and keeps its place in the order.
func (m *memory) bind(parent *node, segment string, n *node) {
	k := key(segment)
	if _, there := parent.members[k]; !there && parent.ordering != "" {
		parent.order = append(parent.order, k)
	}
	parent.members[k] = member{segment, n}
	parent.modified = m.now()
}

// unbind removes a binding, and ends the locks whose root it maps, or something
// above their root (RFC 4918 section 6.1, RFC 5842 section 9).
func (m *memory) unbind(b binding) {
	m.endThrough(b)
	delete(b.parent.members, b.key)
	b.parent.order = slices.DeleteFunc(b.parent.order, func(k string) bool { return k == b.key })
	b.parent.modified = m.now()
}

// keys are those of a collection's members in the order of a listing.
func (n *node) keys() []string {
	if n.ordering != "" {
		return n.order
	}
	return slices.Sorted(maps.Keys(n.members))
}

// reach is the set of what can be reached from n, n too.
func (n *node) reach() map[*node]bool {
	seen := map[*node]bool{n: true}
	for todo := []*node{n}; len(todo) > 0; {
		next := todo[0]
		todo = todo[1:]
		for _, c := range next.members {
			if !seen[c.node] {
				seen[c.node] = true
				todo = append(todo, c.node)
			}
		}
	}
	return seen
}

// loops tells whether a walk down from n comes to a collection that it is in.
func (n *node) loops() bool {
	for c := range n.reach() {
		for _, below := range c.members {
			if below.collection && below.reach()[c] {
				return true
			}
		}
	}
	return false
}

// parents are all bindings of n, each collection under one URL of its: the
// shortest, and of those the first.
func (m *memory) parents(n *node) (found []dav.Parent) {
	url := map[*node]dav.Path{m.root: dav.Root}
	for todo := []*node{m.root}; len(todo) > 0; {
		c := todo[0]
		todo = todo[1:]
		for _, k := range slices.Sorted(maps.Keys(c.members)) {
			b := c.members[k]
			if b.node == n {
				found = append(found, dav.Parent{Collection: url[c], Segment: b.name})
			}
			if _, known := url[b.node]; !known {
				url[b.node] = url[c].Join(b.name)
				todo = append(todo, b.node)
			}
		}
	}
	return found
}

func (n *node) resource(p dav.Path, dead dav.DeadSelect, names []dav.Name) *dav.Resource {
	r := &dav.Resource{
		Path: p, ID: n.id, Collection: n.collection, Ordering: n.ordering, Redirect: n.redirect,
		ETag: n.etag, Length: int64(len(n.body)), MediaType: n.mediaType, Language: n.language,
		Created: n.created, Modified: n.modified,
	}
	if n.redirect != nil {
		r.ETag = ""
	}
	for _, d := range n.dead {
		if dead == dav.DeadAll || dead == dav.DeadNamed && slices.Contains(names, d.Name) {
			r.Dead = append(r.Dead, d)
		}
	}
	return r
}

// update carries out instructions in their order (RFC 4918 section 9.2).
func (n *node) update(updates []dav.PropertyUpdate) {
	for _, u := range updates {
		i := slices.IndexFunc(n.dead, func(d dav.Property) bool { return d.Name == u.Name })
		switch {
		case u.Remove && i >= 0:
			n.dead = slices.Delete(n.dead, i, i+1)
		case u.Remove:
		case i >= 0:
			n.dead[i] = u.Property
		default:
			n.dead = append(n.dead, u.Property)
		}
	}
}

// copies duplicates n, and with DepthInfinity all that can be reached from it,
// each resource once, in the same shape (RFC 5842 section 2.3). Where n itself
// is met, the copy leads to onto, if that is not nil.
func (m *memory) copies(n *node, depth dav.Depth, onto *node) *node {
	if depth != dav.DepthInfinity {
		c := m.newNode(n.collection)
		c.take(n)
		return c
	}
	made := make(map[*node]*node)
	for old := range n.reach() {
		made[old] = m.newNode(old.collection)
		made[old].take(old)
	}
	top := made[n]
	if onto != nil {
		made[n] = onto
	}
	for old := range n.reach() {
		c := made[old]
		if old == n {
			c = top
		}
		for k, b := range old.members {
			c.members[k] = member{b.name, made[b.node]}
		}
		c.order = slices.Clone(old.order)
	}
	return top
}

// take gives n the state of another resource, its bindings left aside.
func (n *node) take(o *node) {
	n.body, n.mediaType, n.language = o.body, o.mediaType, o.language
	n.etag = o.etag // the same bytes
	n.modified = o.modified
	n.dead = slices.Clone(o.dead)
	n.ordering, n.order = o.ordering, nil
	n.redirect = o.redirect
}

// walk is one listing.
type walk struct {
	q     dav.Query
	path  []*node        // the collections that the walk is in
	seen  map[*node]bool // collections that were listed
	yield func(p dav.Path, n *node, reported bool, err error) bool
}

// visit yields n, which is at p, and what lies below as far as depth reaches.
func (w *walk) visit(p dav.Path, n *node, depth dav.Depth) bool {
	infinite := w.q.Depth == dav.DepthInfinity && n.collection
	if infinite && !w.q.Bind && slices.Contains(w.path, n) {
		return w.yield(p, n, false, &dav.Error{Kind: dav.Loop, Path: p, Message: "the collection is below itself"})
	}
	if infinite && w.q.Bind && w.seen[n] {
		return w.yield(p, n, true, nil)
	}
	w.seen[n] = true
	if !w.yield(p, n, false, nil) {
		return false
	}
	switch depth {
	case dav.Depth0:
		return true
	case dav.Depth1:
		depth = dav.Depth0
	}
	w.path = append(w.path, n)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	for _, k := range n.keys() {
		c := n.members[k]
		if !w.visit(p.Join(c.name), c.node, depth) {
			return false
		}
	}
	return true
}
