package repo

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A backup that ends while its hold is being renewed has not failed.
func TestEveryEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	err := every(ctx, time.Nanosecond, func(ctx context.Context) error {
		stop()
		return ctx.Err()
	})
	if err != nil {
		t.Errorf("%v, want nil", err)
	}
	lost := errors.New("lost")
	if err := every(t.Context(), time.Nanosecond, func(context.Context) error { return lost }); err != lost {
		t.Errorf("%v, want %v", err, lost)
	}
}
