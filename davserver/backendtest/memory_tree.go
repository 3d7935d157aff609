package backendtest

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"github.com/quiredav/quire/dav"
)

// node is a resource of the memory backend.
type node struct {
	name       string // as stored; "" for the root
	id         dav.ResourceID
	collection bool

	body                []byte // never written to, only replaced
	etag                dav.ETag
	mediaType, language string
	created, modified   time.Time
	dead                []dav.Property // in the order first set

	// members has a collection's nodes by the NFC form of their names, so
	// that no two differ in normal form only, and either form finds them.
	members map[string]*node
}

func key(segment string) string { return norm.NFC.String(segment) }

func (m *memory) newNode(name string, collection bool) *node {
	now := m.now()
	n := &node{name: name, id: dav.ResourceID(uuid.New()), collection: collection, created: now, modified: now}
	if collection {
		n.members = make(map[string]*node)
	} else {
		n.etag = m.newETag()
	}
	return n
}

func (m *memory) newETag() dav.ETag {
	m.tags++
	return dav.ETag(fmt.Sprintf(`"%s-%d"`, m.run, m.tags))
}

// find is the resource at p, nil if there is none, and p spelled as stored as
// far as it is mapped.
func (m *memory) find(p dav.Path) (*node, dav.Path) {
	n, stored := m.root, dav.Root
	for seg := range p.Segments() {
		if n != nil {
			n = n.members[key(seg)]
		}
		if n != nil {
			seg = n.name
		}
		stored = stored.Join(seg)
	}
	return n, stored
}

// add maps p, whose parent exists, to n.
func (m *memory) add(p dav.Path, n *node) *node {
	parent, _ := m.find(p.Parent())
	n.name = p.Name()
	parent.members[key(n.name)] = n
	parent.modified = m.now()
	return n
}

// remove unmaps p and ends the locks rooted on it and below (RFC 4918 sections
// 9.6 and 6.1).
func (m *memory) remove(p dav.Path) {
	parent, _ := m.find(p.Parent())
	delete(parent.members, key(p.Name()))
	parent.modified = m.now()
	m.dropLocks(p)
}

// walk yields n, which is at p, and what lies below as far as depth reaches.
func (n *node) walk(p dav.Path, depth dav.Depth) iter.Seq2[dav.Path, *node] {
	return func(yield func(dav.Path, *node) bool) { n.visit(p, depth, yield) }
}

func (n *node) visit(p dav.Path, depth dav.Depth, yield func(dav.Path, *node) bool) bool {
	if !yield(p, n) {
		return false
	}
	switch depth {
	case dav.Depth0:
		return true
	case dav.Depth1:
		depth = dav.Depth0
	}
	members := slices.SortedFunc(maps.Values(n.members), func(a, b *node) int { return strings.Compare(a.name, b.name) })
	for _, c := range members {
		if !c.visit(p.Join(c.name), depth, yield) {
			return false
		}
	}
	return true
}

func (n *node) resource(p dav.Path, dead dav.DeadSelect, names []dav.Name) *dav.Resource {
	r := &dav.Resource{
		Path: p, ID: n.id, Collection: n.collection,
		ETag: n.etag, Length: int64(len(n.body)), MediaType: n.mediaType, Language: n.language,
		Created: n.created, Modified: n.modified,
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

// copy duplicates n as new resources; members too if depth is infinity.
func (m *memory) copy(n *node, depth dav.Depth) *node {
	c := m.newNode(n.name, n.collection)
	c.body, c.mediaType, c.language = n.body, n.mediaType, n.language
	c.etag = n.etag // the same bytes
	c.modified = n.modified
	c.dead = slices.Clone(n.dead)
	if depth == dav.DepthInfinity {
		for k, member := range n.members {
			c.members[k] = m.copy(member, depth)
		}
	}
	return c
}
