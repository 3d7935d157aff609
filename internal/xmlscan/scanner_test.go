package xmlscan

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/quiredav/quire/dav"
)

// tokens renders every token of a document, and the error that ended it.
func tokens(r io.Reader, o Options) (string, error) {
	var b strings.Builder
	s := New(r, o)
	for {
		switch s.Next() {
		case Start:
			fmt.Fprintf(&b, "<%v", s.Name())
			for _, a := range s.Attrs() {
				fmt.Fprintf(&b, " %v=%q", a.Name, a.Value)
			}
			b.WriteByte('>')
		case End:
			fmt.Fprintf(&b, "</%v>", s.Name())
		case Text:
			fmt.Fprintf(&b, "%q", s.Text())
		default:
			return b.String(), s.Err()
		}
	}
}

// everyReader feeds a document in one piece and byte by byte.
func everyReader(doc string) map[string]io.Reader {
	return map[string]io.Reader{
		"whole":      strings.NewReader(doc),
		"byte":       iotest.OneByteReader(strings.NewReader(doc)),
		"with error": iotest.DataErrReader(strings.NewReader(doc)),
	}
}

func TestTokens(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{`<a/>`, `<{}a></{}a>`},
		{`<a></a >`, `<{}a></{}a>`},
		{"\ufeff<a/>", `<{}a></{}a>`},
		{`<?xml version="1.0"?><a/>`, `<{}a></{}a>`},
		{"<?xml version='1.0' encoding='utf-8' standalone = \"yes\" ?>\n<!-- c - --><?p i?> <a/>\n<!----><?q??>", `<{}a></{}a>`},
		{`<?xml version="1.0" standalone="yes"?><a/>`, `<{}a></{}a>`},
		{`<?xml-stylesheet href="x"?><a/>`, `<{}a></{}a>`},
		{`<a xmlns="u"><b/><c xmlns=""><d/></c></a>`, `<{u}a><{u}b></{u}b><{}c><{}d></{}d></{}c></{u}a>`},
		{`<x:a xmlns:x="u" x:b="1" b='2'><x:c xmlns:x="v"/><x:d/></x:a>`,
			`<{u}a {u}b="1" {}b="2"><{v}c></{v}c><{u}d></{u}d></{u}a>`},
		{"<a b=\" 1\t2\n&#9;&quot;'&gt;> \"/>", `<{}a {}b=" 1 2 \t\"'>> "></{}a>`},
		{`<a>1&lt;2&amp;&#65536;&#x41;&#9;&#13;]] ]</a>`, `<{}a>"1<2&` + "\U00010000" + `A\t\r]] ]"</{}a>`},
		{`<a> 1<![CDATA[<&]]]]>2<!--x--><?y z?> 3<b/>4</a>`, `<{}a>" 1<&]]2 3"<{}b></{}b>"4"</{}a>`},
		{`<a><!--x--><b/><?y?></a>`, `<{}a><{}b></{}b></{}a>`},
		{`<a><![CDATA[]]></a>`, `<{}a></{}a>`},
		{"<a>1\r\n2\r3\n\r\r\n</a\r\n>\r", `<{}a>"1\n2\n3\n\n\n"</{}a>`},
		{"<é xmlns='ü'>ж\u00a0\U0001F600</é>", "<{ü}é>\"ж\\u00a0\U0001F600\"</{ü}é>"},
		{`<a xml:lang="de" xmlns:xml="http://www.w3.org/XML/1998/namespace"/>`,
			`<{}a {http://www.w3.org/XML/1998/namespace}lang="de"></{}a>`},
	} {
		for name, r := range everyReader(c.doc) {
			got, err := tokens(r, Options{})
			if got != c.want || err != nil {
				t.Errorf("%s, %s:\n got %s, %v\nwant %s", c.doc, name, got, err, c.want)
			}
		}
	}
}

