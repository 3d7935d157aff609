package repo

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
)

// syncToken says how much of a collection a client knows. It is a URI:
//
//	urn:quire:sync:<history>:<collection>:<seen>[:<position>]
//
// seen is the step of the newest snapshot that an answer was read from, in the
// latest history at that time. What changed between the position and seen may
// have been left out of the answer, so the token is good where all of seen is
// known, and not where a backup ends before. Without a position, that is seen.
type syncToken struct {
	history    string
	collection uuid.UUID
	seen       int64
	at         position
}

const syncTokenPrefix = "urn:quire:sync:"

// position is how far a client has come in the changes of a collection. All up
// to step has been told, save for what is being told:
//
//	whole    nothing
//	walking  what is there and has not changed after step, in the order of a
//	         walk from member to member, up to path
//	within   what follows, of all that changed at step, after the change of the
//	         binding in parent that the first depth segments of path lead
//	         through, and in it after path
//
// The segments of path have a slash before each.
type position struct {
	step     int64
	phase    phase
	infinite bool
	parent   int64
	depth    int
	path     string
}

type phase byte

const (
	whole   phase = 0
	walking phase = 'w'
	within  phase = 'c'
)

func (k syncToken) String() string {
	b := make([]byte, 0, 128)
	b = append(b, syncTokenPrefix...)
	b = append(b, k.history...)
	b = append(b, ':')
	b = base64.RawURLEncoding.AppendEncode(b, k.collection[:])
	b = append(b, ':')
	b = strconv.AppendInt(b, k.seen, 10)
	if k.at != (position{step: k.seen}) {
		b = k.at.append(append(b, ':'))
	}
	return string(b)
}

func (p position) append(b []byte) []byte {
	b = strconv.AppendInt(b, p.step, 10)
	if p.phase == whole {
		return b
	}
	b = append(b, ':', byte(p.phase), levelMark(p.infinite), ':')
	if p.phase == within {
		b = strconv.AppendInt(b, p.parent, 10)
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(p.depth), 10)
		b = append(b, ':')
	}
	return base64.RawURLEncoding.AppendEncode(b, []byte(p.path))
}

func levelMark(infinite bool) byte {
	if infinite {
		return 'i'
	}
	return '1'
}

// parseSyncToken reads what String wrote, and nothing else.
func parseSyncToken(s string) (k syncToken, ok bool) {
	rest, ok := strings.CutPrefix(s, syncTokenPrefix)
	if !ok || len(s) > 2*dav.MaxPath {
		return k, false
	}
	f := strings.Split(rest, ":")
	if len(f) < 3 {
		return k, false
	}
	k.history = f[0]
	uid, err := base64.RawURLEncoding.DecodeString(f[1])
	if err != nil || copy(k.collection[:], uid) != len(k.collection) {
		return k, false
	}
	k.seen = number(f[2])
	k.at = position{step: k.seen}
	if len(f) > 3 {
		k.at = parsePosition(f[3:])
	}
	return k, k.at.valid() && k.at.step <= k.seen && k.String() == s
}

func parsePosition(f []string) (p position) {
	p.step = number(f[0])
	if len(f) == 1 {
		return p
	}
	if len(f[1]) == 2 {
		p.phase, p.infinite = phase(f[1][0]), f[1][1] == 'i'
	}
	if p.phase == within && len(f) > 3 {
		p.parent, p.depth = number(f[2]), int(number(f[3]))
	}
	path, _ := base64.RawURLEncoding.DecodeString(f[len(f)-1])
	p.path = string(path)
	return p
}

// number reads a number; what is none is 0, which no token holds.
func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

// valid tells whether p can be a position at all.
func (p position) valid() bool {
	switch p.phase {
	case whole:
		return p.step > 0 && p == position{step: p.step}
	case walking, within:
	default:
		return false
	}
	segments := p.segments()
	for _, s := range segments {
		if dav.CheckSegment(s) != nil {
			return false
		}
	}
	if p.phase == walking {
		return p.step > 0 && p == position{step: p.step, phase: walking, infinite: p.infinite, path: p.path}
	}
	return p.step > 0 && p.parent > 0 && 0 < p.depth && p.depth <= len(segments)
}

func (p position) segments() []string {
	if p.path == "" {
		return nil
	}
	return strings.Split(strings.TrimPrefix(p.path, "/"), "/")
}

// on is the position for a report of either level. A walk goes on with either;
// of what changed at one step the levels tell in different orders.
func (p position) on(infinite bool) position {
	switch {
	case p.phase == within && p.infinite != infinite:
		return position{step: p.step - 1}
	case p.phase == walking:
		p.infinite = infinite
	}
	return p
}

// told is the step up to which all has been told.
func (p position) told() int64 {
	if p.phase == within {
		return p.step - 1
	}
	return p.step
}

// admitToken reads a token that was given out for the collection c.
func (t *tx) admitToken(token string, c *resource) (position, error) {
	k, ok := parseSyncToken(token)
	if !ok || k.collection != c.uid {
		return position{}, invalidToken("this is not a sync token of this collection")
	}
	last, err := t.lastStep(k.history)
	if err != nil {
		return position{}, err
	}
	if k.seen > last {
		return position{}, invalidToken("the sync token is from a past that this repository does not share; synchronize anew, without a token")
	}
	now, err := t.standing()
	if err == nil {
		err = now.remembers(k.at.told())
	}
	return k.at, err
}

// remembers tells whether it is still known what was removed after a step.
func (s standing) remembers(step int64) error {
	if step < s.forgotten {
		return invalidToken("the sync token is too old; synchronize anew, without a token")
	}
	return nil
}

func invalidToken(why string) error {
	return &dav.Error{Kind: dav.Forbidden, Condition: dav.Condition{Name: dav.ValidSyncToken}, Message: why}
}

// tokenOf is the sync token of a collection of which a client knows all.
func (s standing) tokenOf(c *resource) string {
	return syncToken{s.history, c.uid, s.step, position{step: s.step}}.String()
}
