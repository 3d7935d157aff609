package acceptance

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync/atomic"
)

// tree is what a part of a share holds, as far as its only client knows. Paths
// have no slash in front; the root of the share is "". It is never changed:
// what a request makes of it is another one.
type tree struct {
	nodes map[string]node
	locks map[string]string   // the token by the path at which the lock was made
	order map[string][]string // the names of the members of each ordered collection
}

func newTree() tree {
	return tree{map[string]node{}, map[string]string{}, map[string][]string{}}
}

// node is a resource, as a path leads to it: what is bound to several paths is
// the same at each.
type node struct {
	id         string // its DAV:resource-id, or, until that was seen, some name of ours
	again      bool   // a further binding of a collection
	etag       string // as it was seen
	collection bool
	body       string
	dead       [3]string // the values of the dead properties p0 to p2; "" if there is none
}

var ids atomic.Int64

// newID names a resource that is being made.
func newID() string { return fmt.Sprint("new ", ids.Add(1)) }

// deadSpace is the namespace of the dead properties.
const deadSpace = "urn:example:dead"

// someToken stands for the token of a lock whose LOCK was never answered.
const someToken = "some token"

func (t tree) clone() tree {
	return tree{maps.Clone(t.nodes), maps.Clone(t.locks), maps.Clone(t.order)}
}

// inside tells whether p is at or below top.
func inside(p, top string) bool {
	return top == "" || p == top || strings.HasPrefix(p, top+"/")
}

// at gives the paths at and below p, in order.
func (t tree) at(p string) []string {
	var all []string
	for q := range t.nodes {
		if inside(q, p) {
			all = append(all, q)
		}
	}
	slices.Sort(all)
	return all
}

// lockedAt tells whether there is a lock at or below p.
func (t tree) lockedAt(p string) bool {
	for root := range t.locks {
		if inside(root, p) {
			return true
		}
	}
	return false
}

// covered tells whether a lock at or above p guards it.
func (t tree) covered(p string) bool {
	for root := range t.locks {
		if inside(p, root) {
			return true
		}
	}
	return false
}

// part is what t has at paths that are wanted.
func (t tree) part(want func(string) bool) tree {
	u := newTree()
	for p, n := range t.nodes {
		if want(p) {
			u.nodes[p] = n
		}
	}
	for p, token := range t.locks {
		if want(p) {
			u.locks[p] = token
		}
	}
	for p, order := range t.order {
		if want(p) {
			u.order[p] = order
		}
	}
	return u
}

// differs tells a difference between what is expected and what was seen; "" if
// there is none.
func (t tree) differs(seen tree) string {
	for _, p := range slices.Sorted(maps.Keys(t.nodes)) {
		n, found := seen.nodes[p]
		switch want := t.nodes[p]; {
		case !found:
			return p + " is missing"
		case n.again != want.again:
			return fmt.Sprintf("%s was told of before: %v, want %v", p, n.again, want.again)
		case n.collection != want.collection:
			return fmt.Sprintf("%s is a collection: %v, want %v", p, n.collection, want.collection)
		case n.body != want.body:
			return fmt.Sprintf("%s has %d bytes %.40q, want %d bytes %.40q", p, len(n.body), n.body, len(want.body), want.body)
		case n.dead != want.dead:
			return fmt.Sprintf("%s has the dead properties %q, want %q", p, n.dead, want.dead)
		}
	}
	for p := range seen.nodes {
		if _, known := t.nodes[p]; !known {
			return p + " should not be there"
		}
	}
	for p, token := range t.locks {
		if got, found := seen.locks[p]; !found || got != token && token != someToken {
			return fmt.Sprintf("the lock at %s has the token %q, want %q", p, got, token)
		}
	}
	for p := range seen.locks {
		if _, known := t.locks[p]; !known {
			return "the lock at " + p + " should be gone"
		}
	}
	for p, order := range t.order {
		if !slices.Equal(seen.order[p], order) {
			return fmt.Sprintf("the members of %s are in the order %q, want %q", p, seen.order[p], order)
		}
	}
	return t.identitiesDiffer(seen)
}

// identitiesDiffer tells of a resource that is not the one that it was, or that
// is bound where another one should be.
func (t tree) identitiesDiffer(seen tree) string {
	there, here := map[string]string{}, map[string]string{}
	for p, want := range t.nodes {
		id := seen.nodes[p].id
		known, met := there[want.id]
		other, taken := here[id]
		switch {
		case !strings.HasPrefix(want.id, "new ") && id != want.id,
			met && known != id,
			taken && other != want.id:
			return fmt.Sprintf("%s is the resource %s, want %s", p, id, want.id)
		}
		there[want.id], here[id] = id, want.id
	}
	return ""
}

