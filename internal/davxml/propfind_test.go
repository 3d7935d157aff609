package davxml

import (
	"reflect"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

func x(local string) dav.Name { return dav.Name{Space: "urn:x", Local: local} }

func TestPropfind(t *testing.T) {
	for _, c := range []struct {
		id, body string
		want     Propfind
	}{
		{"PF-04 empty body", "", Propfind{Kind: AllProp}},
		{"white space alone", " \r\n", Propfind{Kind: AllProp}},
		{"allprop", "<allprop/>", Propfind{Kind: AllProp}},
		{"propname", "<propname/>", Propfind{Kind: PropName}},
		{"prop", `<prop><getetag/><a xmlns="urn:x"/><a xmlns=""/></prop>`, Propfind{Kind: Prop, Names: []dav.Name{dav.DAV("getetag"), x("a"), {Local: "a"}}}},
		{"MS-10 asked twice", `<prop><b/><a/><b/></prop>`, Propfind{Kind: Prop, Names: []dav.Name{dav.DAV("b"), dav.DAV("a")}}},
		{"two props", `<prop><b/></prop><prop><a/><b/></prop>`, Propfind{Kind: Prop, Names: []dav.Name{dav.DAV("b"), dav.DAV("a")}}},
		{"empty prop", `<prop/>`, Propfind{Kind: Prop}},
		{"PF-12 include", `<allprop/><include><a/><b xmlns="urn:x"/></include>`, Propfind{Kind: AllProp, Include: []dav.Name{dav.DAV("a"), x("b")}}},
		{"PF-12 include first", `<include><a/></include><allprop/>`, Propfind{Kind: AllProp, Include: []dav.Name{dav.DAV("a")}}},
		{"PF-09 leave-out", `<propname/><leave-out xmlns="urn:x"/>`, Propfind{Kind: PropName}},
		{"XL-04 include out of place", `<propname/><include><a/></include>`, Propfind{Kind: PropName}},
		{"XL-04 include out of place", `<prop><b/></prop><include><a/></include>`, Propfind{Kind: Prop, Names: []dav.Name{dav.DAV("b")}}},
		{"XL-04 prop in allprop", `<allprop><prop><a/></prop></allprop>`, Propfind{Kind: AllProp}},
		{"name in the xml namespace", `<prop><xml:a/></prop>`, Propfind{Kind: Prop, Names: []dav.Name{{Space: xmlNamespace, Local: "a"}}}},
	} {
		t.Run(c.id, func(t *testing.T) {
			body := c.body
			if strings.TrimSpace(body) != "" {
				body = `<propfind xmlns="DAV:">` + body + `</propfind>`
			}
			got, err := ReadPropfind(strings.NewReader(body), Limits{})
			if err != nil || !reflect.DeepEqual(*got, c.want) {
				t.Fatalf("got %+v, %v; want %+v", got, err, c.want)
			}
			checkPropfindRoundTrip(t, got)
		})
	}
	for _, body := range []string{
		"<allprop/><propname/>", "<prop/><allprop/>", "<prop><a/></prop><propname/>", "<prop/><propname/><allprop/>", // PF-08
		"", "<expired xmlns='urn:x'/>", "<include><a/></include>", "<prop xmlns=''/>", // PF-09
	} {
		_, err := ReadPropfind(strings.NewReader(`<propfind xmlns="DAV:">`+body+`</propfind>`), Limits{})
		if dav.KindOf(err) != dav.Invalid {
			t.Errorf("PF-08, PF-09: %s: got %v", body, err)
		}
	}
}

func checkPropfindRoundTrip(t *testing.T, p *Propfind) {
	t.Helper()
	body := string(AppendPropfind(nil, p))
	again, err := ReadPropfind(strings.NewReader(body), Limits{})
	if err != nil || !reflect.DeepEqual(again, p) {
		t.Fatalf("written and read again: %+v, %v; want %+v\n%s", again, err, p, body)
	}
}

func FuzzPropfind(f *testing.F) {
	for _, s := range []string{
		"", " ", bodies["propfind"].good,
		`<propfind xmlns="DAV:"><allprop/><include><a xmlns="urn:&amp;&#9;x"/><xml:b/></include></propfind>`,
		`<D:propfind xmlns:D="DAV:"><D:propname/><!-- c --></D:propfind>`, `<D:propfind xmlns:D="DAV:"><D:prop><a/></D:prop></D:propfind>x`,
		inUTF16(bigEndian, bodies["propfind"].good), `<!DOCTYPE a><a/>`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		p, err := ReadPropfind(strings.NewReader(body), Limits{})
		if err != nil {
			checkRefusal(t, err)
			return
		}
		checkPropfindRoundTrip(t, p)
	})
}

func BenchmarkReadPropfind(b *testing.B) {
	const body = `<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:displayname/><D:getlastmodified/><D:getcontentlength/><D:resourcetype/></D:prop></D:propfind>`
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadPropfind(strings.NewReader(body), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
