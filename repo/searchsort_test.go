package repo

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quiredav/quire/dav"
)

// A ranking takes no more memory than it may, and what it keeps is the best.
func TestRankingMemory(t *testing.T) {
	pad := strings.Repeat("x", 1<<20)
	r := ranking{limit: -1}
	for _, i := range rand.Perm(100) {
		r.add([]hit{{path: dav.Path([]byte{'/', byte(i)}) + dav.Path(pad)}})
		if len(r.hits) > sortBytes>>20 {
			t.Fatalf("%d hits of 1 MiB", len(r.hits))
		}
	}
	r.keepBest()
	if !r.cut || len(r.hits) == 0 {
		t.Fatalf("%d hits kept, cut %t", len(r.hits), r.cut)
	}
	for i, h := range r.hits {
		if int(h.path[1]) != i {
			t.Errorf("the hit %d is in the place %d", h.path[1], i)
		}
	}
}

func TestRankingLimit(t *testing.T) {
	r := ranking{limit: 3}
	for _, i := range rand.Perm(5000) {
		r.add([]hit{{path: dav.Path([]rune{'/', rune(0x400 + i)})}})
		if len(r.hits) > 1100 {
			t.Fatalf("%d hits", len(r.hits))
		}
	}
	r.keepBest()
	if !r.cut || len(r.hits) != 3 || r.hits[2].path != "/\u0402" {
		t.Errorf("%d hits, cut %t", len(r.hits), r.cut)
	}
}