// XL-03: what is not well-formed, or breaks the rules of namespaces, is
// refused.
func TestXL03Malformed(t *testing.T) {
	for _, doc := range []string{
		`x`, `<a/>x`, `<a/><b/>`, `<a/>&amp;`, `<a/><![CDATA[]]>`, `</a>`,
		`<a></b>`, `<a></ab>`, `<ab></a>`, `<a><b></a></b>`, `<a></a b="">`,
		`< a/>`, `<a / >`, `<a b/>`, `<a b=1/>`, `<a b="1"c="2"/>`, `<a b="<"/>`, `<a b="&"/>`,
		`<1/>`, `<-a/>`, `<:a/>`, `<a:/>`, `<a:b:c xmlns:a="u"/>`, `<a:1 xmlns:a="u"/>`, "<a\u00d7/>",
		`<p:a/>`, `<a p:b=""/>`, `<a><p:b xmlns:p="u"/><p:c/></a>`,
		`<a xmlns:p=""/>`, `<a xmlns:xml="u"/>`, `<a xmlns:xmlns="u"/>`, `<xmlns:a/>`,
		`<a xmlns="http://www.w3.org/2000/xmlns/"/>`, `<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>`,
		`<a b="" b=""/>`, `<a xmlns:p="u" xmlns:q="u" p:b="" q:b=""/>`, `<a xmlns="u" xmlns="u"/>`,
		`<a>&nbsp;</a>`, `<a>&</a>`, `<a>& </a>`, `<a>&amp </a>`, `<a>&#0;</a>`, `<a>&#xD800;</a>`, `<a>&#xFFFE;</a>`,
		`<a>&#;</a>`, `<a>&#x;</a>`, `<a>&#99999999999;</a>`, `<a>&#4294967361;</a>`, `<a>&#x110000;</a>`, `<a>&#1A;</a>`,
		`<a>]]></a>`, `<a><!-- -- --></a>`, `<a><!-- ---></a>`, `<a><!x></a>`, `<a><?xml ?></a>`, `<a><?XML?></a>`,
		`<a><?p:q?></a>`, `<a><? p?></a>`, ` <?xml version="1.0"?><a/>`, `<a><!DOCTYPE a></a>`,
		`<?xml encoding="UTF-8"?><a/>`, `<?xml version="2.0"?><a/>`, `<?xml version="1."?><a/>`,
		`<?xml version="1.0" standalone="maybe"?><a/>`, `<?xml version="1.0"standalone="yes"?><a/>`,
		`<?xml version="1.0" standalone="yes" encoding="UTF-8"?><a/>`, `<?xml version="1.0">`,
		"<a>\x00</a>", "<a>\x01</a>", "<a>\x1f</a>", "<a b='\x08'/>", "<a>\xff</a>", "<a>\xed\xa0\x80</a>",
		"<a>\uffff</a>", "<a>\xc0\x80</a>", "<a>\xe2\x82</a>", "<a/>\x00",
	} {
		for name, r := range everyReader(doc) {
			if got, err := tokens(r, Options{}); !errors.Is(err, ErrSyntax) {
				t.Errorf("%q, %s: %s, %v", doc, name, got, err)
			}
		}
	}
}

// XL-03: input that ends early is told apart from other trouble, wherever it
// ends.
func TestXL03Truncated(t *testing.T) {
	doc := "<?xml version='1.0' encoding='UTF-8' ?><!-- c --><?p i?><p:a b='1&lt;é' xmlns:p='u'>é&amp;&#x41;" +
		"<![CDATA[c]]><!-- d --><?p i?> <p:b /></p:a >"
	for i := range len(doc) {
		for name, r := range everyReader(doc[:i]) {
			_, err := tokens(r, Options{})
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%q, %s: %v", doc[:i], name, err)
			}
		}
	}
	for name, r := range everyReader("<a/>\xe2\x82") {
		if _, err := tokens(r, Options{}); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("half a character at the end, %s: %v", name, err)
		}
	}
	if _, err := tokens(strings.NewReader(doc), Options{}); err != nil {
		t.Error(err)
	}
}

func TestEmpty(t *testing.T) {
	for _, doc := range []string{"", " \r\n\t", "\ufeff", "<!-- nothing -->"} {
		if _, err := tokens(strings.NewReader(doc), Options{}); !errors.Is(err, ErrEmpty) {
			t.Errorf("%q: %v", doc, err)
		}
	}
	if _, err := tokens(strings.NewReader("<a>"), Options{}); errors.Is(err, ErrEmpty) {
		t.Error("a document cut off is not an empty one")
	}
	for _, begun := range []string{"", "\r\n", "     "} {
		r := io.MultiReader(strings.NewReader(begun), iotest.ErrReader(io.ErrUnexpectedEOF)) // as net/http gives a body that breaks off
		if _, err := tokens(r, Options{}); errors.Is(err, ErrEmpty) || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q and then an error: %v", begun, err)
		}
	}
}

// A fault of the reader comes through as it is, behind the tokens before it.
func TestReadError(t *testing.T) {
	fault := errors.New("fault")
	got, err := tokens(io.MultiReader(strings.NewReader("<a><b/>"), iotest.ErrReader(fault)), Options{})
	if got != "<{}a><{}b></{}b>" || !errors.Is(err, fault) {
		t.Errorf("%s, %v", got, err)
	}
}

