package davtest

import (
	"fmt"
	"strings"
)

// What a dead property must keep of its value. RFC 4918 section 4.3.
var casesFidelity = []Case{
	{ID: "PP-11", Section: "RFC 4918 4.3", Level: Must,
		Title: "Names, attributes and their values survive, on the property and on all inside",
		Run: func(t *T) {
			for _, property := range []string{
				`<n:p xmlns:n="urn:n"><n:a><x:b/></n:a></n:p>`,
				`<p xmlns="urn:n"><a><b xmlns="urn:m"><c/></b><d/></a></p>`,
				`<a.b-c_1:p xmlns:a.b-c_1="urn:n" own="1"><plain a.b-c_1:at="2"/></a.b-c_1:p>`,
				`<x:p><x:u a='1' x:b='&amp;2' c="&lt;&quot;'&#10;&#9;&#13;"/></x:p>`,
				`<x:p><D:p xmlns:D="urn:not-dav" D:p="1"/></x:p>`,
				`<x:p><x:deep><x:deep><x:deep at="x">t</x:deep></x:deep></x:deep></x:p>`,
			} {
				t.roundTrip(property)
			}
		}},

	{ID: "PP-12", Section: "RFC 4918 4.3, 14.26", Level: Must,
		Title: "The xml:lang in scope when set is in scope when read; an inner one wins",
		Run: func(t *T) {
			places := [4]string{"propertyupdate", "set", "prop", "the property"}
			for i, place := range places {
				var lang [4]string
				lang[i] = ` xml:lang="de-AT"`
				got := t.storedRaw(fmt.Sprintf(`<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:davtest"%s><D:set%s><D:prop%s><x:p%s>Wert<x:in/></x:p></D:prop></D:set></D:propertyupdate>`,
					lang[0], lang[1], lang[2], lang[3]))
				if got.Lang != "de-AT" || got.Child(X("in")).Lang != "de-AT" {
					t.Errorf("xml:lang on %s: in scope of the value is %q", place, got.Lang)
				}
			}
			got := t.storedRaw(`<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:davtest" xml:lang="de"><D:set xml:lang="en"><D:prop xml:lang="it"><x:p xml:lang="fr">a<x:in xml:lang="es"/></x:p></D:prop></D:set></D:propertyupdate>`)
			if got.Lang != "fr" || got.Child(X("in")).Lang != "es" {
				t.Errorf("nested xml:lang: %q and %q, want fr and es", got.Lang, got.Child(X("in")).Lang)
			}
			if got := t.storedRaw(propertyupdate(Set(X("p"), "none"))); got.Lang != "" {
				t.Errorf("set without xml:lang: in scope is %q", got.Lang)
			}
		}},

	{ID: "PP-13", Section: "RFC 4918 4.3", Level: Must,
		Title: "Mixed content keeps the order of text and elements, and all white space",
		Run: func(t *T) {
			t.roundTrip("<x:p> a <x:b/>\n c </x:p>")
			t.roundTrip("<x:p>\n\t<x:b>\n\t\t</x:b>\n</x:p>")
			t.roundTrip("<x:p>   </x:p>")
			t.roundTrip("<x:p>1<x:b>2</x:b>3<x:b>4</x:b>5</x:p>")
		}},

	{ID: "PP-14", Section: "RFC 4918 4.3", Level: MustNot,
		Title: "xml:space changes nothing",
		Run: func(t *T) {
			t.roundTrip(`<x:p xml:space="default">  a   b <x:b>  </x:b> </x:p>`)
			t.roundTrip(`<x:p><x:b xml:space="default">  a   b  </x:b></x:p>`)
			t.roundTrip(`<x:p><x:b xml:space="preserve">  a   b  </x:b></x:p>`)
		}},

	{ID: "PP-15", Section: "RFC 4918 4.3", Level: Should,
		Title: "Prefixes survive, including those used only inside text or attribute values",
		Run: func(t *T) {
			got := t.storedRaw(`<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:davtest" xmlns:far="urn:far"><D:set xmlns:mid="urn:mid"><D:prop>` +
				`<x:p><x:q type="p:name far:name" xmlns:p="urn:p">mid:name</x:q></x:p></D:prop></D:set></D:propertyupdate>`)
			q := got.Child(X("q"))
			for prefix, want := range map[string]string{"p": "urn:p", "far": "urn:far", "mid": "urn:mid"} {
				if ns, _ := q.Lookup(prefix); ns != want {
					t.Errorf("the prefix %s is bound to %q, want %q", prefix, ns, want)
				}
			}
			got = t.storedRaw(propertyupdate(`<D:set><D:prop><o:p xmlns:o="urn:davtest"><o:in/></o:p></D:prop></D:set>`))
			if in := got.Child(X("in")); got.Prefix != "o" || in.Prefix != "o" {
				t.Errorf("the prefixes o and o became %q and %q", got.Prefix, in.Prefix)
			}
		}},

	{ID: "PP-16", Section: "RFC 4918 4.3.1", Level: Must,
		Title: "CDATA, character references and escapes are the same characters",
		Run: func(t *T) {
			t.roundTrip("<x:p><![CDATA[<&]]]]><![CDATA[>]]>&#65536;&#9;&#13;&#x1F600;&#10;&lt;&gt;&amp;&quot;&apos;</x:p>")
			t.roundTrip("<x:p>a<![CDATA[]]>b<!-- gone --><x:b/><?pi gone?>]]&gt;</x:p>")
			t.roundTrip("<x:p>\u00e9 \u4e2d \U00010000 \ufffd</x:p>")
		}},

	{ID: "PP-17", Section: "RFC 4918 4.3", Level: Must,
		Title: "An empty property exists and differs from a missing one",
		Run: func(t *T) {
			t.Put("f", "x")
			t.Store("f", Set(X("empty"), ""))
			r := t.Propfind("f", "0", X("empty"), X("none")).Responses[0]
			if e, code := r.Prop(X("empty")); code != 200 || len(e.Nodes) > 0 {
				t.Errorf("the empty property has %d", code)
			}
			if code := r.PropStatus(X("none")); code != 404 {
				t.Errorf("the missing property has %d", code)
			}
			r = t.Do("PROPFIND", "f", H{"Depth": {"0"}}, dav("propfind", "<D:propname/>")).Multistatus().Responses[0]
			if code := r.PropStatus(X("empty")); code != 200 {
				t.Errorf("propname gives the empty property %d", code)
			}
		}},

	{ID: "PP-18", Section: "RFC 4918 4.3", Level: Must,
		Title: "Names in no namespace stay so",
		Run: func(t *T) {
			t.roundTrip(`<p xmlns=""><q><r/></q></p>`)
			t.roundTrip(`<x:p><q xmlns="" a="1"><r/></q></x:p>`)
			t.roundTrip(`<p xmlns="urn:n"><q xmlns=""><p/></q><q/></p>`)
			t.roundTrip(`<p>bare</p>`)
		}},

	{ID: "PP-19", Section: "RFC 4918 17", Level: Must,
		Title: "All elements in a dead value are stored, also unknown ones and those of DAV:",
		Run: func(t *T) {
			t.roundTrip(`<x:p><D:href>/a</D:href><z:unknown xmlns:z="urn:z"><z:deep/></z:unknown><D:prop><D:getetag/></D:prop></x:p>`)
			t.roundTrip(`<x:p><D:set><D:prop><x:p/></D:prop></D:set><D:multistatus/><x:p/></x:p>`)
		}},

	{ID: "PP-20", Section: "RFC 4918 9.7.1", Level: Must,
		Title: "PUT over a resource leaves its dead properties alone",
		Run: func(t *T) {
			t.Put("f", "x")
			t.Store("f", Set(X("p"), "kept"))
			t.Put("f", "other")
			if got := t.Prop("f", X("p")).Text(); got != "kept" {
				t.Errorf("after PUT: %q", got)
			}
		}},

	{ID: "PP-21", Section: "RFC 4918 9.2", Level: Practice,
		Title: "Many properties, many namespaces and long values work, and survive a restart",
		Run:   manyProperties},
}

