package davtest

import (
	"slices"
	"strings"
)

// HasOrder tells whether OPTIONS on the case's collection announces RFC 3648.
func (t *T) HasOrder() bool {
	options := t.Do("OPTIONS", "", nil, "")
	return slices.Contains(options.List("DAV"), "ordered-collections") || slices.Contains(options.List("Allow"), "ORDERPATCH")
}

// NeedOrder SKIPs the case unless [T.HasOrder].
func (t *T) NeedOrder() {
	if !t.HasOrder() {
		t.Skipf("needs ordered collections (RFC 3648), which the server does not offer")
	}
}

// MkOrdered makes a collection with the ordering type DAV:custom and empty
// files in it, one after the other. It must be accepted. A member that ends in
// a slash becomes a collection.
func (t *T) MkOrdered(path string, members ...string) {
	t.Status(t.Do("MKCOL", path, H{"Ordering-Type": {"DAV:custom"}}, ""), 201)
	for _, m := range members {
		if strings.HasSuffix(m, "/") {
			t.Mkcol(path + m)
		} else {
			t.Put(path+m, m)
		}
	}
}

// orderingType is the href in a collection's ordering-type; "" without one.
func (t *T) orderingType(path string) string {
	return t.Prop(path, D("ordering-type")).Child(D("href")).Trimmed()
}

// order are a collection's members in the order in which PROPFIND lists them,
// decoded and relative to it.
func (t *T) order(path string) []string {
	return below1(t.Propfind(path, "1", D("resourcetype")), t.Path(path))
}

// below1 are the members of a collection, given by its encoded path, in the
// order of the responses, decoded and relative to it. What lies deeper is left
// out.
func below1(ms *Multistatus, path string) []string {
	self, _ := decoded(path)
	list := []string{}
	for _, p := range ms.Paths() {
		if name, ok := strings.CutPrefix(p, self+"/"); ok && !strings.Contains(name, "/") {
			list = append(list, name)
		}
	}
	return list
}

// CheckOrder fails the case unless the collection has exactly the members, in
// this order. They are one word, separated by blanks.
func (t *T) CheckOrder(path, want string) bool {
	got := t.order(path)
	if !slices.Equal(got, strings.Fields(want)) {
		t.Errorf("%s: the order is %q, want %q", t.Path(path), strings.Join(got, " "), want)
		return false
	}
	return true
}

// position is the header that places a member.
func position(where string) H { return H{"Position": {where}} }

// Orderpatch sends an ORDERPATCH with the steps, each made by [step], and, unless
// it is "", the ordering type. It returns the answer, whatever its status.
func (t *T) Orderpatch(path, orderingType string, steps ...string) *Response {
	return t.orderpatch(path, nil, orderingType, steps...)
}

func (t *T) orderpatch(path string, h H, orderingType string, steps ...string) *Response {
	var content string
	if orderingType != "" {
		content = element(D("ordering-type"), element(D("href"), escape(orderingType)))
	}
	return t.Do("ORDERPATCH", path, h, dav("orderpatch", content+strings.Join(steps, "")))
}

// step moves a segment: first, last, before SEGMENT or after SEGMENT.
func step(segment, where string) string {
	word, other, _ := strings.Cut(where, " ")
	var content string
	if other != "" {
		content = element(D("segment"), escape(other))
	}
	return element(D("order-member"), element(D("segment"), escape(segment))+element(D("position"), element(D(word), content)))
}
