// Package needs finds the programs that a test needs beside Go. They stand in
// tools/programs.txt, from which make test installs them.
package needs

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// Program is the path of the program called name. If there is none the test is
// skipped; it fails if QUIRE_REQUIRE_ALL is set, as it is in CI.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		leaveOut(t, "there is no "+name+" here")
	}
	return path
}

// Mount skips, or fails, the test like Program unless it may mount file systems
// of FUSE: as root, with the capability to, and where there is /dev/fuse.
func Mount(t testing.TB) {
	t.Helper()
	if reason := cannotMount(); reason != "" {
		leaveOut(t, "can't mount: "+reason)
	}
}

func cannotMount() string {
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return err.Error()
	}
	f.Close()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err.Error()
	}
	_, caps, _ := strings.Cut(string(status), "CapEff:\t")
	caps, _, _ = strings.Cut(caps, "\n")
	const sysAdmin = 1 << 21
	if set, err := strconv.ParseUint(caps, 16, 64); err != nil || set&sysAdmin == 0 || os.Geteuid() != 0 {
		return "not root, or a root that may not"
	}
	return ""
}

func leaveOut(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("QUIRE_REQUIRE_ALL") != "" {
		t.Fatalf("%s, and QUIRE_REQUIRE_ALL is set", reason)
	} else {
		t.Skip(reason)
	}
}
