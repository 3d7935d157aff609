package backendtest

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/davserver"
)

// RunLinear lets clients PUT, GET, DELETE, MOVE, LOCK and UNLOCK, and BIND,
// UNBIND and REBIND if the backend can, the same few files at once, and checks that what they were told could have come from one
// method after the other, each at some moment between its call and its answer.
func RunLinear(t *testing.T, rounds int, open func(t *testing.T) davserver.Backend) {
	b := open(t).(backend)
	for round := range rounds {
		h := &history{b: b, dir: dav.Root.Join(strconv.Itoa(round)), start: time.Now()}
		if err := b.Mkcol(t.Context(), dav.MkcolRequest{Path: h.dir}); err != nil {
			t.Fatal(err)
		}
		events := h.run(t.Context(), rand.New(rand.NewPCG(uint64(round), 1)))
		switch result, _ := porcupine.CheckOperationsVerbose(linearModel, events, time.Minute); result {
		case porcupine.Illegal:
			for _, e := range events {
				t.Logf("client %d, %d to %d: %s", e.ClientId, e.Call, e.Return, linearModel.DescribeOperation(e.Input, e.Output))
			}
			t.Fatalf("round %d is not linearizable", round)
		case porcupine.Unknown:
			t.Fatalf("round %d was too long to judge", round)
		}
	}
}

const (
	linearFiles   = 3
	linearClients = 4
	linearSteps   = 8 // of each client
)

// linearCall is what a client asked. A lock is known by the number of the call
// that made it.
type linearCall struct {
	method   string
	id       int64 // unique in the round; what a PUT stores
	file, to int
	token    int64 // the lock whose token is submitted; 0: none
}

// linearAnswer is what it was told: content is the number that a PUT stored, 0
// for the empty file that LOCK makes.
type linearAnswer struct {
	kind    string
	content int64
	created bool
}

// linearState is the model's: what is bound to each name, and the state of that.
// What is bound to several names is told at each, and changes at each.
type linearState [linearFiles]linearFile

type linearFile struct {
	resource int64 // the call that made it; 0: the name is unbound
	content  int64
	lock     int64
	root     bool // the lock is rooted at this name
}

