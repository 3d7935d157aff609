package davtest

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// XML in requests and answers. RFC 4918 sections 8.2, 17 and 19.
var casesXL = []Case{
	{ID: "XL-01", Section: "RFC 4918 8.2", Level: Must,
		Title: "text/xml and application/xml are both taken, with and without charset",
		Run: func(t *T) {
			for _, kind := range []string{"text/xml", "application/xml", `text/xml; charset="utf-8"`, "application/xml;charset=UTF-8", "Application/XML"} {
				t.eachBody(func(b xmlBody) {
					resp := t.Do(b.method, b.path, H{"Depth": {"0"}, "Content-Type": {kind}}, b.body)
					if resp.Status != b.want {
						t.Errorf("%s with %s: status %d, want %d", b.method, kind, resp.Status, b.want)
					}
				})
			}
		}},

	{ID: "XL-02", Section: "RFC 4918 19", Level: Must,
		Title: "UTF-8 and UTF-16 bodies work, with byte order mark",
		Run: func(t *T) {
			t.Put("f", "x")
			const text = "\u00e9 \u4e2d \U0001F600"
			body := strings.ReplaceAll(propertyupdate(Set(X("p"), text)), `encoding="utf-8"`, `encoding="utf-16"`)
			for name, encoded := range map[string]string{
				"UTF-8 with BOM": "\ufeff" + propertyupdate(Set(X("p"), text)),
				"UTF-16LE":       encoded16("\ufeff"+body, binary.LittleEndian),
				"UTF-16BE":       encoded16("\ufeff"+body, binary.BigEndian),
			} {
				t.Store("f", Remove(X("p")))
				resp := t.Do("PROPPATCH", "f", H{"Content-Type": {"application/xml"}}, encoded)
				if resp.Status != 207 {
					t.Errorf("%s: status %d", name, resp.Status)
				} else if got := t.Prop("f", X("p")).Text(); got != text {
					t.Errorf("%s: stored %q", name, got)
				}
			}
			latin := `<?xml version="1.0" encoding="iso-8859-1"?><D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:davtest">` +
				"<D:set><D:prop><x:p>\xe9</x:p></D:prop></D:set></D:propertyupdate>"
			switch resp := t.Do("PROPPATCH", "f", H{"Content-Type": {"application/xml"}}, latin); resp.Status {
			case 400, 415:
			case 207:
				if got := t.Prop("f", X("p")).Text(); got != "\u00e9" {
					t.Errorf("ISO-8859-1 taken, and stored as %q", got)
				}
			default:
				t.Errorf("ISO-8859-1: status %d", resp.Status)
			}
		}},

	{ID: "XL-03", Section: "RFC 4918 8.2", Level: Must,
		Title: "XML that is not well-formed, or breaks the rules of namespaces, is 400 for the whole request",
		Run:   brokenXML},

	{ID: "XL-04", Section: "RFC 4918 17", Level: Must,
		Title: "Unknown elements and attributes are skipped with their content, as are known ones out of place; PIs and comments are ignored",
		Run:   sprinkledXML},

	{ID: "XL-05", Section: "RFC 4918 8.2, 17, A.1", Level: Must,
		Title: "Order of elements, choice of prefix, default namespace and empty-element tags make no difference",
		Run:   otherSpellings},

	{ID: "XL-06", Section: "RFC 4918 17", Level: ShouldNot,
		Title: "The server invents no element in DAV:",
		Run: func(t *T) {
			t.Put("f", "x")
			for _, path := range []string{"f", ""} {
				t.Propfind(path, "0")
				names := t.Do("PROPFIND", path, H{"Depth": {"0"}}, dav("propfind", "<D:propname/>")).Multistatus().Responses[0].Names(200)
				t.Propfind(path, "0", names...)
			}
		},
		Scan: inventedNames},

	{ID: "XL-07", Section: "RFC 4918 8.2", Level: Practice,
		Title: "A body without Content-Type is read as XML, another type is 415, another root is 400",
		Run: func(t *T) {
			t.eachBody(func(b xmlBody) {
				t.CheckStatus(t.Do(b.method, b.path, H{"Depth": {"0"}, "Content-Type": nil}, b.body), b.want)
			})
			t.eachBody(func(b xmlBody) {
				t.CheckStatus(t.Do(b.method, b.path, H{"Depth": {"0"}, "Content-Type": {"image/png"}}, b.body), 415)
				t.CheckStatus(t.Do(b.method, b.path, H{"Depth": {"0"}}, dav("error", "")), 400)
			})
		}},

	{ID: "XL-08", Section: "RFC 4918 17", Level: Must,
		Title: "The rules for XML do not touch what PUT stores",
		Run: func(t *T) {
			for i, body := range []string{"<broken", "<a><b></a>", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "\ufeff<a/>\r\n", "<D:propfind/>"} {
				path := fmt.Sprint("f", i)
				t.Status(t.Do("PUT", path, H{"Content-Type": {"application/xml"}}, body), 201)
				t.CheckBody(path, body)
			}
		}},

	{ID: "XL-09", Section: "RFC 4918 8.2", Level: Practice,
		Title: "Answers stay legal XML for every name that can be stored",
		Run: func(t *T) {
			for _, name := range []string{"a%01", "%0A", "%7F", "%EF%BF%BE", "%EF%BF%BF", "%ED%A0%80", "%FF", "%C2%85", "%5D%5D%3E"} {
				resp := t.Do("PUT", name, nil, "x")
				if resp.Status >= 500 {
					t.Errorf("PUT %s: status %d", t.Path(name), resp.Status)
				}
				ms := t.Propfind("", "1", D("displayname"), D("resourcetype"))
				if resp.Status < 300 {
					t.Propfind(name, "0")
					if len(ms.Responses) != 2 {
						t.Errorf("PUT %s: %d, and the listing has %d responses", t.Path(name), resp.Status, len(ms.Responses))
					}
					t.Status(t.Do("DELETE", name, nil, ""), 200, 204)
				}
			}
		}},
}

