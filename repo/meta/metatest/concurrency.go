package metatest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/quiredav/quire/repo/meta"
)

// crowd calls fn from many goroutines at once and waits for them all.
func crowd(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

// Of many updates that share commits each has its own fate.
func testGoodAndBadTogether(t *testing.T, s meta.Store) {
	update(t, s, insert, "taken", 0)
	const n = 90
	errs := make([]error, n)
	crowd(n, func(i int) {
		errs[i] = s.Update(context.Background(), func(tx meta.Tx) error {
			if _, err := tx.Exec(insert, fmt.Sprintf("item %d", i), i); err != nil {
				return err
			}
			switch i % 3 {
			case 1:
				return fmt.Errorf("fn %d: %w", i, errNo)
			case 2:
				_, err := tx.Exec(insert, "taken", i)
				return err
			}
			return nil
		})
	})
	for i, err := range errs {
		switch {
		case i%3 == 0 && err != nil:
			t.Errorf("good update %d: %v", i, err)
		case i%3 == 1 && (!errors.Is(err, errNo) || err.Error() != fmt.Sprintf("fn %d: no", i)):
			t.Errorf("update %d: error %v, want its own", i, err)
		case i%3 == 2 && err == nil:
			t.Errorf("update %d succeeded against a constraint", i)
		}
		want := int64(0)
		if i%3 == 0 {
			want = 1
		}
		if got := number(t, s, `SELECT count(*) FROM item WHERE name = $1`, fmt.Sprintf("item %d", i)); got != want {
			t.Errorf("update %d left %d rows, want %d", i, got, want)
		}
	}
}

func testPanicAmongOthers(t *testing.T, s meta.Store) {
	const n = 40
	crowd(n, func(i int) {
		defer func() {
			if v := recover(); (v != nil) != (i%4 == 0) {
				t.Errorf("update %d: recovered %v", i, v)
			}
		}()
		err := s.Update(context.Background(), func(tx meta.Tx) error {
			_, err := tx.Exec(insert, fmt.Sprintf("item %d", i), i)
			if i%4 == 0 {
				panic(i)
			}
			return err
		})
		if err != nil {
			t.Errorf("update %d: %v", i, err)
		}
	})
	wantItems(t, s, n*3/4)
}

// Read, then write: no increment is lost.
func testCounter(t *testing.T, s meta.Store) {
	update(t, s, insert, "counter", 0)
	const n, each = 16, 25
	crowd(n, func(int) {
		for range each {
			err := s.Update(context.Background(), func(tx meta.Tx) error {
				v, err := meta.Int(tx, `SELECT number FROM item WHERE name = 'counter'`)
				if err != nil {
					return err
				}
				_, err = tx.Exec(`UPDATE item SET number = $1 WHERE name = 'counter'`, v+1)
				return err
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	if got := number(t, s, `SELECT number FROM item WHERE name = 'counter'`); got != n*each {
		t.Errorf("counted to %d, want %d", got, n*each)
	}
}

// Writers move an amount from one row to another; a view always sees the same
// sum, and what a writer has been told is done is seen by every later view.
func testReadersAndWriters(t *testing.T, s meta.Store) {
	update(t, s, insert, "a", 100)
	update(t, s, insert, "b", 0)
	crowd(12, func(i int) {
		for range 20 {
			if i < 4 {
				err := s.Update(context.Background(), func(tx meta.Tx) error {
					if _, err := tx.Exec(`UPDATE item SET number = number - 1 WHERE name = 'a'`); err != nil {
						return err
					}
					_, err := tx.Exec(`UPDATE item SET number = number + 1 WHERE name = 'b'`)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if number(t, s, `SELECT number FROM item WHERE name = 'b'`) == 0 {
					t.Error("a view doesn't see what was committed before it")
				}
				continue
			}
			sum := int64(0)
			view(t, s, func(tx meta.Tx) error {
				sum = 0
				for _, name := range []string{"a", "b"} {
					n, err := meta.Int(tx, `SELECT number FROM item WHERE name = $1`, name)
					if err != nil {
						return err
					}
					sum += n
				}
				return nil
			})
			if sum != 100 {
				t.Errorf("a view sees the sum %d, want 100", sum)
			}
		}
	})
}
