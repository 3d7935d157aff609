package fault

import (
	"errors"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/quiredav/quire/dav"
)

// script runs ops and tells which of them failed, by index.
func script(p *Plan, ops ...Op) (failed []int) {
	for i, op := range ops {
		if _, err := p.begin(op); err != nil {
			failed = append(failed, i)
		}
	}
	return failed
}

func TestPlan(t *testing.T) {
	ops := []Op{BlobCreate, BlobWrite, MetaQuery, BlobWrite, MetaCommit}
	for _, c := range []struct {
		name   string
		f      Failure
		failed []int
		count  int
		hit    []Op
	}{
		{"zero", Failure{}, nil, 5, nil},
		{"once", Failure{Nth: 2, Err: syscall.EIO}, []int{1}, 5, []Op{BlobWrite}},
		{"onward", Failure{Nth: 4, Onward: true, Err: syscall.EIO}, []int{3, 4}, 5, []Op{BlobWrite, MetaCommit}},
		{"only", Failure{Nth: 2, Only: []Op{BlobWrite}, Err: syscall.EIO}, []int{3}, 2, []Op{BlobWrite}},
		{"only, onward", Failure{Nth: 1, Onward: true, Only: []Op{MetaQuery, MetaCommit}, Err: syscall.EIO}, []int{2, 4}, 2, []Op{MetaQuery, MetaCommit}},
		{"beyond", Failure{Nth: 6, Err: syscall.EIO}, nil, 5, nil},
		{"no error", Failure{Nth: 3}, nil, 5, []Op{MetaQuery}},
	} {
		p := new(Plan)
		p.Arm(Failure{Nth: 1, Err: syscall.EIO})
		script(p, ops...)
		p.Arm(c.f) // forgets the former
		if got := script(p, ops...); !slices.Equal(got, c.failed) {
			t.Errorf("%s: operations %v failed; want %v", c.name, got, c.failed)
		}
		p.Disarm()
		if p.Count() != c.count || !slices.Equal(p.Failed(), c.hit) {
			t.Errorf("%s: %d operations, failed %v; want %d, %v", c.name, p.Count(), p.Failed(), c.count, c.hit)
		}
		if got := script(p, ops...); got != nil {
			t.Errorf("%s: operations %v failed after Disarm", c.name, got)
		}
	}
}

func TestErrorIsThatOfAStore(t *testing.T) {
	for cause, kind := range map[error]dav.Kind{
		syscall.ENOSPC:                    dav.NoSpace,
		syscall.EDQUOT:                    dav.NoSpace,
		syscall.EIO:                       dav.Internal,
		&dav.Error{Kind: dav.Unavailable}: dav.Unavailable,
	} {
		p := new(Plan)
		p.Arm(Failure{Nth: 1, Err: cause})
		_, err := p.begin(MetaExec)
		if dav.KindOf(err) != kind || !errors.Is(err, cause) {
			t.Errorf("%v became %v of kind %v; want %v", cause, err, dav.KindOf(err), kind)
		}
	}
}

func TestEachNth(t *testing.T) {
	p := new(Plan)
	ops := []Op{BlobCreate, BlobWrite, BlobCommit}
	var rounds [][]int
	for n := range p.EachNth(Failure{Err: syscall.EIO}) {
		if n != len(rounds)+1 {
			t.Fatalf("round %d is called %d", len(rounds)+1, n)
		}
		rounds = append(rounds, script(p, ops...))
		p.Disarm() // a round may do so, to check in peace
		script(p, ops...)
	}
	if want := [][]int{{0}, {1}, {2}, nil}; !slices.EqualFunc(rounds, want, slices.Equal) {
		t.Errorf("failed in each round: %v; want %v", rounds, want)
	}
	for range p.EachNth(Failure{Err: syscall.EIO}) {
		break
	}
	if got := script(p, ops...); got != nil {
		t.Errorf("operations %v failed after a break", got)
	}
}

func TestStall(t *testing.T) {
	for _, want := range []error{nil, syscall.EIO} {
		p := new(Plan)
		reached, release := make(chan Op), make(chan struct{})
		p.Arm(Failure{Nth: 2, Err: want, Stall: func(op Op) {
			reached <- op
			<-release
		}})
		var wg sync.WaitGroup
		var failed []int
		wg.Go(func() { failed = script(p, BlobCreate, BlobWrite, BlobCommit) })
		if op := <-reached; op != BlobWrite {
			t.Errorf("%s stalled; want %s", op, BlobWrite)
		}
		if n := p.Count(); n != 2 {
			t.Errorf("%d operations while stalled; want 2", n)
		}
		close(release)
		wg.Wait()
		if (want != nil) != (len(failed) == 1) {
			t.Errorf("error %v: operations %v failed after the stall", want, failed)
		}
	}
}

func TestSharedByGoroutines(t *testing.T) {
	p := new(Plan)
	p.Arm(Failure{Nth: 50, Err: syscall.EIO})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { script(p, slices.Repeat([]Op{BlobRead}, 25)...) })
	}
	wg.Wait()
	if p.Count() != 100 || len(p.Failed()) != 1 {
		t.Errorf("%d operations, %d failed; want 100, 1", p.Count(), len(p.Failed()))
	}
}
