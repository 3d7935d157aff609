package sqlite

import (
	"slices"

	"github.com/quiredav/quire/repo/meta"
)

var _ meta.Row = (*statement)(nil)

// Int implements [meta.Row].
func (s *statement) Int(i int) int64 { return s.ColumnInt64(i) }

// Text implements [meta.Row].
func (s *statement) Text(i int) string { return s.ColumnText(i) }

// Null implements [meta.Row].
func (s *statement) Null(i int) bool { return s.ColumnIsNull(i) }

// Bytes implements [meta.Row]. It copies into a buffer that the rows share:
// SQLite's own memory must not reach a caller who might keep it too long.
func (s *statement) Bytes(i int) []byte {
	n := s.ColumnLen(i)
	if n == 0 {
		if s.ColumnIsNull(i) {
			return nil
		}
		return []byte{}
	}
	at := len(s.buf)
	s.buf = slices.Grow(s.buf, n)[:at+n]
	s.ColumnBytes(i, s.buf[at:])
	return s.buf[at : at+n : at+n]
}
