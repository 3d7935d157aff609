package repo_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

// A million resources, a thousand in a collection, every one with the property
// kind, one of a thousand; a hundred texts.
func million(b *testing.B) *repo.Repository {
	r := open(b, repo.Options{MaxExamined: 5_000_000, MaxSearchTime: time.Hour})
	mkcol(b, r, "/t")
	mkcol(b, r, "/t/c")
	for i := range 1000 {
		p := dav.Path(fmt.Sprintf("/t/c/member %03d.bin", i))
		put(b, r, p, "\x00")
		setTo(b, r, p, "kind", fmt.Sprintf("%03d", i))
	}
	copies := func(from, to dav.Path, n int) {
		for i := range n {
			p := dav.Path(fmt.Sprintf("%s%d", to, i))
			if _, err := r.Copy(b.Context(), dav.CopyRequest{From: from, To: p, Depth: dav.DepthInfinity}, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	copies("/t/c", "/t/c", 24)
	copies("/t", "/t", 39)
	for i := range 100 {
		put(b, r, dav.Path(fmt.Sprintf("/t%d/text %d", i%39, i)), fmt.Sprintf("the quick brown fox %d", i))
	}
	for i := range 10 {
		setTo(b, r, dav.Path(fmt.Sprintf("/t%d/c%d/member 007.bin", i, i)), "tag", "rare")
	}
	return r
}

// Durable PUTs of 4 KiB of text, from one and from sixteen writers, for comparison
// with those of what is no text: words are indexed beside them.
func BenchmarkPutText4k(b *testing.B) {
	var text strings.Builder
	for i := 0; text.Len() < 4096; i++ {
		fmt.Fprintf(&text, "word%d ", i*i%977)
	}
	content := text.String()
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			r := open(b, repo.Options{})
			b.SetParallelism((writers + 1) / 2)
			var files atomic.Int64
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					put(b, r, dav.Path(fmt.Sprint("/", files.Add(1))), content)
				}
			})
		})
	}
}

// The first hit among a million resources comes within milliseconds where an
// index knows it, and hits take next to no memory once they are told.
func BenchmarkSearchMillion(b *testing.B) {
	r := million(b)
	equal := func(name, value string) *dav.Where { return term(dav.Equal, name, value) }
	for _, c := range []struct {
		name string
		q    dav.SearchRequest
		hits int
	}{
		{"eq/10", dav.SearchRequest{Where: equal("tag", "rare"), Limit: -1}, 10},
		{"eq/1000", dav.SearchRequest{Where: equal("kind", "007"), Limit: -1}, 1000},
		{"range/500000", dav.SearchRequest{Where: term(dav.Less, "kind", "500"), Limit: -1}, 500_000},
		{"and/10", dav.SearchRequest{Where: terms(dav.And, term(dav.Like, "kind", "00%"), equal("tag", "rare")), Limit: -1}, 10},
		{"contains/100", dav.SearchRequest{Where: &dav.Where{Op: dav.Contains, Text: "quick brown"}, Limit: -1}, 100},
		{"in a small scope", dav.SearchRequest{Scope: "/t3/c4", Depth: dav.DepthInfinity, Where: term(dav.Less, "kind", "500"), Limit: -1}, 500},
		{"walk", dav.SearchRequest{Where: term(dav.Greater, "getcontentlength", "1"), Limit: -1}, 100},
		{"sorted/10 of 500000", dav.SearchRequest{Where: term(dav.Less, "kind", "500"), Limit: 10, Order: []dav.SearchOrder{{Name: dav.Name{Space: "u", Local: "kind"}, Descending: true}}}, 10},
	} {
		b.Run(c.name, func(b *testing.B) {
			var firsts []time.Duration
			var peak uint64
			for b.Loop() {
				begun := time.Now()
				n := 0
				for _, err := range r.Search(b.Context(), request(b, c.q), func() {}) {
					if err != nil {
						b.Fatal(err)
					}
					if n++; n == 1 {
						firsts = append(firsts, time.Since(begun))
					}
					if n%100_000 == 0 {
						var m runtime.MemStats
						runtime.GC()
						runtime.ReadMemStats(&m)
						peak = max(peak, m.HeapAlloc)
					}
				}
				if n != c.hits {
					b.Fatalf("%d hits, want %d", n, c.hits)
				}
			}
			slices.Sort(firsts)
			b.ReportMetric(float64(firsts[len(firsts)/2].Microseconds())/1000, "ms-to-first")
			if peak > 0 {
				b.ReportMetric(float64(peak>>20), "MiB")
			}
		})
	}
}
