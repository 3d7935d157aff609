package repo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/blob"
	"github.com/quiredav/quire/repo/meta"
)

// Bodies that look like text are found by their words. A PUT only notes such a
// body; its words are indexed in the background, or when somebody searches.

const (
	indexBytes = 1 << 20   // of a body that are indexed
	stepBytes  = 128 << 10 // of texts after which a transaction takes no further one

	// indexDelay lets texts gather that arrive one by one: to index one costs a
	// commit, to index ten hardly more.
	indexDelay = time.Second
)

// What looksLikeText looks at, in bytes.
const (
	textHead    = 1024
	longestWord = 512
)

// looksLikeText judges a body by how it begins: UTF-8 without control
// characters, in words of which nobody would look for one that is longer.
func looksLikeText(head []byte) bool {
	cut := len(head) > textHead
	head = head[:min(len(head), textHead)]
	word, words := 0, false
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		switch {
		case r == utf8.RuneError && n == 1:
			return words && cut && len(head) < utf8.UTFMax && !utf8.FullRune(head)
		case unicode.IsControl(r) && !unicode.IsSpace(r):
			return false
		case unicode.IsLetter(r), unicode.IsNumber(r):
			words = true
			if word += n; word > longestWord {
				return false
			}
		default:
			word = 0
		}
		head = head[n:]
	}
	return words
}

func (r *Repository) kickIndexing() {
	select {
	case r.texts <- struct{}{}:
	default:
	}
}

// indexLoop indexes what waits, until ctx ends.
func (r *Repository) indexLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.texts:
		}
		pause(ctx, indexDelay)
		// Three quarters of the time the database is for others to write to.
		_, err := r.indexTexts(ctx, func(took time.Duration) bool { pause(ctx, 3*took); return true })
		if err != nil && ctx.Err() == nil {
			r.opt.Logger.Warn("indexing of texts stopped; it goes on with the next one or a search", "err", err)
		}
	}
}

// pause waits, but no longer than until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// indexTexts indexes the texts that wait when it begins, in short transactions.
// After each it tells goOn how long that took, and ends if that says so. all is
// false if some may be left.
func (r *Repository) indexTexts(ctx context.Context, goOn func(took time.Duration) bool) (all bool, err error) {
	var last int64
	if err := r.view(ctx, func(t *tx) (err error) {
		last, err = meta.Int(t, `SELECT max(body) FROM unindexed`)
		return err
	}); err != nil || last == 0 {
		return err == nil, err
	}
	all = true
	for after := int64(0); after < last; {
		begun := r.opt.Now()
		next, left, err := r.indexStep(ctx, after, last)
		if err != nil {
			return false, err
		}
		after, all = next, all && !left
		if after < last && !goOn(r.opt.Now().Sub(begun)) {
			return false, nil
		}
	}
	return all, nil
}

// indexStep indexes the next texts behind a body, up to the body last. next is
// the last one that was looked at; left tells that some could not be read.
func (r *Repository) indexStep(ctx context.Context, after, last int64) (next int64, left bool, err error) {
	r.index.Lock()
	defer r.index.Unlock()
	texts, err := r.waitingTexts(ctx, after, last)
	if err != nil || len(texts) == 0 {
		return last, false, err
	}
	for i := range texts {
		if err := r.readText(ctx, &texts[i]); err != nil {
			r.opt.Logger.Warn("a text can't be indexed", "body", texts[i].body, "err", err)
			left = true
		}
	}
	return texts[len(texts)-1].body, left, r.update(ctx, func(t *tx) error { return t.indexSome(texts) })
}

// waiting is a body that is to be indexed.
type waiting struct {
	body   int64
	sha256 []byte // so that it is not taken for a later one with its id
	blob   blob.ID
	words  []byte
	state  waitingState
}

type waitingState uint8

const (
	unread waitingState = iota // and left to wait
	isText                     // words are to be indexed
	notText
)

// waitingTexts are the next bodies that wait, as many as are indexed in one
// transaction. The words of small ones are read.
func (r *Repository) waitingTexts(ctx context.Context, after, last int64) (texts []waiting, err error) {
	err = r.view(ctx, func(t *tx) error {
		texts = texts[:0]
		size := int64(0)
		for row, err := range t.Query(`SELECT u.body, b.blob, b.data, b.length, b.sha256 FROM unindexed u JOIN body b ON b.id = u.body
			WHERE u.body > $1 AND u.body <= $2 ORDER BY u.body LIMIT 100`, after, last) {
			if err != nil {
				return err
			}
			if size += min(row.Int(3), indexBytes); size > stepBytes && len(texts) > 0 {
				break
			}
			texts = append(texts, waiting{body: row.Int(0), blob: blob.ID(row.Text(1)), words: bytes.Clone(row.Bytes(2)), sha256: bytes.Clone(row.Bytes(4))})
		}
		return nil
	})
	return texts, err
}

// readText reads the words of a body. One that is gone has none.
func (r *Repository) readText(ctx context.Context, w *waiting) error {
	if w.blob != "" {
		f, err := r.blobs.Open(ctx, w.blob)
		if errors.Is(err, fs.ErrNotExist) {
			w.state = notText
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close()
		w.words, err = io.ReadAll(io.LimitReader(f, indexBytes))
		if err != nil {
			return err
		}
	}
	w.state = notText
	if looksLikeText(w.words) { // bodies from before there were searches were not asked
		w.state = isText
	}
	return nil
}

// indexSome indexes texts that still wait: those of bodies that are gone don't.
func (t *tx) indexSome(texts []waiting) error {
	for i := range texts {
		w := &texts[i]
		if w.state == unread {
			continue
		}
		n, err := t.Exec(`DELETE FROM unindexed WHERE body = $1 AND EXISTS (SELECT 1 FROM body b WHERE b.id = $1 AND b.sha256 = $2)`, w.body, w.sha256)
		if err != nil {
			return err
		}
		switch {
		case n == 0:
		case w.state == isText:
			err = t.exec(`INSERT INTO fulltext (rowid, words) VALUES ($1, {{WORDS OF}}$2))`, w.body, words(w.words))
		default:
			err = t.exec(`UPDATE body SET text = 0 WHERE id = $1`, w.body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// words is a text as the database takes it.
func words(b []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(b), " "), "\x00", " ")
}

// forgetText takes a body that is gone out of the index.
func (t *tx) forgetText(body int64) error {
	n, err := t.Exec(`DELETE FROM unindexed WHERE body = $1`, body)
	if err != nil || n > 0 {
		return err
	}
	return t.exec(`DELETE FROM fulltext WHERE rowid = $1`, body)
}

// phrase is a phrase as the database takes it: none of its characters is an
// operator of a query language.
func phrase(s string) string { return `"` + strings.ReplaceAll(s, `"`, " ") + `"` }

// indexForSearch indexes what waits, so that a search sees every text that was
// acknowledged before it. What can't be indexed now, for want of time or of room
// on the disk, is not found.
func (s *search) indexForSearch() error {
	all, err := s.indexTexts(s.ctx, func(took time.Duration) bool {
		s.spent += took
		return s.spent < s.opt.MaxSearchTime/2
	})
	s.lacking = !all
	if kind := dav.KindOf(err); err != nil && (kind == dav.NoSpace || kind == dav.Unavailable) && s.ctx.Err() == nil {
		s.opt.Logger.Warn("a search does without texts that could not be indexed", "err", err)
		return nil
	}
	return err
}
