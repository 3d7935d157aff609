package xmlscan

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// FuzzScanner: however a document arrives, it is read alike; what is accepted
// encoding/xml accepts with the same names and text; its root, captured, is
// the same document.
func FuzzScanner(f *testing.F) {
	for _, doc := range []string{
		`<a/>`, `<?xml version="1.0" encoding="UTF-8"?><!-- c --><p:a xmlns:p="u" p:b='1&lt;2' c="&#x41;"><?p i?>t<![CDATA[<&]]>&amp;</p:a>`,
		"\ufeff<a xmlns='u'>\r\n\r<b xmlns=''/>x:y</a>\n", `<a xml:lang="de"><b xmlns:x="u"><x:c> ]] </x:c></b></a>`,
		`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, `<a b="1" b="2"/>`, `<p:a/>`, `<a>]]></a>`, "<a>\x00</a>", `<a></b>`, "<é>\U0001F600</é>",
		utf16Bytes("\ufeff<a>é</a>", binary.LittleEndian), utf16Bytes("<a>\U0001F600</a>", binary.BigEndian), "<a><!-- --", "<a>&#xD800;</a>",
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := tokens(bytes.NewReader(doc), Options{})
		byByte, err2 := tokens(iotest.OneByteReader(bytes.NewReader(doc)), Options{})
		if got != byByte || fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("%q:\nwhole   %s, %v\nby byte %s, %v", doc, got, err, byByte, err2)
		}
		if err != nil {
			return
		}
		s := New(bytes.NewReader(doc), Options{})
		s.Root()
		captured := s.Capture(nil)
		if err := s.Finish(); err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		if again, err := tokens(bytes.NewReader(captured), Options{}); again != got || err != nil {
			t.Fatalf("%q captured as %q:\n%s\n%s, %v", doc, captured, got, again, err)
		}
		if text := strings.TrimPrefix(string(doc), "\ufeff"); utf8.ValidString(text) && !strings.Contains(text, "\x00") && !strings.HasPrefix(text, "<?xml") {
			wide := utf16Bytes("\ufeff"+text, binary.BigEndian)
			if again, err := tokens(strings.NewReader(wide), Options{}); again != got || err != nil {
				t.Fatalf("%q as UTF-16:\n%s\n%s, %v", doc, got, again, err)
			}
		}
		sameAsEncodingXML(t, captured)
	})
}

// sameAsEncodingXML compares names and text. encoding/xml knows the names of
// an older XML, so only ASCII is compared.
func sameAsEncodingXML(t *testing.T, doc []byte) {
	if bytes.ContainsFunc(doc, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return
	}
	var ours, theirs strings.Builder
	s := New(bytes.NewReader(doc), Options{})
	for k := s.Next(); k != EOF && k != Invalid; k = s.Next() {
		switch k {
		case Start:
			fmt.Fprintf(&ours, "<%q %q>", s.Name().Space, s.Name().Local)
		case Text:
			ours.Write(s.Text())
		}
	}
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			fmt.Fprintf(&theirs, "<%q %q>", token.Name.Space, token.Name.Local)
		case xml.CharData:
			theirs.Write(token)
		}
	}
	if ours.String() != theirs.String() {
		t.Fatalf("%q:\n%s\n%s", doc, ours.String(), theirs.String())
	}
}
