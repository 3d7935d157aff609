package davtest

import (
	"fmt"
	"slices"
	"strings"
)

// The cases on results: order, length, secrets.
var casesSearchResult = []Case{
	{ID: "SE-14", Section: "RFC 5323 5.6", Level: Must,
		Title: "orderby sorts by its keys in order, ascending by default, NULL first",
		Run: func(t *T) {
			t.NeedSearch()
			for _, f := range []struct{ name, k, n string }{
				{"a", "x", "1"}, {"b", "x", "2"}, {"c", "w", "3"}, {"d", "", "4"}, {"e", "-", "5"}, {"g", "y", "-"}, {"h", "y", "6"},
			} {
				t.files(map[string]string{f.name: f.k})
				if f.n != "-" {
					t.Store(f.name, Set(X("n"), f.n))
				}
			}
			k, n := X("k"), X("n")
			t.sorts("e d c a b g h", byDefault(k), byDefault(n))
			t.sorts("e d c a b g h", ascending(k), ascending(n))
			t.sorts("e d c b a h g", ascending(k), descending(n))
			t.sorts("g h a b c d e", descending(k), ascending(n))
			t.sorts("g a b c d e h", byDefault(n))
			t.sorts("h e d c b a g", descending(n))
			for name, size := range map[string]int{"f9": 9, "f10": 10, "f100": 100} {
				t.Put("len-"+name, strings.Repeat("x", size))
			}
			q := query{names: []Name{D("getetag")}, scopes: t.everything(), orderby: orderBy(descending(D("getcontentlength"))),
				where: and(not(isCollection), compare("gte", D("getcontentlength"), "9"))}
			t.inOrder(q, "len-f100 len-f10 len-f9")
			q.orderby = orderBy(byDefault(D("getcontentlength")))
			t.inOrder(q, "len-f9 len-f10 len-f100")
		}},

	{ID: "SE-15", Section: "RFC 5323 2.3.1, 5.17", Level: Must,
		Title: "A shortened result is 207, ordered as asked for; what of it is left out is told by 507 for the arbiter; nresults gives the best",
		Run: func(t *T) {
			t.NeedSearch()
			t.files(map[string]string{"a": "3", "b": "1", "c": "5", "d": "2", "e": "4"})
			q := query{names: []Name{X("k")}, scopes: t.everything(), where: on("is-defined", X("k"))}
			for limit, want := range map[string]string{"2": "c e", "1": "c", "5": "c e a d b", "10": "c e a d b"} {
				q.limit, q.orderby = limit, orderBy(descending(X("k")))
				t.limited(q, strings.Fields(want), 5)
			}
			q.limit, q.orderby = "2", orderBy(ascending(X("k")))
			t.limited(q, []string{"b", "d"}, 5)
			q.orderby = ""
			if n := len(t.matches(t.Search(q.body()).Multistatus())); n != 2 && n != 5 {
				t.Errorf("nresults 2 without an order: %d results, want 2, or all 5", n)
			}
			for _, limit := range []string{"many", "-1", "1.5"} {
				q.limit = limit
				t.checkRefused("nresults "+limit, t.Search(q.body()), "", 400, 422)
			}
		},
		Scan: func(x *Exchange, errorf errorf) bool {
			if x.Method != "SEARCH" || x.Status != 207 {
				return false
			}
			ms, err := x.Multistatus()
			if err != nil {
				return false // told elsewhere
			}
			arbiter, _ := decoded(x.Target)
			short := false
			for _, r := range ms.Responses {
				if r.Code == 0 || r.Code == 200 {
					continue
				}
				short = true
				if path, _ := decoded(strings.Join(r.Hrefs, " ")); r.Code != 507 || path != arbiter {
					errorf("%s has status %q; that is for a shortened result, with 507 for %s", r.at(), r.Status, arbiter)
				}
			}
			return short
		}},

	{ID: "SE-17", Section: "RFC 5323 2.1, 7", Level: MustNot,
		Title: "A search tells nothing that GET or PROPFIND would hide, and changes nothing",
		Run: func(t *T) {
			t.NeedSearch()
			t.threeLevels()
			t.Store("c/y", Set(X("k"), "v"), Set(D("displayname"), "name"))
			before, fields := t.Snapshot(), t.validators("z", "c/y")
			names := []Name{
				X("k"), X("none"), D("displayname"), D("resourcetype"), D("getcontentlength"), D("getetag"), D("getlastmodified"), D("creationdate"), D("supportedlock"),
			}
			found := t.Search(query{names: names, scopes: t.everything()}.body()).Multistatus()
			listed := t.PropfindTree("", names...)
			t.checkFoundIn("everything", found, strings.Join(t.found(listed), " "))
			for _, want := range listed.Responses {
				got := found.At(want.Hrefs[0])
				for _, name := range names {
					a, b := said(got, name), said(want, name)
					if a != b {
						t.Errorf("%s of %s: SEARCH tells %s, PROPFIND tells %s", nameString(name), want.at(), a, b)
					}
				}
			}
			t.CheckUnchanged(before)
			if after := t.validators("z", "c/y"); after != fields {
				t.Errorf("ETag and Last-Modified were %s, are %s", fields, after)
			}
			anonymous := t.Anonymous()
			if r := anonymous.Do("PROPFIND", "", H{"Depth": {"0"}}, propfindBody()); r.Status == 401 || r.Status == 403 {
				t.CheckStatus(anonymous.TryWhere(""), 401, 403)
			}
		}},
}

// said is a property with its status, as a response has it.
func said(r *ResponseElement, name Name) string {
	e, status := r.Prop(name)
	if status != 200 {
		return fmt.Sprint(status)
	}
	return fmt.Sprint(status, " ", e.Inner())
}

// validators are ETag and Last-Modified of files.
func (t *T) validators(paths ...string) string {
	var b strings.Builder
	for _, p := range paths {
		h := t.Status(t.Do("HEAD", p, nil, ""), 200).Header
		fmt.Fprintf(&b, "%s %s %s;", p, h.Get("ETag"), h.Get("Last-Modified"))
	}
	return b.String()
}

// sorts fails the case unless the files of the case's collection are found in
// the order by the keys.
func (t *T) sorts(want string, keys ...string) {
	t.inOrder(query{names: []Name{D("getetag")}, scopes: t.everything(), where: not(isCollection), orderby: orderBy(keys...)}, want)
}

func (t *T) inOrder(q query, want string) {
	got := t.found(t.Search(q.body()).Multistatus())
	if !slices.Equal(got, strings.Fields(want)) {
		t.Errorf("%s gives %q, want %q", q.orderby, strings.Join(got, " "), want)
	}
}

// limited fails the case unless a search gives just the results, in this order,
// or disregards its limit and gives all.
func (t *T) limited(q query, want []string, all int) {
	got := t.matches(t.Search(q.body()).Multistatus())
	switch {
	case slices.Equal(got, want):
	case len(got) == all && slices.Equal(got[:len(want)], want):
	case len(got) == len(want):
		t.Shouldf("nresults %s gives %q, want %q, the best", q.limit, got, want)
	default:
		t.Errorf("nresults %s gives %q, want %q", q.limit, got, want)
	}
}

// matches are what a search found, without the response that tells that it is
// not all.
func (t *T) matches(ms *Multistatus) []string {
	whole := &Multistatus{Element: ms.Element, Responses: slices.DeleteFunc(slices.Clone(ms.Responses), func(r *ResponseElement) bool { return r.Code == 507 })}
	return t.found(whole)
}
