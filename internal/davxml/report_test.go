package davxml

import (
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

// readReport reads the report called name, and takes any other for invalid.
func readReport(name dav.Name) func(io.Reader, Limits) (any, error) {
	return func(body io.Reader, l Limits) (any, error) {
		r, err := ReadReport(body, l)
		switch {
		case err != nil:
			return nil, err
		case r.Name != name:
			return nil, invalid("another report")
		case r.Sync != nil:
			return *r.Sync, nil
		}
		return r.Expand, nil
	}
}

// RP-01: one that is not known has a name, and is read to its end.
func TestReportUnknown(t *testing.T) {
	r, err := ReadReport(strings.NewReader(`<x:what xmlns:x="urn:x"><x:prop/></x:what>`), Limits{})
	if err != nil || !reflect.DeepEqual(r, &Report{Name: x("what")}) {
		t.Errorf("%+v, %v", r, err)
	}
	for _, body := range []string{"", " ", `<x:what xmlns:x="urn:x"><x:prop></x:what>`, `<what/><what/>`} {
		_, err := ReadReport(strings.NewReader(body), Limits{})
		wantKind(t, err, dav.Invalid)
	}
}

// SY-03, SY-13, XL-05.
func TestSyncCollection(t *testing.T) {
	const prop = `<prop><getetag/><a xmlns="urn:x"/><getetag/></prop>`
	names := []dav.Name{dav.DAV("getetag"), x("a")}
	for body, want := range map[string]SyncCollection{
		`<sync-token/><sync-level>1</sync-level>` + prop: {Level: SyncOne, Limit: -1, Names: names},
		prop + `<limit><nresults>
			07 </nresults></limit><sync-level> infinite </sync-level><sync-token> urn:t </sync-token>`: {Token: "urn:t", Level: SyncInfinite, Limit: 7, Names: names},
		`<sync-token><!-- none --></sync-token><prop/>`:                                                       {Limit: -1},
		`<sync-token/><sync-level>infinity</sync-level><limit><nresults>0</nresults></limit><prop/>`:          {Level: SyncInfinite, Limit: 0},
		`<sync-token/><limit><nresults>18446744073709551615</nresults></limit><prop/>`:                        {Limit: 1<<31 - 1},
		`<sync-token/><limit><nresults>99999999999999999999</nresults></limit><prop/>`:                        {Limit: 1<<31 - 1},
		`<sync-token/><limit/><limit><x xmlns="urn:x"><nresults xmlns="DAV:">5</nresults></x></limit><prop/>`: {Limit: -1},
		`<sync-token xmlns="urn:x">no</sync-token><sync-token>urn:&lt;t&amp;</sync-token>` + `<prop></prop>`:  {Token: "urn:<t&", Limit: -1},
	} {
		r, err := ReadReport(strings.NewReader(`<sync-collection xmlns="DAV:">`+body+`</sync-collection>`), Limits{})
		if err != nil || r.Name != SyncCollectionReport || !reflect.DeepEqual(*r.Sync, want) {
			t.Errorf("%s: %+v, %v; want %+v", body, r, err, want)
			continue
		}
		checkReportRoundTrip(t, r)
	}
	for body, part := range map[string]string{
		`<sync-level>1</sync-level><prop/>`:                            "sync-token",
		`<sync-token/><sync-level>1</sync-level>`:                      "prop",
		`<sync-token/><sync-level>2</sync-level><prop/>`:               `"2"`,
		`<sync-token/><sync-level/><prop/>`:                            `sync-level`,
		`<sync-token/><limit><nresults>many</nresults></limit><prop/>`: `"many"`,
		`<sync-token/><limit><nresults>-1</nresults></limit><prop/>`:   `"-1"`,
		`<sync-token/><limit><nresults>1e3</nresults></limit><prop/>`:  `"1e3"`,
	} {
		_, err := ReadReport(strings.NewReader(`<sync-collection xmlns="DAV:">`+body+`</sync-collection>`), Limits{})
		if wantKind(t, err, dav.Invalid); err != nil && !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %v, without %s", body, err, part)
		}
	}
	many := `<sync-collection xmlns="DAV:"><sync-token/><prop><a/><b/><c/></prop></sync-collection>`
	_, err := ReadReport(strings.NewReader(many), Limits{Properties: 2})
	wantKind(t, err, dav.TooLarge)
}

