package acceptance

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/quiredav/quire/internal/needs"
)

// The commands of the documents do what the documents say.

// example is what a document has between two fences of one language.
var example = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// examples are those of a document in one language.
func examples(t *testing.T, document, language string) (list []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../..", document))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range example.FindAllStringSubmatch(string(b), -1) {
		if m[1] == language {
			list = append(list, m[2])
		}
	}
	if len(list) == 0 {
		t.Fatalf("%s has no example in %s", document, language)
	}
	return list
}

// try runs commands in a shell against a server of their own.
func try(t *testing.T, commands string) string {
	t.Helper()
	needs.Program(t, "curl")
	const address = "http://127.0.0.1:8080"
	if !strings.Contains(commands, "U="+address+"\n") {
		t.Fatalf("the commands don't say U=%s", address)
	}
	shell := newTool(t, needs.Program(t, "sh"))
	url := strings.TrimSuffix(serve(t, t.TempDir()).url, "/")
	out, _ := shell.run("-euc", "cd; "+strings.ReplaceAll(commands, address, url))
	return out
}

// BI-19: the founding example of README.md, to the letter.
func TestReadmeExample(t *testing.T) {
	got := try(t, examples(t, "README.md", "sh")[0])
	id := regexp.MustCompile(`urn:uuid:[0-9a-f-]{36}`)
	plain := func(s string) string {
		return id.ReplaceAllString(regexp.MustCompile(`\n *`).ReplaceAllString(s, ""), "urn:uuid:U")
	}
	if want := plain(examples(t, "README.md", "xml")[0]); !strings.HasSuffix(plain(got), want) {
		t.Errorf("the example answers\n%s\nwant\n%s", plain(got), want)
	}
	if ids := id.FindAllString(got, -1); len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("two URLs of one collection have the identities %q", ids)
	}
}

// docs/extensions.md: no request of it is refused, and each is answered as it says.
func TestExtensionsExamples(t *testing.T) {
	all := strings.Join(examples(t, "docs/extensions.md", "sh"), "echo @\n") // marks where an example ends
	got := regexp.MustCompile(`(?m)^@\n`).Split(try(t, all), -1)
	wants := [][]string{
		{},
		{"<D:segment>also-fox.txt</D:segment>", "<D:segment>fox.txt</D:segment>"},
		{"<D:multistatus xmlns:D=\"DAV:\"><D:response><D:href>/docs/news.txt</D:href>"},
		{},
		{"<D:multistatus xmlns:D=\"DAV:\"><D:response><D:href>/docs/fox.txt</D:href>"},
		{"<D:contains/>"},
		{"/songs/zero<", "/songs/two<", "/songs/one<"},
		{"news\n"},
		{"<D:displayname", "My photos"},
		{"Location: /docs/My%20note"},
		{"<D:href>/docs/dog.txt<", "the quick brown fox"},
		{"<D:quota-used-bytes>", "<D:unauthenticated/>"},
		{"<D:response xmlns:D=\"DAV:\" xmlns=\"\"><D:href>/docs/</D:href>"},
		{"<dm:url>http://"},
	}
	if len(got) != len(wants) {
		t.Fatalf("%d examples, want %d", len(got), len(wants))
	}
	for i, want := range wants {
		rest := got[i]
		for _, w := range want {
			_, after, ok := strings.Cut(rest, w)
			if !ok {
				t.Errorf("example %d answers\n%s\nwithout %s", i+1, got[i], w)
				break
			}
			rest = after
		}
	}
}
