package acceptance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strings"
)

// owner is a client to whom a part of the share belongs: what it knows of that
// part, nobody else changes.
type owner struct {
	name string
	rng  *rand.Rand
	now  tree
	next *tree // what it becomes if the step that was not answered was carried out
	done map[string]int
}

// sharedCollection is where every owner has some members.
const sharedCollection = "shared"

func newOwner(i int, seed uint64) *owner {
	name := fmt.Sprintf("k%d", i)
	o := &owner{name: name, rng: rand.New(rand.NewPCG(seed, uint64(i))), now: newTree(), done: map[string]int{}}
	o.now.make(name, node{collection: true})
	return o
}

// owns tells whether p belongs to the owner.
func (o *owner) owns(p string) bool {
	return inside(p, o.name) || strings.HasPrefix(p, sharedCollection+"/"+o.name+"-")
}

// text is a body of n bytes that no other body is like.
func (o *owner) text(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyz012345"
	b := make([]byte, n)
	for i := 0; i < n; {
		for r, k := o.rng.Uint64(), 0; k < 12 && i < n; i, k = i+1, k+1 {
			b[i], r = letters[r%32], r>>5
		}
	}
	return string(b)
}

// body is small enough to be stored inline, or big enough for a blob.
func (o *owner) body() string {
	if o.rng.IntN(2) == 0 {
		return o.text(o.rng.IntN(4 << 10))
	}
	return o.text(16<<10 + o.rng.IntN(150<<10))
}

