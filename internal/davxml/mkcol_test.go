package davxml

import (
	"reflect"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

func update(name dav.Name, xml string) dav.PropertyUpdate {
	return dav.PropertyUpdate{Property: dav.Property{Name: name, XML: xml}}
}

// XM-02, XM-06.
func TestMkcol(t *testing.T) {
	for body, want := range map[string][]dav.PropertyUpdate{
		"":                      nil,
		`<mkcol xmlns="DAV:"/>`: nil,
		`<mkcol xmlns="DAV:"><set><prop/></set></mkcol>`: nil,
		`<mkcol xmlns="DAV:"><set><prop><a/></prop></set><remove><prop><a/></prop></remove><set><prop><a>2</a><b xmlns="urn:x"/></prop></set></mkcol>`: {
			update(dav.DAV("a"), `<a xmlns="DAV:"/>`), update(dav.DAV("a"), `<a xmlns="DAV:">2</a>`), update(x("b"), `<b xmlns="urn:x"/>`)},
	} {
		got, err := ReadMkcol(strings.NewReader(body), Limits{})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", body, got, err, want)
			continue
		}
		checkMkcolRoundTrip(t, got)
	}
	if got := string(AppendMkcol(nil, []dav.PropertyUpdate{update(x("a"), "")})); !strings.Contains(got, `<D:set><D:prop><N:a xmlns:N="urn:x"/></D:prop></D:set>`) {
		t.Errorf("%s", got)
	}
	_, err := ReadMkcol(strings.NewReader(`<propertyupdate xmlns="DAV:"/>`), Limits{})
	wantKind(t, err, dav.Invalid)
	_, err = ReadMkcol(strings.NewReader(`<mkcol xmlns="DAV:"><set><prop><a/><b/></prop></set></mkcol>`), Limits{Properties: 1})
	wantKind(t, err, dav.TooLarge)
}

// XM-04.
func TestChildNames(t *testing.T) {
	for element, want := range map[string][]dav.Name{
		`<a/>`: nil,
		`<a xmlns="DAV:">x<collection/> <b xmlns="urn:x"><collection/></b><collection/></a>`: {dav.DAV("collection"), x("b"), dav.DAV("collection")},
	} {
		if got := ChildNames(element); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", element, got, want)
		}
	}
}

// XM-03, MS-13.
func TestMkcolResponse(t *testing.T) {
	list := []Propstat{
		{Name: dav.DAV("a"), Status: 424},
		{Name: x("b"), Status: 403, Err: &dav.Error{Kind: dav.Forbidden, Message: "a < b",
			Condition: dav.Condition{Name: dav.DAV("c"), Paths: []dav.Href{{Path: "/d", Collection: true}}}}},
		{Name: dav.Name{Local: "e"}, Status: 507, Err: &dav.Error{Kind: dav.NoSpace}},
	}
	got := string(AppendMkcolResponse(nil, list, dav.Path.Href))
	want := prolog + `<D:mkcol-response xmlns:D="DAV:">` +
		`<D:propstat><D:prop><D:a/></D:prop><D:status>HTTP/1.1 424 Failed Dependency</D:status></D:propstat>` +
		`<D:propstat><D:prop><N:b xmlns:N="urn:x"/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status><D:error><D:c><D:href>/d/</D:href></D:c></D:error><D:responsedescription>a &lt; b</D:responsedescription></D:propstat>` +
		`<D:propstat><D:prop><e/></D:prop><D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:propstat></D:mkcol-response>`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func checkMkcolRoundTrip(t *testing.T, updates []dav.PropertyUpdate) {
	t.Helper()
	body := string(AppendMkcol(nil, updates))
	again, err := ReadMkcol(strings.NewReader(body), Limits{})
	if err != nil || !reflect.DeepEqual(again, updates) {
		t.Fatalf("written and read again: %+v, %v; want %+v\n%s", again, err, updates, body)
	}
}

func FuzzMkcol(f *testing.F) {
	for _, s := range []string{"", bodies["mkcol"].good, `<D:mkcol xmlns:D="DAV:"><D:set><D:prop><D:resourcetype><D:collection/></D:resourcetype></D:prop></D:set></D:mkcol>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		updates, err := ReadMkcol(strings.NewReader(body), Limits{})
		if err != nil {
			checkRefusal(t, err)
			return
		}
		for _, u := range updates {
			ChildNames(u.XML)
		}
	})
}
