package davxml

import (
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/quiredav/quire/dav"
)

// bodies reads each kind of body; good is one that it takes.
var bodies = map[string]struct {
	read func(io.Reader, Limits) (any, error)
	good string
}{
	"propfind": {
		func(r io.Reader, l Limits) (any, error) { return ReadPropfind(r, l) },
		`<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/><x:a xmlns:x="urn:x"/></D:prop></D:propfind>`,
	},
	"propertyupdate": {
		func(r io.Reader, l Limits) (any, error) { return ReadPropertyupdate(r, l) },
		`<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x:a xmlns:x="urn:x">1</x:a></D:prop></D:set><D:remove><D:prop><D:b/></D:prop></D:remove></D:propertyupdate>`,
	},
	"mkcol": {
		func(r io.Reader, l Limits) (any, error) { return ReadMkcol(r, l) },
		`<D:mkcol xmlns:D="DAV:"><D:set><D:prop><x:a xmlns:x="urn:x">1</x:a></D:prop></D:set></D:mkcol>`,
	},
	"bind": {
		func(r io.Reader, l Limits) (any, error) { return ReadBinding(r, l, "bind") },
		`<D:bind xmlns:D="DAV:"><D:segment>a%20b</D:segment><D:href>/c/d</D:href></D:bind>`,
	},
	"unbind": {
		func(r io.Reader, l Limits) (any, error) { return ReadBinding(r, l, "unbind") },
		`<D:unbind xmlns:D="DAV:"><D:segment>a</D:segment></D:unbind>`,
	},
	"sync-collection": {
		readReport(SyncCollectionReport),
		`<D:sync-collection xmlns:D="DAV:"><D:sync-token>urn:t</D:sync-token><D:sync-level>1</D:sync-level><D:limit><D:nresults>5</D:nresults></D:limit><D:prop><D:getetag/><x:a xmlns:x="urn:x"/></D:prop></D:sync-collection>`,
	},
	"expand-property": {
		readReport(ExpandPropertyReport),
		`<D:expand-property xmlns:D="DAV:"><D:property name="a"><D:property name="b" namespace="urn:x"/></D:property><D:property name="c" namespace=""/></D:expand-property>`,
	},
	"searchrequest": {
		func(r io.Reader, l Limits) (any, error) { return ReadSearch(r, l) },
		`<D:searchrequest xmlns:D="DAV:"><D:basicsearch><D:select><D:prop><x:a xmlns:x="urn:x"/></D:prop></D:select><D:from><D:scope><D:href>/</D:href><D:depth>0</D:depth></D:scope></D:from></D:basicsearch></D:searchrequest>`,
	},
	"lockinfo": {
		func(r io.Reader, l Limits) (any, error) { return ReadLockinfo(r, l) },
		`<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>me</D:owner></D:lockinfo>`,
	},
}

func eachBody(t *testing.T, f func(t *testing.T, root, good string, read func(io.Reader, Limits) (any, error))) {
	for root, b := range bodies {
		t.Run(root, func(t *testing.T) { f(t, root, b.good, b.read) })
	}
}

func mustRead(t *testing.T, read func(io.Reader, Limits) (any, error), body string) string {
	t.Helper()
	v, err := read(strings.NewReader(body), Limits{})
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if u, ok := v.([]dav.PropertyUpdate); ok {
		return fmt.Sprintf("%+v", u)
	}
	return fmt.Sprintf("%+v", v)
}

