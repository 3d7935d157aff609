package multistatus

import (
	"bytes"
	"slices"
)

// response reads the response whose Start is the current token.
func (r *Reader) response() (*Response, error) {
	limit := r.s.Offset() + r.o.MaxResponse
	if r.o.MaxBytes > 0 {
		limit = min(limit, r.o.MaxBytes)
	}
	r.s.SetLimit(limit)
	r.r = Response{More: r.r.More[:0], Propstats: r.r.Propstats[:0]}
	r.parts, r.errors, r.props = r.parts[:0], r.errors[:0], r.props[:0]
	r.ends, r.values = r.ends[:0], r.values[:0]

	statuses, from, to := 0, 0, 0
	why := ""
	for d := r.s.Depth(); r.s.Child(d); {
		switch local(r.s) {
		case "href":
			r.href()
		case "status":
			statuses++
			r.r.Status, why = r.status(why)
		case "propstat":
			why = r.propstat(why)
		case "error":
			from, to = r.conditions()
		case "responsedescription":
			r.r.Description = string(r.s.Content())
		case "location":
			for d := r.s.Depth(); r.s.Child(d); {
				if local(r.s) == "href" {
					r.r.Location = string(bytes.TrimSpace(r.s.Content()))
				}
			}
		}
	}
	if r.err = scanError(r.s.Err()); r.err != nil {
		return nil, r.err
	}
	r.s.SetLimit(r.o.MaxBytes)
	if why == "" {
		why = r.shape(statuses)
	}
	if why != "" {
		return nil, &ResponseError{Href: r.r.Href, Msg: why}
	}
	r.r.Error = r.errors[from:to:to]
	r.assemble()
	return &r.r, nil
}

func (r *Reader) href() {
	h := string(bytes.TrimSpace(r.s.Content()))
	if r.r.Href == "" {
		r.r.Href = h
	} else if h != "" {
		r.r.More = append(r.r.More, h)
	}
}

// shape tells what is wrong with the response as a whole (RFC 4918 section
// 14.24).
func (r *Reader) shape(statuses int) string {
	switch {
	case r.r.Href == "":
		return "has no href"
	case statuses > 1:
		return "has several statuses"
	case statuses == 0 && len(r.parts) == 0:
		return "has neither status nor propstat"
	case statuses > 0 && len(r.parts) > 0:
		return "has a status and a propstat"
	case len(r.r.More) > 0 && len(r.parts) > 0:
		return "has several hrefs and a propstat"
	}
	return ""
}

// assemble makes slices of what was read into the Reader's buffers, which move
// no more.
func (r *Reader) assemble() {
	from := 0
	for i, to := range r.ends {
		r.props[i].Value = r.values[from:to:to]
		from = to
	}
	for i := range r.parts {
		p := &r.parts[i]
		r.r.Propstats = append(r.r.Propstats, Propstat{
			Properties:  r.props[p.from:p.to:p.to],
			Status:      p.status,
			Error:       r.errors[p.errorFrom:p.errorTo:p.errorTo],
			Description: p.description,
		})
	}
}

// status reads a status element; why is what was wrong before.
func (r *Reader) status(why string) (int, string) {
	code, ok := parseStatus(bytes.TrimSpace(r.s.Content()))
	switch {
	case why != "":
	case !ok:
		why = "has a status that is no status line"
	case !legalStatus(code):
		why = "has a status outside 200 to 599"
	}
	return code, why
}

func (r *Reader) propstat(why string) string {
	p := part{from: len(r.props)}
	for d := r.s.Depth(); r.s.Child(d); {
		switch local(r.s) {
		case "prop":
			for d := r.s.Depth(); r.s.Child(d); {
				r.property()
			}
		case "status":
			p.statuses++
			p.status, why = r.status(why)
		case "error":
			p.errorFrom, p.errorTo = r.conditions()
		case "responsedescription":
			p.description = string(r.s.Content())
		}
	}
	p.to = len(r.props)
	r.parts = append(r.parts, p)
	if why == "" && p.statuses != 1 {
		why = "has a propstat without its one status"
	}
	return why
}

func (r *Reader) property() {
	p := Property{Name: r.s.Name()}
	var text bool
	if r.values, text = r.s.Value(r.values); !text {
		p.Form = Whole
	}
	r.props = append(r.props, p)
	r.ends = append(r.ends, len(r.values))
}

// conditions reads an error element; what it returns are places in r.errors.
func (r *Reader) conditions() (from, to int) {
	from = len(r.errors)
	for d := r.s.Depth(); r.s.Child(d); {
		c := Condition{Name: r.s.Name()}
		for d := r.s.Depth(); r.s.Child(d); {
			if local(r.s) == "href" {
				if h := bytes.TrimSpace(r.s.Content()); len(h) > 0 {
					c.Hrefs = append(c.Hrefs, string(h))
				}
			}
		}
		r.errors = append(r.errors, c)
	}
	return from, len(r.errors)
}

// Clone returns a copy of r that shares no memory with it, save for strings.
func (r *Response) Clone() *Response {
	c := *r
	c.More = slices.Clone(r.More)
	c.Error = cloneConditions(r.Error)
	c.Extra = bytes.Clone(r.Extra)
	c.Propstats = slices.Clone(r.Propstats)
	for i := range c.Propstats {
		p := &c.Propstats[i]
		p.Error = cloneConditions(p.Error)
		p.Properties = slices.Clone(p.Properties)
		for j := range p.Properties {
			p.Properties[j].Value = bytes.Clone(p.Properties[j].Value)
		}
	}
	return &c
}

func cloneConditions(conditions []Condition) []Condition {
	c := slices.Clone(conditions)
	for i := range c {
		c[i].Hrefs = slices.Clone(c[i].Hrefs)
	}
	return c
}
