package dav

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// Datatype is a simple type of XML Schema that a query can compare by (RFC 5323
// section 5.11).
type Datatype uint8

const (
	String Datatype = iota
	Boolean
	Integer
	NonNegativeInteger
	Decimal
	Double // xs:float, too
	DateTime
)

// datatypes are the types by their local names in the namespace of XML Schema.
var datatypes = map[string]Datatype{
	"string": String, "boolean": Boolean, "integer": Integer, "nonNegativeInteger": NonNegativeInteger,
	"decimal": Decimal, "float": Double, "double": Double, "dateTime": DateTime,
}

// DatatypeNames are the local names, in the namespace of XML Schema, of the
// types that the server knows.
var DatatypeNames = [...]string{String: "string", Boolean: "boolean", Integer: "integer", NonNegativeInteger: "nonNegativeInteger",
	Decimal: "decimal", Double: "double", DateTime: "dateTime"}

// DatatypeNamed is the type with a local name in the namespace of XML Schema.
func DatatypeNamed(local string) (t Datatype, known bool) {
	t, known = datatypes[local]
	return t, known
}

func (t Datatype) String() string { return DatatypeNames[t] }

// scalar is a value of a [Datatype], in the field of that type.
type scalar struct {
	text    string
	decimal decimal
	double  float64
	time    time.Time
}

// castValue is the value of a property as one of the type; ok is false if it is
// none.
func (t Datatype) castValue(v Value, caseless bool) (s scalar, ok bool) {
	if t == DateTime && !v.Time.IsZero() {
		return scalar{time: v.Time}, true
	}
	return t.cast(v.Text, caseless)
}

// cast reads the lexical form of a type (XML Schema part 2 section 3).
func (t Datatype) cast(text string, caseless bool) (s scalar, ok bool) {
	if t == String {
		if caseless {
			text = FoldCase(text)
		}
		return scalar{text: text}, true
	}
	text = strings.Trim(text, " \t\r\n")
	switch t {
	case Boolean:
		s.decimal, ok = parseBoolean(text)
	case Integer, NonNegativeInteger:
		s.decimal, ok = parseDecimal(text)
		ok = ok && !strings.Contains(text, ".") && (t == Integer || !s.decimal.negative)
	case Decimal:
		s.decimal, ok = parseDecimal(text)
	case Double:
		s.double, ok = parseDouble(text)
	case DateTime:
		s.time, ok = parseDateTime(text)
	}
	return s, ok
}

// compare puts two values of the type in order; ok is false if they have none.
// Text is in the order of its code points, which is that of its bytes.
func (t Datatype) compare(a, b scalar) (c int, ok bool) {
	switch t {
	case String:
		return strings.Compare(a.text, b.text), true
	case Double:
		return cmp.Compare(a.double, b.double), a.double == a.double && b.double == b.double
	case DateTime:
		return a.time.Compare(b.time), true
	}
	return a.decimal.compare(b.decimal), true
}

// decimal is a number of any size, as its digits before and behind the point,
// without zeros that don't count.
type decimal struct {
	negative        bool
	whole, fraction string
}

func parseDecimal(s string) (d decimal, ok bool) {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		d.negative = s[0] == '-'
		s = s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if whole == "" && fraction == "" || !digits(whole) || !digits(fraction) {
		return d, false
	}
	d.whole, d.fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	d.negative = d.negative && (d.whole != "" || d.fraction != "")
	return d, true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func (d decimal) compare(e decimal) int {
	switch {
	case d.negative && !e.negative:
		return -1
	case !d.negative && e.negative:
		return 1
	case d.negative:
		return e.magnitude(d)
	}
	return d.magnitude(e)
}

// magnitude compares without the signs.
func (d decimal) magnitude(e decimal) int {
	return cmp.Or(cmp.Compare(len(d.whole), len(e.whole)), strings.Compare(d.whole, e.whole), strings.Compare(d.fraction, e.fraction))
}

func parseBoolean(s string) (d decimal, ok bool) {
	switch s {
	case "true", "1":
		return decimal{whole: "1"}, true
	case "false", "0":
		return decimal{}, true
	}
	return decimal{}, false
}

// parseDouble takes what XML Schema takes, which is less than strconv does.
func parseDouble(s string) (float64, bool) {
	switch s {
	case "INF", "-INF", "NaN":
	default:
		if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if e, over := err.(*strconv.NumError); over && e.Err == strconv.ErrRange {
		err = nil // an infinity
	}
	return f, err == nil
}

// parseDateTime reads a date and time. One without a zone is taken for UTC.
func parseDateTime(s string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, true
	}
	t, err := time.Parse("2006-01-02T15:04:05.999999999", s)
	return t, err == nil
}
