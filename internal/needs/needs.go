// Package needs finds the programs that a test needs beside Go. They stand in
// tools/programs.txt, from which make test installs them.
package needs

import (
	"os"
	"os/exec"
	"testing"
)

// Program is the path of the program called name. If there is none the test is
// skipped; it fails if QUIRE_REQUIRE_ALL is set, as it is in CI.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
	case os.Getenv("QUIRE_REQUIRE_ALL") != "":
		t.Fatalf("there is no %s here, and QUIRE_REQUIRE_ALL is set", name)
	default:
		t.Skipf("there is no %s here", name)
	}
	return path
}
