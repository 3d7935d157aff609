package davtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// submitted is the header that submits tokens, each in an untagged list of its
// own; so one of them must match the Request-URI.
func submitted(tokens ...string) H {
	var lists []string
	for _, token := range tokens {
		lists = append(lists, "(<"+token+">)")
	}
	return H{"If": {strings.Join(lists, " ")}}
}

// submittedAt is the header that submits tokens, each tagged with the path it
// matches: path, token, path, token and so on.
func (t *T) submittedAt(pathsAndTokens ...string) H {
	var groups []string
	for pair := range slices.Chunk(pathsAndTokens, 2) {
		groups = append(groups, fmt.Sprintf("<%s> (<%s>)", t.Path(pair[0]), pair[1]))
	}
	return H{"If": {strings.Join(groups, " ")}}
}

// to is the Destination header for a path, with the fields of more.
func (t *T) to(path string, more ...H) H {
	h := H{"Destination": {t.URL(path)}}
	for _, m := range more {
		maps.Copy(h, m)
	}
	return h
}

// tokensOf are the lock tokens that a resource's lockdiscovery shows.
func (t *T) tokensOf(path string) []string {
	var tokens []string
	for _, l := range t.Locks(path) {
		tokens = append(tokens, tokenIn(l))
	}
	return tokens
}

// tokenIn is the token of an activelock; "" if it shows none.
func tokenIn(activelock *Element) string {
	return activelock.Child(D("locktoken"), D("href")).Trimmed()
}

// CheckLocked fails the case unless exactly the tokens lock the resource, in
// any order.
func (t *T) CheckLocked(path string, tokens ...string) {
	got := t.tokensOf(path)
	slices.Sort(got)
	want := slices.Sorted(slices.Values(tokens))
	if !slices.Equal(got, want) {
		t.Errorf("%s: locked by %d locks %v, want %d %v", t.Path(path), len(got), got, len(want), want)
	}
}

// CheckCondition fails the case unless the answer has one of the statuses, and
// tells in a DAV:error body that the condition was not met.
func (t *T) CheckCondition(r *Response, condition string, want ...int) {
	if t.CheckStatus(r, want...) && r.Condition(D(condition)) == nil {
		t.Errorf("%s %s: %d without a DAV:error that holds DAV:%s", r.Method, r.Target, r.Status, condition)
	}
}

// ShouldStatus fails the case at level SHOULD unless the answer has one of the
// statuses.
func (t *T) ShouldStatus(r *Response, want ...int) {
	if !slices.Contains(want, r.Status) {
		t.Shouldf("%s %s: status %d, want %s", r.Method, r.Target, r.Status, oneOf(want))
	}
}

// CheckUnmapped fails the case if there is a resource at one of the URLs.
func (t *T) CheckUnmapped(paths ...string) {
	for _, p := range paths {
		if t.Exists(p) {
			t.Errorf("%s is there", t.Path(p))
		}
	}
}

// CheckBody fails the case unless GET gives the body.
func (t *T) CheckBody(path, want string) {
	r := t.Do("GET", path, nil, "")
	if t.CheckStatus(r, 200) && string(r.Body) != want {
		t.Errorf("%s: body %.60q (%d bytes), want %.60q (%d bytes)", t.Path(path), r.Body, len(r.Body), want, len(want))
	}
}

// members are the paths of a collection's members, decoded, relative to the
// collection and sorted.
func (t *T) members(path string) []string {
	self, _ := decoded(t.Path(path))
	var list []string
	for _, p := range t.Propfind(path, "1", D("resourcetype")).Paths() {
		if p != self {
			list = append(list, strings.TrimPrefix(strings.TrimPrefix(p, self), "/"))
		}
	}
	slices.Sort(list)
	return list
}

// CheckMembers fails the case unless the collection has exactly the members.
func (t *T) CheckMembers(path string, want ...string) {
	slices.Sort(want)
	if got := t.members(path); !slices.Equal(got, want) {
		t.Errorf("%s: members %q, want %q", t.Path(path), got, want)
	}
}

// isCollection tells whether the resource's resourcetype says so.
func (t *T) isCollection(path string) bool {
	return t.Prop(path, D("resourcetype")).Child(D("collection")) != nil
}
