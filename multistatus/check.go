package multistatus

// check tells why r is refused; "" if it is not. After it every name in r has
// a tag.
func (w *Writer) check(r *Response) string {
	if why := w.checkHrefs(r); why != "" {
		return why
	}
	switch {
	case r.Status == 0 && len(r.Propstats) == 0:
		return "has neither status nor propstat"
	case r.Status != 0 && len(r.Propstats) > 0:
		return "has a status and a propstat"
	case len(r.More) > 0 && len(r.Propstats) > 0:
		return "has several hrefs and a propstat"
	case r.Status != 0 && !legalStatus(r.Status):
		return "has a status that is none"
	case needsLocation(r.Status) && r.Location == "":
		return "redirects without a location"
	}
	for i := range r.Propstats {
		p := &r.Propstats[i]
		if !legalStatus(p.Status) {
			return "has a propstat with a status that is none"
		}
		if why := w.checkProperties(p.Properties); why != "" {
			return why
		}
		if why := w.checkConditions(p.Error); why != "" {
			return why
		}
	}
	return w.checkConditions(r.Error)
}

func (w *Writer) checkHrefs(r *Response) string {
	if r.Href == "" {
		return "has no href"
	}
	if w.hrefs.has(r.Href) {
		return "comes twice"
	}
	for i, h := range r.More {
		if h == "" {
			return "has an empty href"
		}
		if h == r.Href || w.hrefs.has(h) {
			return "has an href that comes twice"
		}
		for _, other := range r.More[:min(i, hrefTable)] {
			if h == other {
				return "has an href that comes twice"
			}
		}
	}
	return ""
}

func (w *Writer) checkProperties(properties []Property) string {
	for i := range properties {
		p := &properties[i]
		t := w.tags.get(p.Name)
		switch {
		case t == nil:
			return "has a property whose name XML can't hold"
		case t.seen == w.serial:
			return "has a property twice: " + p.Name.String()
		case p.Form > Whole:
			return "has a property of no known form"
		case p.Form == Whole && len(p.Value) == 0:
			return "has a whole property without a value"
		}
		t.seen = w.serial
	}
	return ""
}

func (w *Writer) checkConditions(conditions []Condition) string {
	for i := range conditions {
		if w.tags.get(conditions[i].Name) == nil {
			return "has a condition whose name XML can't hold"
		}
	}
	return ""
}
