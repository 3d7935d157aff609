package davxml

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

var bigEndian = binary.BigEndian

func checkRefusal(t *testing.T, err error) {
	t.Helper()
	e, ok := err.(*dav.Error)
	if !ok || e.Message == "" {
		t.Fatalf("a refusal without a sentence: %#v", err)
	}
	switch e.Kind {
	case dav.Invalid, dav.Unprocessable, dav.TooLarge, dav.Forbidden:
	default:
		t.Fatalf("kind of %v", err)
	}
}

func TestPropertyupdateOrder(t *testing.T) {
	body := `<propertyupdate xmlns="DAV:">
		<remove><prop><x/></prop></remove>
		<set><prop><x/><y/></prop><prop><z/></prop></set>
		<remove/><set><prop/></set>
		<remove><prop><y/></prop></remove>
		<set><prop><x/></prop></set></propertyupdate>`
	got, err := ReadPropertyupdate(strings.NewReader(body), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, u := range got {
		if u.Remove != (u.XML == "") {
			t.Errorf("instruction %+v", u)
		}
		steps = append(steps, fmt.Sprintf("%t %s", u.Remove, u.Name.Local))
	}
	if want := []string{"true x", "false x", "false y", "false z", "true y", "false x"}; !slices.Equal(steps, want) {
		t.Fatalf("PP-03: got %q, want %q", steps, want)
	}
	checkPropertyupdateRoundTrip(t, got)
}

func TestPropertyupdateShape(t *testing.T) {
	for name, body := range map[string]string{
		"missing":              "",
		"white space":          "\n",
		"neither":              `<propertyupdate xmlns="DAV:"/>`,
		"unknown alone":        `<propertyupdate xmlns="DAV:"><set xmlns="urn:x"><prop xmlns="DAV:"><a/></prop></set></propertyupdate>`,
		"prop without set":     `<propertyupdate xmlns="DAV:"><prop><a/></prop></propertyupdate>`,
		"another root":         `<propfind xmlns="DAV:"><allprop/></propfind>`,
		"fault after the root": `<propertyupdate xmlns="DAV:"><set><prop><a/></prop></set></propertyupdate><b/>`,
	} {
		t.Run("PP-08 "+name, func(t *testing.T) {
			got, err := ReadPropertyupdate(strings.NewReader(body), Limits{})
			wantKind(t, err, dav.Invalid)
			if got != nil {
				t.Errorf("with an error came %+v", got)
			}
		})
	}
	got, err := ReadPropertyupdate(strings.NewReader(`<propertyupdate xmlns="DAV:"><set><prop/></set></propertyupdate>`), Limits{})
	if err != nil || len(got) != 0 {
		t.Errorf("an empty prop: %+v, %v", got, err)
	}
}

// What a value must be when it stands alone, by another parser's judgement.
func TestPropertyValues(t *testing.T) {
	const lang = "attr {" + xmlNamespace + "}lang="
	for _, c := range []struct {
		id, outer, set, prop, value string
		want                        []string
	}{
		{"PP-11 attributes", ` xmlns:x="urn:x" xmlns:y="urn:y"`, "", "", `<x:u a='1' y:b='&amp;2'> </x:u>`,
			[]string{"start {urn:x}u", "attr {urn:y}b=&2", "attr {}a=1", "text  ", "end"}},
		{"PP-11 default namespace", "", "", ` xmlns:q="urn:q"`, `<q:a xmlns="urn:y"><b><q:c/></b></q:a>`,
			[]string{"start {urn:q}a", "start {urn:y}b", "start {urn:q}c", "end", "end", "end"}},
		{"PP-12 on propertyupdate", ` xml:lang="de"`, "", "", `<a/>`, []string{"start {DAV:}a", lang + "de", "end"}},
		{"PP-12 on set", ` xml:lang="de"`, ` xml:lang="fr"`, "", `<a/>`, []string{"start {DAV:}a", lang + "fr", "end"}},
		{"PP-12 on prop", ` xml:lang="de"`, ` xml:lang="fr"`, ` xml:lang="it"`, `<a/>`, []string{"start {DAV:}a", lang + "it", "end"}},
		{"PP-12 on the property", ` xml:lang="de"`, "", "", `<a xml:lang="en"><b xml:lang="pt"/></a>`,
			[]string{"start {DAV:}a", lang + "en", "start {DAV:}b", lang + "pt", "end", "end"}},
		{"PP-12 taken back", ` xml:lang="de"`, ` xml:lang=""`, "", `<a/>`, []string{"start {DAV:}a", "end"}},
		{"PP-13 mixed content", "", "", "", "<a> a <b/>\n c </a>", []string{"start {DAV:}a", "text  a ", "start {DAV:}b", "end", "text \n c ", "end"}},
		{"PP-14 xml:space", "", "", "", `<a xml:space="default">  b  </a>`,
			[]string{"start {DAV:}a", "attr {" + xmlNamespace + "}space=default", "text   b  ", "end"}},
		{"PP-16 CDATA and references", "", "", "", "<a><![CDATA[<&]]]]><![CDATA[>]]>&#65536;&#9;&#13;<!-- c --><?p i?>&lt;</a>",
			[]string{"start {DAV:}a", "text <&]]>\U00010000\t\r<", "end"}},
		{"PP-17 empty", "", "", "", `<a></a>`, []string{"start {DAV:}a", "end"}},
		{"PP-18 no namespace", "", "", ` xmlns:x="urn:x"`, `<a xmlns=""><x:b/><c/></a>`,
			[]string{"start {}a", "start {urn:x}b", "end", "start {}c", "end", "end"}},
		{"PP-18 child in no namespace", "", "", ` xmlns:x="urn:x"`, `<x:a><b xmlns=""/></x:a>`,
			[]string{"start {urn:x}a", "start {}b", "end", "end"}},
		{"PP-19 unknown and DAV:", "", "", "", `<a><href/><u xmlns="urn:u"><deep/></u></a>`,
			[]string{"start {DAV:}a", "start {DAV:}href", "end", "start {urn:u}u", "start {urn:u}deep", "end", "end", "end"}},
	} {
		t.Run(c.id, func(t *testing.T) {
			body := `<propertyupdate xmlns="DAV:"` + c.outer + `><set` + c.set + `><prop` + c.prop + `>` + c.value + `</prop></set></propertyupdate>`
			got, err := ReadPropertyupdate(strings.NewReader(body), Limits{})
			if err != nil || len(got) != 1 {
				t.Fatalf("got %+v, %v", got, err)
			}
			info := slices.DeleteFunc(infoset(t, got[0].XML), func(s string) bool { return s == lang })
			if !slices.Equal(info, c.want) {
				t.Fatalf("got %q\nwant %q\nin %s", info, c.want, got[0].XML)
			}
			checkPropertyupdateRoundTrip(t, got)
		})
	}
}

// PP-15: a prefix that is used in text or in an attribute's value alone.
func TestPropertyQNames(t *testing.T) {
	body := `<D:propertyupdate xmlns:D="DAV:" xmlns:p="urn:p" xmlns:r="urn:r"><D:set><D:prop><x:q type="p:name" xmlns:x="urn:x">r:other</x:q></D:prop></D:set></D:propertyupdate>`
	got, err := ReadPropertyupdate(strings.NewReader(body), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`xmlns:p="urn:p"`, `xmlns:r="urn:r"`, `type="p:name"`, `>r:other<`} {
		if !strings.Contains(got[0].XML, want) {
			t.Errorf("%s is lost in %s", want, got[0].XML)
		}
	}
}

func TestAppendPropertyupdate(t *testing.T) {
	updates := []dav.PropertyUpdate{
		{Property: dav.Property{Name: x("a")}},
		{Property: dav.Property{Name: x("b"), XML: `<b xmlns="urn:x">1</b>`}},
		{Remove: true, Property: dav.Property{Name: x("c"), XML: "not written"}},
	}
	want := prolog + `<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><N:a xmlns:N="urn:x"/><b xmlns="urn:x">1</b></D:prop></D:set>` +
		`<D:remove><D:prop><N:c xmlns:N="urn:x"/></D:prop></D:remove></D:propertyupdate>`
	if got := string(AppendPropertyupdate(nil, updates)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// PP-21, W1.
func TestPropertyupdateMany(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop><Z:Win32FileAttributes>00000000</Z:Win32FileAttributes>`)
	for i := range 500 {
		fmt.Fprintf(&b, `<p%d xmlns="urn:n%d">%d</p%d>`, i, i%50, i, i)
	}
	long := strings.Repeat("0123456789abcdef", 4<<10)
	b.WriteString("<D:long>" + long + "</D:long></D:prop></D:set></D:propertyupdate>")
	got, err := ReadPropertyupdate(strings.NewReader(b.String()), Limits{})
	if err != nil || len(got) != 502 {
		t.Fatalf("%d instructions, %v", len(got), err)
	}
	if got[0].Name != (dav.Name{Space: "urn:schemas-microsoft-com:", Local: "Win32FileAttributes"}) ||
		got[500].Name != (dav.Name{Space: "urn:n49", Local: "p499"}) || !strings.Contains(got[501].XML, ">"+long+"<") {
		t.Errorf("got %+v, %+v", got[0], got[500])
	}
	checkPropertyupdateRoundTrip(t, got)
}

// checkPropertyupdateRoundTrip writes and reads twice. A value may gain a
// declaration on the way, since the prefix of the first writing is in scope
// then; what it says stays.
func checkPropertyupdateRoundTrip(t *testing.T, updates []dav.PropertyUpdate) {
	t.Helper()
	if len(updates) == 0 {
		return
	}
	again := rewrite(t, updates)
	if len(again) != len(updates) {
		t.Fatalf("%d instructions became %d", len(updates), len(again))
	}
	for i, u := range updates {
		a := again[i]
		if a.Remove != u.Remove || a.Name != u.Name {
			t.Fatalf("%+v became %+v", u, a)
		}
		if a.XML != u.XML && !slices.Equal(infoset(t, a.XML), infoset(t, u.XML)) {
			t.Fatalf("%s became %s", u.XML, a.XML)
		}
	}
	if third := rewrite(t, again); !reflect.DeepEqual(third, again) {
		t.Fatalf("no end of changes: %+v became %+v", again, third)
	}
}

func rewrite(t *testing.T, updates []dav.PropertyUpdate) []dav.PropertyUpdate {
	t.Helper()
	body := string(AppendPropertyupdate(nil, updates))
	again, err := ReadPropertyupdate(strings.NewReader(body), Limits{Bytes: 64 << 20, PropertyBytes: 16 << 20})
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return again
}

func FuzzPropertyupdate(f *testing.F) {
	for _, s := range []string{
		"", bodies["propertyupdate"].good,
		`<propertyupdate xmlns="DAV:" xml:lang="de" xmlns:p="urn:p"><set><prop><a xmlns="" t="p:x">D <b/>]]&gt;&#13;<![CDATA[<]]></a></prop></set></propertyupdate>`,
		`<D:propertyupdate xmlns:D="DAV:"><D:set xmlns:N="urn:n" xmlns:D2="DAV:"><D2:prop><N:a N:b="&quot;&#10;" c="'"/></D2:prop></D:set><D:remove><D:prop><xml:a/></D:prop></D:remove></D:propertyupdate>`,
		inUTF16(bigEndian, bodies["propertyupdate"].good),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		updates, err := ReadPropertyupdate(strings.NewReader(body), Limits{})
		if err != nil {
			checkRefusal(t, err)
			return
		}
		checkPropertyupdateRoundTrip(t, updates)
	})
}
