package needs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// Only "gcc" is needed by something else than a test.
func TestListIsTrue(t *testing.T) {
	list, err := os.ReadFile(filepath.Join(root, "tools", "programs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] != "#" {
			listed[fields[1]] = true
		}
	}
	delete(listed, "gcc")
	needed := called(t)
	if len(needed) == 0 {
		t.Fatal("no test needs a program: the pattern finds nothing any more")
	}
	for name, file := range needed {
		if !listed[name] {
			t.Errorf("%s needs %s, which is not in tools/programs.txt", file, name)
		}
	}
	for name := range listed {
		if needed[name] == "" {
			t.Errorf("tools/programs.txt lists %s, which no test needs", name)
		}
	}
}

// called is every program that a test of ours asks Program for, with a file
// that does.
func called(t *testing.T) map[string]string {
	pattern := regexp.MustCompile(`needs\.Program\([\w.]+, "([^"]+)"\)`)
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		for _, m := range pattern.FindAllSubmatch(src, -1) {
			found[string(m[1])] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// spy notes how a test would have ended.
type spy struct {
	testing.TB
	ended string
}

func (s *spy) Helper()               {}
func (s *spy) Skip(...any)           { s.ended = "skipped" }
func (s *spy) Fatalf(string, ...any) { s.ended = "failed" }

func TestProgram(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	for _, c := range []struct{ name, all, ended, path string }{
		{"there", "", "", there},
		{"there", "1", "", there},
		{"missing", "", "skipped", ""},
		{"missing", "1", "failed", ""},
	} {
		t.Setenv("QUIRE_REQUIRE_ALL", c.all)
		s := &spy{TB: t}
		if path := Program(s, c.name); path != c.path || s.ended != c.ended {
			t.Errorf("%s, QUIRE_REQUIRE_ALL=%s: %q, %q; want %q, %q", c.name, c.all, path, s.ended, c.path, c.ended)
		}
	}
}
