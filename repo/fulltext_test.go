package repo_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

func contains(phrase string) *dav.Where { return &dav.Where{Op: dav.Contains, Text: phrase} }

// SE-13: a text is found by its words as soon as its PUT is acknowledged, and no
// longer when it is gone; small and big ones.
func TestContains(t *testing.T) {
	for _, inline := range []int{16 << 10, -1} {
		t.Run(fmt.Sprint("inline ", inline), func(t *testing.T) {
			r := open(t, repo.Options{InlineMax: inline, NoReclaim: true})
			put(t, r, "/a", "The quick zibeline jumps")
			put(t, r, "/b", "over the LÁZY quokka. Zibeline, again")
			put(t, r, "/zibeline", "nothing of the kind")
			mkcol(t, r, "/c")
			for phrase, want := range map[string]string{
				"zibeline": "/a /b", "quokka": "/b", "lazy quokka": "/b", "quokka lazy": "", "quokka zibeline": "/b", "nothing of": "/zibeline", "absent": "",
				"zib": "", `quick" OR "quokka`: "", "quick zibeline": "/a", "QUICK": "/a",
			} {
				wantFound(t, r, contains(phrase), want)
			}
			wantFound(t, r, terms(dav.And, contains("zibeline"), terms(dav.Not, contains("quokka"))), "/a")
			wantFound(t, r, terms(dav.Not, contains("the")), "/ /c")
			put(t, r, "/a", "changed: an okapi")
			wantFound(t, r, contains("zibeline"), "/b")
			wantFound(t, r, contains("okapi"), "/a")
			if _, err := r.Copy(t.Context(), dav.CopyRequest{From: "/b", To: "/c/b"}, nil); err != nil {
				t.Fatal(err)
			}
			wantFound(t, r, contains("quokka"), "/b /c/b")
			remove(t, r, "/b")
			wantFound(t, r, contains("quokka"), "/c/b")
			remove(t, r, "/c")
			put(t, r, "/waits", "never indexed")
			remove(t, r, "/waits")
			if _, err := r.Reclaim(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantFound(t, r, contains("quokka"), "")
		})
	}
}

// SE-13: texts are found however many they are, and though bodies that nobody has
// any more are among them.
func TestContainsMany(t *testing.T) {
	const texts = 900 // more than a page
	r := open(t, repo.Options{InlineMax: 20, NoReclaim: true})
	mkcol(t, r, "/elsewhere")
	for i := range texts {
		put(t, r, dav.Path(fmt.Sprintf("/t%04d", i)), "a needle")
		mkcol(t, r, dav.Path(fmt.Sprintf("/elsewhere/%04d", i)))
	}
	// Now there is more in scope than a thousand: the index is what is gone through.
	for _, left := range []int{texts, texts - 1} {
		if got, shortened := find(t, r, dav.SearchRequest{Where: contains("needle"), Limit: -1}); len(got) != left || shortened {
			t.Errorf("%d texts are found of %d; shortened: %v", len(got), left, shortened)
		}
		put(t, r, "/t0700", "something else in its place")
	}
}

// What somebody looks for is never an expression of a query language.
func TestContainsHostile(t *testing.T) {
	r := open(t, repo.Options{})
	put(t, r, "/f", "plain words near a NEAR b, AND so on: words:plain")
	for _, phrase := range []string{`"plain`, `plain"`, `"` + `a`, `'a`, "plain*", "AND so", "NOT plain", "OR a", "NEAR(a b)", "words:plain", "words : plain", "{words} : plain", "^plain", "a + b", "a\\", "a;b", strings.Repeat("a ", 500), strings.Repeat("(", 1000) + "a", "\ufffda", "\U0001f600 a"} {
		find(t, r, dav.SearchRequest{Where: contains(phrase), Limit: -1})
	}
	wantFound(t, r, contains("words:plain"), "/f")
	wantFound(t, r, contains("AND so"), "/f")
	wantFound(t, r, contains("plain*"), "/f")
	wantFound(t, r, contains("pla*"), "")
}

// What doesn't begin like text costs no statement, and is found by no words.
func TestNoText(t *testing.T) {
	r, s := openNoting(t)
	random := make([]byte, 30_000)
	source := rand.NewChaCha8([32]byte{})
	source.Read(random)
	for i, body := range []string{
		"", "\x00a b c", "a\x01 b", "\xff\xfea\x00b\x00", "word \xff", "...", string(random), strings.Repeat("x", 4096), "%PDF-1.7\n%\xe2\xe3", "\x1f\x8b a b",
	} {
		put(t, r, dav.Path(fmt.Sprint("/f", i)), body)
	}
	for sql := range s.seen {
		if strings.Contains(sql, "INTO unindexed") {
			t.Error("something is taken for text")
		}
	}
	for _, body := range []string{"a", "ä b", strings.Repeat("ä ", 1000) + "ä", "{\"json\":1}", "\ufeffword", "a\r\n\tb\f", strings.Repeat("x", 500) + " " + strings.Repeat("y", 400) + " " + strings.Repeat("z", 5000)} {
		put(t, r, "/text", body)
		found := false
		for sql := range s.seen {
			found = found || strings.Contains(sql, "INTO unindexed")
		}
		if !found {
			t.Errorf("%.20q is not taken for text", body)
		}
		clear(s.seen)
	}
}

// Texts are indexed in the background, by what is open for writing.
func TestIndexedInBackground(t *testing.T) {
	dir := t.TempDir()
	r := openIn(t, dir, repo.Options{})
	for i := range 300 {
		put(t, r, dav.Path(fmt.Sprint("/f", i)), fmt.Sprint("text ", i, strings.Repeat(" word", 1000)))
	}
	for waiting := int64(1); waiting > 0; {
		err := r.Meta().View(t.Context(), func(tx meta.Tx) (err error) {
			waiting, err = meta.Int(tx, `SELECT count(*) FROM unindexed`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	wantFound(t, r, contains("text 7"), "/f7")
}

// SE-13: scores tell which text matches best, and can be sorted by.
func TestScores(t *testing.T) {
	r := open(t, repo.Options{})
	for i := range 20 {
		put(t, r, dav.Path(fmt.Sprintf("/other%02d", i)), "nothing to see here")
	}
	put(t, r, "/best", "okapi okapi okapi")
	put(t, r, "/good", "an okapi, and more words")
	put(t, r, "/fair", "an okapi, and many more words that tell of something else, and so on and on and on")
	q := dav.SearchRequest{Where: contains("okapi"), Limit: 2, Order: []dav.SearchOrder{{Score: true, Descending: true}}}
	got, shortened := find(t, r, q)
	if strings.Join(got, " ") != "/best /good" || !shortened {
		t.Errorf("the best two are %q", got)
	}
	last := 10_001
	for res, err := range r.Search(t.Context(), request(t, q), func() {}) {
		if err != nil {
			t.Fatal(err)
		}
		if res.Score < 1 || res.Score >= last {
			t.Errorf("%s has the score %d, after %d", res.Path, res.Score, last)
		}
		last = res.Score
	}
	for res := range r.Search(t.Context(), request(t, dav.SearchRequest{Limit: -1}), func() {}) {
		if res.Score != 0 {
			t.Errorf("%s has the score %d in a search that looks for no words", res.Path, res.Score)
		}
	}
}

// A repository from before there were searches is read bit by bit, and then found
// like any other.
func TestSearchOlder(t *testing.T) {
	dir := t.TempDir()
	older := fstest.MapFS{}
	for _, name := range []string{"0001_repository.sql", "0002_graph.sql"} {
		script, err := os.ReadFile(filepath.Join("meta", "migrations", name))
		if err != nil {
			t.Fatal(err)
		}
		older[name] = &fstest.MapFile{Data: script}
	}
	m, err := sqlite.Open(t.Context(), filepath.Join(dir, "meta.db"), sqlite.Options{Migrations: older})
	if err != nil {
		t.Fatal(err)
	}
	err = m.Update(t.Context(), func(tx meta.Tx) error {
		for _, sql := range []string{
			`INSERT INTO resource (id, uid, kind, created, modified, media_type, language, length, etag) VALUES (1, {{UUID}}, 1, 0, 0, '', '', 0, '')`,
			`INSERT INTO repository (name, value) VALUES ('root', '1')`,
			`INSERT INTO repository (name, value) VALUES ('id', 'old')`,
		} {
			if _, err := tx.Exec(sql); err != nil {
				return err
			}
		}
		for i := range 500 {
			data := []byte(fmt.Sprint("text number ", i))
			if i%2 == 1 {
				data[0] = 0
			}
			if _, err := tx.Exec(`INSERT INTO body (id, length, sha256, data) VALUES ($1, $2, $3, $4)`, i+1, len(data), digest(data), data); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO resource (id, uid, kind, created, modified, media_type, language, length, etag, body, dead)
				VALUES ($1 + 1, {{UUID}}, 0, 0, 0, '', '', $2, CAST($1 AS TEXT), $1, 1)`, i+1, len(data)); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO binding (parent, name, child) VALUES (1, 'f' || CAST($1 AS TEXT), $1 + 2)`, i); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO property (resource, space, local, xml) VALUES ($1 + 2, 'u', 'k', '<k xmlns="u">' || CAST($1 AS TEXT) || '</k>')`, i); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE tally SET bytes = (SELECT sum(length) FROM resource)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}

	look := func(o repo.Options) {
		t.Helper()
		r := reopen(t, dir, o)
		wantFound(t, r, term(dav.Equal, "k", "7"), "/f7")
		wantFound(t, r, contains("number 8"), "/f8")
		wantFound(t, r, contains("number 9"), "")
	}
	look(repo.Options{NoReclaim: true}) // before the properties are read
	r := reopen(t, dir, repo.Options{})
	for unread := int64(1); unread > 0; {
		err := r.Meta().View(t.Context(), func(tx meta.Tx) (err error) {
			unread, err = meta.Int(tx, `SELECT count(*) FROM property WHERE form = 3`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	look(repo.Options{NoReclaim: true})
}

func digest(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

// reopen opens the repository in dir until the test is over.
func reopen(t *testing.T, dir string, o repo.Options) *repo.Repository {
	t.Helper()
	m, err := sqlite.Open(t.Context(), filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Open(t.Context(), m, b, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := r.Fsck(context.Background(), repo.FsckOptions{}, func(p repo.Problem) { t.Errorf("fsck: %v", p) }); err != nil {
			t.Error(err)
		}
		r.Close()
		m.Close()
	})
	return r
}
