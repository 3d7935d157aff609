package davxml

import (
	"errors"
	"math"
	"strconv"

	"github.com/quiredav/quire/dav"
)

// SyncCollection is a sync-collection body (RFC 6578 section 6.1).
type SyncCollection struct {
	Token string // "" for all there is
	Level SyncLevel
	Limit int // of members in the answer; -1: none stated
	Names []dav.Name

	missing string // a part that has to be there, and is not
	bad     string // what is wrong with a part
}

// SyncLevel is how deep a sync-collection goes (RFC 6578 section 6.3).
type SyncLevel uint8

const (
	NoSyncLevel  SyncLevel = iota // not stated: Depth stands in for it (RFC 6578 appendix A)
	SyncOne                       // the members
	SyncInfinite                  // all that lies below
)

func (d *document) syncCollection() (*SyncCollection, error) {
	s := &SyncCollection{Limit: -1}
	var names nameSet
	var token, prop bool
	err := d.children(func(name dav.Name) error {
		switch name {
		case dav.DAV("sync-token"):
			token = true
			s.Token = d.content()
		case dav.DAV("sync-level"):
			s.level(d.content())
		case dav.DAV("limit"):
			return d.children(func(name dav.Name) error {
				if name == dav.DAV("nresults") {
					s.limit(d.content())
				}
				return nil
			})
		case dav.DAV("prop"):
			prop = true
			return names.read(d)
		}
		return nil
	})
	s.Names = names.list
	switch {
	case !token:
		s.missing = "sync-token"
	case !prop:
		s.missing = "prop"
	}
	return s, err
}

func (s *SyncCollection) level(v string) {
	switch v {
	case "1":
		s.Level = SyncOne
	case "infinite", "infinity": // as earlier drafts had it
		s.Level = SyncInfinite
	default:
		s.bad = "sync-level is 1 or infinite, not " + quote(v)
	}
}

func (s *SyncCollection) limit(v string) {
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // more than there ever are is no limit
		s.bad = "nresults is a number, not " + quote(v)
		return
	}
	s.Limit = int(min(n, math.MaxInt32))
}

// judge tells what the document, which was read to its end, lacks.
func (s *SyncCollection) judge() error {
	switch {
	case s.bad != "":
		return invalid(s.bad)
	case s.missing != "":
		return invalid("sync-collection has no " + s.missing)
	}
	return nil
}

func appendSyncCollection(b []byte, s *SyncCollection) []byte {
	b = append(b, `<D:sync-collection xmlns:D="DAV:">`...)
	b = appendElement(b, "D:sync-token", s.Token)
	switch s.Level {
	case SyncOne:
		b = append(b, "<D:sync-level>1</D:sync-level>"...)
	case SyncInfinite:
		b = append(b, "<D:sync-level>infinite</D:sync-level>"...)
	}
	if s.Limit >= 0 {
		b = append(b, "<D:limit>"...)
		b = appendElement(b, "D:nresults", strconv.Itoa(s.Limit))
		b = append(b, "</D:limit>"...)
	}
	b = appendNames(b, "D:prop", s.Names)
	return append(b, "</D:sync-collection>"...)
}
