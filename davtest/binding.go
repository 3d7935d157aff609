package davtest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// NeedBind SKIPs the case unless the case's collection claims bindings (RFC
// 5842 section 8.1).
func (t *T) NeedBind() {
	if !t.Claims("bind") {
		t.Skipf("needs bindings (RFC 5842), which the server does not offer")
	}
}

// binding is the body of BIND, UNBIND or REBIND, named by its root. Segment and
// href are encoded; UNBIND has no href.
func binding(root, segment, href string) string {
	content := element(D("segment"), escape(segment))
	if href != "" {
		content += element(D("href"), escape(href))
	}
	return dav(root, content)
}

// TryBind asks for a binding of the segment in the collection to the resource
// at source, and returns the answer, whatever its status.
func (t *T) TryBind(collection, segment, source string, h H) *Response {
	return t.Do("BIND", collection, h, binding("bind", segment, t.Path(source)))
}

// Bind makes a new binding, which must be accepted.
func (t *T) Bind(collection, segment, source string) {
	t.Status(t.TryBind(collection, segment, source, nil), 201)
}

// TryRebind asks to move the binding at source to the segment in the
// collection, and returns the answer, whatever its status.
func (t *T) TryRebind(collection, segment, source string, h H) *Response {
	return t.Do("REBIND", collection, h, binding("rebind", segment, t.Path(source)))
}

// TryUnbind asks to remove the segment from the collection, and returns the
// answer, whatever its status.
func (t *T) TryUnbind(collection, segment string, h H) *Response {
	return t.Do("UNBIND", collection, h, binding("unbind", segment, ""))
}

// CheckSuccess fails the case unless the answer has one of the statuses, and no
// body or one whose document element is the one that RFC 5842 defines for the
// method: bind-response and so on.
func (t *T) CheckSuccess(r *Response, want ...int) {
	if !t.CheckStatus(r, want...) || len(r.Body) == 0 {
		return
	}
	root, err := r.XML()
	if response := D(strings.ToLower(r.Method) + "-response"); err != nil || root.Name != response {
		t.Errorf("%s %s: the body is no %s", r.Method, r.Target, nameString(response))
	}
}

