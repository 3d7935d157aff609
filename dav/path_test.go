package dav

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDecodePath(t *testing.T) {
	for _, c := range []struct {
		id, raw string
		want    Path
		slash   bool
	}{
		{"root", "/", "/", true},
		{"file", "/a", "/a", false},
		{"collection", "/a/", "/a", true},
		{"HR-02 empty segments", "//a///b//", "/a/b", true},
		{"HR-02 single dots", "/./a/./b", "/a/b", false},
		{"HR-02 encoded single dots", "/%2e/a/%2E/b", "/a/b", false},
		{"HR-10 equivalent encodings", "/%7Ea", "/~a", false},
		{"HR-10 bare", "/~a", "/~a", false},
		{"HR-10 case of hex", "/%c3%A9", "/é", false},
		{"HR-10 every digit", "/%4a%4f%4A%4F%50%59", "/JOJOPY", false},
		{"HR-10 not decoded twice", "/%252F", "/%2F", false},
		{"HR-10 not decoded twice", "/%252e%252e/x", "/%2e%2e/x", false},
		{"HR-04 blank", "/a%20b", "/a b", false},
		{"HR-04 plus is a plus", "/a+b", "/a+b", false},
		{"HR-04 percent", "/50%25", "/50%", false},
		{"HR-04 hash and question mark", "/x%23y%3Fz", "/x#y?z", false},
		{"HR-04 bare non-ASCII", "/é", "/é", false},
		{"XL-09 control", "/%01", "/\x01", false},
		{"W11 outside the BMP", "/%F0%9F%98%80", "/\U0001F600", false},
		{"three dots", "/...", "/...", false},
		{"dots within a name", "/a..b/..c/d..", "/a..b/..c/d..", false},
		{"backslash within a name", `/a%5Cb`, `/a\b`, false},
		{"semicolon", "/a;v=1", "/a;v=1", false},
	} {
		t.Run(c.id, func(t *testing.T) {
			p, slash, err := DecodePath(c.raw)
			if err != nil || p != c.want || slash != c.slash {
				t.Fatalf("%q: got %q, %t, %v; want %q, %t", c.raw, p, slash, err, c.want, c.slash)
			}
			checkHref(t, p)
		})
	}
}

// SC-06, HR-10, CM-19.
func TestDecodePathRefuses(t *testing.T) {
	for _, raw := range []string{
		"", "a", "*", "http://host/a",
		"/..", "/../a", "/a/..", "/a/../b", "/a/../../b", "/%2e%2e/a", "/.%2E/a", "/%2E./a",
		`/..\a`, `/a\..\b`, `/..%5Ca`, `/a%5c..`, `/%5c..%5c`,
		"/a%2Fb", "/a%2fb", "/%2f", "/..%2f..%2fetc",
		"/%00", "/a%00b", "/a\x00",
		"/%", "/a%", "/%4", "/%zz", "/%4g", "/a%2", "/%%41",
		"/%ff", "/\xff", "/%c3", "/%c3%28", "/%ed%a0%80", "/%c0%af", "/%c0%ae%c0%ae/", "/%f8%88%80%80%80",
		"/" + strings.Repeat("a", MaxSegment+1),
		"/" + strings.Repeat("%61", MaxSegment+1),
		strings.Repeat("/a", MaxSegments+1),
		strings.Repeat("/"+strings.Repeat("a", 511), MaxPath/512) + "/a",
		"/" + strings.Repeat("../", 20<<10),
	} {
		if p, _, err := DecodePath(raw); KindOf(err) != Invalid || err.(*Error).Message == "" || p != "" {
			t.Errorf("%.60q: got %q, %v", raw, p, err)
		}
	}
	for _, raw := range []string{
		"/" + strings.Repeat("a", MaxSegment),
		strings.Repeat("/a", MaxSegments),
		strings.Repeat("/"+strings.Repeat("a", 511), MaxPath/512),
		strings.Repeat("/", 60<<10),
	} {
		if _, _, err := DecodePath(raw); err != nil {
			t.Errorf("%.60q: within the limits, yet %v", raw, err)
		}
	}
}

func TestCheckSegment(t *testing.T) {
	for _, s := range []string{"a", "...", "a.", ".a", `a\b`, `..a\b`, "é", " ", "%2e%2e", "a:b", strings.Repeat("a", MaxSegment)} {
		if err := CheckSegment(s); err != nil {
			t.Errorf("%.40q: %v", s, err)
		}
	}
	for _, s := range []string{"", ".", "..", "/", "a/b", "\x00", "\xff", `..\a`, `a\..`, strings.Repeat("a", MaxSegment+1)} {
		if err := CheckSegment(s); KindOf(err) != Invalid {
			t.Errorf("%.40q: got %v", s, err)
		}
	}
}

