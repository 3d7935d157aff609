package davserver

import (
	"context"
	"io"
	"iter"

	"github.com/quiredav/quire/dav"
)

// Backend is the storage that a [Handler] serves. Its errors are *dav.Error;
// any other error counts as dav.Internal. Methods are safe for concurrent use.
//
// Every write judges its conditions ([dav.Conditions.Judge]) and locks
// ([dav.Conditions.Permit]) in the same transaction as the change itself. What
// would fail without the conditional headers (NotFound, NotAllowed, Conflict)
// goes before PreconditionFailed, and that before Locked. A write that
// returns without error is durable; one that returns an error, or reported an
// outcome and says it is whole-or-nothing, changed nothing.
//
// Delete, Copy and Move return an error if the request URI or its own
// destination is to blame. A failed member is told through report; if report
// was called and the error is nil, the method was done in part or, on a
// backend that acts wholly or not at all, not at all. Two members' failures
// are two reports; a resource that failed only because of one of them is not
// reported.
type Backend interface {
	// List yields the resource at p and then, as far as q.Depth reaches, its
	// members, every collection before its own members, members in a stable
	// order, no page of it held in a transaction between yields. The pointer
	// is valid until the next one is yielded. An error before the first
	// resource is the request's; a later one ends the listing. A member that
	// can't be read is yielded with Resource.Err.
	List(ctx context.Context, p dav.Path, q dav.Query) iter.Seq2[*dav.Resource, error]

	// Open gives the body of a file, and its state at that moment; body is nil
	// for a collection. The content never changes while it is read, whatever
	// happens to the resource. If it is an *os.File the server sends it
	// without copying.
	Open(ctx context.Context, p dav.Path, c *dav.Conditions) (res *dav.Resource, body io.ReadSeekCloser, err error)

	// Put stores a body, making the resource if there is none. It judges
	// conditions and locks before it first reads the body, so that a refused
	// upload costs nothing, and again when it shows the new content. If
	// reading the body fails nothing has changed, and the body's error is in
	// the chain of what Put returns.
	Put(ctx context.Context, r dav.PutRequest) (res *dav.Resource, created bool, err error)

	// Mkcol makes a collection. NotAllowed if the URL is mapped, Conflict if
	// its parent is missing.
	Mkcol(ctx context.Context, r dav.MkcolRequest) error

	// Delete unmaps the URL and all below it.
	Delete(ctx context.Context, r dav.DeleteRequest, report dav.Report) error

	// Copy duplicates a resource; what was at the destination is replaced, not
	// merged with. created tells whether the destination was unmapped.
	Copy(ctx context.Context, r dav.CopyRequest, report dav.Report) (created bool, err error)

	// Move renames a resource with all below it.
	Move(ctx context.Context, r dav.CopyRequest, report dav.Report) (created bool, err error)
}

// PropertyStore is a [Backend] that keeps dead properties. Its Mkcol sets those
// in the request on the collection that it makes (RFC 5689).
type PropertyStore interface {
	Proppatch(ctx context.Context, r dav.ProppatchRequest) error
}

// Locker is a [Backend] that keeps locks. A lock ends when its root is unmapped.
type Locker interface {
	// Lock makes a lock, whose token is fresh, and an empty resource if the URL
	// is unmapped (created). A lock on or above the URL in the way is an error
	// Locked with no-conflicting-lock; locks below it that are in the way of
	// DepthInfinity are reported, one outcome each, and nothing is locked.
	Lock(ctx context.Context, r dav.LockRequest, report dav.Report) (l *dav.Lock, created bool, err error)

	// Refresh restarts a lock's timer. PreconditionFailed with
	// lock-token-matches-request-uri if the token is of no lock whose scope
	// holds the path.
	Refresh(ctx context.Context, r dav.RefreshRequest) (*dav.Lock, error)

	// Unlock removes a lock. Conflict with lock-token-matches-request-uri if
	// the token is of no lock whose scope holds the path, Forbidden if the lock
	// is another principal's.
	Unlock(ctx context.Context, r dav.UnlockRequest) error
}

// Binder is a [Backend] whose resources can have several bindings (RFC 5842).
// The errors carry the condition elements of its sections 4 to 6. A lock
// rooted below a binding that goes is reported, as by Delete.
type Binder interface {
	// Bind adds a binding; created tells whether the segment was free.
	Bind(ctx context.Context, r dav.BindRequest, report dav.Report) (created bool, err error)

	// Unbind removes a binding, and the resource with its last one.
	Unbind(ctx context.Context, r dav.UnbindRequest, report dav.Report) error

	// Rebind moves a binding; the resource stays what it is.
	Rebind(ctx context.Context, r dav.BindRequest, report dav.Report) (created bool, err error)
}

// Syncer is a [Backend] that remembers what changed (RFC 6578). It fills
// Resource.SyncToken and Resource.Changes, and its sync tokens match as state
// tokens in If while nothing in the collection has changed since.
type Syncer interface {
	// Sync calls each with the members that changed or were removed since the
	// token, and tells the token that stands for just these. more says that the
	// limit, or a bound of the backend's own, left some for the next request.
	// An error of each ends it and is returned. Forbidden with valid-sync-token
	// if the token is not one of this collection, or too old. Change and
	// Resource are valid until each returns.
	Sync(ctx context.Context, r dav.SyncRequest, each func(*dav.Change) error) (token string, more bool, err error)
}

// Orderer is a [Backend] with ordered collections (RFC 3648): it heeds the
// positions in requests, and lists members of an ordered collection in order.
type Orderer interface {
	// Orderpatch changes the order wholly or not at all. A member that can't be
	// moved is reported, and then nothing has changed.
	Orderpatch(ctx context.Context, r dav.OrderpatchRequest, report dav.Report) error
}

// Redirector is a [Backend] with redirect references (RFC 4437). The errors
// carry the condition elements of its sections 6 and 7.
type Redirector interface {
	Mkredirectref(ctx context.Context, r dav.MkredirectrefRequest) error
	Updateredirectref(ctx context.Context, r dav.UpdateredirectrefRequest) error
}

// Searcher is a [Backend] that can be searched (RFC 5323). A query that it finds
// fault with is Unprocessable, a scope that is not mapped a Conflict with
// search-scope-valid.
type Searcher interface {
	// Search yields the resources in scope that meet the condition, each once, by
	// one of its URLs there, in the order asked for. The pointer is valid until
	// the next one is yielded, as with List. The result may be shortened, by
	// r.Limit or by bounds of the backend's own: then shortened is called, once,
	// in an ordered search before the first hit. Every write that returned before
	// the search began is seen, the text of bodies too.
	Search(ctx context.Context, r dav.SearchRequest, shortened func()) iter.Seq2[*dav.Resource, error]
}

// Quotaed is a [Backend] that fills Resource.Quota (RFC 4331). What would go over
// a quota it refuses, as NoSpace with quota-not-exceeded: before it reads a body
// that is announced as too long, and where one of unknown length becomes so.
type Quotaed interface {
	// HasQuota tells whether it does so here and now.
	HasQuota() bool
}
