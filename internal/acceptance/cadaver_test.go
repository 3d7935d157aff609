package acceptance

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/quiredav/quire/internal/needs"
)

// cadaver runs commands of cadaver, as in a session at a terminal.
type cadaver struct {
	*tool
	url string
}

// command is a line for cadaver and a part of what cadaver is to say to it.
type command struct{ line, want string }

func newCadaver(t *testing.T, p *process) cadaver {
	t.Helper()
	c := cadaver{newTool(t, needs.Program(t, "cadaver")), p.url}
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	c.file(".netrc", []byte("machine "+u.Hostname()+" login "+toolUser+" password "+toolPassword+"\n"))
	return c
}

var cadaverPrompt = regexp.MustCompile(`(?m)^dav:[^>]*> `)

// session fails the test unless each command says what is wanted of it. The
// exit status of cadaver tells nothing.
func (c cadaver) session(session ...command) {
	c.Helper()
	var script strings.Builder
	for _, s := range session {
		script.WriteString(s.line + "\n")
	}
	out, said := c.feed(strings.NewReader(script.String()+"quit\n"), c.url)
	answers := cadaverPrompt.Split(out, -1)
	if len(answers) != len(session)+2 || said != "" { // before the first, and to quit
		c.Fatalf("%d answers to %d commands:\n%s%s", len(answers)-2, len(session), out, said)
	}
	for i, s := range session {
		answer, echoed := strings.CutPrefix(answers[i+1], s.line+"\n")
		if !echoed || !strings.Contains(answer, s.want) {
			c.Errorf("%s: %q; want %q", s.line, answer, s.want)
		}
	}
}

func TestCadaver(t *testing.T) {
	t.Parallel()
	p, credentials := serveWithUser(t)
	c := newCadaver(t, p)
	basic := basicHeader(credentials)
	big := noise(mebibyte)
	c.file("big file", big)
	c.file("small", []byte("hello\n"))

	const done = "succeeded."
	c.session(
		command{"mkcol dir", done},
		command{"mkcol dir", "405"},
		command{"mkcol none/dir", "409"},
		command{"cd dir", ""},
		command{`put "big file"`, done},
		command{"put small 50%25", done},
		command{"put small a&b", done},
		command{"put small é", done},
		command{"ls", "big file                         1048576"},
		command{"ls", "50%25"},
		command{"ls", "a&b"},
		command{"ls", "é"},
		command{`get "big file" got`, done},
		command{"cat é", "hello"},
		command{"copy é copy", done},
		command{"move copy moved", done},
		command{"get copy none", "404"},
		command{"set namespace http://example.com/ns", ""},
		command{`propset moved colour "light blue"`, done},
		command{"propget moved colour", "Value of colour is: light blue"},
		command{"propnames moved", "http://example.com/ns colour"},
		command{"mkcol sub", done},
		command{"move moved sub", done},
		command{"propget sub/moved colour", "Value of colour is: light blue"},
		command{"propdel sub/moved colour", done},
		command{"propget sub/moved colour", "404"},
		command{"cd ..", ""},
		command{"copy dir dir2", done},
		command{"move dir2 dir3", done},
		command{"ls dir2", "404"},
		command{"delete dir", "collection"},
		command{"rmcol dir", done},
		command{"delete dir3/é", done},
		command{"delete dir3/é", "404"},
		command{"ls", "Coll:   dir3"},
	)
	c.holds("got", big)
	p.wantBody("dir3/sub/moved", []byte("hello\n"), basic...)
	p.wantBody("dir3/big%20file", big, basic...)
	p.must(http.StatusNotFound, "GET", "dir/big%20file", nil, basic...)
}

// A lock of cadaver keeps others out, until another cadaver steals it.
func TestCadaverLocks(t *testing.T) {
	t.Parallel()
	p, credentials := serveWithUser(t)
	c := newCadaver(t, p)
	basic := basicHeader(credentials)
	c.file("one", []byte("one\n"))
	c.file("two", []byte("two\n"))

	const done = "succeeded."
	c.session(
		command{"mkcol d", done},
		command{"put one d/f", done},
		command{"lock d/f", done},
		command{"discover d/f", "Scope: exclusive  Type: write  Timeout: 3600 seconds"},
		command{"showlocks", "d/f"},
		command{"put two d/f", done}, // it sends the token
		command{"unlock d/f", done},
		command{"discover d/f", "no locks found"},
		command{"lock d", done},
		command{"put one d/g", done},
		command{"discover d/g", "Depth infinity"},
	)
	p.must(http.StatusLocked, "PUT", "d/f", strings.NewReader("three"), basic...)
	c.session(
		command{"put one d/f", "423 Locked"},
		command{"delete d/f", "423 Locked"},
		command{"move d e", "423 Locked"},
		command{"steal d", "/d/: <urn:uuid:"},
		command{"put one d/f", done},
		command{"unlock d", done},
	)
	p.must(http.StatusNoContent, "PUT", "d/g", strings.NewReader("three"), basic...)
	p.wantBody("d/f", []byte("one\n"), basic...)
}

// basicHeader is a header as send takes it, with NAME:PASSWORD.
func basicHeader(credentials string) []string {
	r := http.Request{Header: http.Header{}}
	name, password, _ := strings.Cut(credentials, ":")
	r.SetBasicAuth(name, password)
	return []string{"Authorization", r.Header.Get("Authorization")}
}