// HR-03, HR-04, HR-05, A3.
func TestHref(t *testing.T) {
	for _, c := range []struct {
		p          Path
		collection bool
		want       string
	}{
		{"/", true, "/"},
		{"/", false, "/"},
		{"/c", true, "/c/"},
		{"/a b", false, "/a%20b"},
		{"/50%", false, "/50%25"},
		{"/x#y", false, "/x%23y"},
		{"/q?r", false, "/q%3Fr"},
		{"/é", true, "/%C3%A9/"},
		{"/a&b", false, "/a&b"},
		{"/[1]", false, "/%5B1%5D"},
		{"/a+b", false, "/a+b"},
		{"/;v", false, "/;v"},
		{"/<t>", false, "/%3Ct%3E"},
		{`/'"\`, false, "/%27%22%5C"},
		{"/\x01\x7f", false, "/%01%7F"},
		{"/a,b", false, "/a,b"},
	} {
		if got := c.p.Href(c.collection); got != c.want {
			t.Errorf("%q: got %s, want %s", c.p, got, c.want)
		}
		checkHref(t, c.p)
	}
	if got := string(Path("/a b").AppendHref([]byte("/dav"), true)); got != "/dav/a%20b/" {
		t.Errorf("appended to a prefix: %s", got)
	}
}

func TestPathParts(t *testing.T) {
	for _, c := range []struct {
		p, parent Path
		name      string
		segments  []string
	}{
		{"/", "/", "", nil},
		{"/a", "/", "a", []string{"a"}},
		{"/a/b c", "/a", "b c", []string{"a", "b c"}},
	} {
		if c.p.Parent() != c.parent || c.p.Name() != c.name || !slices.Equal(slices.Collect(c.p.Segments()), c.segments) {
			t.Errorf("%q: parent %q, name %q, segments %q", c.p, c.p.Parent(), c.p.Name(), slices.Collect(c.p.Segments()))
		}
		if c.p.IsRoot() != (c.p == "/") {
			t.Errorf("%q: root: %t", c.p, c.p.IsRoot())
		}
	}
}

func TestPathContains(t *testing.T) {
	for _, c := range []struct {
		p, q Path
		want bool
	}{
		{"/", "/", true}, {"/", "/a", true}, {"/a", "/", false},
		{"/a", "/a", true}, {"/a", "/a/b", true}, {"/a", "/a/b/c", true},
		{"/a", "/ab", false}, {"/a", "/b", false}, {"/a/b", "/a", false}, {"/ab", "/a", false},
	} {
		if got := c.p.Contains(c.q); got != c.want {
			t.Errorf("%q contains %q: %t", c.p, c.q, got)
		}
	}
}

func TestPathOfAnySegments(t *testing.T) {
	segment := rapid.OneOf(
		rapid.String(),
		rapid.StringOfN(rapid.RuneFrom([]rune("./\\%+ #?&<>:;é\x01~'\"")), 1, 5, -1),
	).Filter(func(s string) bool { return CheckSegment(s) == nil })
	rapid.Check(t, func(t *rapid.T) {
		segments := rapid.SliceOfN(segment, 0, 6).Draw(t, "segments")
		p := Root
		for _, s := range segments {
			child := p.Join(s)
			if child.Parent() != p || child.Name() != s || !p.Contains(child) || child.Contains(p) {
				t.Fatalf("%q in %q is %q", s, p, child)
			}
			p = child
		}
		if got := slices.Collect(p.Segments()); !slices.Equal(got, segments) {
			t.Fatalf("%q has the segments %q, want %q", p, got, segments)
		}
		if again, err := ParsePath(string(p)); err != nil || again != p {
			t.Fatalf("ParsePath(%q) = %q, %v", p, again, err)
		}
		checkHref(t, p)
	})
}

// fataler is what *testing.T and *rapid.T have in common here.
type fataler interface{ Fatalf(string, ...any) }

// checkHref holds what is true of every href (HR-02, HR-04, A3): it decodes to
// its path, has one spelling, and is fit for a URL as it stands.
func checkHref(t fataler, p Path) {
	for _, collection := range []bool{false, true} {
		href := p.Href(collection)
		again, slash, err := DecodePath(href)
		if err != nil || again != p || slash != (collection || p.IsRoot()) {
			t.Fatalf("%q has the href %q, which is %q, %t, %v", p, href, again, slash, err)
		}
		if strings.Contains(href, "//") || strings.Trim(href, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&()*+,;=:@/%") != "" {
			t.Fatalf("%q has the href %q", p, href)
		}
		for seg := range strings.SplitSeq(href, "/") {
			if seg == "." || seg == ".." {
				t.Fatalf("%q has the href %q", p, href)
			}
		}
	}
}

// What is accepted keeps the promises of Path, and its href is accepted as the
// same path.
func FuzzHref(f *testing.F) {
	for _, s := range []string{"/", "//", "/a/b%20c/", "/%2e/a", "/%2e%2e", "/a%2Fb", "/%", `/a\..`, "/%c3%a9", "/\xff", "/.", "/a/.", "/%25%32%46", "/'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		p, slash, err := DecodePath(raw)
		if err != nil {
			if KindOf(err) != Invalid {
				t.Fatalf("kind of %v", err)
			}
			return
		}
		if slash != strings.HasSuffix(raw, "/") {
			t.Fatalf("%q: slash %t", raw, slash)
		}
		if again, err := ParsePath(string(p)); err != nil || again != p {
			t.Fatalf("ParsePath(%q) = %q, %v", p, again, err)
		}
		n := 0
		for s := range p.Segments() {
			if err := CheckSegment(s); err != nil {
				t.Fatalf("%q: %v", p, err)
			}
			n++
		}
		if n > MaxSegments || len(p) > MaxPath || n > 0 && p != p.Parent().Join(p.Name()) {
			t.Fatalf("%q: %d segments, %d bytes", p, n, len(p))
		}
		checkHref(t, p)
	})
}
