package davxml

import (
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

const write = "<locktype><write/></locktype>"

func lockinfo(inner string) string { return `<lockinfo xmlns="DAV:">` + inner + `</lockinfo>` }

func TestLockinfo(t *testing.T) {
	for _, c := range []struct {
		id, body string
		scope    dav.LockScope
		owner    []string // its infoset; nil if there is none
	}{
		{"exclusive", lockinfo("<lockscope><exclusive/></lockscope>" + write), dav.Exclusive, nil},
		{"M5 shared", lockinfo("<lockscope><shared/></lockscope>" + write), dav.Shared, nil},
		{"XL-05 owner first", lockinfo("<owner>me</owner>" + write + "<lockscope><shared/></lockscope>"), dav.Shared,
			[]string{"start {DAV:}owner", "text me", "end"}},
		{"XL-04 unknown beside known", lockinfo("<lockscope><x xmlns='urn:x'/><exclusive/></lockscope><locktype><write/><y/></locktype>"), dav.Exclusive, nil},
		{"twice the same", lockinfo("<lockscope><shared/></lockscope><lockscope><shared/></lockscope>" + write), dav.Shared, nil},
		{"LK-03 owner", lockinfo(write + `<lockscope><exclusive/></lockscope><owner xml:lang="en" a="b"> <href>http://me/?a&amp;b</href>&#13;<x xmlns="">é</x></owner>`), dav.Exclusive,
			[]string{"start {DAV:}owner", "attr {" + xmlNamespace + "}lang=en", "attr {}a=b", "text  ", "start {DAV:}href", "text http://me/?a&b", "end", "text \r", "start {}x", "text é", "end", "end"}},
		{"LK-03 language in scope", `<lockinfo xmlns="DAV:" xml:lang="de">` + write + `<lockscope><exclusive/></lockscope><owner/></lockinfo>`, dav.Exclusive,
			[]string{"start {DAV:}owner", "attr {" + xmlNamespace + "}lang=de", "end"}},
	} {
		t.Run(c.id, func(t *testing.T) {
			got, err := ReadLockinfo(strings.NewReader(c.body), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got.Scope != c.scope || (got.Owner == "") != (c.owner == nil) {
				t.Fatalf("got %+v", got)
			}
			if c.owner != nil && !slices.Equal(infoset(t, got.Owner), c.owner) {
				t.Fatalf("got %q, want %q", infoset(t, got.Owner), c.owner)
			}
			checkLockinfoRoundTrip(t, got)
		})
	}
	for _, body := range []string{"", " \n"} {
		if got, err := ReadLockinfo(strings.NewReader(body), Limits{}); got != nil || err != nil {
			t.Errorf("LK-20: %q gives %+v, %v", body, got, err)
		}
	}
}

// LK-31, HD-05.
func TestLockinfoRefused(t *testing.T) {
	const exclusive = "<lockscope><exclusive/></lockscope>"
	for name, c := range map[string]struct {
		inner string
		kind  dav.Kind
	}{
		"nothing":         {"", dav.Invalid},
		"no scope":        {write, dav.Invalid},
		"no type":         {exclusive, dav.Invalid},
		"empty scope":     {"<lockscope/>" + write, dav.Invalid},
		"text in scope":   {"<lockscope>exclusive</lockscope>" + write, dav.Invalid},
		"empty type":      {exclusive + "<locktype/>", dav.Invalid},
		"both scopes":     {"<lockscope><exclusive/><shared/></lockscope>" + write, dav.Invalid},
		"two scopes":      {exclusive + "<lockscope><shared/></lockscope>" + write, dav.Invalid},
		"unknown type":    {exclusive + "<locktype><read/></locktype>", dav.Unprocessable},
		"type of another": {exclusive + "<locktype><write xmlns='urn:x'/></locktype>", dav.Unprocessable},
		"unknown scope":   {"<lockscope><x:local xmlns:x='urn:x'/></lockscope>" + write, dav.Unprocessable},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadLockinfo(strings.NewReader(lockinfo(c.inner)), Limits{})
			wantKind(t, err, c.kind)
			if got != nil {
				t.Errorf("with an error came %+v", got)
			}
		})
	}
	_, err := ReadLockinfo(strings.NewReader(lockinfo(exclusive+"<locktype><read/></locktype>")+"<"), Limits{})
	wantKind(t, err, dav.Invalid) // syntax goes before sense
}

func checkLockinfoRoundTrip(t *testing.T, l *Lockinfo) {
	t.Helper()
	again := l
	for range 2 {
		body := string(AppendLockinfo(nil, again))
		got, err := ReadLockinfo(strings.NewReader(body), Limits{Bytes: 64 << 20, PropertyBytes: 16 << 20})
		if err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		same := got.Scope == l.Scope && (got.Owner == "") == (l.Owner == "")
		if !same || got.Owner != l.Owner && !slices.Equal(infoset(t, got.Owner), infoset(t, l.Owner)) {
			t.Fatalf("%+v became %+v", l, got)
		}
		again = got
	}
}

func FuzzLockinfo(f *testing.F) {
	for _, s := range []string{
		"", bodies["lockinfo"].good,
		lockinfo(write + `<lockscope><exclusive/></lockscope><owner xml:lang="en" a="b:c"> <href>&#13;</href><x xmlns="">é</x></owner>`),
		lockinfo(write + "<lockscope><exclusive/><shared/></lockscope>"), lockinfo("<lockscope><a/></lockscope>"),
		inUTF16(bigEndian, bodies["lockinfo"].good),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		l, err := ReadLockinfo(strings.NewReader(body), Limits{})
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if l != nil {
			checkLockinfoRoundTrip(t, l)
		}
	})
}
