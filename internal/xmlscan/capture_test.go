package xmlscan

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// capturing returns what Capture makes of the first child of the root's first
// child, or deeper: of the first element called v.
func capturing(t testing.TB, doc string) string {
	t.Helper()
	s := New(strings.NewReader(doc), Options{})
	for s.Next() != Invalid && s.Kind() != EOF {
		if s.Kind() == Start && s.Name().Local == "v" {
			got := string(s.Capture([]byte("begin ")))
			if err := s.Finish(); err != nil {
				t.Fatalf("%s: %v", doc, err)
			}
			return strings.TrimPrefix(got, "begin ")
		}
	}
	t.Fatalf("%s: no v, %v", doc, s.Err())
	return ""
}

func TestCapture(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"PP-11 names", `<D:p xmlns:D="DAV:" xmlns:y="urn:y"><D:v a='1' y:b='&amp;2'/></D:p>`,
			`<D:v xmlns:D="DAV:" xmlns:y="urn:y" a="1" y:b="&amp;2"/>`},
		{"PP-11 default namespace", `<p xmlns="urn:d"><v><w/></v></p>`, `<v xmlns="urn:d"><w/></v>`},
		{"PP-11 own declarations", `<p xmlns="urn:d"><x:v xmlns:x="urn:x" xmlns="urn:e"><w/></x:v></p>`,
			`<x:v xmlns:x="urn:x" xmlns="urn:e"><w/></x:v>`},
		{"PP-11 hidden declarations", `<x:p xmlns:x="urn:1"><x:v xmlns:x="urn:2">x:</x:v></x:p>`, `<x:v xmlns:x="urn:2">x:</x:v>`},
		{"PP-11 inner redeclaration", `<x:p xmlns:x="urn:1"><v>x:<x:a xmlns:x="urn:2"/></v></x:p>`,
			`<v xmlns="" xmlns:x="urn:1">x:<x:a xmlns:x="urn:2"/></v>`},
		{"PP-12 language far outside", `<p xml:lang="de"><q><v>x</v></q></p>`, `<v xmlns="" xml:lang="de">x</v>`},
		{"PP-12 language of its own", `<p xml:lang="de"><v xml:lang="fr">x</v></p>`, `<v xmlns="" xml:lang="fr">x</v>`},
		{"PP-12 inner language", `<p xml:lang="de"><v><w xml:lang="fr"/></v></p>`, `<v xmlns="" xml:lang="de"><w xml:lang="fr"/></v>`},
		{"PP-12 language undone", `<p xml:lang="de"><q xml:lang=""><v/></q></p>`, `<v xmlns=""/>`},
		{"PP-12 language of a sibling", `<p><q xml:lang="de"/><v/></p>`, `<v xmlns=""/>`},
		{"PP-13 mixed content", "<v> a <b/>\n c\t</v>", "<v xmlns=\"\"> a <b/>\n c\t</v>"},
		{"PP-14 xml:space", `<v xml:space="default">   </v>`, `<v xmlns="" xml:space="default">   </v>`},
		{"PP-15 prefix in an attribute", `<p xmlns:p="urn:p" xmlns:q="urn:q"><v type="p:name"/></p>`,
			`<v xmlns="" xmlns:p="urn:p" type="p:name"/>`},
		{"PP-15 prefix in text", `<p xmlns:p="urn:p" xmlns:q-1="urn:q" xmlns:r="u"><v>1-p:n [q-1:m] sor q</v></p>`,
			`<v xmlns="" xmlns:p="urn:p" xmlns:q-1="urn:q">1-p:n [q-1:m] sor q</v>`},
		{"PP-15 own declaration unused", `<v xmlns:p="urn:p"/>`, `<v xmlns="" xmlns:p="urn:p"/>`},
		{"PP-16 characters", "<v a='&#9;&#10;&#13;&lt;&quot;\n'><![CDATA[<&]]>]]&gt;&#65536;&#9;&#13;<!-- --><?p?>\r\n</v>",
			"<v xmlns=\"\" a=\"&#9;&#10;&#13;&lt;&quot; \">&lt;&amp;]]&gt;\U00010000\t&#13;\n</v>"},
		{"PP-17 empty", `<x:v xmlns:x="u"></x:v>`, `<x:v xmlns:x="u"/>`},
		{"PP-18 no namespace", `<D:p xmlns:D="DAV:" xmlns="DAV:"><v xmlns=""><w/></v></D:p>`, `<v xmlns=""><w/></v>`},
		{"PP-18 child in no namespace", `<D:p xmlns:D="DAV:"><D:v><w xmlns=""/></D:v></D:p>`,
			`<D:v xmlns="" xmlns:D="DAV:"><w xmlns=""/></D:v>`},
		{"PP-19 unknown elements", `<D:p xmlns:D="DAV:" xmlns:z="z"><D:v><D:href/><z:unknown><z:deep/></z:unknown></D:v></D:p>`,
			`<D:v xmlns:D="DAV:" xmlns:z="z"><D:href/><z:unknown><z:deep/></z:unknown></D:v>`},
		{"namespaces are escaped", `<x:p xmlns:x="a&amp;&quot;b"><x:v/></x:p>`, `<x:v xmlns:x="a&amp;&quot;b"/>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := capturing(t, c.doc)
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if again := capturing(t, got); again != got {
				t.Errorf("captured again: %s", again)
			}
		})
	}
}

// A capture must not make much of little: here each of many small values
// needs a long declaration.
func TestSC05CaptureIsBounded(t *testing.T) {
	doc := fmt.Sprintf(`<p:r xmlns:p="%s">%s</p:r>`, strings.Repeat("u", 1000), strings.Repeat("<p:v/>", 1000))
	s := New(strings.NewReader(doc), Options{MaxBytes: 100_000})
	s.Root()
	n := 0
	for s.Child(1) {
		n += len(s.Capture(nil))
	}
	if !errors.Is(s.Err(), ErrLimit) || n > 110_000 {
		t.Error(n, s.Err())
	}
	s.Reset(strings.NewReader(doc), Options{MaxBytes: 100_000})
	if err := s.Finish(); err != nil {
		t.Error(err)
	}
}

func TestValue(t *testing.T) {
	long := strings.Repeat("x", firstBuffer)
	for _, c := range []struct {
		doc, want string
		text      bool
	}{
		{`<D:p xmlns:D="DAV:"><D:v> a&amp;b<!-- --><![CDATA[<]]></D:v></D:p>`, " a&b<", true},
		{`<D:p xmlns:D="DAV:"><D:v></D:v></D:p>`, "", true},
		{`<D:p xmlns:D="DAV:"><D:v/></D:p>`, "", true},
		{`<p><x:v xmlns:x="u" xmlns:y="w">t</x:v></p>`, "t", true},
		{`<D:p xmlns:D="DAV:"><D:v><D:collection/></D:v></D:p>`, `<D:v xmlns:D="DAV:"><D:collection/></D:v>`, false},
		{`<D:p xmlns:D="DAV:"><D:v>a&amp;<D:b/>c<D:d/></D:v></D:p>`, `<D:v xmlns:D="DAV:">a&amp;<D:b/>c<D:d/></D:v>`, false},
		{`<D:p xmlns:D="DAV:"><D:v a="">t</D:v></D:p>`, `<D:v xmlns:D="DAV:" a="">t</D:v>`, false},
		{`<D:p xmlns:D="DAV:" xml:lang="de"><D:v>t</D:v></D:p>`, `<D:v xmlns:D="DAV:" xml:lang="de">t</D:v>`, false},
		{`<D:p xmlns:D="DAV:"><D:v>` + long + `</D:v></D:p>`, long, true},
		{`<D:p xmlns:D="DAV:"><D:v>` + long + `<D:b/></D:v></D:p>`, `<D:v xmlns:D="DAV:">` + long + `<D:b/></D:v>`, false},
	} {
		for name, r := range everyReader(c.doc) {
			s := New(r, Options{})
			s.Root()
			for s.Name().Local != "v" {
				s.Next()
			}
			got, text := s.Value([]byte("begin "))
			if string(got) != "begin "+c.want || text != c.text || s.Finish() != nil {
				t.Errorf("%.100s, %s:\n got %.200s, %v, %v\nwant %.200s, %v", c.doc, name, got, text, s.Err(), c.want, c.text)
			}
		}
	}
}
