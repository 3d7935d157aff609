package davxml

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
)

func href(p dav.Path, collection bool) string { return "/dav" + p.Href(collection) }

func TestAppendError(t *testing.T) {
	const q = "{" + ErrorNamespace + "}"
	for _, c := range []struct {
		id   string
		err  dav.Error
		want []string // what stands in error
	}{
		{"LK-16 condition with hrefs", dav.Error{Kind: dav.Locked, Message: "it is <locked> & more", Condition: dav.Condition{
			Name: dav.LockTokenSubmitted, Paths: []dav.Href{{Path: "/c", Collection: true}, {Path: "/a b&c"}}}},
			[]string{"start {DAV:}lock-token-submitted", "start {DAV:}href", "text /dav/c/", "end", "start {DAV:}href", "text /dav/a%20b&c", "end", "end",
				"start " + q + "message", "text it is <locked> & more", "end"}},
		{"SC-03 condition alone", dav.Error{Kind: dav.Forbidden, Condition: dav.Condition{Name: dav.NoExternalEntities}},
			[]string{"start {DAV:}no-external-entities", "end", "start " + q + "message", "text forbidden", "end"}},
		{"XL-06 no condition", dav.Error{Kind: dav.NotFound, Message: "there is no such resource"},
			[]string{"start " + q + "not-found", "end", "start " + q + "message", "text there is no such resource", "end"}},
		{"condition of an extension", dav.Error{Kind: dav.Conflict, Condition: dav.Condition{Name: dav.Name{Space: `urn:"x"`, Local: "c"}, Paths: []dav.Href{{Path: "/"}}}},
			[]string{`start {urn:"x"}c`, "start {DAV:}href", "text /dav/", "end", "end", "start " + q + "message", "text conflict", "end"}},
		{"XL-09 what XML can't hold", dav.Error{Kind: dav.Invalid, Message: "a\x00b\x1fc\xffd\ufffe\r\n\t]]>"},
			[]string{"start " + q + "bad-request", "end", "start " + q + "message", "text a\ufffdb\ufffdc\ufffdd\ufffd\r\n\t]]>", "end"}},
	} {
		t.Run(c.id, func(t *testing.T) {
			doc := string(AppendError([]byte("x"), &c.err, href)[1:])
			want := slices.Concat([]string{"start {DAV:}error"}, c.want, []string{"end"})
			got := infoset(t, doc)
			if got[0] == "text \n" {
				got = got[1:]
			}
			if !slices.Equal(got, want) {
				t.Fatalf("got %q\nwant %q\n%s", got, want, doc)
			}
		})
	}
}

// Every kind has an element that XML takes and that no other kind has.
func TestAppendErrorOfEveryKind(t *testing.T) {
	seen := map[string]dav.Kind{}
	for k := dav.Internal; k <= dav.Loop; k++ {
		got := infoset(t, string(AppendError(nil, &dav.Error{Kind: k}, href)))
		name := got[2]
		if other, twice := seen[name]; twice {
			t.Errorf("%v and %v are both %s", k, other, name)
		}
		seen[name] = k
	}
}

func TestAppendErrorKeepsTheCauseBack(t *testing.T) {
	e := &dav.Error{Kind: dav.Internal, Err: invalid("secret")}
	if doc := string(AppendError(nil, e, href)); strings.Contains(doc, "secret") {
		t.Errorf("the cause is told: %s", doc)
	}
}

// LK-01, LK-03, LK-24, SC-07: the order is that of RFC 4918 section 14.1.
func TestAppendLockdiscovery(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	locks := []dav.Lock{
		{Token: "urn:uuid:1", Root: "/c d", Collection: true, Depth: dav.DepthInfinity, Owner: `<o:owner xmlns:o="DAV:">me</o:owner>`, Expires: now.Add(598*time.Second + 1)},
		{Token: "", Root: "/f", Scope: dav.Shared},
		{Token: "urn:a&b", Root: "/g", Expires: now.Add(-time.Hour)},
	}
	const begin = `<D:activelock><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>`
	want := begin + `<D:depth>infinity</D:depth><o:owner xmlns:o="DAV:">me</o:owner><D:timeout>Second-599</D:timeout>` +
		`<D:locktoken><D:href>urn:uuid:1</D:href></D:locktoken><D:lockroot><D:href>/dav/c%20d/</D:href></D:lockroot></D:activelock>` +
		strings.Replace(begin, "exclusive", "shared", 1) + `<D:depth>0</D:depth><D:timeout>Infinite</D:timeout>` +
		`<D:lockroot><D:href>/dav/f</D:href></D:lockroot></D:activelock>` +
		begin + `<D:depth>0</D:depth><D:timeout>Second-1</D:timeout>` +
		`<D:locktoken><D:href>urn:a&amp;b</D:href></D:locktoken><D:lockroot><D:href>/dav/g</D:href></D:lockroot></D:activelock>`
	if got := string(AppendLockdiscovery(nil, locks, now, href)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(AppendLockdiscovery(nil, nil, now, href)); got != "" {
		t.Errorf("PF-24: no lock gives %s", got)
	}
	got := infoset(t, string(AppendLockAnswer(nil, locks, now, href)))
	got = slices.DeleteFunc(got, func(s string) bool { return s == "text \n" })
	if !slices.Equal(got[:3], []string{"start {DAV:}prop", "start {DAV:}lockdiscovery", "start {DAV:}activelock"}) {
		t.Errorf("LK-01: the answer begins %q", got[:3])
	}
}

// PF-24.
func TestSupportedlock(t *testing.T) {
	got := strings.Join(infoset(t, `<D:supportedlock xmlns:D="DAV:">`+Supportedlock+`</D:supportedlock>`), " ")
	entry := func(scope string) string {
		return "start {DAV:}lockentry start {DAV:}lockscope start {DAV:}" + scope + " end end start {DAV:}locktype start {DAV:}write end end end"
	}
	if want := "start {DAV:}supportedlock " + entry("exclusive") + " " + entry("shared") + " end"; got != want {
		t.Errorf("got %s", got)
	}
}
