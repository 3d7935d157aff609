package repo

// idSet is a set of row ids, a bit for each: ids that were given out one after the
// other take next to no room.
type idSet map[int64]uint64

func (s idSet) has(id int64) bool { return s[id>>6]&(1<<(id&63)) != 0 }

func (s idSet) add(id int64) { s[id>>6] |= 1 << (id & 63) }

func (s idSet) addAll(other idSet) {
	for k, bits := range other {
		s[k] |= bits
	}
}