// roundTrip stores a property, given as a whole element in a scope where D is
// bound to DAV: and x to urn:davtest, and fails the case unless the same comes
// back. Of the property's own attributes only xml:lang must survive, which is
// not looked at here.
func (t *T) roundTrip(property string) {
	sent, err := ParseXML([]byte(`<D:s xmlns:D="DAV:" xmlns:x="urn:davtest">` + property + `</D:s>`))
	if err != nil {
		t.Fatalf("%s: %v", property, err)
	}
	want := sent.Children()[0]
	t.Put("f", "x")
	t.Store("f", "<D:set><D:prop>"+property+"</D:prop></D:set>")
	got := t.Prop("f", want.Name)
	if got == nil {
		t.Errorf("%s is gone", property)
		return
	}
	if got.Inner() != want.Inner() {
		t.Errorf("%s: stored %s, got %s", property, want.Inner(), got.Inner())
	}
}

// storedRaw sends a propertyupdate that sets x:p and returns what PROPFIND gives
// for it.
func (t *T) storedRaw(body string) *Element {
	t.Put("f", "x")
	ms := t.Do("PROPPATCH", "f", nil, body).Multistatus()
	if code := ms.At(t.Path("f")).PropStatus(X("p")); code != 200 {
		t.Fatalf("PROPPATCH: status %d", code)
	}
	e := t.Prop("f", X("p"))
	if e == nil {
		t.Fatalf("the property is gone")
	}
	return e
}

// manyProperties stores 500 properties in 50 namespaces, one of 64 KiB, with
// languages, and reads them back, after a restart too if there can be one.
func manyProperties(t *T) {
	const namespaces, each, long = 50, 10, 64 << 10
	t.Put("f", "x")
	name := func(i, j int) Name { return Name{Space: fmt.Sprintf("urn:davtest:%d", i), Local: fmt.Sprint("p", j)} }
	value := func(i, j int) string {
		if i == 7 && j == 7 {
			return strings.Repeat("0123456789abcdef", long/16)
		}
		return fmt.Sprintf("value %d of %d", j, i)
	}
	var names []Name
	for i := range namespaces {
		var set strings.Builder
		for j := range each {
			names = append(names, name(i, j))
			set.WriteString(element(name(i, j), value(i, j)))
		}
		t.Store("f", fmt.Sprintf(`<D:set xml:lang="x-%d"><D:prop>%s</D:prop></D:set>`, i, set.String()))
	}
	check := func(when string) {
		r := t.Propfind("f", "0", names...).Responses[0]
		for i := range namespaces {
			for j := range each {
				e, code := r.Prop(name(i, j))
				if code != 200 || e.Text() != value(i, j) || e.Lang != fmt.Sprint("x-", i) {
					t.Errorf("%s: %s has %d, %d bytes, xml:lang %q", when, nameString(name(i, j)), code, len(e.Text()), e.Lang)
				}
			}
		}
	}
	check("stored")
	if t.CanRestart() {
		t.Restart()
		check("after a restart")
	}
}