// pick is a random resource of those that are wanted; "" if there is none.
func (o *owner) pick(want func(string, node) bool) string {
	var all []string
	for _, p := range o.now.at("") {
		if n := o.now.nodes[p]; p != o.name && !n.again && want(p, n) {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return all[o.rng.IntN(len(all))]
}

func anyNode(string, node) bool      { return true }
func isFile(_ string, n node) bool   { return !n.collection }
func isFolder(_ string, n node) bool { return n.collection }

// place is a URL whose parent exists; there may be something at it.
func (o *owner) place() string {
	name := fmt.Sprintf("n%d", o.rng.IntN(5))
	if o.rng.IntN(4) == 0 {
		return sharedCollection + "/" + o.name + "-" + name
	}
	in := o.name
	if folder := o.pick(isFolder); folder != "" && strings.Count(folder, "/") < 3 && o.rng.IntN(2) == 0 {
		in = folder
	}
	return in + "/" + name
}

// freePlace is a URL at which there is nothing; "" if none was found.
func (o *owner) freePlace() string {
	for range 10 {
		if p := o.place(); !o.has(p) {
			return p
		}
	}
	return ""
}

func (o *owner) has(p string) bool { _, found := o.now.nodes[p]; return found }

// kinds are the steps of the load, by weight. A kind that can't be done now
// gives no path.
var kinds = []struct {
	name   string
	weight int
	make   func(*owner) (s step, ok bool)
}{
	{"put", 24, (*owner).newPut},
	{"stream", 8, func(o *owner) (step, bool) { s, ok := o.newPut(); s.stream = true; return s, ok }},
	{"cut", 4, (*owner).newCut},
	{"refused", 3, (*owner).newRefused},
	{"mkcol", 8, (*owner).newMkcol},
	{"copy", 10, (*owner).newCopy},
	{"move", 14, (*owner).newMove},
	{"delete", 10, (*owner).newDelete},
	{"proppatch", 12, (*owner).newProppatch},
	{"lock", 8, (*owner).newLock},
	{"unlock", 6, (*owner).newUnlock},
	{"bind", 8, (*owner).newBind},
	{"loop", 3, (*owner).newLoop},
	{"rebind", 6, (*owner).newRebind},
	{"unbind", 5, (*owner).newUnbind},
	{"orderpatch", 5, (*owner).newOrderpatch},
}

// choose makes the next step.
func (o *owner) choose() (kind string, s step) {
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	for {
		n := o.rng.IntN(total)
		for _, k := range kinds {
			if n -= k.weight; n < 0 {
				if s, ok := k.make(o); ok {
					return k.name, s
				}
				break
			}
		}
	}
}

func (o *owner) newPut() (step, bool) {
	p := o.place()
	if o.now.nodes[p].collection {
		return step{}, false
	}
	return o.now.put(p, o.body()), true
}

func (o *owner) newCut() (step, bool) {
	s, ok := o.newPut()
	if !ok || len(s.body) < 2 {
		return s, false
	}
	s.cut, s.stream, s.after = true, o.rng.IntN(2) == 0, o.now
	return s, true
}

func (o *owner) newRefused() (step, bool) {
	p := o.pick(isFile)
	return o.now.putRefused(p, o.body()), p != ""
}

func (o *owner) newMkcol() (step, bool) {
	p := o.freePlace()
	return o.now.mkcol(p), p != ""
}

// ends are a source and a destination, which neither holds the other.
func (o *owner) ends() (from, to string, ok bool) {
	from, to = o.pick(anyNode), o.place()
	if from == "" || inside(from, to) || inside(to, from) || len(o.now.at(from)) > 6 || o.now.nodes[from].id == o.now.nodes[to].id {
		return "", "", false
	}
	return from, to, true
}

func (o *owner) newCopy() (step, bool) {
	from, to, ok := o.ends()
	if !ok || len(o.now.nodes) > 25 {
		return step{}, false
	}
	return o.now.copy(from, to), true
}

func (o *owner) newMove() (step, bool) {
	from, to, ok := o.ends()
	if !ok || o.now.clashes(from, to, true) {
		return step{}, false
	}
	return o.now.move(from, to), true
}

func (o *owner) newRebind() (step, bool) {
	from, to, ok := o.ends()
	if !ok || o.now.clashes(from, to, true) {
		return step{}, false
	}
	return o.now.rebind(from, to), true
}

// newBind gives a file another path.
func (o *owner) newBind() (step, bool) {
	from, to := o.pick(isFile), o.place()
	if from == "" || inside(from, to) || o.now.nodes[from].id == o.now.nodes[to].id || o.now.clashes(from, to, false) {
		return step{}, false
	}
	return o.now.bind(from, to), true
}

// newLoop binds a collection into itself.
func (o *owner) newLoop() (step, bool) {
	c := o.pick(isFolder)
	if c == "" || o.has(c+"/loop") {
		return step{}, false
	}
	return o.now.bind(c, c+"/loop"), true
}

// newUnbind takes away one of several paths, or a loop.
func (o *owner) newUnbind() (step, bool) {
	var all []string
	for _, p := range o.now.at("") {
		n := o.now.nodes[p]
		if n.again || !n.collection && slices.ContainsFunc(o.now.at(""), func(q string) bool { return q != p && o.now.nodes[q].id == n.id }) {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return step{}, false
	}
	return o.now.unbind(all[o.rng.IntN(len(all))]), true
}

func (o *owner) newOrderpatch() (step, bool) {
	n := len(o.now.order[o.name])
	if n < 2 {
		return step{}, false
	}
	from := o.rng.IntN(n)
	return o.now.orderpatch(o.name, from, (from+1+o.rng.IntN(n-1))%n), true
}

func (o *owner) newDelete() (step, bool) {
	p := o.pick(anyNode)
	if p == "" || o.now.nodes[p].collection && len(o.now.nodes) < 12 {
		return step{}, false
	}
	return o.now.remove(p), true
}

func (o *owner) newProppatch() (step, bool) {
	p := o.pick(anyNode)
	value := ""
	if o.rng.IntN(4) > 0 {
		value = o.text(1 + o.rng.IntN(40))
	}
	if p == "" {
		return step{}, false
	}
	return o.now.proppatch(p, o.rng.IntN(3), value), true
}

func (o *owner) newLock() (step, bool) {
	p := o.place()
	if o.now.lockedAt(p) || o.now.covered(p) || len(o.now.locks) >= 4 {
		return step{}, false
	}
	for _, q := range o.now.at(p) {
		if len(o.now.guards(q)) > 0 {
			return step{}, false
		}
	}
	return o.now.lock(p), true
}

func (o *owner) newUnlock() (step, bool) {
	for p := range o.now.locks {
		return o.now.unlock(p), true
	}
	return step{}, false
}

// load sends steps until the server is gone. fuse is told of every piece of an
// upload and of every answer, and tells whether the server was killed.
func (o *owner) load(ctx context.Context, h *http.Client, base string, f *fuse) error {
	for {
		kind, s := o.choose()
		o.next = &s.after
		a := s.play(ctx, h, base, o.now, f.burn)
		switch {
		case a.done() && !s.cut && s.refused == 0:
			o.now, o.next = s.after, nil
			o.done[kind]++
		case s.refused != 0 && a.status == s.refused:
			o.next = nil
			o.done[kind]++
		case s.cut && errors.Is(a.broke, errCut):
			o.next = nil
			o.done[kind]++
		case a.broke != nil && f.blown():
			return nil
		default:
			return fmt.Errorf("%s %s %q: %d, %w\n%s", s.method, s.path, s.header, a.status, a.broke, a.said)
		}
		f.burn()
	}
}

// settle compares what is there with what must be, and learns how the step that
// was not answered came out.
func (o *owner) settle(seen tree) error {
	difference := o.now.differs(seen)
	if difference != "" && o.next != nil {
		if other := o.next.differs(seen); other != "" {
			return fmt.Errorf("%s: neither as before the last step (%s) nor as after it (%s)", o.name, difference, other)
		}
		difference = ""
	}
	if difference != "" {
		return fmt.Errorf("%s: %s", o.name, difference)
	}
	o.now, o.next = seen, nil
	return nil
}

// knock tries every lock without its token.
func (o *owner) knock(ctx context.Context, h *http.Client, base string) error {
	for p := range o.now.locks {
		target := p
		if o.now.nodes[p].collection {
			target = path.Join(p, "intruder")
		}
		if _, err := fetch(ctx, h, "PUT", base+target, http.StatusLocked); err != nil {
			return fmt.Errorf("a locked place: %w", err)
		}
	}
	return nil
}
