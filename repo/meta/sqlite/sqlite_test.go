package sqlite

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/quiredav/quire/repo/meta"
	"github.com/quiredav/quire/repo/meta/metatest"
)

func TestStore(t *testing.T) {
	metatest.Run(t, func(t *testing.T) func() meta.Store {
		path := filepath.Join(t.TempDir(), "quire.db")
		return func() meta.Store { return openStore(t, path) }
	})
}

// openStore is for stores that the test closes itself, perhaps.
func openStore(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, Options{BusyTimeout: time.Minute}) // however slow the machine
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}