var linearModel = porcupine.Model{
	Init: func() any { return linearState{} },
	Step: func(state, input, output any) (bool, any) {
		s := state.(linearState)
		answer := s.step(input.(linearCall))
		return answer == output.(linearAnswer), s
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

const linearOK = "ok"

// step carries a call out on the model.
func (s *linearState) step(c linearCall) linearAnswer {
	f, to := &s[c.file], &s[c.to]
	// A name that a lock is rooted at can't go without its token; other names of
	// the resource can (RFC 5842 section 9.1).
	guarded := func(f *linearFile) bool { return f.root && f.lock != c.token }
	switch c.method {
	case "PUT":
		if f.lock != 0 && f.lock != c.token {
			return refusal(dav.Locked)
		}
		created := f.resource == 0
		if created {
			f.resource = c.id
		}
		s.each(f.resource, func(g *linearFile) { g.content = c.id })
		return linearAnswer{kind: linearOK, created: created}
	case "GET":
		if f.resource == 0 {
			return refusal(dav.NotFound)
		}
		return linearAnswer{kind: linearOK, content: f.content}
	case "DELETE", "UNBIND":
		switch {
		case f.resource == 0:
			return missing(c.method)
		case guarded(f):
			return refusal(dav.Locked)
		}
		s.unbind(f)
		return linearAnswer{kind: linearOK}
	case "MOVE", "REBIND", "BIND":
		switch {
		case f.resource == 0:
			return missing(c.method)
		case c.method == "MOVE" && f.resource == to.resource:
			return refusal(dav.Forbidden)
		case c.method != "BIND" && guarded(f), guarded(to):
			return refusal(dav.Locked)
		}
		created := to.resource == 0
		s.unbind(to)
		moved := *f
		if c.method != "BIND" {
			moved = s.unbind(f)
		}
		moved.root = false
		*to = moved
		return linearAnswer{kind: linearOK, created: created}
	case "LOCK":
		if f.lock != 0 {
			return refusal(dav.Locked)
		}
		created := f.resource == 0
		if created {
			f.resource, f.content = c.id, 0
		}
		s.each(f.resource, func(g *linearFile) { g.lock = c.id })
		f.root = true
		return linearAnswer{kind: linearOK, created: created}
	default: // UNLOCK
		if f.lock == 0 || f.lock != c.token {
			return refusal(dav.Conflict)
		}
		s.unlock(f.resource)
		return linearAnswer{kind: linearOK}
	}
}

func refusal(k dav.Kind) linearAnswer { return linearAnswer{kind: k.String()} }

// missing is the answer where the source is unbound.
func missing(method string) linearAnswer {
	if method == "DELETE" || method == "MOVE" {
		return refusal(dav.NotFound)
	}
	return refusal(dav.Conflict)
}

func (s *linearState) each(resource int64, do func(*linearFile)) {
	for i := range s {
		if s[i].resource == resource {
			do(&s[i])
		}
	}
}

func (s *linearState) unlock(resource int64) {
	s.each(resource, func(g *linearFile) { g.lock, g.root = 0, false })
}

// unbind empties a name, ending the lock rooted there, and tells what was there.
func (s *linearState) unbind(f *linearFile) linearFile {
	if f.root {
		s.unlock(f.resource)
	}
	was := *f
	*f = linearFile{}
	return was
}

// history is one round.
type history struct {
	b     backend
	dir   dav.Path
	start time.Time
	ids   atomic.Int64

	mu     sync.Mutex // guards what follows
	locks  []int64    // given out, in the order in which clients learned of them
	tokens map[int64]string
	events []porcupine.Operation
}

func (h *history) run(ctx context.Context, r *rand.Rand) []porcupine.Operation {
	h.tokens = make(map[int64]string)
	var clients sync.WaitGroup
	for client := range linearClients {
		r := rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
		clients.Go(func() {
			for range linearSteps {
				call := h.draw(r)
				begin := time.Since(h.start).Nanoseconds()
				answer := h.do(ctx, call)
				end := time.Since(h.start).Nanoseconds()
				h.mu.Lock()
				h.events = append(h.events, porcupine.Operation{ClientId: client, Input: call, Call: begin, Output: answer, Return: end})
				h.mu.Unlock()
			}
		})
	}
	clients.Wait()
	return h.events
}

func (h *history) draw(r *rand.Rand) linearCall {
	methods := []string{"PUT", "PUT", "GET", "GET", "DELETE", "MOVE", "LOCK", "UNLOCK"}
	if _, ok := h.b.(davserver.Binder); ok {
		methods = append(methods, "BIND", "BIND", "UNBIND", "REBIND")
	}
	c := linearCall{method: methods[r.IntN(len(methods))], id: h.ids.Add(1), file: r.IntN(linearFiles)}
	c.to = (c.file + 1 + r.IntN(linearFiles-1)) % linearFiles
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.locks); n > 0 && (c.method == "UNLOCK" || r.IntN(2) == 0) {
		c.token = h.locks[max(n-1-r.IntN(3), 0)]
	}
	return c
}

func (h *history) do(ctx context.Context, c linearCall) (a linearAnswer) {
	at := func(i int) dav.Path { return h.dir.Join(strconv.Itoa(i)) }
	cond := &dav.Conditions{}
	h.mu.Lock()
	token := h.tokens[c.token]
	h.mu.Unlock()
	if token != "" {
		cond.Tokens = []string{token}
	}
	var err error
	switch c.method {
	case "PUT":
		body := strings.NewReader(strconv.FormatInt(c.id, 10))
		_, a.created, err = h.b.Put(ctx, dav.PutRequest{Path: at(c.file), Body: body, Length: -1, Conditions: cond})
	case "GET":
		a.content, err = h.content(ctx, at(c.file))
	case "DELETE":
		err = h.b.Delete(ctx, dav.DeleteRequest{Path: at(c.file), Conditions: cond}, nil)
	case "MOVE":
		a.created, err = h.b.Move(ctx, dav.CopyRequest{From: at(c.file), To: at(c.to), Conditions: cond}, nil)
	case "BIND", "REBIND":
		do := h.b.(davserver.Binder).Bind
		if c.method == "REBIND" {
			do = h.b.(davserver.Binder).Rebind
		}
		a.created, err = do(ctx, dav.BindRequest{Collection: h.dir, Segment: strconv.Itoa(c.to), Source: at(c.file), Conditions: cond}, nil)
	case "UNBIND":
		err = h.b.(davserver.Binder).Unbind(ctx, dav.UnbindRequest{Collection: h.dir, Segment: strconv.Itoa(c.file), Conditions: cond}, nil)
	case "LOCK":
		var l *dav.Lock
		if l, a.created, err = h.b.Lock(ctx, dav.LockRequest{Path: at(c.file), Conditions: cond}, nil); err == nil {
			h.mu.Lock()
			h.tokens[c.id] = l.Token
			h.locks = append(h.locks, c.id)
			h.mu.Unlock()
		}
	default:
		err = h.b.Unlock(ctx, dav.UnlockRequest{Path: at(c.file), Token: token, Conditions: cond})
	}
	if a.kind = linearOK; err != nil {
		a = linearAnswer{kind: dav.KindOf(err).String()}
	}
	return a
}

// content reads the number that a PUT stored.
func (h *history) content(ctx context.Context, p dav.Path) (int64, error) {
	_, body, err := h.b.Open(ctx, p, nil)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil || len(b) == 0 {
		return 0, err
	}
	return strconv.ParseInt(string(b), 10, 64)
}
