package davserver

import (
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Our dates are those of package time, from the year 1 to 9999.
func TestPF20Dates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596800, maxUnix).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
		if got, want := string(appendHTTPDate(nil, at)), at.UTC().Format(http.TimeFormat); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		if got, want := string(appendRFC3339(nil, at)), at.UTC().Format("2006-01-02T15:04:05Z"); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}
