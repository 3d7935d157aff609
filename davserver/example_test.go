package davserver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/repo"
	"github.com/quiredav/quire/repo/blob/fileblob"
	"github.com/quiredav/quire/repo/meta/sqlite"
)

// A program that serves a repository in a directory.
func Example() {
	dir, err := os.MkdirTemp("", "quire")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()

	m, err := sqlite.Open(ctx, filepath.Join(dir, "meta.db"), sqlite.Options{})
	if err != nil {
		panic(err)
	}
	defer m.Close()
	b, err := fileblob.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		panic(err)
	}
	backend, err := repo.Open(ctx, m, b, repo.Options{})
	if err != nil {
		panic(err)
	}
	defer backend.Close()

	// http.ListenAndServe in a real program.
	server := httptest.NewServer(davserver.New(backend, davserver.Options{}))
	defer server.Close()

	for _, method := range []string{"PUT", "PUT", "PROPFIND"} {
		req, err := http.NewRequest(method, server.URL+"/hello.txt", nil)
		if method == "PUT" {
			req, err = http.NewRequest(method, server.URL+"/hello.txt", strings.NewReader("hello"))
		}
		if err != nil {
			panic(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			panic(err)
		}
		res.Body.Close()
		fmt.Println(method, res.Status)
	}
	// Output:
	// PUT 201 Created
	// PUT 204 No Content
	// PROPFIND 207 Multi-Status
}
