package xmlscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// What can be wrong with a document; an [Error] wraps one of these, or
// io.ErrUnexpectedEOF when the input ends before the document does. An error
// of the underlying reader is returned as it is.
var (
	ErrSyntax   = errors.New("not well-formed")
	ErrDTD      = errors.New("a document type declaration is not allowed")
	ErrEncoding = errors.New("only UTF-8 and UTF-16 are understood")
	ErrLimit    = errors.New("over a limit")

	// ErrEmpty says that there was nothing, or white space alone. It wraps
	// io.ErrUnexpectedEOF.
	ErrEmpty = fmt.Errorf("no document: %w", io.ErrUnexpectedEOF)
)

// Error tells what is wrong with a document, and where.
type Error struct {
	Line int    // from 1
	Msg  string // may be ""
	Err  error  // one of the values above
}

func (e *Error) Error() string {
	if e.Msg == "" {
		return fmt.Sprintf("XML line %d: %v", e.Line, e.Err)
	}
	return fmt.Sprintf("XML line %d: %v: %s", e.Line, e.Err, e.Msg)
}

func (e *Error) Unwrap() error { return e.Err }

// fail records the first error, found at the cursor.
func (s *Scanner) fail(err error, msg string) Kind {
	if s.err == nil {
		s.err = &Error{Line: s.line(s.start + s.i), Msg: msg, Err: err}
	}
	s.kind = Invalid
	return Invalid
}

// cut records that the input ended, or broke, where more is needed.
func (s *Scanner) cut() Kind {
	if s.inErr == io.EOF {
		return s.fail(io.ErrUnexpectedEOF, "")
	}
	if s.err == nil {
		s.err = s.inErr
	}
	s.kind = Invalid
	return Invalid
}

// line is that of a place in buf at or behind the cursor; what lies before the
// cursor has been written over.
func (s *Scanner) line(at int) int {
	return 1 + s.lines - bytes.Count(s.buf[min(at, len(s.buf)):], newline)
}

var newline = []byte{'\n'}

// quote bounds what an error shows of a document.
func quote(b []byte) string {
	const most = 64
	if len(b) > most {
		return fmt.Sprintf("%.*q...", most, b)
	}
	return fmt.Sprintf("%q", b)
}
