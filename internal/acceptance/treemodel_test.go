package acceptance

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// tree is what a part of a share holds, as far as its only client knows. Paths
// have no slash in front; the root of the share is "". It is never changed:
// what a request makes of it is another one.
type tree struct {
	nodes map[string]node
	locks map[string]string // the token by the path at which the lock was made
}

// node is a resource.
type node struct {
	collection bool
	body       string
	dead       [3]string // the values of the dead properties p0 to p2; "" if there is none
}

// deadSpace is the namespace of the dead properties.
const deadSpace = "urn:example:dead"

// someToken stands for the token of a lock whose LOCK was never answered.
const someToken = "some token"

func (t tree) clone() tree { return tree{maps.Clone(t.nodes), maps.Clone(t.locks)} }

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
	u := tree{map[string]node{}, map[string]string{}}
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
	n := s.after.nodes[p]
	n.body = body
	s.after.nodes[p] = n
	return s
}

// putRefused is a PUT whose precondition is false.
func (t tree) putRefused(p, body string) step {
	s := t.do("PUT", p, "If-Match", `"no such tag"`)
	s.body, s.refused = body, 412
	return s
}

func (t tree) mkcol(p string) step {
	s := t.do("MKCOL", p)
	s.after.nodes[p] = node{collection: true}
	return s
}

func (t tree) remove(p string) step {
	s := t.do("DELETE", p)
	s.after.unmap(p)
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
	s.after.unmap(to)
	if locked && t.nodes[from].collection == t.nodes[to].collection {
		s.after.locks[to] = token // it is still the same resource
	}
	for _, p := range t.at(from) {
		s.after.nodes[to+p[len(from):]] = t.nodes[p]
	}
	return s
}

func (t tree) move(from, to string) step {
	s := t.do("MOVE", from, "Destination", to)
	s.after.unmap(to)
	for _, p := range t.at(from) {
		s.after.nodes[to+p[len(from):]] = t.nodes[p]
	}
	s.after.unmap(from)
	return s
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
	n := s.after.nodes[p]
	n.dead[i] = value
	s.after.nodes[p] = n
	return s
}

// lock makes an exclusive lock of infinite depth, and a file if there is
// nothing.
func (t tree) lock(p string) step {
	s := t.do("LOCK", p, "Content-Type", "application/xml", "Timeout", "Second-86400")
	s.body = fmt.Sprintf(lockinfo, "exclusive", "the owner of "+p)
	s.after.locks[p] = someToken
	if _, found := t.nodes[p]; !found {
		s.after.nodes[p] = node{}
	}
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
