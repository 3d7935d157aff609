package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/pflag"

	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/repo"
)

// limits are the settings that protect the machine. The defaults suit one with
// 1 GiB of memory.
type limits struct {
	maxBody        size
	maxMembers     int
	maxLocks       int
	lockTimeout    time.Duration
	maxLockTimeout time.Duration

	maxProperties      int
	maxPropertyBytes   size
	maxPropertiesBytes size

	maxHits        int
	maxSearchTerms int
	maxSearched    int
	searchTimeout  time.Duration

	maxXML           size
	maxXMLDepth      int
	maxXMLProperties int

	memory         size
	maxHeader      size
	maxConnections int
	headerTimeout  time.Duration
	idleTimeout    time.Duration
	stallTimeout   time.Duration
	drainTimeout   time.Duration
}

func (l *limits) register(f *pflag.FlagSet) {
	bytes := func(v *size, name string, value size, usage string) {
		*v = value
		f.Var(v, name, usage)
	}
	bytes(&l.maxBody, "max-body", 0, "most bytes of one file; 0: no limit")
	f.IntVar(&l.maxMembers, "max-members", 100_000, "most members that PROPFIND with Depth: infinity lists; 0: it is refused")
	f.IntVar(&l.maxLocks, "max-locks", 20_000, "most locks of one principal")
	f.DurationVar(&l.lockTimeout, "lock-timeout", time.Hour, "timeout of a lock whose client wishes none")
	f.DurationVar(&l.maxLockTimeout, "max-lock-timeout", 24*time.Hour, "longest timeout of a lock; 0: no limit")

	f.IntVar(&l.maxProperties, "max-properties", 1000, "most dead properties of one resource")
	bytes(&l.maxPropertyBytes, "max-property-bytes", 256<<10, "most bytes of one dead property")
	bytes(&l.maxPropertiesBytes, "max-properties-bytes", 4<<20, "most bytes of all dead properties of one resource")

	f.IntVar(&l.maxHits, "max-hits", 100_000, "most resources that one SEARCH tells")
	f.IntVar(&l.maxSearchTerms, "max-search-terms", 500, "most operators and sort keys of one SEARCH")
	f.IntVar(&l.maxSearched, "max-searched", 1_000_000, "most resources that one SEARCH looks at")
	f.DurationVar(&l.searchTimeout, "search-timeout", 30*time.Second, "longest time that one SEARCH works")

	bytes(&l.maxXML, "max-xml", 4<<20, "most bytes of an XML request body")
	f.IntVar(&l.maxXMLDepth, "max-xml-depth", 128, "most nested elements in it")
	f.IntVar(&l.maxXMLProperties, "max-xml-properties", 1000, "most properties that it names or changes")

	bytes(&l.memory, "memory", 512<<20, "bytes of memory that the server tries to stay within; GOMEMLIMIT goes before it; 0: no limit")
	bytes(&l.maxHeader, "max-header", 48<<10, "most bytes of a request's header")
	f.IntVar(&l.maxConnections, "max-connections", 2000, "most connections at one time")
	f.DurationVar(&l.headerTimeout, "header-timeout", 30*time.Second, "longest time for a request's header to arrive")
	f.DurationVar(&l.idleTimeout, "idle-timeout", 5*time.Minute, "longest time that a connection may wait for its next request")
	f.DurationVar(&l.stallTimeout, "stall-timeout", 2*time.Minute, "longest time that a transfer may stand still")
	f.DurationVar(&l.drainTimeout, "drain-timeout", 5*time.Second, "longest time that requests may take to end when the server stops")
}

func (l *limits) check() error {
	for _, d := range []struct {
		name  string
		value int64
	}{
		{"lock-timeout", int64(l.lockTimeout)}, {"header-timeout", int64(l.headerTimeout)},
		{"idle-timeout", int64(l.idleTimeout)}, {"stall-timeout", int64(l.stallTimeout)},
		{"drain-timeout", int64(l.drainTimeout)}, {"max-connections", int64(l.maxConnections)},
		{"max-locks", int64(l.maxLocks)}, {"max-properties", int64(l.maxProperties)},
		{"max-property-bytes", int64(l.maxPropertyBytes)}, {"max-properties-bytes", int64(l.maxPropertiesBytes)},
		{"max-xml", int64(l.maxXML)}, {"max-xml-depth", int64(l.maxXMLDepth)},
		{"max-xml-properties", int64(l.maxXMLProperties)},
		{"max-hits", int64(l.maxHits)}, {"max-search-terms", int64(l.maxSearchTerms)},
		{"max-searched", int64(l.maxSearched)}, {"search-timeout", int64(l.searchTimeout)},
	} {
		if d.value <= 0 {
			return fmt.Errorf("%s must be more than 0", d.name)
		}
	}
	switch {
	case l.maxHeader < 4<<10 || l.maxHeader > 1<<20:
		return errors.New("max-header must be between 4KiB and 1MiB")
	case l.maxMembers < 0:
		return errors.New("max-members must be 0 or more")
	case l.maxLockTimeout < 0:
		return errors.New("max-lock-timeout must be 0 or more")
	}
	return nil
}

// apply bounds the memory of the process. Without a bound the collector lets
// garbage grow to the size of what is in use, and two thousand slow clients of
// long listings take twice what they need.
func (l *limits) apply() {
	if l.memory > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(l.memory))
	}
}

// dav are the limits that the handler keeps. It has its own word for what is 0
// here.
func (l *limits) dav() davserver.Limits {
	d := davserver.Limits{
		XMLBytes:        int64(l.maxXML),
		XMLDepth:        l.maxXMLDepth,
		XMLProperties:   l.maxXMLProperties,
		PropertyBytes:   int(l.maxPropertyBytes),
		Properties:      l.maxProperties,
		PropertiesBytes: int(l.maxPropertiesBytes),
		Members:         l.maxMembers,
		Hits:            l.maxHits,
		SearchTerms:     l.maxSearchTerms,
		Body:            int64(l.maxBody),
		LockTimeout:     l.lockTimeout,
		MaxLockTimeout:  l.maxLockTimeout,
	}
	if d.Members == 0 {
		d.Members = -1
	}
	if d.MaxLockTimeout == 0 {
		d.MaxLockTimeout = -1
	}
	return d
}

// repository are the limits that the repository keeps.
func (l *limits) repository(log *slog.Logger) repo.Options {
	return repo.Options{
		Logger:           log,
		MaxProperties:    l.maxProperties,
		MaxPropertyBytes: int(l.maxPropertiesBytes),
		MaxLocks:         l.maxLocks,
		MaxExamined:      l.maxSearched,
		MaxSearchTime:    l.searchTimeout,
	}
}
