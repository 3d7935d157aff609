// Package fault wraps a blob store and a metadata store so that a chosen
// operation fails, stalls or is torn.
//
// The way to use it is SQLite's: let the first operation fail, then the
// second, and so on until a round passes in which nothing was left to fail,
// and look after each round whether all is well.
//
//	plan := new(fault.Plan)
//	blobs, db := fault.Blobs(plan, blobs), fault.Meta(plan, db)
//	for n := range plan.EachNth(fault.Failure{Err: syscall.ENOSPC}) {
//		... do the work; it may fail if plan.Failed() isn't empty
//		plan.Disarm()
//		... check
//	}
package fault

import (
	"errors"
	"iter"
	"slices"
	"sync"
	"syscall"

	"github.com/quiredav/quire/dav"
)

// Op is a kind of operation that can fail.
type Op string

const (
	BlobCreate Op = "create blob"
	BlobWrite  Op = "write blob"
	BlobCommit Op = "commit blob"
	BlobOpen   Op = "open blob"
	BlobRead   Op = "read blob"
	BlobDelete Op = "delete blob"
	BlobList   Op = "list blobs" // the listing as a whole, and each step of it

	MetaView   Op = "begin view"
	MetaUpdate Op = "begin update"
	MetaQuery  Op = "query"
	MetaRow    Op = "next row" // also the step that finds no further row
	MetaExec   Op = "exec"
	MetaCommit Op = "commit update" // the update is rolled back
)

// Failure says which operation fails, and how. One that fails has no effect,
// save for a torn write.
type Failure struct {
	Nth    int   // counted from 1 since the plan was armed; 0: none
	Onward bool  // every later operation fails too
	Only   []Op  // what counts and fails; empty: everything
	Err    error // the cause, such as syscall.ENOSPC; nil: the operation succeeds, perhaps after a stall
	Tear   bool  // a BlobWrite that fails has written the first half of its bytes

	// Stall, if not nil, is called in the operation, before it fails or is
	// done. It blocks for as long as the operation is to stall.
	Stall func(Op)
}

// Plan decides which operations fail, over all wrappers that share it. Nothing
// fails until it is armed. It is safe for concurrent use.
type Plan struct {
	mu      sync.Mutex
	failure Failure
	count   int  // operations since Arm
	hit     []Op // those that were to fail
}

// Arm forgets what was before, and counts from 1.
func (p *Plan) Arm(f Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure, p.count, p.hit = f, 0, nil
}

// Disarm lets nothing fail any more. Failed still tells what did.
func (p *Plan) Disarm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure = Failure{Only: p.failure.Only}
}

// Count is the number of operations since the plan was armed.
func (p *Plan) Count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// Failed lists the operations that failed, or stalled, since the plan was
// armed.
func (p *Plan) Failed() []Op {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.hit)
}

// EachNth arms the plan with f for the first operation, then for the second,
// and so on. It ends, disarmed, after the first round in which nothing was
// left to fail.
func (p *Plan) EachNth(f Failure) iter.Seq[int] {
	return func(yield func(int) bool) {
		defer p.Disarm()
		for f.Nth = 1; ; f.Nth++ {
			p.Arm(f)
			if !yield(f.Nth) || len(p.Failed()) == 0 {
				return
			}
		}
	}
}

// begin counts an operation. If it is to fail, err is what it fails with, and
// torn tells whether half of it is to be done.
func (p *Plan) begin(op Op) (torn bool, err error) {
	f, hit := p.next(op)
	if !hit {
		return false, nil
	}
	if f.Stall != nil {
		f.Stall(op)
	}
	if f.Err == nil {
		return false, nil
	}
	kind := dav.KindOf(f.Err)
	if errors.Is(f.Err, syscall.ENOSPC) || errors.Is(f.Err, syscall.EDQUOT) {
		kind = dav.NoSpace
	}
	return f.Tear, &dav.Error{Kind: kind, Op: string(op), Message: "a planned failure", Err: f.Err}
}

func (p *Plan) next(op Op) (f Failure, hit bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f = p.failure
	if len(f.Only) > 0 && !slices.Contains(f.Only, op) {
		return f, false
	}
	p.count++
	hit = f.Nth > 0 && (p.count == f.Nth || f.Onward && p.count > f.Nth)
	if hit {
		p.hit = append(p.hit, op)
	}
	return f, hit
}
