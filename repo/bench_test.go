package repo_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo"
)

// Listing 10,000 members, as PROPFIND with Depth: 1 does.
func BenchmarkList10k(b *testing.B) {
	r := open(b, repo.Options{})
	fill(b, r, "/c", 10_000)
	for _, c := range []struct {
		name string
		q    dav.Query
	}{
		{"plain", dav.Query{Depth: dav.Depth1}},
		{"allprop", dav.Query{Depth: dav.Depth1, Dead: dav.DeadAll, Locks: true}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range r.List(b.Context(), "/c", c.q) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != 10_001 {
					b.Fatal(n)
				}
			}
		})
	}
}

// Listing 10,000 members in 100 collections, as PROPFIND with Depth: infinity
// does. In the graph half of them are further bindings of the collections, told
// with 208: a response costs no more than in the tree.
func BenchmarkListDeep(b *testing.B) {
	const collections, members = 100, 100
	for _, linked := range []int{0, members / 2} {
		b.Run(fmt.Sprintf("bindings=%d", collections*linked), func(b *testing.B) {
			r := open(b, repo.Options{})
			at := func(i int) dav.Path { return dav.Path(fmt.Sprintf("/c/%03d", i)) }
			mkcol(b, r, "/c")
			for i := range collections {
				fill(b, r, at(i), members-linked)
			}
			for i := range collections {
				for j := range linked {
					bind(b, r, at(i), fmt.Sprintf("to %03d", j), at(min(i, j)))
				}
			}
			b.ReportAllocs()
			responses := 0
			for b.Loop() {
				responses = 0
				for _, err := range r.List(b.Context(), "/c", dav.Query{Depth: dav.DepthInfinity, Bind: true, Limit: 100_000}) {
					if err != nil {
						b.Fatal(err)
					}
					responses++
				}
			}
			if responses != 1+collections+collections*members {
				b.Fatal(responses)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*responses), "ns/response")
		})
	}
}

// Durable 4 KiB PUTs, from one and from sixteen writers.
func BenchmarkPut4k(b *testing.B) {
	content := bytes.Repeat([]byte("x"), 4096)
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			r := open(b, repo.Options{})
			b.SetParallelism((writers + 1) / 2)
			b.ReportAllocs()
			ids := make(chan int, 1)
			ids <- 0
			b.RunParallel(func(pb *testing.PB) {
				w := <-ids
				ids <- w + 1
				for i := 0; pb.Next(); i++ {
					p := dav.Path(fmt.Sprintf("/%d-%d", w, i))
					if _, _, err := r.Put(b.Context(), dav.PutRequest{Path: p, Body: bytes.NewReader(content), Length: 4096}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// MOVE and DELETE of a tree cost the same whatever its size.
func BenchmarkMoveTree(b *testing.B) {
	for _, members := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("members=%d", members), func(b *testing.B) {
			r := open(b, repo.Options{})
			fill(b, r, "/a", members)
			from, to := dav.Path("/a"), dav.Path("/b")
			for b.Loop() {
				if _, err := r.Move(b.Context(), dav.CopyRequest{From: from, To: to}, nil); err != nil {
					b.Fatal(err)
				}
				from, to = to, from
			}
		})
	}
}

// COPY costs rows, not bytes.
func BenchmarkCopyTree(b *testing.B) {
	r := open(b, repo.Options{})
	fill(b, r, "/a", 1000)
	for i := 0; b.Loop(); i++ {
		to := dav.Path(fmt.Sprintf("/copy%d", i))
		if _, err := r.Copy(b.Context(), dav.CopyRequest{From: "/a", To: to, Depth: dav.DepthInfinity}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// fill makes a collection with n files.
func fill(b testing.TB, r *repo.Repository, p dav.Path, n int) {
	b.Helper()
	mkcol(b, r, p)
	var writers sync.WaitGroup
	for w := range 16 {
		writers.Go(func() {
			for i := w; i < n; i += 16 {
				put(b, r, dav.Path(fmt.Sprintf("%s/member number %06d.txt", p, i)), "content")
			}
		})
	}
	writers.Wait()
}
