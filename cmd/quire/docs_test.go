package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/spf13/pflag"
)

// TestDocumented holds docs/serve.md to the flags that there are, and to their
// defaults.
func TestDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/serve.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := make(map[string]string)
	for _, m := range regexp.MustCompile("(?m)^\\| `--([a-z-]+)` \\| `?([^`|]*?)`? \\|").FindAllStringSubmatch(string(b), -1) {
		documented[m[1]] = m[2]
	}
	newServe().Flags().VisitAll(func(f *pflag.Flag) {
		got, ok := documented[f.Name]
		want := map[string]string{"": "none", "[]": "none"}[f.DefValue]
		switch {
		case f.Name == "trusted-proxy":
			want = "loopback"
		case want == "":
			want = f.DefValue
		}
		if !ok || got != want {
			t.Errorf("--%s is documented with the default %q, want %q", f.Name, got, want)
		}
		delete(documented, f.Name)
	})
	for name := range documented {
		t.Errorf("--%s is documented, and there is no such flag", name)
	}
}
