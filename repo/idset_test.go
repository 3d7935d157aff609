package repo

import (
	"math/rand/v2"
	"testing"
)

func TestIDSet(t *testing.T) {
	whole, want := idSet{}, map[int64]bool{}
	for range 20 {
		part := idSet{}
		for range 50 {
			id := rand.Int64N(2000)
			part.add(id)
			want[id] = true
		}
		whole.addAll(part)
	}
	for id := range int64(2100) {
		if whole.has(id) != want[id] {
			t.Errorf("%d: %t", id, whole.has(id))
		}
	}
}
