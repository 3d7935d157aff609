package main

import (
	"runtime/debug"
	"testing"
)

// SC-05: memory is bounded unless the operator says otherwise.
func TestMemoryLimit(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	for _, c := range []struct {
		env    string
		memory size
		want   int64
	}{{"", 64 << 20, 64 << 20}, {"", 0, before}, {"1GiB", 64 << 20, before}} {
		t.Setenv("GOMEMLIMIT", c.env)
		debug.SetMemoryLimit(before)
		l := limits{memory: c.memory}
		l.apply()
		if got := debug.SetMemoryLimit(-1); got != c.want {
			t.Errorf("GOMEMLIMIT %q, memory %d: %d, want %d", c.env, c.memory, got, c.want)
		}
	}
}
