package davxml

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
)

// header makes a header of name and one line per value; nil values, no header.
func header(name string, values ...string) http.Header {
	h := http.Header{}
	for _, v := range values {
		h.Add(name, v)
	}
	return h
}

func wantKind(t *testing.T, err error, want dav.Kind) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %v", want)
	}
	if got := dav.KindOf(err); got != want {
		t.Fatalf("kind %v, want %v: %v", got, want, err)
	}
	if err.Error() == want.String() {
		t.Fatalf("the error has no sentence: %v", err)
	}
}

func TestDepth(t *testing.T) {
	for _, c := range []struct {
		id     string
		values []string
		want   dav.Depth
	}{
		{"PF-03 absent", nil, dav.DepthInfinity},
		{"0", []string{"0"}, dav.Depth0},
		{"1", []string{"1"}, dav.Depth1},
		{"infinity", []string{"infinity"}, dav.DepthInfinity},
		{"PF-07 case", []string{"Infinity"}, dav.DepthInfinity},
		{"blanks", []string{" 1\t"}, dav.Depth1},
		{"twice the same", []string{"1", "1"}, dav.Depth1},
	} {
		t.Run(c.id, func(t *testing.T) {
			got, err := ParseDepth(header("Depth", c.values...), dav.DepthInfinity)
			if err != nil || got != c.want {
				t.Fatalf("got %v, %v; want %v", got, err, c.want)
			}
			if again, err := ParseDepth(header("Depth", got.String()), dav.Depth0); err != nil || again != got {
				t.Fatalf("written and read again: %v, %v", again, err)
			}
		})
	}
	for _, v := range []string{"2", "-1", "x", "", "00", "1, 1", "1,noroot", "99999999999999999999", strings.Repeat("1", 60<<10)} {
		t.Run("PF-07 refused "+quote(v), func(t *testing.T) {
			_, err := ParseDepth(header("Depth", v), dav.Depth0)
			wantKind(t, err, dav.Invalid)
			if len(err.Error()) > 200 {
				t.Fatalf("the sentence has %d bytes", len(err.Error()))
			}
		})
	}
	_, err := ParseDepth(header("Depth", "0", "infinity"), dav.Depth0)
	wantKind(t, err, dav.Invalid)
}

func TestOverwrite(t *testing.T) {
	for _, c := range []struct {
		id     string
		values []string
		want   bool
	}{
		{"CM-04 absent", nil, true},
		{"T", []string{"T"}, true},
		{"F", []string{"F"}, false},
		{"t", []string{"t"}, true},
		{"f", []string{" f "}, false},
	} {
		t.Run(c.id, func(t *testing.T) {
			got, err := ParseOverwrite(header("Overwrite", c.values...))
			if err != nil || got != c.want {
				t.Fatalf("got %v, %v; want %v", got, err, c.want)
			}
			if again, err := ParseOverwrite(header("Overwrite", FormatOverwrite(got))); err != nil || again != got {
				t.Fatalf("written and read again: %v, %v", again, err)
			}
		})
	}
	for _, v := range []string{"x", "", "true", "TF", "T, T"} {
		_, err := ParseOverwrite(header("Overwrite", v))
		wantKind(t, err, dav.Invalid)
	}
	_, err := ParseOverwrite(header("Overwrite", "T", "F"))
	wantKind(t, err, dav.Invalid)
}

// LK-27.
func TestLockToken(t *testing.T) {
	const token = "urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2"
	got, err := ParseLockToken(header("Lock-Token", FormatLockToken(token)))
	if err != nil || got != token {
		t.Fatalf("got %q, %v", got, err)
	}
	for _, v := range [][]string{
		nil, {""}, {token}, {"<>"}, {"<" + token}, {token + ">"}, {"<" + token + "> x"}, {"< " + token + ">"},
		{"<a><b>"}, {"<a>", "<b>"}, {`"` + token + `"`}, {"(<" + token + ">)"},
	} {
		_, err := ParseLockToken(header("Lock-Token", v...))
		wantKind(t, err, dav.Invalid)
	}
}

// LK-23, W10, N1.
func TestTimeout(t *testing.T) {
	const longest = (1<<32 - 1) * time.Second
	for _, c := range []struct {
		values []string
		want   time.Duration
		sent   bool
	}{
		{nil, 0, false},
		{[]string{"Second-60"}, time.Minute, true},
		{[]string{"second-3600"}, time.Hour, true},
		{[]string{"Infinite"}, 0, true},
		{[]string{"infinite"}, 0, true},
		{[]string{"Infinite, Second-4100000000"}, 0, true},
		{[]string{"Second-4100000000"}, 4100000000 * time.Second, true},
		{[]string{"Second-4294967295"}, longest, true},
		{[]string{"Second-4294967296"}, longest, true},
		{[]string{"Second-" + strings.Repeat("9", 60<<10)}, longest, true},
		{[]string{"Second-000000000000000000060"}, time.Minute, true},
		{[]string{"Extend, Second-5"}, 5 * time.Second, true},
		{[]string{"junk", "Second-5"}, 5 * time.Second, true},
		{[]string{",, ,Second-5"}, 5 * time.Second, true},
		{[]string{"Second-0"}, 0, false},
		{[]string{"Second-0, Second-7"}, 7 * time.Second, true},
		{[]string{"Second-"}, 0, false},
		{[]string{"Second--1"}, 0, false},
		{[]string{"Second-+1"}, 0, false},
		{[]string{"Second-1.5"}, 0, false},
		{[]string{"Second- 5"}, 0, false},
		{[]string{"60"}, 0, false},
		{[]string{""}, 0, false},
	} {
		got, sent := ParseTimeout(header("Timeout", c.values...))
		if got != c.want || sent != c.sent {
			t.Errorf("%.80q: got %v, %v; want %v, %v", c.values, got, sent, c.want, c.sent)
		}
		if !sent {
			continue
		}
		if again, _ := ParseTimeout(header("Timeout", FormatTimeout(got))); again != got {
			t.Errorf("%.80q: written and read again: %v", c.values, again)
		}
	}
}

func TestFormatTimeout(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                       "Infinite",
		1:                       "Second-1",
		-time.Hour:              "Second-1",
		time.Second:             "Second-1",
		time.Second + 1:         "Second-2",
		599900 * 1e6:            "Second-600",
		1<<63 - 1:               "Second-4294967295",
		(1<<32 - 1) * 1e9:       "Second-4294967295",
		4100000000 * 1000000000: "Second-4100000000",
	} {
		if got := FormatTimeout(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestDate(t *testing.T) {
	want := time.Date(1994, time.November, 6, 8, 49, 37, 0, time.UTC)
	for _, c := range []struct {
		values []string
		want   time.Time
	}{
		{nil, time.Time{}},
		{[]string{"Sun, 06 Nov 1994 08:49:37 GMT"}, want},
		{[]string{"Sunday, 06-Nov-94 08:49:37 GMT"}, want},
		{[]string{"Sun Nov  6 08:49:37 1994"}, want},
		{[]string{"yesterday"}, time.Time{}},
		{[]string{""}, time.Time{}},
		{[]string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:38 GMT"}, time.Time{}},
	} {
		if got := ParseDate(header("If-Modified-Since", c.values...), "If-Modified-Since"); !got.Equal(c.want) {
			t.Errorf("%q: got %v, want %v", c.values, got, c.want)
		}
	}
}
