package repo_test

import (
	"fmt"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

// What 100 changes cost does not depend on how many members there are.
func BenchmarkSync100(b *testing.B) {
	for _, members := range []int{1_000, 100_000} {
		r := open(b, repo.Options{})
		fill(b, r, "/c", members)
		token := stateOf(b, r, "/c").SyncToken
		for i := range 100 {
			put(b, r, dav.Path(fmt.Sprintf("/c/member number %06d.txt", i*9)), "changed")
		}
		for _, infinite := range []bool{false, true} {
			b.Run(fmt.Sprintf("members=%d/infinite=%v", members, infinite), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					syncAll(b, r, dav.SyncRequest{Path: "/c", Token: token, Infinite: infinite}, 100)
				}
			})
		}
	}
}

// A first synchronization of 10,000 members, in one collection and in many.
func BenchmarkSyncInitial(b *testing.B) {
	r := open(b, repo.Options{})
	fill(b, r, "/flat", 10_000)
	mkcol(b, r, "/deep")
	fill(b, r, "/deep/0", 9)
	for i := 1; i < 1000; i++ {
		q := dav.CopyRequest{From: "/deep/0", To: dav.Path(fmt.Sprintf("/deep/%d", i)), Depth: dav.DepthInfinity}
		if _, err := r.Copy(b.Context(), q, nil); err != nil {
			b.Fatal(err)
		}
	}
	for _, p := range []dav.Path{"/flat", "/deep"} {
		b.Run(p.Name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				syncAll(b, r, dav.SyncRequest{Path: p, Infinite: true}, 10_000)
			}
		})
	}
}

// 100 changes among 100,000 elsewhere.
func BenchmarkSyncElsewhere(b *testing.B) {
	r := open(b, repo.Options{})
	fill(b, r, "/c", 1000)
	fill(b, r, "/other", 1000)
	token := stateOf(b, r, "/c").SyncToken
	for i := range 100 {
		put(b, r, dav.Path(fmt.Sprintf("/c/member number %06d.txt", i*9)), "changed")
		if _, err := r.Copy(b.Context(), dav.CopyRequest{From: "/other", To: dav.Path(fmt.Sprintf("/other%d", i)), Depth: dav.DepthInfinity}, nil); err != nil {
			b.Fatal(err)
		}
	}
	for _, infinite := range []bool{false, true} {
		b.Run(fmt.Sprintf("infinite=%v", infinite), func(b *testing.B) {
			for b.Loop() {
				syncAll(b, r, dav.SyncRequest{Path: "/c", Token: token, Infinite: infinite}, 100)
			}
		})
	}
}

func syncAll(b *testing.B, r *repo.Repository, q dav.SyncRequest, want int) {
	n := 0
	_, more, err := r.Sync(b.Context(), q, func(*dav.Change) error { n++; return nil })
	if err != nil || more || n != want {
		b.Fatal(n, more, err)
	}
}
