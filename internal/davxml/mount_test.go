package davxml

import "testing"

func TestAppendMount(t *testing.T) {
	const head = prolog + `<dm:mount xmlns:dm="http://purl.org/NET/webdav/mount"><dm:url>http://h:8080/a&amp;b%20c/</dm:url>`
	for username, want := range map[string]string{
		"":      head + `</dm:mount>`,
		"a<b>":  head + `<dm:username>a&lt;b&gt;</dm:username></dm:mount>`,
		"\x01é": head + `<dm:username>` + "\uFFFDé" + `</dm:username></dm:mount>`,
	} {
		if got := string(AppendMount(nil, "http://h:8080/a&b%20c/", username)); got != want {
			t.Errorf("%q: %s", username, got)
		}
	}
}
