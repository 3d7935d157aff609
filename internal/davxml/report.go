package davxml

import (
	"io"

	"github.com/quiredav/quire/dav"
)

// Report is the body of REPORT (RFC 3253 section 3.6), whose root says which
// report is wanted. What is not of that report is nil.
type Report struct {
	Name   dav.Name
	Sync   *SyncCollection
	Expand []ExpandProperty
}

// The reports that this package reads.
var (
	SyncCollectionReport = dav.DAV("sync-collection") // RFC 6578 section 3.2
	ExpandPropertyReport = dav.DAV("expand-property") // RFC 3253 section 3.8
)

// ReadReport reads the body of REPORT. One that it does not know gives its
// name, and is no error.
func ReadReport(body io.Reader, l Limits) (*Report, error) {
	d, err := open(body, l)
	if err == errEmpty {
		return nil, invalid("the body is missing; its root says which report is wanted")
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	r := &Report{Name: d.Name()}
	switch r.Name {
	case SyncCollectionReport:
		r.Sync, err = d.syncCollection()
	case ExpandPropertyReport:
		r.Expand, err = d.expandProperty()
	}
	if err != nil {
		return nil, err
	}
	if err := d.end(); err != nil {
		return nil, err
	}
	if r.Sync != nil {
		err = r.Sync.judge()
	}
	return r, err
}

// AppendReport appends the body for r, which is one of the reports that
// [ReadReport] knows.
func AppendReport(b []byte, r *Report) []byte {
	b = append(b, prolog...)
	if r.Sync != nil {
		return appendSyncCollection(b, r.Sync)
	}
	b = append(b, `<D:expand-property xmlns:D="DAV:">`...)
	b = appendExpandProperties(b, r.Expand)
	return append(b, "</D:expand-property>"...)
}
