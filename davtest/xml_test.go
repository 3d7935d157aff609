package davtest

import "testing"

func TestParseXMLRefuses(t *testing.T) {
	for name, doc := range map[string]string{
		"nothing":           "",
		"cut":               "<a><b></b>",
		"two roots":         "<a/><b/>",
		"text outside":      "<a/>x",
		"text before":       "x<a/>",
		"DTD":               "<!DOCTYPE a><a/>",
		"entity":            "<a>&nbsp;</a>",
		"prefix":            "<p:a/>",
		"attribute prefix":  `<a p:b="1"/>`,
		"unbinding":         `<a xmlns:p=""/>`,
		"out of scope":      `<a><b xmlns:p="urn:p"/><p:c/></a>`,
		"twice":             `<a b="1" b="2"/>`,
		"twice by name":     `<a xmlns:p="urn:p" xmlns:q="urn:p" p:b="1" q:b="2"/>`,
		"end tag":           "<a></b>",
		"end tag's prefix":  `<p:a xmlns:p="urn:p" xmlns:q="urn:p"></q:a>`,
		"end tag too many":  "<a/></a>",
		"forbidden":         "<a>\x01</a>",
		"bad UTF-8":         "<a>\xff</a>",
		"twice on two rows": "<a\nb=\"1\"\nb=\"2\"/>",
	} {
		if _, err := ParseXML([]byte(doc)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestParseXMLInner(t *testing.T) {
	for _, same := range [][]string{
		{`<a xmlns:p="urn:p"><p:b x="1" p:y="2"/></a>`, `<a><b xmlns="urn:p" q:y="2" xmlns:q="urn:p" x="1"></b></a>`},
		{"<a>x<![CDATA[<&]]>y<!-- c -->z</a>", "<a>x&lt;&amp;yz</a>"},
		{"<a>1\r\n2</a>", "<a>1\n2</a>"},
		{"<a><b c='1\n\t2\r\n3'/></a>", "<a><b c='1  2 3'/></a>"},
		{"\ufeff<?xml version='1.0'?><a/>\n", "<a></a>"},
		{`<a xmlns="urn:a"><b xmlns=""/></a>`, "<a><b/></a>"},
	} {
		if a, b := mustParse(t, same[0]).Inner(), mustParse(t, same[1]).Inner(); a != b {
			t.Errorf("%q is %s, %q is %s", same[0], a, same[1], b)
		}
	}
	for _, differ := range [][]string{
		{"<a> </a>", "<a/>"},
		{"<a>x<b/></a>", "<a><b/>x</a>"},
		{"<a>&#13;</a>", "<a>&#10;</a>"},
		{"<a><b c='&#10;'/></a>", "<a><b c='\n'/></a>"},
		{`<a><b xmlns="urn:b"/></a>`, "<a><b/></a>"},
		{`<a><b c=""/></a>`, "<a><b/></a>"},
		{`<a xmlns:p="urn:p"><b p:c="1"/></a>`, `<a><b c="1"/></a>`},
		{`<a>"&lt;b&gt;"</a>`, "<a><b></b></a>"},
	} {
		if a, b := mustParse(t, differ[0]).Inner(), mustParse(t, differ[1]).Inner(); a == b {
			t.Errorf("%q and %q are both %s", differ[0], differ[1], a)
		}
	}
}

func TestScopes(t *testing.T) {
	e := mustParse(t, `<a xml:lang="de" xmlns="urn:a" xmlns:p="urn:p"><b><c xml:lang="" xmlns="" xmlns:p="urn:q"/></b></a>`)
	b := e.Children()[0]
	c := b.Children()[0]
	if b.Lang != "de" || c.Lang != "" {
		t.Errorf("languages %q and %q", b.Lang, c.Lang)
	}
	for _, look := range []struct {
		at     *Element
		prefix string
		want   string
		ok     bool
	}{{b, "", "urn:a", true}, {b, "p", "urn:p", true}, {c, "", "", true}, {c, "p", "urn:q", true}, {c, "no", "", false}} {
		if ns, ok := look.at.Lookup(look.prefix); ns != look.want || ok != look.ok {
			t.Errorf("%s in %s: %q, %t", look.prefix, look.at.Name.Local, ns, ok)
		}
	}
}

func mustParse(t *testing.T, doc string) *Element {
	t.Helper()
	e, err := ParseXML([]byte(doc))
	if err != nil {
		t.Fatalf("%q: %v", doc, err)
	}
	return e
}
