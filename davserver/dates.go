package davserver

import "time"

// A listing tells two dates for each member, and time.Time.AppendFormat was a
// tenth of its cost: it reads the layout anew each time.

// appendHTTPDate appends t as an rfc1123-date, like Mon, 02 Jan 2006 15:04:05 GMT
// (RFC 9110 section 5.6.7).
func appendHTTPDate(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = append(b, t.Weekday().String()[:3]...)
	b = append(b, ", "...)
	b = append(appendDigits(b, day, 2), ' ')
	b = append(append(b, month.String()[:3]...), ' ')
	b = append(appendDigits(b, year, 4), ' ')
	b = appendClock(b, hour, minute, second)
	return append(b, " GMT"...)
}

// appendRFC3339 appends t to the second, like 2006-01-02T15:04:05Z.
func appendRFC3339(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = append(appendDigits(b, year, 4), '-')
	b = append(appendDigits(b, int(month), 2), '-')
	b = append(appendDigits(b, day, 2), 'T')
	return append(appendClock(b, hour, minute, second), 'Z')
}

func appendClock(b []byte, hour, minute, second int) []byte {
	b = append(appendDigits(b, hour, 2), ':')
	b = append(appendDigits(b, minute, 2), ':')
	return appendDigits(b, second, 2)
}

// appendDigits appends the last width digits of n, which is not negative.
func appendDigits(b []byte, n, width int) []byte {
	b = append(b, "0000"[:width]...)
	for i := len(b) - 1; width > 0; width-- {
		b[i] = byte('0' + n%10)
		n /= 10
		i--
	}
	return b
}
