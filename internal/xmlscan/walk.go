package xmlscan

import "github.com/quiredav/quire/dav"

// Root moves to the Start of the root and returns its name; the zero Name if
// there is an error.
func (s *Scanner) Root() dav.Name {
	if s.Next() != Start {
		return dav.Name{}
	}
	return s.name
}

// Child moves to the Start of the next child of the element that was opened at
// depth d, over text and over whatever is left of the child before. It is
// false at the End of that element, and if there is an error.
func (s *Scanner) Child(d int) bool {
	for len(s.stack) >= d && s.err == nil {
		if s.Next() == Start && len(s.stack) == d+1 {
			return true
		}
	}
	return false
}

// Skip moves to the End of the element whose Start is the current token.
func (s *Scanner) Skip() error {
	for d := len(s.stack); len(s.stack) >= d && s.err == nil; {
		s.Next()
	}
	return s.err
}

// Content moves to the End of the element whose Start is the current token. It
// returns the text directly in it; text in child elements is left out.
func (s *Scanner) Content() []byte {
	d := len(s.stack)
	s.side = s.side[:0]
	if s.Next() == Text {
		n := len(s.text)
		s.held = true
		k := s.Next()
		s.held = false
		if k == End {
			return s.buf[s.keep : s.keep+n]
		}
		s.side = append(s.side, s.buf[s.keep:s.keep+n]...)
	}
	for len(s.stack) >= d && s.err == nil {
		if s.Next() == Text && len(s.stack) == d {
			s.side = append(s.side, s.text...)
		}
	}
	if s.err != nil {
		return nil
	}
	return s.side
}

// Finish reads to the end of the document and returns the error, if any. The
// document is only known to be well-formed when Finish, or a Next that
// returned EOF, has said so.
func (s *Scanner) Finish() error {
	for s.Next() != Invalid && s.kind != EOF {
	}
	return s.err
}
