package dav

// SortKey is the place of a resource in the order that a search asks for: a
// value for each of its keys.
type SortKey []sortValue

type sortValue struct {
	state ValueState
	scalar
	score int
}

// AppendSortKey appends the key of a resource to k. Properties have been set.
func AppendSortKey(k SortKey, order []SearchOrder, r SearchRecord) SortKey {
	for i := range order {
		if order[i].Score {
			k = append(k, sortValue{state: Simple, score: r.Score()})
			continue
		}
		p := order[i].Property
		v := p.ValueOf(r)
		s := sortValue{state: v.State}
		if v.State == Simple {
			var ok bool
			if s.scalar, ok = p.Type.castValue(v, order[i].Caseless); !ok {
				s.state = Structured
			}
		}
		k = append(k, s)
	}
	return k
}

// CompareSortKeys tells which resource comes first: less than 0 if that of a
// does. NULL is before every value, what can't be compared right behind it (RFC
// 5323 section 5.6).
func CompareSortKeys(order []SearchOrder, a, b SortKey) int {
	for i := range order {
		c := int(a[i].state) - int(b[i].state)
		switch {
		case c != 0 || a[i].state != Simple:
		case order[i].Score:
			c = a[i].score - b[i].score
		default:
			c, _ = order[i].Property.Type.compare(a[i].scalar, b[i].scalar)
		}
		if order[i].Descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// Size is about how many bytes of memory the key takes.
func (k SortKey) Size() (n int) {
	for i := range k {
		n += 128 + len(k[i].text) + len(k[i].decimal.whole) + len(k[i].decimal.fraction)
	}
	return n
}
