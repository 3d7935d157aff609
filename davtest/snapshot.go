package davtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// snapshot is what a client sees of a path and all below it. Two snapshots are
// equal if content, dead properties, membership and locks are the same: what
// "changes nothing" means in a requirement.
type snapshot struct {
	path      string
	resources map[string]string // decoded path: what it is
	seen      map[string]bool   // the resource-ids of collections that were looked into; nil: identity is not asked for
}

// Snapshot looks at the whole of the case's collection.
func (t *T) Snapshot() snapshot { return t.SnapshotOf("") }

// SnapshotOf looks at a path and all below it. The path may be unmapped.
func (t *T) SnapshotOf(path string) snapshot {
	s := snapshot{path: path, resources: map[string]string{}}
	t = t.With(applyToRef) // a redirect reference is looked at, not followed
	if t.Exists(path) {
		t.look(s, t.Path(path))
	}
	return s
}

// look adds the resource at an absolute path and all below it, but what is
// below a collection only once if identity is asked for.
func (t *T) look(s snapshot, path string) {
	ask := propfindBody()
	if s.seen != nil {
		ask = dav("propfind", "<D:allprop/><D:include><D:resource-id/></D:include>")
	}
	ms := t.Do("PROPFIND", path, H{"Depth": {"1"}}, ask).Multistatus()
	self, _ := decoded(path)
	again := false
	if id := ms.At(path).identity(200); s.seen != nil && id != "" {
		again, s.seen[id] = s.seen[id], true
	}
	slices.SortFunc(ms.Responses, func(a, b *ResponseElement) int { return strings.Compare(a.at(), b.at()) })
	for _, r := range ms.Responses {
		if len(r.Hrefs) != 1 {
			t.Fatalf("PROPFIND %s: a response with %d hrefs", path, len(r.Hrefs))
		}
		name, _ := decoded(r.Hrefs[0])
		kind, _ := r.Prop(D("resourcetype"))
		switch collection := kind.Child(D("collection")) != nil; {
		case name == self && collection:
			s.resources[name] = "collection" + stateOf(r)
		case name == self && kind.Child(D("redirectref")) != nil:
			s.resources[name] = t.reference(path) + stateOf(r)
		case name == self:
			get := t.Do("GET", path, nil, "")
			s.resources[name] = fmt.Sprintf("file %d %q", get.Status, get.Body) + stateOf(r)
		case !again:
			t.look(s, r.Hrefs[0])
		}
	}
}

// stateOf is a resource's dead properties and locks.
func stateOf(r *ResponseElement) string {
	var list []string
	for _, ps := range r.Propstats {
		for _, p := range ps.Props {
			switch {
			case ps.Code != 200:
			case p.Name == D("lockdiscovery"):
				for _, l := range p.All(D("activelock")) {
					list = append(list, "lock "+lockState(l))
				}
			case p.Name.Space != "DAV:", p.Name == D("displayname"), p.Name == D("resource-id"):
				list = append(list, nameString(p.Name)+"="+p.Inner())
			}
		}
	}
	slices.Sort(list)
	return "; " + strings.Join(list, "; ")
}

// lockState is an activelock without its timeout, which runs.
func lockState(activelock *Element) string {
	var b strings.Builder
	for _, c := range activelock.Children() {
		if c.Name != D("timeout") {
			c.outer(&b)
		}
	}
	return b.String()
}

// again looks at what a snapshot looked at.
func (t *T) again(s snapshot) snapshot {
	if s.seen != nil {
		return t.graphOf(s.path)
	}
	return t.SnapshotOf(s.path)
}

// CheckUnchanged fails the case, and tells so, if anything differs from the
// snapshot.
func (t *T) CheckUnchanged(before snapshot) bool {
	now := t.again(before)
	same := true
	for _, path := range slices.Sorted(maps.Keys(before.resources)) {
		if got, want := now.resources[path], before.resources[path]; got != want {
			t.Errorf("%s: was %.300s, is now %.300s", path, want, orGone(got))
			same = false
		}
	}
	for _, path := range slices.Sorted(maps.Keys(now.resources)) {
		if _, was := before.resources[path]; !was {
			t.Errorf("%s: is now %.300s, was not there", path, now.resources[path])
			same = false
		}
	}
	return same
}

// equal tells whether two snapshots of one path are the same.
func (s snapshot) equal(o snapshot) bool { return maps.Equal(s.resources, o.resources) }

func orGone(s string) string {
	if s == "" {
		return "gone"
	}
	return s
}
