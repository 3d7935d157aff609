package dav

// SyncRequest asks what changed in a collection (RFC 6578).
type SyncRequest struct {
	Path     Path
	Token    string // of an earlier answer; "": everything there is
	Infinite bool   // DAV:sync-level: all descendants, not the members alone
	Limit    int    // members in the answer at most; 0: no bound
	Query    Query  // what is to be told of the members; its Depth, Limit and Conditions are not heeded

	Conditions *Conditions
}

// Change is one member in the answer. If it was Removed only Path and
// Collection of the resource are set.
type Change struct {
	Removed  bool
	Resource *Resource
}

// Condition elements of RFC 6578, and of RFC 3253 for reports.
var (
	ValidSyncToken              = DAV("valid-sync-token")
	SyncTraversalSupported      = DAV("sync-traversal-supported")
	NumberOfMatchesWithinLimits = DAV("number-of-matches-within-limits")
	SupportedReport             = DAV("supported-report")
)
