package repo_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

// Searches beside writers fail in nothing, find nothing twice, and find each text
// and each value that was acknowledged before they began.
func TestSearchBesideWriters(t *testing.T) {
	r := open(t, repo.Options{InlineMax: 64})
	fill(t, r, "/c", 300)
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 40 {
				p := dav.Path(fmt.Sprintf("/c/new %d %d", w, i%10))
				word := fmt.Sprintf("word%dx%d", w, i)
				put(t, r, p, word+" and a text that is too long for the database"+fmt.Sprint(make([]int, i)))
				setTo(t, r, p, "k", word)
				for _, where := range []*dav.Where{contains(word), term(dav.Equal, "k", word)} {
					got, shortened := find(t, r, dav.SearchRequest{Where: where, Limit: -1})
					if len(got) != 1 || got[0] != string(p) || shortened {
						t.Errorf("%s is at %q, shortened %t", p, got, shortened)
					}
				}
				if i%7 == 0 {
					remove(t, r, p)
				}
			}
		})
	}
	done := make(chan bool)
	var searching sync.WaitGroup
	for _, where := range []*dav.Where{nil, term(dav.IsDefined, "k", ""), contains("text")} {
		searching.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got, _ := find(t, r, dav.SearchRequest{Where: where, Limit: -1})
				seen := map[string]bool{}
				for _, p := range got {
					if seen[p] {
						t.Errorf("%s is found twice", p)
					}
					seen[p] = true
				}
			}
		})
	}
	writers.Wait()
	close(done)
	searching.Wait()
}
