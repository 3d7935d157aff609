package dav

// Quota is the space of a collection (RFC 4331), in bytes.
type Quota struct {
	Used      int64 // by what counts against the same quota
	Available int64 // what may still be added; -1: not known, or not bounded
}

// Condition elements of RFC 4331 section 6, on errors of kind NoSpace.
var (
	QuotaNotExceeded    = DAV("quota-not-exceeded")
	SufficientDiskSpace = DAV("sufficient-disk-space")
)
