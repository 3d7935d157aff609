package blobtest

import (
	"io"
	"runtime"
	"testing"

	"github.com/quiredav/quire/repo/blob"
)

// Benchmark measures durable writes, one by one and from 16 writers at a time,
// and reads.
func Benchmark(b *testing.B, open Open) {
	for _, size := range []struct {
		name  string
		bytes int
	}{{"4KiB", 4 << 10}, {"1MiB", 1 << 20}, {"64MiB", 64 << 20}} {
		content := body(size.bytes, 1)
		b.Run("Put/"+size.name, func(b *testing.B) {
			store := open(b, b.TempDir())
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				benchPut(b, store, content)
			}
		})
		if size.bytes <= 1<<20 {
			b.Run("PutParallel16/"+size.name, func(b *testing.B) {
				store := open(b, b.TempDir())
				b.SetBytes(int64(len(content)))
				b.SetParallelism(max(1, 16/runtime.GOMAXPROCS(0)))
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						benchPut(b, store, content)
					}
				})
			})
		}
		b.Run("Get/"+size.name, func(b *testing.B) {
			store := open(b, b.TempDir())
			id, err := put(b.Context(), store, content)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(content)))
			buf := make([]byte, 1<<20)
			for b.Loop() {
				r, err := store.Open(b.Context(), id)
				if err != nil {
					b.Fatal(err)
				}
				n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, buf)
				if err != nil || n != int64(len(content)) {
					b.Fatal(n, err)
				}
				r.Close()
			}
		})
	}
}

// benchPut stores content and deletes it again, so that a long run doesn't
// fill the disk.
func benchPut(b *testing.B, store blob.Store, content []byte) {
	id, err := put(b.Context(), store, content)
	if err == nil {
		err = store.Delete(b.Context(), id)
	}
	if err != nil {
		b.Error(err)
	}
}
