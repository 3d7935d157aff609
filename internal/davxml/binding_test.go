package davxml

import (
	"reflect"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

// BI-05, BI-11, BI-13.
func TestBinding(t *testing.T) {
	for _, c := range []struct {
		root, body string
		want       Binding
	}{
		{"bind", `<segment>a</segment><href>/b</href>`, Binding{"a", "/b"}},
		{"rebind", `<href>
			http://h/b </href><segment> a%20b&amp; </segment>`, Binding{"a%20b&", "http://h/b"}},
		{"unbind", `<segment>a</segment>`, Binding{Segment: "a"}},
		{"unbind", `<segment>a</segment><href>/b</href>`, Binding{Segment: "a"}},
		{"bind", `<segment/><href>/b</href>`, Binding{"", "/b"}},
	} {
		got, err := ReadBinding(strings.NewReader("<"+c.root+` xmlns="DAV:">`+c.body+"</"+c.root+">"), Limits{}, c.root)
		if err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: %+v, %v; want %+v", c.body, got, err, c.want)
			continue
		}
		checkBindingRoundTrip(t, c.root, got)
	}
	for _, body := range []string{
		``, `<bind xmlns="DAV:"/>`, `<bind xmlns="DAV:"><segment>a</segment></bind>`, `<bind xmlns="DAV:"><segment>a</segment><href/></bind>`,
		`<bind xmlns="DAV:"><href>/a</href></bind>`, `<bind xmlns="DAV:"><segment>a</segment><segment>a</segment><href>/a</href></bind>`,
		`<bind xmlns="DAV:"><segment>a</segment><href>/a</href><href>/a</href></bind>`, `<unbind xmlns="DAV:"><segment>a</segment></unbind>`,
	} {
		_, err := ReadBinding(strings.NewReader(body), Limits{}, "bind")
		wantKind(t, err, dav.Invalid)
	}
}

// BI-07, SC-06.
func TestDecodeSegment(t *testing.T) {
	for s, want := range map[string]string{
		"a": "a", "a b": "a b", "a%20b": "a b", "%C3%A4": "ä", "ä": "ä", "100%25": "100%", "%2e%2e.": "...", "a+b": "a+b", "x?y": "x?y",
	} {
		got, err := DecodeSegment(s)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", s, got, err, want)
		}
		if again, err := DecodeSegment(string(AppendSegment(nil, got))); err != nil || again != got {
			t.Errorf("%q: written and read again: %q, %v", s, again, err)
		}
	}
	for _, s := range []string{"", ".", "..", "%2e", "%2E.", "a/b", "%2F", "%", "%1", "%zz", "%00", "%ff", `..\a`, strings.Repeat("a", dav.MaxSegment+1)} {
		_, err := DecodeSegment(s)
		wantKind(t, err, dav.Invalid)
	}
	if got := string(AppendSegment(nil, `a&<"'/b`)); got != `a&amp;%3C%22%27/b` {
		t.Errorf("%s", got)
	}
}

func checkBindingRoundTrip(t *testing.T, root string, b *Binding) {
	t.Helper()
	body := string(AppendBinding(nil, root, b))
	again, err := ReadBinding(strings.NewReader(body), Limits{}, root)
	if err != nil || !reflect.DeepEqual(again, b) {
		t.Fatalf("written and read again: %+v, %v; want %+v\n%s", again, err, b, body)
	}
}

func FuzzBinding(f *testing.F) {
	for _, s := range []string{"", bodies["bind"].good, bodies["unbind"].good, `<rebind xmlns="DAV:"><href>&#9;/&amp;</href><segment>%</segment></rebind>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, root := range []string{"bind", "unbind", "rebind"} {
			b, err := ReadBinding(strings.NewReader(body), Limits{}, root)
			if err != nil {
				checkRefusal(t, err)
				continue
			}
			checkBindingRoundTrip(t, root, b)
			if seg, err := DecodeSegment(b.Segment); err == nil && dav.CheckSegment(seg) != nil {
				t.Errorf("%q passes for a segment", seg)
			}
		}
	})
}
