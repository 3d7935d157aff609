package davserver

import (
	"time"

	"github.com/quiredav/quire/internal/davxml"
)

// Limits bound what one request may cost. A zero field means its default, which
// suits a machine with 1 GiB of memory.
type Limits struct {
	XMLBytes      int64 // of an XML request body; default 4 MiB
	XMLDepth      int   // of nested elements in it; default 128
	XMLProperties int   // named or changed by it; default 1,000

	PropertyBytes   int   // of one dead property; default 256 KiB
	Properties      int   // dead ones on one resource; default 1,000
	PropertiesBytes int   // of all dead properties on one resource; default 4 MiB
	Members         int   // that PROPFIND with Depth: infinity may yield; default 100,000; less than 0: such a PROPFIND is refused
	Hits            int   // that one SEARCH tells; default 100,000
	SearchTerms     int   // operators and sort keys of one SEARCH; default 500
	Body            int64 // bytes of a PUT; default: no bound

	LockTimeout    time.Duration // of a lock whose client has no wish; default 1 h
	MaxLockTimeout time.Duration // longest granted; default 24 h; less than 0: no bound, and Infinite is granted
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.XMLBytes, 4<<20)
	orDefault(&l.XMLDepth, 128)
	orDefault(&l.XMLProperties, 1000)
	orDefault(&l.PropertyBytes, 256<<10)
	orDefault(&l.Properties, 1000)
	orDefault(&l.PropertiesBytes, 4<<20)
	orDefault(&l.Members, 100_000)
	orDefault(&l.Hits, 100_000)
	orDefault(&l.SearchTerms, 500)
	orDefault(&l.LockTimeout, time.Hour)
	orDefault(&l.MaxLockTimeout, 24*time.Hour)
	return l
}

func orDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

// xml are the limits of reading a body. One property may be as long as the
// body there: PROPPATCH tells of one that is too long by its name.
func (l *Limits) xml() davxml.Limits {
	return davxml.Limits{Bytes: l.XMLBytes, Depth: l.XMLDepth, Properties: l.XMLProperties, PropertyBytes: int(l.XMLBytes),
		Terms: l.SearchTerms}
}

// lockTimeout is what a lock gets whose client wishes wish; 0 is infinite.
func (l *Limits) lockTimeout(wish time.Duration, sent bool) time.Duration {
	if !sent {
		wish = l.LockTimeout
	}
	if l.MaxLockTimeout > 0 && (wish == 0 || wish > l.MaxLockTimeout) {
		return l.MaxLockTimeout
	}
	return wish
}