// xmlBody is a valid request with an XML body.
type xmlBody struct {
	method, path, body string
	want               int
}

// eachBody calls f with one request for each method with an XML body that the
// server has, and undoes what f locked.
func (t *T) eachBody(f func(xmlBody)) {
	t.Put("f", "x")
	f(xmlBody{"PROPFIND", "f", propfindBody(D("resourcetype"), X("none")), 207})
	f(xmlBody{"PROPPATCH", "f", propertyupdate(Set(X("p"), "1")), 207})
	if t.HasLocks() {
		f(xmlBody{"LOCK", "f", lockinfo("exclusive", "<D:owner>me</D:owner>"), 200})
		for _, l := range t.Locks("f") {
			t.Unlock("f", l.Child(D("locktoken"), D("href")).Trimmed())
		}
	}
}

func encoded16(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// brokenXML sends bodies that are right but for one thing. Each must be refused
// whole: the part before the fault has no effect.
func brokenXML(t *T) {
	t.eachBody(func(b xmlBody) {
		root := b.body[strings.Index(b.body, "<D:"):] // without the declaration
		start := strings.Index(root, ">")
		inside := func(s string) string { return root[:start+1] + s + root[start+1:] }
		attribute := func(s string) string { return root[:start] + s + root[start:] }
		before := t.Snapshot()
		for fault, body := range map[string]string{
			"cut off":                     root[:len(root)-5],
			"cut off before the last tag": root[:strings.LastIndex(root, "<")],
			"two roots":                   root + "<x/>",
			"text after the root":         root + "text",
			"unbound prefix":              inside("<no:such/>"),
			"unbound attribute prefix":    inside(`<x:a no:such="1"/>`),
			"prefix bound to nothing":     attribute(` xmlns:p=""`),
			"attribute twice":             inside(`<x:a b="1" b="2"/>`),
			"attribute twice by name":     inside(`<x:a xmlns:q="urn:davtest" x:b="1" q:b="2"/>`),
			"wrong end tag":               inside("<x:a></x:b>"),
			"undeclared entity":           inside("<x:a>&nbsp;</x:a>"),
			"bare ampersand":              inside("<x:a>a & b</x:a>"),
			"attribute without quotes":    inside("<x:a b=1/>"),
			"< in an attribute":           inside(`<x:a b="<"/>`),
			"forbidden character":         inside("<x:a>\x01</x:a>"),
			"reference to a forbidden":    inside("<x:a>&#1;</x:a>"),
			"not UTF-8":                   inside("<x:a>\xff</x:a>"),
			"-- in a comment":             inside("<!-- a -- b -->"),
			"no XML":                      "this is text",
		} {
			resp := t.Do(b.method, b.path, H{"Depth": {"0"}}, body)
			if resp.Status != 400 {
				t.Errorf("%s, %s: status %d, want 400", b.method, fault, resp.Status)
			}
		}
		t.CheckUnchanged(before)
	})
}

// sprinkledXML sends bodies with things in them that must be skipped.
func sprinkledXML(t *T) {
	const (
		foo   = `<x:foo a="1"><D:propname/><D:allprop/><D:remove><D:prop><x:keep/></D:prop></D:remove><D:shared/>text</x:foo>`
		noise = "<!-- comment --><?pi data?>" + foo
	)
	t.Put("f", "x")
	t.Store("f", Set(X("keep"), "kept"))

	r := t.Do("PROPFIND", "f", H{"Depth": {"0"}}, dav("propfind", noise+"<D:prop x:at='1'>"+
		"<x:keep><D:getetag/><x:none/></x:keep><!-- c --><?pi?></D:prop>"+noise+"<D:href>/other</D:href>")).Multistatus().Responses[0]
	if got := r.Names(200); !sameNames(got, X("keep")) || len(r.Names(404)) > 0 {
		t.Errorf("propfind of x:keep: %v, and missing %v", got, r.Names(404))
	}
	want := t.Propfind("f", "0").Responses[0].Names(200)
	for _, body := range []string{noise + "<D:allprop/>", "<D:allprop><x:foo/><D:propname/></D:allprop>" + noise, `<D:allprop x:at="1">text</D:allprop>`} {
		r := t.Do("PROPFIND", "f", H{"Depth": {"0"}}, dav("propfind", body)).Multistatus().Responses[0]
		if got := r.Names(200); !sameNames(got, want...) {
			t.Errorf("propfind of %s: %v", body, got)
		}
	}

	r = t.Do("PROPPATCH", "f", nil, dav("propertyupdate", noise+"<D:set>"+noise+"<D:prop a='1'><!-- c --><x:p>new</x:p></D:prop>"+noise+"</D:set>"+noise)).Multistatus().Responses[0]
	if got := r.Names(200); !sameNames(got, X("p")) {
		t.Errorf("propertyupdate of x:p: %v", got)
	}
	if t.Prop("f", X("p")).Text() != "new" || t.Prop("f", X("keep")).Text() != "kept" {
		t.Errorf("propertyupdate did not do just what it says")
	}

	if t.HasLocks() {
		body := dav("lockinfo", noise+"<D:lockscope>"+noise+"<D:exclusive><D:shared/></D:exclusive></D:lockscope>"+noise+
			"<D:locktype x:at='1'><D:write>text<x:foo/></D:write></D:locktype>"+noise)
		t.CheckStatus(t.Do("LOCK", "f", H{"Depth": {"0"}}, body), 200)
		if locks := t.Locks("f"); len(locks) != 1 || locks[0].Child(D("lockscope"), D("exclusive")) == nil {
			t.Errorf("lockinfo: %d locks", len(locks))
		}
	}
}

// otherSpellings sends one request in several spellings.
func otherSpellings(t *T) {
	t.Put("f", "x")
	t.Store("f", Set(X("p"), "1"))
	for _, body := range []string{
		`<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><p xmlns="urn:davtest"/></D:prop></D:propfind>`,
		`<propfind xmlns="DAV:"><prop><resourcetype></resourcetype><x:p xmlns:x="urn:davtest"></x:p></prop></propfind>`,
		`<a:propfind xmlns:a="DAV:" xmlns:D="urn:davtest"><a:prop><D:p/><a:resourcetype/></a:prop></a:propfind>`,
		"\r\n<_1:propfind\n\txmlns:_1='DAV:'\n>\n <_1:prop >\n  <x:p xmlns:x=\"urn:davtest\" />\n  <b:resourcetype xmlns:b='DAV:'/>\n </_1:prop >\n</_1:propfind >\n",
		`<?xml version='1.0' standalone="yes"?><D:propfind xmlns:D="&#68;AV:"><D:prop><D:resourcetype/><D:p xmlns:D="urn:davtest"/></D:prop></D:propfind>`,
	} {
		r := t.Do("PROPFIND", "f", H{"Depth": {"0"}}, body)
		if r.Status != 207 {
			t.Errorf("%s: status %d", body, r.Status)
		} else if got := r.Multistatus().Responses[0].Names(200); !sameNames(got, X("p"), D("resourcetype")) {
			t.Errorf("%s: %v", body, got)
		}
	}
	if !t.HasLocks() {
		return
	}
	for _, content := range []string{
		"<D:owner>me</D:owner><D:locktype><D:write/></D:locktype><D:lockscope><D:shared/></D:lockscope>",
		"<D:lockscope><shared xmlns='DAV:'></shared></D:lockscope><D:owner>me</D:owner><locktype xmlns='DAV:'><write/></locktype>",
	} {
		before := len(t.Locks("f"))
		t.CheckStatus(t.Do("LOCK", "f", H{"Depth": {"0"}}, dav("lockinfo", content)), 200)
		locks := t.Locks("f")
		if len(locks) != before+1 || !slices.ContainsFunc(locks, func(l *Element) bool { return l.Child(D("owner")).Trimmed() == "me" }) {
			t.Errorf("%s: %d locks, want %d", content, len(locks), before+1)
		}
	}
}

// inventedNames finds elements in DAV: that no RFC defines. It leaves out what
// clients stored or asked for: values of dead properties, owners, names with
// another status than 200.
func inventedNames(x *Exchange, errorf errorf) bool {
	root := x.davBody()
	if root == nil {
		return false
	}
	list := structure(root)
	if x.Method == "PROPFIND" && x.Status == 207 {
		for _, r := range newMultistatus(root).Responses {
			for _, ps := range r.Propstats {
				if ps.Code == 200 {
					for _, p := range ps.Props {
						list = append(list, serverMade(p)...)
					}
				}
			}
		}
	}
	for _, e := range list {
		if e.Name.Space == "DAV:" && !davNames[e.Name.Local] {
			errorf("DAV:%s is no name of the RFCs", e.Name.Local)
		}
	}
	return true
}

// serverMade are the elements of a property value that the server made.
func serverMade(e *Element) []*Element {
	if e.Name.Space != "DAV:" || e.Name == D("owner") || e.Name == D("displayname") {
		return nil
	}
	list := []*Element{e}
	for _, c := range e.Children() {
		list = append(list, serverMade(c)...)
	}
	return list
}
