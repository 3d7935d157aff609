package xmlscan

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf8"
)

const (
	firstBuffer = 16 << 10
	minRead     = 1 << 10
	lookahead   = 16 // bytes that may be read behind a token to see that it ends
)

// input gives the document as UTF-8 with line ends as XML 1.0 section 2.11
// wants them and with legal characters only (section 2.2), so that nothing
// behind it needs to look again.
type input struct {
	src   io.Reader
	buf   []byte // what has been read and is not used up
	tail  int    // buf[len:len+tail] was read too, the begin of a character
	keep  int    // buf[keep:] is still needed
	base  int64  // where buf begins in the document, counted as UTF-8
	lines int    // line ends before the end of buf
	wide  order  // set if src was UTF-16
	begun bool
	cr    bool  // the last byte read was a carriage return
	inErr error // why there is no more
}

func (in *input) reset(src io.Reader) {
	buf := in.buf[:0]
	if cap(buf) > 16*firstBuffer {
		buf = nil
	}
	*in = input{src: src, buf: buf}
}

// more appends at least one byte to buf, moving buf[keep:] to its begin to make
// room. It is false when there is no more.
func (s *Scanner) more() bool {
	in := &s.input
	if in.inErr != nil {
		return false
	}
	if len(in.buf)-in.keep > s.o.MaxToken+lookahead {
		s.fail(ErrLimit, "a token is too long")
		in.inErr = s.err
		return false
	}
	s.makeRoom()
	have := len(in.buf)
	if !in.begun {
		in.begun = true
		in.begin()
		in.take(0)
	}
	for range 100 {
		if len(in.buf) > have {
			return true
		}
		if in.inErr != nil {
			return false
		}
		var n int
		n, in.inErr = in.src.Read(in.buf[have+in.tail : cap(in.buf)])
		in.take(n)
	}
	if len(in.buf) > have {
		return true
	}
	if in.inErr == nil {
		in.inErr = io.ErrNoProgress
	}
	return false
}

func (s *Scanner) makeRoom() {
	in := &s.input
	if cap(in.buf)-len(in.buf)-in.tail >= minRead {
		return
	}
	used := in.buf[:len(in.buf)+in.tail]
	to := in.buf
	if cap(in.buf)-len(used)+in.keep < max(minRead, cap(in.buf)/2) {
		to = make([]byte, 0, max(firstBuffer, 2*cap(in.buf)))
	}
	in.base += int64(in.keep)
	n := copy(to[:cap(to)], used[in.keep:])
	in.buf = to[:n-in.tail]
	s.start -= in.keep
	in.keep = 0
}

// take judges n further bytes behind the tail. A read error stands until the
// bytes before it are used up.
func (in *input) take(n int) {
	have := len(in.buf)
	fresh := in.buf[have : have+in.tail+n]
	good, cr, ok := legal(fresh)
	in.tail = len(fresh) - good
	if cr || in.cr {
		out := in.foldLineEnds(fresh[:good])
		copy(fresh[out:], fresh[good:])
		good = out
	}
	in.buf = in.buf[:have+good]
	in.lines += bytes.Count(fresh[:good], newline)
	switch {
	case !ok:
		in.inErr = &Error{Line: in.lines + 1, Err: ErrSyntax,
			Msg: "a character that XML forbids, or broken " + in.wide.String()}
		in.tail = 0
	case in.inErr == io.EOF && in.tail > 0:
		in.inErr = &Error{Line: in.lines + 1, Err: io.ErrUnexpectedEOF}
		in.tail = 0
	}
}

// foldLineEnds makes one newline of CR LF and of CR, also across reads (XML
// 1.0 section 2.11), and returns the new length.
func (in *input) foldLineEnds(b []byte) int {
	out := 0
	for _, c := range b {
		switch {
		case c == '\r':
			b[out] = '\n'
			out++
		case c == '\n' && in.cr:
		default:
			b[out] = c
			out++
		}
		in.cr = c == '\r'
	}
	return out
}

// legal is the length of the begin of b that holds whole characters which XML
// 1.0 allows (section 2.2), and whether a carriage return is among them. It is
// not ok if what follows can't be the begin of such a character.
func legal(b []byte) (n int, cr, ok bool) {
	const (
		high   = 0x8080808080808080
		blanks = 0x2020202020202020
	)
	for n < len(b) {
		if n+8 <= len(b) {
			if x := binary.LittleEndian.Uint64(b[n:]); (x|(x-blanks)&^x)&high == 0 {
				n += 8
				continue
			}
		}
		c := b[n]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(b[n:])
			if r == utf8.RuneError && size == 1 {
				return n, cr, !utf8.FullRune(b[n:])
			}
			if r == 0xFFFE || r == 0xFFFF {
				return n, cr, false
			}
			n += size
			continue
		case c == '\r':
			cr = true
		case c < ' ' && c != '\t' && c != '\n':
			return n, cr, false
		}
		n++
	}
	return n, cr, true
}
