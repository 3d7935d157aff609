package davtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// HasSearch tells whether OPTIONS on the case's collection announces SEARCH.
func (t *T) HasSearch() bool {
	options := t.Do("OPTIONS", "", nil, "")
	return slices.Contains(options.List("Allow"), "SEARCH") || len(options.List("DASL")) > 0
}

// NeedSearch SKIPs the case unless [T.HasSearch].
func (t *T) NeedSearch() {
	if !t.HasSearch() {
		t.Skipf("needs SEARCH (RFC 5323), which the server does not offer")
	}
}

// query is a DAV:basicsearch. Everything but what to select is XML, with the
// prefixes of [dav].
type query struct {
	names   []Name   // to select; none: allprop
	scopes  []string // made by [scope]
	where   string   // an operator; "": none
	orderby string   // made by [orderBy]; "": none
	limit   string   // nresults; "": none
}

// body is the whole request body.
func (q query) body() string { return dav("searchrequest", q.basicsearch()) }

func (q query) basicsearch() string {
	selected := "<D:allprop/>"
	if len(q.names) > 0 {
		selected = propOf(q.names...)
	}
	s := element(D("select"), selected) + element(D("from"), strings.Join(q.scopes, ""))
	if q.where != "" {
		s += element(D("where"), q.where)
	}
	s += q.orderby
	if q.limit != "" {
		s += element(D("limit"), element(D("nresults"), q.limit))
	}
	return element(D("basicsearch"), s)
}

// propOf is a DAV:prop with the names.
func propOf(names ...Name) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteString(empty(n))
	}
	return element(D("prop"), b.String())
}

// scope is where to search.
func scope(href, depth string) string {
	return element(D("scope"), element(D("href"), escape(href))+element(D("depth"), depth))
}

// compare is an operator on a property and a literal: eq, lt, lte, gt, gte,
// like, language-matches.
func compare(operator string, name Name, literal string) string {
	return element(D(operator), propOf(name)+element(D("literal"), escape(literal)))
}

// compareCaseless is [compare] with the attribute caseless, yes or no.
func compareCaseless(operator string, name Name, literal, caseless string) string {
	return strings.Replace(compare(operator, name, literal), ">", fmt.Sprintf(` caseless="%s">`, caseless), 1)
}

// on is an operator on a property alone: is-defined, language-defined.
func on(operator string, name Name) string { return element(D(operator), propOf(name)) }

// and, or and not join operators.
func and(operands ...string) string { return element(D("and"), strings.Join(operands, "")) }
func or(operands ...string) string  { return element(D("or"), strings.Join(operands, "")) }
func not(operand string) string     { return element(D("not"), operand) }

// contains searches the content.
func contains(phrase string) string { return element(D("contains"), escape(phrase)) }

const isCollection = "<D:is-collection/>"

// orderBy sorts; each key is made by [ascending], [descending] or [byDefault].
func orderBy(keys ...string) string { return element(D("orderby"), strings.Join(keys, "")) }

func byDefault(name Name) string { return element(D("order"), propOf(name)) }
func ascending(name Name) string { return element(D("order"), propOf(name)+"<D:ascending/>") }
func descending(name Name) string {
	return element(D("order"), propOf(name)+"<D:descending/>")
}

// everything is the scope of the case's whole collection.
func (t *T) everything() []string { return []string{scope(t.Path(""), "infinity")} }

// Search sends a SEARCH to the case's collection, and returns the answer,
// whatever its status.
func (t *T) Search(body string) *Response { return t.Do("SEARCH", "", nil, body) }

// TryWhere searches the case's whole collection, and returns the answer,
// whatever its status.
func (t *T) TryWhere(where string) *Response {
	return t.Search(query{names: []Name{D("resourcetype")}, scopes: t.everything(), where: where}.body())
}

// found are the paths that a search found, decoded and relative to the case's
// collection, which is ".", in order. A shortened result fails the case.
func (t *T) found(ms *Multistatus) []string {
	list := []string{}
	for i, path := range t.relative(ms) {
		if i < len(ms.Responses) && ms.Responses[i].Code == 507 {
			t.Errorf("the result is shortened")
			continue
		}
		if path == "" {
			path = "."
		}
		list = append(list, path)
	}
	return list
}

// CheckFound fails the case unless the operator finds just the resources in the
// case's collection, of any depth. They are words, separated by blanks.
func (t *T) CheckFound(where, want string) {
	r := t.TryWhere(where)
	if !t.CheckStatus(r, 207) {
		return
	}
	got := t.found(r.Multistatus())
	slices.Sort(got)
	if wanted := strings.Fields(want); !slices.Equal(got, sorted(wanted)) {
		t.Errorf("%s finds %q, want %q", where, got, wanted)
	}
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// files makes files, each with the property k of the suite's namespace. What
// has the value "-" has none.
func (t *T) files(values map[string]string) {
	for name, value := range values {
		t.Put(name, name)
		if value != "-" {
			t.Store(name, Set(X("k"), escape(value)))
		}
	}
}

// checkRefused fails the case unless a search was refused with one of the
// statuses and, at SHOULD level, the condition.
func (t *T) checkRefused(what string, r *Response, condition string, want ...int) {
	if !slices.Contains(want, r.Status) {
		t.Errorf("%s: status %d, want %s", what, r.Status, oneOf(want))
	} else if condition != "" && r.Condition(D(condition)) == nil {
		t.Shouldf("%s: %d without a DAV:error that holds DAV:%s", what, r.Status, condition)
	}
}

// schema is what the server tells about its DAV:basicsearch.
type schema struct{ root *Element }

// Schema asks for the query schema of the case's collection; nil if the server
// does not tell it.
func (t *T) Schema() *schema {
	r := t.Search(dav("query-schema-discovery", query{scopes: t.everything()}.discovery()))
	if r.Status != 207 {
		return nil
	}
	ms := r.Multistatus()
	if len(ms.Responses) != 1 {
		t.Fatalf("the schema has %d responses", len(ms.Responses))
	}
	root := ms.Responses[0].Element.Child(D("query-schema"), D("basicsearchschema"))
	if root == nil {
		t.Fatalf("the response has no query-schema with basicsearchschema")
	}
	return &schema{root}
}

// discovery is what query-schema-discovery holds.
func (q query) discovery() string {
	return element(D("basicsearch"), element(D("from"), strings.Join(q.scopes, "")))
}

// operators are the names of the optional operators that the schema lists.
func (s *schema) operators() map[string]bool {
	names := map[string]bool{}
	if s == nil || s.root.Child(D("operators")) == nil {
		return names
	}
	for _, desc := range s.root.Child(D("operators")).All(D("opdesc")) {
		for _, e := range desc.Children() {
			if !strings.HasPrefix(e.Name.Local, "operand-") && e.Name.Space == "DAV:" {
				names[e.Name.Local] = true
			}
		}
	}
	return names
}

// score is the DAV:score of a response; -1 if it has none, -2 if it is wrong.
func (r *ResponseElement) score() int {
	e := r.Element.Child(D("score"))
	if e == nil {
		return -1
	}
	n, err := strconv.Atoi(e.Trimmed())
	if err != nil || n < 0 || n > 10000 {
		return -2
	}
	return n
}

// searchByName is a body that searches a collection, of any depth, for what has
// the displayname.
func (t *T) searchByName(collection, name string) string {
	return query{
		names: []Name{D("displayname")}, scopes: []string{scope(t.Path(collection), "infinity")}, where: compare("eq", D("displayname"), name),
	}.body()
}