// SC-03, SC-04: a document type declaration is refused at its first bytes, so
// no entity is ever declared, fetched or expanded.
func TestSC03DTD(t *testing.T) {
	for _, doc := range []string{
		`<!DOCTYPE a><a/>`,
		`<?xml version="1.0"?> <!-- --><!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>`,
		`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`,
		`<!DOCTYPE`,
	} {
		for name, r := range everyReader(doc) {
			if got, err := tokens(r, Options{}); !errors.Is(err, ErrDTD) || got != "" {
				t.Errorf("%q, %s: %s, %v", doc, name, got, err)
			}
		}
	}
}

func utf16Bytes(doc string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(doc)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// XL-02: UTF-8 and UTF-16 in both byte orders, with byte order mark and
// without.
func TestXL02Encodings(t *testing.T) {
	const body = "<é a='ж'>\U0001F600\u4e2d x\r\n</é>"
	want, err := tokens(strings.NewReader(body), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, doc := range map[string]string{
		"UTF-8":               body,
		"UTF-8, mark":         "\ufeff" + body,
		"UTF-8, declared":     `<?xml version="1.0" encoding="utf-8"?>` + body,
		"big":                 utf16Bytes(body, binary.BigEndian),
		"big, mark":           utf16Bytes("\ufeff"+body, binary.BigEndian),
		"big, declared":       utf16Bytes("\ufeff<?xml version='1.0' encoding='UTF-16'?>"+body, binary.BigEndian),
		"little":              utf16Bytes(body, binary.LittleEndian),
		"little, mark":        utf16Bytes("\ufeff"+body, binary.LittleEndian),
		"little, declared":    utf16Bytes("<?xml version='1.0' encoding='utf-16le'?>"+body, binary.LittleEndian),
		"little, long enough": utf16Bytes("<!--"+strings.Repeat("\U0001F600", 40000)+"-->"+body, binary.LittleEndian),
	} {
		for how, r := range everyReader(doc) {
			if got, err := tokens(r, Options{}); got != want || err != nil {
				t.Errorf("%s, %s: %s, %v", name, how, got, err)
			}
		}
	}
}

func TestXL02OtherEncodings(t *testing.T) {
	for name, doc := range map[string]string{
		"Latin-1":            `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`,
		"UTF-16, sent as 8":  `<?xml version="1.0" encoding="UTF-16"?><a/>`,
		"UTF-8, sent as 16":  utf16Bytes(`<?xml version="1.0" encoding="UTF-8"?><a/>`, binary.LittleEndian),
		"big sent as little": utf16Bytes(`<?xml version="1.0" encoding="UTF-16BE"?><a/>`, binary.LittleEndian),
		"UTF-32, big":        "\x00\x00\xfe\xff\x00\x00\x00<",
		"UTF-32, little":     "\xff\xfe\x00\x00<\x00\x00\x00",
		"EBCDIC":             "\x4c\x6f\xa7\x94",
	} {
		if got, err := tokens(strings.NewReader(doc), Options{}); !errors.Is(err, ErrEncoding) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	for name, doc := range map[string]string{
		"half a pair":      utf16Bytes("<a>", binary.LittleEndian) + "\x00\xd8" + utf16Bytes("x</a>", binary.LittleEndian),
		"second half":      utf16Bytes("<a>", binary.LittleEndian) + "\x00\xdc" + utf16Bytes("x</a>", binary.LittleEndian),
		"half at the end":  utf16Bytes("<a/>", binary.LittleEndian) + "\x00\xd8",
		"forbidden in XML": utf16Bytes("<a>\uffff</a>", binary.BigEndian),
	} {
		if got, err := tokens(strings.NewReader(doc), Options{}); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	odd := utf16Bytes("<a/>", binary.LittleEndian) + " "
	if got, err := tokens(strings.NewReader(odd), Options{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a unit: %s, %v", got, err)
	}
}

// SC-05: each limit refuses one more than it allows, and no less.
func TestSC05Limits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	attrs := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " a%d=''", i)
		}
		return "<a" + b.String() + " />"
	}
	x := strings.Repeat("x", 1<<17)
	for _, c := range []struct {
		name     string
		o        Options
		ok, over string
	}{
		{"depth", Options{MaxDepth: 3}, nested(3), nested(4)},
		{"default depth", Options{}, nested(128), nested(129)},
		{"attributes", Options{MaxAttributes: 2}, attrs(2), attrs(3)},
		{"declarations", Options{MaxAttributes: 2}, `<a xmlns="u" xmlns:p="v"/>`, `<a xmlns="u" xmlns:p="v" b=""/>`},
		{"bytes", Options{MaxBytes: 10}, "<a>123</a>", "<a>1234</a>"},
		{"bytes behind the root", Options{MaxBytes: 10}, "<a/>      ", "<a/>       "},
		{"text", Options{MaxToken: 5}, "<a>12345</a>", "<a>123456</a>"},
		{"long text", Options{MaxToken: 1 << 17}, "<a>" + x + "</a>", "<a>" + x + "x</a>"},
		{"value", Options{MaxToken: 13}, "<a b='12345'/>", "<a b='123456'/>"},
		{"comment", Options{MaxToken: 12}, "<!--12345--><a/>", "<!--123456--><a/>"},
	} {
		c.o.MaxToken += map[bool]int{true: 1}[c.name == "value"]
		for name, r := range everyReader(c.ok) {
			if _, err := tokens(r, c.o); err != nil {
				t.Errorf("%s, %s: %v", c.name, name, err)
			}
		}
		for name, r := range everyReader(c.over) {
			if _, err := tokens(r, c.o); !errors.Is(err, ErrLimit) {
				t.Errorf("%s, %s: %v, want a limit", c.name, name, err)
			}
		}
	}
}

// SC-05: endless input is refused in bounded memory, in every state.
func TestSC05Endless(t *testing.T) {
	for _, c := range []struct{ begin, repeat string }{
		{"", " "}, {"<!--", "x"}, {"<?p ", "x"}, {"<", "x"}, {"<a ", " "}, {"<a b='", "x"}, {"<a>", "x"},
		{"<a>", "]"}, {"<a>&#", "0"}, {"<a><![CDATA[", "x"}, {"<a>", "<!---->"}, {"<a", " xmlns='"}, {"<?xml version='", "1"},
	} {
		s := New(io.MultiReader(strings.NewReader(c.begin), &endless{c.repeat, 0}), Options{MaxToken: 1 << 16})
		if err := s.Finish(); err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", c.begin, err)
		}
		if cap(s.buf) > 1<<18 {
			t.Errorf("%s: a buffer of %d bytes", c.begin, cap(s.buf))
		}
	}
}