// RP-03.
func TestExpandProperty(t *testing.T) {
	p := func(local string, nested ...ExpandProperty) ExpandProperty {
		return ExpandProperty{Name: dav.DAV(local), Nested: nested}
	}
	for body, want := range map[string][]ExpandProperty{
		``:                                      nil,
		`<property name="a"/>`:                  {p("a")},
		`<property name="a" namespace="DAV:"/>`: {p("a")},
		`<property name="a" namespace="urn:x"/><property namespace="" name="a"/><property name="ä"/>`:                                                                                {{Name: x("a")}, {Name: dav.Name{Local: "a"}}, p("ä")},
		`<x xmlns="urn:x"><property xmlns="DAV:" name="no"/></x><property name="a"><prop><no/></prop><property name="b"><property name="c"/></property></property>`:                  {p("a", p("b", p("c")))},
		`<property name="a"><property name="b"/></property><property name="d"/><property name="a"><property name="c"/><property name="b"><property name="e"/></property></property>`: {p("a", p("b", p("e")), p("c")), p("d")},
	} {
		r, err := ReadReport(strings.NewReader(`<expand-property xmlns="DAV:">`+body+`</expand-property>`), Limits{})
		if err != nil || r.Name != ExpandPropertyReport || r.Sync != nil || !reflect.DeepEqual(r.Expand, want) {
			t.Errorf("%s: %+v, %v; want %+v", body, r, err, want)
			continue
		}
		checkReportRoundTrip(t, r)
	}
	for _, body := range []string{`<property/>`, `<property name=""/>`, `<property name="a b"/>`, `<property name="a:b"/>`, `<property name="1"/>`,
		`<property name="a" namespace="` + xmlnsNamespace + `"/>`, `<property xmlns:D="DAV:" D:name="a"/>`} {
		_, err := ReadReport(strings.NewReader(`<expand-property xmlns="DAV:">`+body+`</expand-property>`), Limits{})
		wantKind(t, err, dav.Invalid)
	}
	nested := strings.Repeat(`<property name="a">`, 10) + strings.Repeat(`</property>`, 10)
	for most, ok := range map[int]bool{10: true, 9: false} {
		_, err := ReadReport(strings.NewReader(`<expand-property xmlns="DAV:">`+nested+`</expand-property>`), Limits{Properties: most})
		if ok != (err == nil) || !ok && dav.KindOf(err) != dav.TooLarge {
			t.Errorf("at most %d: %v", most, err)
		}
	}
}

func checkReportRoundTrip(t *testing.T, r *Report) {
	t.Helper()
	body := string(AppendReport(nil, r))
	again, err := ReadReport(strings.NewReader(body), Limits{})
	if err != nil || !reflect.DeepEqual(again, r) {
		t.Fatalf("written and read again: %+v, %v; want %+v\n%s", again, err, r, body)
	}
}

func FuzzReport(f *testing.F) {
	for _, s := range []string{"", bodies["sync-collection"].good, bodies["expand-property"].good,
		`<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>infinite</D:sync-level><D:prop/></D:sync-collection>`,
		`<D:expand-property xmlns:D="DAV:"><D:property name="a" namespace="&lt;&#9;"/></D:expand-property>`, `<a/>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r, err := ReadReport(strings.NewReader(body), Limits{})
		switch {
		case err != nil:
			checkRefusal(t, err)
		case r.Sync != nil || r.Name == ExpandPropertyReport:
			checkReportRoundTrip(t, r)
		}
	})
}

func TestReplaceHrefs(t *testing.T) {
	for _, c := range []struct{ element, want string }{
		{`<a/>`, `<a/>`},
		{`<a xmlns="urn:x">b<href>c</href></a>`, `<a xmlns="urn:x">b<href>c</href></a>`},
		{`<D:a xmlns:D="DAV:"><D:href>/b</D:href></D:a>`, `<D:a xmlns:D="DAV:">[/b]</D:a>`},
		{`<a xmlns="DAV:">x<href> /b&amp;ä </href>y<href>/c</href><href
			>/d</href
			> z &lt; <![CDATA[<href>/e</href>]]></a>`, `<a xmlns="DAV:">x[/b&ä]y[/c][/d] z &lt; <![CDATA[<href>/e</href>]]></a>`},
		{`<href xmlns="DAV:">/b<href>/c</href></href>`, `<href xmlns="DAV:">/b[/c]</href>`},
		{`<a xmlns="DAV:"><b><href>/c<d>x</d></href></b><href/><href> </href></a>`, `<a xmlns="DAV:"><b>[/c]</b><href/><href> </href></a>`},
	} {
		got, err := ReplaceHrefs([]byte("before "), c.element, func(b []byte, href string) ([]byte, error) {
			return append(b, "["+href+"]"...), nil
		})
		if err != nil || string(got) != "before "+c.want {
			t.Errorf("%s: %s, %v; want %s", c.element, got, err, c.want)
		}
	}
	n := 0
	_, err := ReplaceHrefs(nil, `<a xmlns="DAV:"><href>1</href><href>2</href></a>`, func(b []byte, _ string) ([]byte, error) {
		n++
		return b, io.ErrShortBuffer
	})
	if err != io.ErrShortBuffer || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
	if _, err := ReplaceHrefs(nil, `<a`, nil); err == nil {
		t.Error("what is no element is taken for one")
	}
}

// What is left of the element is left as it is.
func FuzzReplaceHrefs(f *testing.F) {
	f.Add(`<D:a xmlns:D="DAV:">x<D:href>/b</D:href><y:c xmlns:y="urn:y" d="&lt;"/></D:a>`)
	f.Add(`<a xmlns="DAV:"><href>1</href><!-- c --><?p i?><href></href></a>`)
	f.Fuzz(func(t *testing.T, element string) {
		p, err := ReadPropertyupdate(strings.NewReader(`<propertyupdate xmlns="DAV:"><set><prop>`+element+`</prop></set></propertyupdate>`), Limits{})
		if err != nil {
			return
		}
		for _, u := range p {
			n := 0
			got, err := ReplaceHrefs(nil, u.XML, func(b []byte, _ string) ([]byte, error) {
				n++
				return append(b, 0), nil // which no XML holds
			})
			parts := strings.Split(string(got), "\x00")
			if err != nil || len(parts) != n+1 || !strings.HasPrefix(u.XML, parts[0]) || !strings.HasSuffix(u.XML, parts[n]) {
				t.Fatalf("%q, %v: %s", got, err, u.XML)
			}
			rest := u.XML
			for _, part := range parts {
				_, after, ok := strings.Cut(rest, part)
				if !ok {
					t.Fatalf("%q is not of %s", part, u.XML)
				}
				rest = after
			}
		}
	})
}
