package multistatus

// AppendResponse appends r as an element that declares all it needs, for a
// place outside the list of a Multi-Status: within a property (RFC 3253 section
// 3.8). It refuses what [Writer.Write] refuses; then b is unchanged.
func AppendResponse(b []byte, r *Response) ([]byte, error) {
	w := NewWriter(nil)
	defer func() {
		w.buf = w.buf[:0]
		w.hrefs.reset()
		writerStates.Put(w.writerState)
	}()
	w.serial++
	w.tags.trim()
	if why := w.check(r); why != "" {
		return b, refusal(r, why)
	}
	w.response(r)
	const tag = "<D:response"
	b = append(b, tag+` xmlns:D="DAV:" xmlns=""`...)
	return append(b, w.buf[len(tag):]...), nil
}