type endless struct {
	s string
	i int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.s[e.i]
		e.i = (e.i + 1) % len(e.s)
	}
	return len(p), nil
}

// SC-05: names are remembered in bounded memory, and still right after they
// have been forgotten.
func TestSC05ManyNames(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<p:root xmlns:p="urn:p">`)
	for i := range 20000 {
		fmt.Fprintf(&b, `<q%d:n%d xmlns:q%d="urn:q%d"><p:x/></q%d:n%d><z:z xmlns:z="urn:z"/>`, i, i, i, i, i, i)
	}
	b.WriteString(`</p:root>`)
	s := New(strings.NewReader(b.String()), Options{})
	s.Root()
	n := 0
	for s.Child(1) {
		want := dav.Name{Space: fmt.Sprintf("urn:q%d", n), Local: fmt.Sprintf("n%d", n)}
		if s.Name() != want {
			t.Fatalf("%v, want %v", s.Name(), want)
		}
		if !s.Child(2) || s.Name() != (dav.Name{Space: "urn:p", Local: "x"}) {
			t.Fatal(s.Name(), s.Err())
		}
		if !s.Child(1) || s.Name() != (dav.Name{Space: "urn:z", Local: "z"}) {
			t.Fatal(n, s.Name(), s.Err())
		}
		n++
	}
	if n != 20000 || s.Finish() != nil || s.Name() != (dav.Name{Space: "urn:p", Local: "root"}) {
		t.Error(n, s.Err())
	}
	if len(s.names.tags) > 5000 || len(s.names.prefixes) > 5000 || len(s.names.strings) > 5000 {
		t.Error(len(s.names.tags), len(s.names.prefixes), len(s.names.strings))
	}
}

func TestErrorLine(t *testing.T) {
	for _, last := range []string{"<b></c></a>", "<b>\x01", "<b", "<b>\xe9</b>", "<b \xe9"} {
		doc := strings.Repeat("<!-- filler -->\r\n", 5000) + "<a b='\n\n'>&#10;<!--\n-->\n\n" + last
		for name, r := range everyReader(doc) {
			_, err := tokens(r, Options{})
			if e, ok := errors.AsType[*Error](err); !ok || e.Line != 5006 {
				t.Errorf("%q, %s: %v", last, name, err)
			}
		}
	}
}

func TestReset(t *testing.T) {
	s := New(strings.NewReader("<p:a xmlns:p='u'><p:b "), Options{})
	if s.Finish() == nil {
		t.Fatal("no error")
	}
	s.Reset(strings.NewReader("<a><p:b/></a>"), Options{})
	if err := s.Finish(); !errors.Is(err, ErrSyntax) {
		t.Errorf("a prefix is bound from before: %v", err)
	}
	s.Reset(strings.NewReader("<a/>"), Options{})
	if err := s.Finish(); err != nil {
		t.Error(err)
	}
}
