package davxml

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

func TestETags(t *testing.T) {
	for _, c := range []struct {
		id     string
		values []string
		want   dav.ETags
	}{
		{"absent", nil, dav.ETags{}},
		{"one", []string{`"a"`}, dav.ETags{Sent: true, Tags: []dav.ETag{`"a"`}}},
		{"weak", []string{`W/"a"`}, dav.ETags{Sent: true, Tags: []dav.ETag{`W/"a"`}}},
		{"list", []string{`"a", W/"b"`, `"c"`}, dav.ETags{Sent: true, Tags: []dav.ETag{`"a"`, `W/"b"`, `"c"`}}},
		{"comma within", []string{`"a,b","c"`}, dav.ETags{Sent: true, Tags: []dav.ETag{`"a,b"`, `"c"`}}},
		{"empty tag", []string{`""`}, dav.ETags{Sent: true, Tags: []dav.ETag{`""`}}},
		{"blank within", []string{`"I am an ETag"`}, dav.ETags{Sent: true, Tags: []dav.ETag{`"I am an ETag"`}}},
		{"high bytes", []string{"\"\xe9é\""}, dav.ETags{Sent: true, Tags: []dav.ETag{"\"\xe9é\""}}},
		{"star", []string{"*"}, dav.ETags{Sent: true, Any: true}},
		{"A9 star twice", []string{"*", "*"}, dav.ETags{Sent: true, Any: true}},
		{"A9 star beside a tag", []string{`"a"`, "*"}, dav.ETags{Sent: true, Any: true, Tags: []dav.ETag{`"a"`}}},
		{"A9 Joplin", []string{"JoplinIgnore-12345"}, dav.ETags{Sent: true}},
		{"A9 malformed among good", []string{`x, "a"b, "c", W/, w/"d", 'e'`}, dav.ETags{Sent: true, Tags: []dav.ETag{`"c"`}}},
		{"A9 not closed", []string{`"a", "b`}, dav.ETags{Sent: true, Tags: []dav.ETag{`"a"`}}},
		{"A9 not opened", []string{`ab", "c"`}, dav.ETags{Sent: true, Tags: []dav.ETag{`"c"`}}},
		{"A9 control", []string{"\"a\x01\", \"b\""}, dav.ETags{Sent: true, Tags: []dav.ETag{`"b"`}}},
		{"empty", []string{""}, dav.ETags{Sent: true}},
		{"only commas", []string{" , ,"}, dav.ETags{Sent: true}},
	} {
		t.Run(c.id, func(t *testing.T) {
			got := ParseETags(c.values)
			if !reflect.DeepEqual(got, c.want) {
				t.Fatalf("got %+v, want %+v", got, c.want)
			}
			if !got.Sent || got.Any {
				return
			}
			if again := ParseETags([]string{FormatETags(got)}); !slices.Equal(again.Tags, got.Tags) {
				t.Fatalf("written and read again: %q", again.Tags)
			}
		})
	}
	for want, e := range map[string]dav.ETags{
		"*":          {Sent: true, Any: true},
		`"a", W/"b"`: {Sent: true, Tags: []dav.ETag{`"a"`, `W/"b"`}},
	} {
		if got := FormatETags(e); got != want {
			t.Errorf("%+v is written %s, want %s", e, got, want)
		}
	}
}

func BenchmarkETags60K(b *testing.B) {
	for _, unit := range []string{`"a",`, `",`, `x,`, `"`, `W/"`} {
		line := strings.Repeat(unit, 60<<10/len(unit))
		b.Run(unit, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				ParseETags([]string{line})
			}
		})
	}
}