// XL-02, XL-04, XL-05: the same request in other clothes.
func TestBodySpellings(t *testing.T) {
	eachBody(t, func(t *testing.T, root, good string, read func(io.Reader, Limits) (any, error)) {
		want := mustRead(t, read, good)
		sprinkle := `<y:foo xmlns:y="urn:y"><D:prop><D:never/></D:prop><D:exclusive/></y:foo><?pi D:prop?><!-- <D:prop> -->`
		for name, body := range map[string]string{
			"XL-02 UTF-8 BOM":         "\ufeff" + good,
			"XL-02 UTF-8 declared":    `<?xml version="1.0" encoding="utf-8"?>` + good,
			"XL-02 UTF-16LE":          inUTF16(binary.LittleEndian, good),
			"XL-02 UTF-16BE":          inUTF16(binary.BigEndian, good),
			"XL-05 white space":       "\r\n" + strings.NewReplacer("><D:prop", ">\n <D:prop", "><D:lock", ">\t<D:lock").Replace(good) + "\n\n",
			"XL-05 start and end tag": strings.NewReplacer("<D:getetag/>", "<D:getetag></D:getetag>", "<D:shared/>", "<D:shared ></D:shared >").Replace(good),
			"XL-04 in the root":       strings.Replace(good, `"DAV:">`, `"DAV:">`+sprinkle, 1),
			"XL-04 after all":         strings.Replace(good, "</D:"+root+">", sprinkle+"</D:"+root+">", 1),
			"XL-04 in a container":    strings.NewReplacer("<D:set>", "<D:set>"+sprinkle, "<D:remove>", "<D:remove>"+sprinkle[:strings.Index(sprinkle, "<?")], "<D:lockscope>", "<D:lockscope>"+sprinkle, "<D:write/>", "<D:write>"+sprinkle+"</D:write>").Replace(good),
			"XL-04 in an EMPTY name":  strings.Replace(good, "<D:getetag/>", "<D:getetag>"+sprinkle+"text</D:getetag>", 1),
			"XL-04 in what goes away": strings.Replace(good, "<D:b/>", "<D:b>"+sprinkle+"</D:b>", 1),
			"XL-04 attributes":        strings.NewReplacer("<D:"+root, `<D:`+root+` a="1" D:b="2"`, "<D:set>", `<D:set c="3">`).Replace(good),
		} {
			if got := mustRead(t, read, body); got != want {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
		}
	})
}

// XL-05: the prefix makes no difference to what is no value.
func TestBodyPrefixes(t *testing.T) {
	eachBody(t, func(t *testing.T, root, good string, read func(io.Reader, Limits) (any, error)) {
		if root != "propfind" {
			good, _, _ = strings.Cut(strings.NewReplacer("<D:set><D:prop><x:a xmlns:x=\"urn:x\">1</x:a></D:prop></D:set>", "", "<D:owner>me</D:owner>", "").Replace(good), "\x00")
		}
		want := mustRead(t, read, good)
		for _, other := range []string{
			strings.NewReplacer("<D:", "<", "</D:", "</", "xmlns:D", "xmlns").Replace(good),
			strings.NewReplacer("D:", "dävö-1:", "DAV:", "DAV:", "xmlns:D", "xmlns:dävö-1").Replace(good),
			strings.NewReplacer(`"`, `'`).Replace(good),
		} {
			if got := mustRead(t, read, other); got != want {
				t.Errorf("got %s, want %s\n%s", got, want, other)
			}
		}
	})
}

// XL-03, XL-07, SC-03, SC-04.
func TestBodyRefused(t *testing.T) {
	eachBody(t, func(t *testing.T, root, good string, read func(io.Reader, Limits) (any, error)) {
		for name, c := range map[string]struct {
			body string
			kind dav.Kind
		}{
			"cut off":             {good[:len(good)-3], dav.Invalid},
			"two roots":           {good + good, dav.Invalid},
			"junk after":          {good + "x", dav.Invalid},
			"not XML":             {"hello", dav.Invalid},
			"unbound prefix":      {strings.Replace(good, ` xmlns:D="DAV:"`, "", 1), dav.Invalid},
			"unbound below":       {strings.Replace(good, `"DAV:">`, `"DAV:"><y:z/>`, 1), dav.Invalid},
			"prefix to nothing":   {strings.Replace(good, `"DAV:"`, `"DAV:" xmlns:p=""`, 1), dav.Invalid},
			"duplicate attribute": {strings.Replace(good, `"DAV:"`, `"DAV:" a="1" a="2"`, 1), dav.Invalid},
			"undeclared entity":   {strings.Replace(good, `"DAV:">`, `"DAV:">&nbsp;`, 1), dav.Invalid},
			"forbidden character": {strings.Replace(good, `"DAV:">`, `"DAV:">`+"\x01", 1), dav.Invalid},
			"invalid UTF-8":       {strings.Replace(good, `"DAV:">`, `"DAV:">`+"\xff", 1), dav.Invalid},
			"another encoding":    {`<?xml version="1.0" encoding="EBCDIC-CP-DE"?>` + good, dav.Invalid},
			"XL-07 wrong root":    {`<D:multistatus xmlns:D="DAV:"/>`, dav.Invalid},
			"XL-07 wrong space":   {strings.Replace(good, `"DAV:"`, `"dav:"`, 1), dav.Invalid},
			"XL-07 no space":      {`<` + root + `/>`, dav.Invalid},
			"SC-03 DOCTYPE":       {`<!DOCTYPE ` + root + ` SYSTEM "http://127.0.0.1/x.dtd">` + good, dav.Forbidden},
			"SC-03 entity":        {`<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + strings.Replace(good, `"DAV:">`, `"DAV:">&e;`, 1), dav.Forbidden},
			"SC-04 bomb":          {bomb + good, dav.Forbidden},
		} {
			_, err := read(strings.NewReader(c.body), Limits{})
			if got := dav.KindOf(err); err == nil || got != c.kind {
				t.Errorf("%s: got %v, want %v", name, err, c.kind)
				continue
			}
			e := err.(*dav.Error)
			if e.Message == "" || c.kind == dav.Forbidden && e.Condition.Name != dav.NoExternalEntities {
				t.Errorf("%s: got %+v", name, e)
			}
		}
	})
}

const bomb = `<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>`

// SC-05.
func TestBodyLimits(t *testing.T) {
	eachBody(t, func(t *testing.T, root, good string, read func(io.Reader, Limits) (any, error)) {
		deep := strings.Replace(good, `"DAV:">`, `"DAV:">`+strings.Repeat("<a>", 30)+strings.Repeat("</a>", 30), 1)
		for name, c := range map[string]struct {
			body string
			l    Limits
			ok   bool
		}{
			"bytes, fits":  {good, Limits{Bytes: int64(len(good) + len(` xmlns:D="DAV:"`))}, true},
			"bytes":        {good, Limits{Bytes: int64(len(good)) - 1}, false},
			"many bytes":   {good + strings.Repeat(" ", 5<<20), Limits{}, false},
			"depth, fits":  {deep, Limits{Depth: 31}, true},
			"depth":        {deep, Limits{Depth: 30}, false},
			"depth bomb":   {"<" + root + ` xmlns="DAV:">` + strings.Repeat("<a>", 100_000), Limits{}, false},
			"endless":      {good[:len(good)-1] + strings.Repeat(" ", 5<<20), Limits{}, false},
			"endless name": {"<" + strings.Repeat("a", 5<<20), Limits{}, false},
		} {
			_, err := read(strings.NewReader(c.body), c.l)
			switch {
			case c.ok && err != nil:
				t.Errorf("%s: %v", name, err)
			case !c.ok && dav.KindOf(err) != dav.TooLarge:
				t.Errorf("%s: got %v, want TooLarge", name, err)
			}
		}
	})
}

// SC-05: each property limit lets the limit through and nothing more.
func TestPropertyLimits(t *testing.T) {
	many := func(n int, open, end string) string {
		var b strings.Builder
		b.WriteString(open)
		for i := range n {
			fmt.Fprintf(&b, "<D:p%d/>", i)
		}
		return b.String() + end
	}
	value := `<a xmlns="">` + strings.Repeat("x", 84) + `</a>` // 100 bytes
	for name, c := range map[string]struct {
		root, fits, over string
		l                Limits
	}{
		"named": {"propfind", many(10, `<D:propfind xmlns:D="DAV:"><D:prop>`, "</D:prop></D:propfind>"),
			many(11, `<D:propfind xmlns:D="DAV:"><D:prop>`, "</D:prop></D:propfind>"), Limits{Properties: 10}},
		"named twice": {"propfind", many(10, `<D:propfind xmlns:D="DAV:"><D:prop><D:p0/><D:p1/>`, "</D:prop></D:propfind>"),
			many(11, `<D:propfind xmlns:D="DAV:"><D:prop>`, "</D:prop></D:propfind>"), Limits{Properties: 10}},
		"included": {"propfind", many(10, `<D:propfind xmlns:D="DAV:"><D:allprop/><D:include>`, "</D:include></D:propfind>"),
			many(11, `<D:propfind xmlns:D="DAV:"><D:allprop/><D:include>`, "</D:include></D:propfind>"), Limits{Properties: 10}},
		"set": {"propertyupdate", many(10, `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>`, "</D:prop></D:set></D:propertyupdate>"),
			many(11, `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>`, "</D:prop></D:set></D:propertyupdate>"), Limits{Properties: 10}},
		"set and removed": {"propertyupdate", many(9, `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:a/></D:prop></D:set><D:remove><D:prop>`, "</D:prop></D:remove></D:propertyupdate>"),
			many(10, `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:a/></D:prop></D:set><D:remove><D:prop>`, "</D:prop></D:remove></D:propertyupdate>"), Limits{Properties: 10}},
		"value": {"propertyupdate", `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>` + value + `</D:prop></D:set></D:propertyupdate>`,
			`<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>` + strings.Replace(value, "x", "xx", 1) + `</D:prop></D:set></D:propertyupdate>`, Limits{PropertyBytes: 100}},
		"value that goes away": {"propertyupdate", `<D:propertyupdate xmlns:D="DAV:"><D:remove><D:prop>` + value + value + `</D:prop></D:remove></D:propertyupdate>`,
			`<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop>` + value + value + `</D:prop></D:set></D:propertyupdate>`, Limits{PropertyBytes: 99}},
		"owner": {"lockinfo", strings.Replace(bodies["lockinfo"].good, "me", strings.Repeat("m", 68), 1),
			strings.Replace(bodies["lockinfo"].good, "me", strings.Repeat("m", 69), 1), Limits{PropertyBytes: 68 + len(`<D:owner xmlns:D="DAV:"></D:owner>`)}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := bodies[c.root].read(strings.NewReader(c.fits), c.l); err != nil {
				t.Error(err)
			}
			_, err := bodies[c.root].read(strings.NewReader(c.over), c.l)
			wantKind(t, err, dav.TooLarge)
		})
	}
}

// Many declarations that every value must carry can't make a small body big.
func TestDeclarationsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<D:propertyupdate xmlns:D="DAV:"`)
	words := ""
	for i := range 200 {
		fmt.Fprintf(&b, ` xmlns:p%d="urn:%s"`, i, strings.Repeat("n", 2000))
		words += fmt.Sprintf("p%d ", i)
	}
	b.WriteString(`><D:set><D:prop>`)
	for i := range 900 {
		fmt.Fprintf(&b, "<a%d>%s</a%d>", i, words, i)
	}
	b.WriteString(`</D:prop></D:set></D:propertyupdate>`)
	if b.Len() > 2<<20 {
		t.Fatalf("the body has %d bytes", b.Len())
	}
	_, err := ReadPropertyupdate(strings.NewReader(b.String()), Limits{})
	wantKind(t, err, dav.TooLarge)
}

func TestBodyReaderErrors(t *testing.T) {
	eachBody(t, func(t *testing.T, _, good string, read func(io.Reader, Limits) (any, error)) {
		cause := errors.New("connection reset")
		_, err := read(io.MultiReader(strings.NewReader(good[:30]), iotest.ErrReader(cause)), Limits{})
		wantKind(t, err, dav.Invalid)
		if !errors.Is(err, cause) {
			t.Errorf("the cause is lost: %v", err)
		}
		r := http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(strings.NewReader(good)), 30)
		_, err = read(r, Limits{})
		wantKind(t, err, dav.TooLarge)
		if _, err := read(iotest.OneByteReader(strings.NewReader(good)), Limits{}); err != nil {
			t.Errorf("byte by byte: %v", err)
		}
	})
}

func inUTF16(order binary.AppendByteOrder, s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// infoset is what RFC 4918 section 4.3 keeps of an element: names with their
// namespaces, attributes, text, the language in scope; not prefixes. It is
// worked out by another parser than ours.
func infoset(t *testing.T, doc string) []string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(doc))
	var out []string
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "text "+text)
		}
		text = ""
	}
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("%v in %q", err, doc)
		}
		switch tok := tok.(type) {
		case xml.CharData:
			text += string(tok)
		case xml.StartElement:
			flush()
			out = append(out, fmt.Sprintf("start {%s}%s", tok.Name.Space, tok.Name.Local))
			var attrs []string
			for _, a := range tok.Attr {
				if a.Name.Space != "xmlns" && (a.Name.Space != "" || a.Name.Local != "xmlns") {
					attrs = append(attrs, fmt.Sprintf("attr {%s}%s=%s", a.Name.Space, a.Name.Local, a.Value))
				}
			}
			slices.Sort(attrs)
			out = append(out, attrs...)
		case xml.EndElement:
			flush()
			out = append(out, "end")
		}
	}
}
