// Package blob is the contract for bodies as they are stored: streams of bytes
// under random names, written once, never changed.
//
// A body becomes a durable blob first; only then does the metadata show it. A
// crash in between leaves a blob that nobody points to, which is garbage and
// not damage.
package blob

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"time"
)

// Store keeps blobs. Its methods are safe for concurrent use, and so are
// different writers and readers of it. Its errors are *dav.Error: NoSpace when
// there is no room, Internal with the cause for all else. An ID for which
// [ID.Valid] is false gives an error that matches [io/fs.ErrInvalid].
type Store interface {
	// Create begins a new blob with a fresh random ID. Until Commit it may or
	// may not be found by Open and List, and a crash may leave any part of it.
	Create(ctx context.Context) (Writer, error)

	// Open reads a blob. The reader is an *os.File where the store is files,
	// and keeps reading what it opened if the blob is deleted meanwhile. The
	// error matches [io/fs.ErrNotExist] if there is no such blob.
	Open(ctx context.Context, id ID) (io.ReadSeekCloser, error)

	// Delete removes a blob. Removing one that isn't there is no error.
	// Deletion need not be durable: after a power cut the blob may be back.
	Delete(ctx context.Context, id ID) error

	// List yields every blob in the order of IDs, committed or not, without
	// holding all of them in memory. A blob that appears or goes while the
	// listing runs may or may not be in it. An error goes with a zero Info and
	// doesn't end the listing: what follows it is still true. Whatever lies
	// between the blobs and is none gives a [StrayError].
	List(ctx context.Context) iter.Seq2[Info, error]
}

// Importer is a store that can take a blob over under the ID that it has
// elsewhere: what a backup needs. An ID that is taken gives an error that
// matches [io/fs.ErrExist].
type Importer interface {
	Import(ctx context.Context, id ID) (Writer, error)
}

// Writer writes one blob. It belongs to one goroutine. Close must be called,
// also after Commit.
type Writer interface {
	// Write appends to the blob. It is not buffered: big writes are fast.
	// After an error the blob can't be committed any more.
	io.Writer

	ID() ID

	// Commit ends the blob; it is on stable storage, whole and under its name,
	// when Commit returns nil. After an error the blob can only be closed.
	Commit(ctx context.Context) error

	// Close discards the blob, unless Commit returned nil: then it does
	// nothing. So does a second Close.
	Close() error
}

// Info tells of a stored blob. Of one that is being written Size is what has
// been written up to now.
type Info struct {
	ID       ID
	Size     int64 // in bytes
	Modified time.Time
}

// ID names a blob: 32 lower-case hexadecimal digits, 128 random bits.
type ID string

// NewID is a fresh ID.
func NewID() ID {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return ID(hex.EncodeToString(b[:]))
}

// Valid tells whether id has the form of an ID.
func (id ID) Valid() bool {
	if len(id) != 32 {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// StrayError tells of something in the place of the blobs that no store of
// this kind put there.
type StrayError struct {
	Name string // where it lies, in the store's own terms
}

func (e *StrayError) Error() string { return e.Name + " is not a blob" }

// ErrClosed is what writing to, or committing, a blob gives that was committed
// or closed before.
var ErrClosed = errors.New("the blob is committed or closed")
