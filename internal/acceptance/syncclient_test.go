package acceptance

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// syncer keeps a copy of a collection and of all below it, knowing nothing but
// RFC 6578. What it has of a resource is its identity and entity tag.
type syncer struct {
	top   string
	limit int // members in an answer; 0: no wish
	token string
	known map[string]string // by path

	changes, answers int
}

// errRefused is an answer that is not to be had by asking again.
var errRefused = errors.New("the report was refused")

const syncBody = `<D:sync-collection xmlns:D="DAV:"><D:sync-token>%s</D:sync-token><D:sync-level>infinite</D:sync-level>%s<D:prop><D:getetag/><D:resource-id/></D:prop></D:sync-collection>`

// step asks once, and takes the answer over if it came as a whole.
func (s *syncer) step(ctx context.Context, h *http.Client, base string) (more bool, err error) {
	limit := ""
	if s.limit > 0 {
		limit = fmt.Sprintf("<D:limit><D:nresults>%d</D:nresults></D:limit>", s.limit)
	}
	body, err := fetchFor(ctx, h, "REPORT", base+s.top, fmt.Sprintf(syncBody, s.token, limit), http.StatusMultiStatus, "Content-Type", "application/xml")
	if err != nil {
		return false, err
	}
	var m seen
	if err := xml.Unmarshal([]byte(body), &m); err != nil {
		return false, err
	}
	next := maps.Clone(s.known)
	if next == nil {
		next = map[string]string{}
	}
	for _, r := range m.Responses {
		p, err := sharePath(r.Href)
		switch {
		case err != nil:
			return false, err
		case p == s.top && strings.Contains(r.Status, " 507 "):
			more = true
		case strings.Contains(r.Status, " 404 "):
			maps.DeleteFunc(next, func(q, _ string) bool { return inside(q, p) })
		case len(r.Propstats) > 0 && strings.Contains(r.Propstats[0].Status, " 200 "):
			prop := r.Propstats[0].Prop
			next[p] = prop.ID + prop.ETag
		default:
			return false, fmt.Errorf("%w: %s has the status %q", errRefused, p, r.Status)
		}
	}
	if m.Token == "" || m.Token == s.token && more {
		return false, fmt.Errorf("%w: the token %q follows on %q", errRefused, m.Token, s.token)
	}
	s.known, s.token = next, m.Token
	s.changes += len(m.Responses)
	s.answers++
	return more, nil
}

// run asks again and again until the server is gone.
func (s *syncer) run(ctx context.Context, h *http.Client, base string, f *fuse) error {
	for {
		if _, err := s.step(ctx, h, base); err != nil {
			if f.blown() && !errors.Is(err, errRefused) {
				return nil
			}
			return fmt.Errorf("the sync of %q: %w", s.top, err)
		}
	}
}

// settle asks until there is no more, and compares its copy with what is there.
func (s *syncer) settle(ctx context.Context, h *http.Client, base string, seen tree) error {
	for more := true; more; {
		var err error
		if more, err = s.step(ctx, h, base); err != nil {
			return fmt.Errorf("the sync of %q: %w", s.top, err)
		}
	}
	want := map[string]string{}
	for p, n := range seen.nodes {
		if p != s.top && inside(p, s.top) {
			want[p] = n.id + n.etag
		}
	}
	for _, p := range slices.Sorted(maps.Keys(want)) {
		if s.known[p] != want[p] {
			return fmt.Errorf("the sync of %q has %q for %s, which is %q", s.top, s.known[p], p, want[p])
		}
	}
	for p := range s.known {
		if _, there := want[p]; !there {
			return fmt.Errorf("the sync of %q has %s, which is not there", s.top, p)
		}
	}
	return nil
}