// step is a request, with what it makes of the tree if it is done.
type step struct {
	method, path string
	header       []string // names and values; the Destination is a path still
	body         string
	stream       bool // no Content-Length
	cut          bool // half of the body comes, and then the end of the connection
	refused      int  // the status it gets, if it is to be refused; else 0
	after        tree
}

// do is a step that leaves t as it is. It submits every token of t's.
func (t tree) do(method, path string, header ...string) step {
	if len(t.locks) > 0 {
		header = append(header, "If", allTokens)
	}
	return step{method: method, path: path, header: header, after: t.clone()}
}

// allTokens stands for all tokens that the tree has when the step is played.
const allTokens = "all tokens"

// tokens is the If field: a list for each lock, tagged with its root.
func (t tree) tokens(base string) string {
	var b strings.Builder
	for _, p := range slices.Sorted(maps.Keys(t.locks)) {
		fmt.Fprintf(&b, "<%s> (<%s>) ", base+p, t.locks[p])
	}
	return strings.TrimSpace(b.String())
}

func (t tree) put(p, body string) step {
	s := t.do("PUT", p)
	s.body = body
	s.after.make(p, node{})
	s.after.change(p, func(n *node) { n.body = body })
	return s
}

// make maps p to a new resource, unless it is mapped.
func (t tree) make(p string, n node) {
	if _, found := t.nodes[p]; found {
		return
	}
	n.id = newID()
	t.nodes[p] = n
	t.sort()
}

// change changes the resource at p, at whatever paths it is.
func (t tree) change(p string, do func(*node)) {
	id := t.nodes[p].id
	for q, n := range t.nodes {
		if n.id == id {
			do(&n)
			t.nodes[q] = n
		}
	}
}

// sort brings the orders up to date: what is gone leaves the others as they
// are, what is new comes last (RFC 3648 section 6.1).
func (t tree) sort() {
	for c, order := range t.order {
		names := slices.DeleteFunc(slices.Clone(order), func(name string) bool { _, found := t.nodes[c+"/"+name]; return !found })
		for _, p := range t.at(c) {
			if path.Dir(p) == c && !slices.Contains(names, path.Base(p)) {
				names = append(names, path.Base(p))
			}
		}
		t.order[c] = names
	}
}

// putRefused is a PUT whose precondition is false.
func (t tree) putRefused(p, body string) step {
	s := t.do("PUT", p, "If-Match", `"no such tag"`)
	s.body, s.refused = body, 412
	return s
}

func (t tree) mkcol(p string) step {
	s := t.do("MKCOL", p)
	s.after.make(p, node{collection: true})
	return s
}

func (t tree) remove(p string) step {
	s := t.do("DELETE", p)
	s.after.unmap(p)
	s.after.sort()
	return s
}

func (t tree) unmap(p string) {
	maps.DeleteFunc(t.nodes, func(q string, _ node) bool { return inside(q, p) })
	t.endLocks(p)
}

func (t tree) endLocks(p string) {
	maps.DeleteFunc(t.locks, func(root, _ string) bool { return inside(root, p) })
}

func (t tree) copy(from, to string) step {
	s := t.do("COPY", from, "Destination", to)
	token, locked := t.locks[to]
	onto, found := t.nodes[to]
	keep := found && t.nodes[from].collection == onto.collection
	s.after.unmap(to)
	fresh := map[string]string{}
	if keep { // it is still the same resource, at its other paths too
		fresh[t.nodes[from].id] = onto.id
		if locked {
			s.after.locks[to] = token
		}
	}
	for _, p := range t.at(from) {
		n := t.nodes[p]
		if fresh[n.id] == "" {
			fresh[n.id] = newID()
		}
		n.id = fresh[n.id]
		s.after.nodes[to+p[len(from):]] = n
	}
	n := s.after.nodes[to]
	s.after.change(to, func(other *node) { other.body, other.dead = n.body, n.dead })
	s.after.sort()
	return s
}

func (t tree) move(from, to string) step {
	s := t.do("MOVE", from, "Destination", to)
	s.after.shift(t, from, to)
	return s
}

// shift makes of t, which was before, what a MOVE makes of it. What gets another
// name in its collection keeps its place there.
func (t tree) shift(before tree, from, to string) {
	if _, found := before.nodes[to]; !found && path.Dir(from) == path.Dir(to) {
		order := slices.Clone(t.order[path.Dir(to)])
		if i := slices.Index(order, path.Base(from)); i >= 0 {
			order[i] = path.Base(to)
			t.order[path.Dir(to)] = order
		}
	}
	t.unmap(to)
	for _, p := range before.at(from) {
		t.nodes[to+p[len(from):]] = before.nodes[p]
	}
	t.unmap(from)
	t.sort()
}

