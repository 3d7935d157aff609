package repo

import (
	"slices"
	"strings"
)

// changes tells, in the order of their steps, what was changed and what was
// removed after a position.
//
// With level infinite the step of a URL is the highest of the bindings that it
// leads through, as whatever is mapped there anew makes all below it new. So the
// change of a binding is told at each URL whose other bindings are not newer,
// and then, with it, all below that is older.
//
// A removal is told where the bindings above it are older: what is mapped there
// since is told as a whole, and what is unmapped needs no telling. Where
// something is bound again after what had members was removed, a client must
// forget these first. One answer can't say of a URL both that it is gone and
// that it is there: it says the one, ends before the other, and has more.
func (s *syncing) changes(from position) error {
	changed, removed := newSyncStream(from, (*syncing).readChanged), newSyncStream(from, (*syncing).readRemoved)
	for {
		if err := s.fill(changed, removed); err != nil {
			return err
		}
		next := changed
		if len(changed.rows) == 0 || len(removed.rows) > 0 && removed.rows[0].changed < changed.rows[0].changed {
			next = removed // steps of the two are never the same
		}
		if len(next.rows) == 0 || next.rows[0].changed > s.bound {
			return nil
		}
		b := next.rows[0]
		next.rows = next.rows[1:]
		if err := s.tellAll(&b, from); err != nil {
			return err
		}
	}
}

// tellAll tells of b at all its URLs that follow a position.
func (s *syncing) tellAll(b *change, from position) error {
	resumed := from.phase == within && b.changed == from.step && b.key() == from.key()
	for i := range b.routes {
		way := &b.routes[i]
		if way.newest > b.changed {
			continue
		}
		var done []string
		if resumed {
			prefix, rest := from.split()
			if way.rel < prefix {
				continue
			}
			if way.rel == prefix {
				done = rest
			}
		}
		if err := s.tellAt(b, way, done); err != nil {
			return err
		}
	}
	return nil
}

// tellAt tells of b in the collection at the end of way, and what is new with
// it. done is the path from there to what was told last; nil: nothing was.
func (s *syncing) tellAt(b *change, way *route, done []string) error {
	rel := way.rel + "/" + b.segment
	p := s.under(rel)
	if !p.Nameable() {
		return nil
	}
	at := func(path string) position {
		return position{step: b.changed, phase: within, infinite: s.infinite, parent: b.parent, depth: len(way.ids), path: path}
	}
	if done == nil {
		if err := s.tell(b.told(p), at(rel)); err != nil {
			return err
		}
	}
	if b.removed {
		if b.bound > 0 {
			s.bound = min(s.bound, b.bound-1)
		}
		return nil
	}
	w := &syncWalk{syncing: s, upTo: b.changed - 1, at: at, on: slices.Clone(way.ids)}
	return w.below(b, rel, done[min(1, len(done)):])
}

// changeKey is what bindings are read by.
type changeKey struct {
	changed, parent int64
	name, segment   string
}

func (b *change) key() changeKey {
	return changeKey{b.changed, b.parent, b.name, spelled(b.name, b.segment)}
}

// key is that of the binding within whose change p is.
func (p position) key() changeKey {
	segment := p.segments()[p.depth-1]
	name := bindingName(segment)
	return changeKey{p.step, p.parent, name, spelled(name, segment)}
}

// split parts the path of p into that of the collection with the binding, and
// the rest.
func (p position) split() (rel string, rest []string) {
	all := p.segments()
	if p.depth > 1 {
		rel = "/" + strings.Join(all[:p.depth-1], "/")
	}
	return rel, all[p.depth-1:]
}
