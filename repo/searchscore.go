package repo

import (
	"math"
	"slices"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

// maxScored bounds the texts that have a score for one phrase, and maxScoredPhrases
// the phrases. To score a text costs as much as to find it, and for one score the
// database looks at all that match.
const (
	maxScored        = 10_000
	maxScoredPhrases = 8
)

// scores tell how well bodies match the phrases of a query.
type scores map[int64]int64

// phrases are those that the query looks for.
func (s *search) phrases() (list []string) {
	var visit func(*dav.Where)
	visit = func(w *dav.Where) {
		if w.Op == dav.Contains && !slices.Contains(list, w.Text) {
			list = append(list, w.Text)
		}
		for _, t := range w.Terms {
			visit(t)
		}
	}
	if s.q.Where != nil {
		visit(s.q.Where)
	}
	return list
}

// score scores the texts that match, the best of them if there are many and the
// hits are to be sorted so. If there are many and they are not, none has a score.
func (s *search) score(t *tx, phrases []string) (scores, error) {
	ordered := slices.ContainsFunc(s.q.Order, func(o dav.SearchOrder) bool { return o.Score })
	sum := scores{}
	for _, p := range phrases[:min(len(phrases), maxScoredPhrases)] {
		n, err := meta.Int(t, `SELECT count(*) FROM (SELECT 1 FROM fulltext WHERE {{MATCHES}}$1) LIMIT 10001) AS bounded`, phrase(p))
		if err != nil {
			return nil, err
		}
		if n > maxScored && !ordered {
			return nil, nil
		}
		for row, err := range t.Query(`SELECT rowid, {{SCORE}} AS score FROM fulltext WHERE {{MATCHES}}$1)
			ORDER BY score DESC LIMIT 10000`, phrase(p)) {
			if err != nil {
				return nil, err
			}
			sum[row.Int(0)] += max(row.Int(1), 1)
		}
	}
	return sum, nil
}

// of is the score of a body, 1 to 10,000; 0 if it has none.
func (s scores) of(body int64) int {
	n, ok := s[body]
	if !ok {
		return 0
	}
	x := float64(n) / 1e6
	return max(1, int(math.Round(10_000*x/(1+x))))
}