const bindBody = `<D:%s xmlns:D="DAV:"><D:segment>%s</D:segment><D:href>/%s</D:href></D:%[1]s>`

// bind gives the resource at from, a file or the collection that is to hold to,
// another path.
func (t tree) bind(from, to string) step {
	s := t.do("BIND", path.Dir(to), "Content-Type", "application/xml")
	s.body = fmt.Sprintf(bindBody, "bind", path.Base(to), from)
	s.after.unmap(to)
	n := t.nodes[from]
	n.again = n.collection
	s.after.nodes[to] = n
	s.after.sort()
	return s
}

func (t tree) rebind(from, to string) step {
	s := t.do("REBIND", path.Dir(to), "Content-Type", "application/xml")
	s.body = fmt.Sprintf(bindBody, "rebind", path.Base(to), from)
	s.after.shift(t, from, to)
	return s
}

func (t tree) unbind(p string) step {
	s := t.do("UNBIND", path.Dir(p), "Content-Type", "application/xml")
	s.body = fmt.Sprintf(`<D:unbind xmlns:D="DAV:"><D:segment>%s</D:segment></D:unbind>`, path.Base(p))
	s.after.unmap(p)
	s.after.sort()
	return s
}

// orderpatch moves a member of an ordered collection behind another one.
func (t tree) orderpatch(c string, from, behind int) step {
	s := t.do("ORDERPATCH", c, "Content-Type", "application/xml")
	order := slices.Clone(t.order[c])
	name, sibling := order[from], order[behind]
	s.body = fmt.Sprintf(`<D:orderpatch xmlns:D="DAV:"><D:order-member><D:segment>%s</D:segment><D:position><D:after><D:segment>%s</D:segment></D:after></D:position></D:order-member></D:orderpatch>`,
		name, sibling)
	order = slices.Delete(order, from, from+1)
	s.after.order[c] = slices.Insert(order, slices.Index(order, sibling)+1, name)
	return s
}

// guards are the roots of the locks on the resource at p, through any of its
// paths.
func (t tree) guards(p string) (roots []string) {
	for q, n := range t.nodes {
		for root := range t.locks {
			if n.id == t.nodes[p].id && inside(q, root) {
				roots = append(roots, root)
			}
		}
	}
	return roots
}

// clashes tells whether something that is at or below from is under a lock that
// excludes one at or above to. The locks at from and below may be ending.
func (t tree) clashes(from, to string, ending bool) bool {
	if !t.covered(path.Dir(to)) {
		return false
	}
	for _, p := range t.at(from) {
		for _, root := range t.guards(p) {
			if !inside(path.Dir(to), root) && !(ending && inside(root, from)) {
				return true
			}
		}
	}
	return false
}

// proppatch sets the dead property number i, or removes it if value is "".
func (t tree) proppatch(p string, i int, value string) step {
	s := t.do("PROPPATCH", p, "Content-Type", "application/xml")
	verb := "set"
	if value == "" {
		verb = "remove"
	}
	s.body = fmt.Sprintf(`<D:propertyupdate xmlns:D="DAV:"><D:%s><D:prop><p%d xmlns="%s">%s</p%[2]d></D:prop></D:%[1]s></D:propertyupdate>`,
		verb, i, deadSpace, value)
	s.after.change(p, func(n *node) { n.dead[i] = value })
	return s
}

// lock makes an exclusive lock of infinite depth, and a file if there is
// nothing.
func (t tree) lock(p string) step {
	s := t.do("LOCK", p, "Content-Type", "application/xml", "Timeout", "Second-86400")
	s.body = fmt.Sprintf(lockinfo, "exclusive", "the owner of "+p)
	s.after.locks[p] = someToken
	s.after.make(p, node{})
	return s
}

func (t tree) unlock(p string) step {
	s := step{method: "UNLOCK", path: p, header: []string{"Lock-Token", "<" + t.locks[p] + ">"}, after: t.clone()}
	delete(s.after.locks, p)
	return s
}

// fields is the step's header for a share at base, before which the tree was t.
func (s step) fields(base string, t tree) map[string]string {
	h := map[string]string{}
	for i := 0; i < len(s.header); i += 2 {
		name, value := s.header[i], s.header[i+1]
		switch name {
		case "Destination":
			value = base + (&url.URL{Path: value}).EscapedPath()
		case "If":
			value = strings.Replace(value, allTokens, t.tokens(base), 1)
		}
		h[name] = value
	}
	return h
}
