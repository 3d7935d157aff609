package xmlscan

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// order is the byte order of UTF-16; "" stands for UTF-8.
type order string

const (
	bigEndian    order = "BE"
	littleEndian order = "LE"
)

func (o order) String() string {
	if o == "" {
		return "UTF-8"
	}
	return "UTF-16"
}

// names tells whether an encoding declaration may call the input so (XML 1.0
// section 4.3.3).
func (o order) names(encoding string) bool {
	if o == "" {
		return strings.EqualFold(encoding, "UTF-8")
	}
	return strings.EqualFold(encoding, "UTF-16") || strings.EqualFold(encoding, "UTF-16"+string(o))
}

// readFirst reads at least four bytes. Unlike io.ReadAtLeast it tells an input
// that ends before from one that breaks off.
func readFirst(r io.Reader, b []byte) (n int, err error) {
	for n < 4 && err == nil {
		var m int
		m, err = r.Read(b[n:])
		n += m
	}
	if n >= 4 {
		err = nil
	}
	return n, err
}

// begin reads the first bytes and finds the encoding from the byte order mark
// or, without one, from the first characters (XML 1.0 appendix F).
func (in *input) begin() {
	first := in.buf[:cap(in.buf)]
	n, err := readFirst(in.src, first)
	first = first[:n]
	switch {
	case bytes.HasPrefix(first, []byte("\xEF\xBB\xBF")):
		n = copy(first, first[3:])
	case bytes.HasPrefix(first, []byte("\xFF\xFE\x00\x00")), bytes.HasPrefix(first, []byte("\x00\x00")),
		bytes.HasPrefix(first, []byte("<\x00\x00\x00")), bytes.HasPrefix(first, []byte("\x4C\x6F\xA7\x94")):
		in.inErr = &Error{Line: 1, Err: ErrEncoding}
		return
	case bytes.HasPrefix(first, []byte("\xFF\xFE")):
		in.widen(littleEndian, first[2:], err)
		return
	case bytes.HasPrefix(first, []byte("\xFE\xFF")):
		in.widen(bigEndian, first[2:], err)
		return
	case bytes.HasPrefix(first, []byte("<\x00")):
		in.widen(littleEndian, first, err)
		return
	case bytes.HasPrefix(first, []byte("\x00<")):
		in.widen(bigEndian, first, err)
		return
	}
	in.tail = n
	if err != nil {
		in.src = failed{err}
	}
}

// widen goes on with UTF-16, of which first has been read.
func (in *input) widen(o order, first []byte, err error) {
	in.wide = o
	rest := in.src
	if err != nil {
		rest = failed{err}
	}
	w := &utf16Reader{src: io.MultiReader(bytes.NewReader(bytes.Clone(first)), rest), order: binary.LittleEndian}
	if o == bigEndian {
		w.order = binary.BigEndian
	}
	in.src = w
}

type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// utf16Reader turns UTF-16 into UTF-8. A surrogate without its partner becomes
// a byte that is not UTF-8, and so is refused behind it.
type utf16Reader struct {
	src   io.Reader
	order binary.ByteOrder
	in    [2 << 10]byte
	n     int // in[:n] is still to be turned
	err   error
}

// Read needs room for one character in p.
func (w *utf16Reader) Read(p []byte) (int, error) {
	out, used := p[:0], 0
	for {
		for used+2 <= w.n && cap(out)-len(out) >= utf8.UTFMax {
			r := rune(w.order.Uint16(w.in[used:]))
			if utf16.IsSurrogate(r) {
				if used+4 > w.n && w.err == nil {
					break
				}
				r2 := rune(0)
				if used+4 <= w.n {
					r2 = rune(w.order.Uint16(w.in[used+2:]))
				}
				r = utf16.DecodeRune(r, r2)
				used += 2
				if r == utf8.RuneError {
					out = append(out, 0xFF)
					continue
				}
			}
			used += 2
			out = utf8.AppendRune(out, r)
		}
		w.n = copy(w.in[:], w.in[used:w.n])
		used = 0
		if len(out) > 0 {
			return len(out), nil
		}
		if w.err != nil {
			if w.err == io.EOF && w.n > 0 {
				return 0, io.ErrUnexpectedEOF
			}
			return 0, w.err
		}
		var n int
		n, w.err = w.src.Read(w.in[w.n:])
		w.n += n
	}
}
