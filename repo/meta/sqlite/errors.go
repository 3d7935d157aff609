package sqlite

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"zombiezen.com/go/sqlite"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// ErrForeign refuses a file that is not a Quire database.
var ErrForeign = errors.New("the file is not a Quire database")

// full is the error of a disk without room, which err, if not nil, tells of.
func full(err error) *dav.Error {
	return &dav.Error{Kind: dav.NoSpace, Condition: dav.Condition{Name: dav.SufficientDiskSpace},
		Message: "the disk of the database is full", Err: err}
}

// failure tells an error of SQLite in our words; err is not nil.
func failure(err error) error {
	if _, ok := errors.AsType[*dav.Error](err); ok {
		return err
	}
	e := &dav.Error{Kind: dav.Internal, Message: "the database failed", Err: err}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		*e = *full(err)
	}
	code := sqlite.ErrCode(err)
	switch code.ToPrimary() {
	case sqlite.ResultFull:
		*e = *full(err)
	case sqlite.ResultBusy, sqlite.ResultLocked, sqlite.ResultProtocol:
		e.Kind, e.Message = dav.Unavailable, "another program keeps the database busy"
	case sqlite.ResultInterrupt:
		e.Kind, e.Message = dav.Unavailable, "the database was interrupted"
	case sqlite.ResultIOErr:
		// The shared-memory file could not grow.
		if code == sqlite.ResultIOErrSHMSize {
			*e = *full(err)
		}
	}
	return e
}

func doubt(err error) error { return fmt.Errorf("%w (%w)", err, meta.ErrInDoubt) }

func ended(ctx context.Context) error {
	return &dav.Error{Kind: dav.Unavailable, Message: "the request ended before the database was done", Err: ctx.Err()}
}

func closed() error {
	return &dav.Error{Kind: dav.Unavailable, Err: meta.ErrClosed}
}
