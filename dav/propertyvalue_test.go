package dav

import "testing"

func TestPropertyValue(t *testing.T) {
	for xml, want := range map[string]Value{
		`<a/>`:                                   {State: Simple},
		`<a></a>`:                                {State: Simple},
		`<x:a xmlns:x="urn:x"> 1&lt;&#13;</x:a>`: {State: Simple, Text: " 1<\r"},
		`<a xml:lang="de" b="&gt;&lt;">ä</a>`:    {State: Simple, Text: "ä", Lang: "de"},
		`<a xml:lang="de">ä<b/></a>`:             {State: Structured, Lang: "de"},
		`<a><b>text</b></a>`:                     {State: Structured},
		`<a><![CDATA[<b>]]>c<!-- d --></a>`:      {State: Simple, Text: "<b>c"},
		`<a><b xml:lang="de"/></a>`:              {State: Structured},
		`<a`:                                     {State: Structured},
		``:                                       {State: Structured},
	} {
		if got := (Property{XML: xml}).Value(); got != want {
			t.Errorf("%s is %+v, want %+v", xml, got, want)
		}
	}
}

func BenchmarkPropertyValue(b *testing.B) {
	p := Property{XML: `<x:author xmlns:x="urn:x">Somebody &amp; Co</x:author>`}
	b.ReportAllocs()
	for b.Loop() {
		p.Value()
	}
}