// uri is what RFC 3986 calls a URI, roughly: a scheme and something.
var uri = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.\-]*:[!-;=?-~]+$`)

// identity is the DAV:resource-id of a response, which has one of the statuses;
// "" if there is none, or none that is one href with a URI.
func (r *ResponseElement) identity(want ...int) string {
	e, code := r.Prop(D("resource-id"))
	if !slices.Contains(want, code) || len(e.Children()) != 1 {
		return ""
	}
	if id := e.Child(D("href")).Text(); uri.MatchString(strings.TrimSpace(id)) {
		return id
	}
	return ""
}

// ResourceID is a resource's DAV:resource-id; none at all ends the case as
// failed.
func (t *T) ResourceID(path string) string {
	id := t.Propfind(path, "0", D("resource-id")).At(t.Path(path)).identity(200)
	if id == "" {
		t.Fatalf("%s has no resource-id that is one href with a URI", t.Path(path))
	}
	return id
}

// CheckSame fails the case unless the URLs are mapped to one resource, that
// with the id.
func (t *T) CheckSame(id string, paths ...string) {
	for _, p := range paths {
		if !t.Exists(p) {
			t.Errorf("%s is gone", t.Path(p))
		} else if got := t.ResourceID(p); got != id {
			t.Errorf("%s has resource-id %q, want %q", t.Path(p), got, id)
		}
	}
}

// distinct fails the case if two of the resource-ids, by what they are of, are
// the same.
func (t *T) distinct(ids map[string]string) {
	seen := map[string]string{}
	for _, what := range slices.Sorted(maps.Keys(ids)) {
		if other, twice := seen[ids[what]]; twice {
			t.Errorf("%s and %s have the same resource-id %q", other, what, ids[what])
		}
		seen[ids[what]] = what
	}
}

// tryCycle makes a binding that closes a cycle, and tells whether the server
// allows that, as it need not (RFC 5842 section 2.1.1).
func (t *T) tryCycle(collection, segment, source string) bool {
	r := t.TryBind(collection, segment, source, nil)
	if r.Condition(D("cycle-allowed")) != nil {
		return false
	}
	t.Status(r, 201)
	return true
}

// loop makes Coll/, called Loop Demo, with the binding Bar to itself: the
// founding example. Where there are no cycles the case SKIPs.
func (t *T) loop() {
	t.NeedBind()
	t.Mkcol("Coll/")
	t.Store("Coll/", Set(D("displayname"), "Loop Demo"))
	if !t.tryCycle("Coll/", "Bar", "Coll/") {
		t.Skipf("needs cycles, which the server does not allow")
	}
}

// PropfindBound is a Depth infinity PROPFIND by a client that knows bindings
// (RFC 5842 section 8.2). If the server refuses the depth the case SKIPs.
func (t *T) PropfindBound(path string, names ...Name) *Multistatus {
	h := H{"Depth": {"infinity"}, "Dav": {"bind"}}
	resp := t.Do("PROPFIND", path, h, propfindBody(names...))
	if resp.Status == 403 {
		t.Skipf("needs PROPFIND with Depth infinity, which the server refuses")
	}
	return resp.Multistatus()
}

// Graph is [T.Snapshot] that also tells which resource each URL is mapped to,
// and looks into a collection at the first of its URLs only.
func (t *T) Graph() snapshot { return t.graphOf("") }

func (t *T) graphOf(path string) snapshot {
	s := snapshot{path: path, resources: map[string]string{}, seen: map[string]bool{}}
	if t.Exists(path) {
		t.look(s, t.Path(path))
	}
	return s
}

// refusal is a request that must be refused with 403 or 409 and the condition.
type refusal struct{ method, path, body, condition string }

func (r refusal) send(t *T) *Response { return t.Do(r.method, r.path, nil, r.body) }

// refusals are those that BIND and REBIND have in common, on what
// [T.forRefusals] makes.
func (t *T) refusals(method string) []refusal {
	root := strings.ToLower(method)
	list := []refusal{
		{method, "f", binding(root, "new", t.Path("c/x")), root + "-into-collection"},
		{method, "c/", binding(root, "new", t.Path("none")), root + "-source-exists"},
		{method, "c/", binding(root, "new", "http://elsewhere.davtest.invalid"+t.Path("f")), "cross-server-binding"},
	}
	for _, segment := range []string{"", ".", "..", "a/b", "/", "%2F", "a%2fb"} {
		list = append(list, refusal{method, "c/", binding(root, segment, t.Path("f")), "name-allowed"})
	}
	return list
}

// unbindRefusals are those of UNBIND.
func unbindRefusals() []refusal {
	return []refusal{
		{"UNBIND", "f", binding("unbind", "x", ""), "unbind-from-collection"},
		{"UNBIND", "c/", binding("unbind", "none", ""), "unbind-source-exists"},
		{"UNBIND", "c/", binding("unbind", "d/y", ""), "unbind-source-exists"},
	}
}

// forRefusals makes f and c/ with x, d/y and another binding of f.
func (t *T) forRefusals() {
	t.NeedBind()
	t.Mkcol("c/", "c/d/")
	t.Put("f", "file")
	t.Put("c/x", "member")
	t.Put("c/d/y", "deep")
	t.Bind("c/", "again", "f")
}

// checkRefusals sends requests that must be refused, each for its reason, and
// change nothing.
func (t *T) checkRefusals(list []refusal) {
	before := t.Graph()
	for _, r := range list {
		t.CheckCondition(r.send(t), r.condition, 403, 409)
	}
	t.CheckUnchanged(before)
}

// relative are the paths of a Multi-Status, decoded, relative to the case's
// collection ("" is that itself), in order.
func (t *T) relative(ms *Multistatus) []string {
	self, _ := decoded(t.Path(""))
	var list []string
	for _, p := range ms.Paths() {
		list = append(list, strings.TrimPrefix(strings.TrimPrefix(p, self), "/"))
	}
	return list
}

// CheckListed fails the case unless the Multi-Status is about just the paths,
// each once, in any order.
func (t *T) CheckListed(what string, ms *Multistatus, want ...string) {
	got := t.relative(ms)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s lists %s, want %s", what, quoted(got), quoted(want))
	}
}

func quoted(list []string) string { return fmt.Sprintf("%q", list) }
