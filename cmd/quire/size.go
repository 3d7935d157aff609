package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// size is a flag for a number of bytes, such as 500, 64KiB, 10GiB or, in short,
// 10G.
type size int64

var units = []struct {
	suffix string
	bytes  int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}

func (s *size) String() string {
	n, suffix := int64(*s), ""
	for _, u := range units {
		if n := int64(*s); n != 0 && n%u.bytes == 0 {
			suffix = u.suffix
		}
	}
	for _, u := range units {
		if u.suffix == suffix {
			n /= u.bytes
		}
	}
	return strconv.FormatInt(n, 10) + suffix
}

func (s *size) Set(text string) error {
	number, factor := text, int64(1)
	for _, u := range units {
		for _, suffix := range []string{u.suffix, u.suffix[:1]} {
			if n, ok := strings.CutSuffix(text, suffix); ok {
				number, factor = n, u.bytes
			}
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return fmt.Errorf("%q is not a size such as 500, 64KiB or 10GiB", text)
	}
	*s = size(n * factor)
	return nil
}

func (s *size) Type() string { return "size" }
