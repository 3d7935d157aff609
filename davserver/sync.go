package davserver

import (
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// handleSync is the report sync-collection (RFC 6578 section 3.2). Changes go
// out as the backend tells them; the status waits for the first.
func (q *request) handleSync(body *davxml.Report, res *dav.Resource, c *dav.Conditions) error {
	s := body.Sync
	infinite, err := q.syncInfinite(s)
	if err != nil {
		return err
	}
	if s.Limit == 0 { // not even that there is more could be told
		return tooMany("no answer can do with no member at all")
	}
	a := q.newAnswer(&davxml.Propfind{Kind: davxml.Prop, Names: s.Names}, q.live)
	begin := func() {
		if a.mw == nil {
			q.locateCollection(res)
			a.begin(q.href(res.Path, true))
		}
	}
	r := dav.SyncRequest{Path: q.path, Token: s.Token, Infinite: infinite, Limit: max(s.Limit, 0), Query: a.query(dav.Depth0), Conditions: c}
	token, more, err := q.syncer.Sync(q.ctx(), r, func(ch *dav.Change) error {
		if reserved(ch.Resource.Path) {
			return nil
		}
		begin()
		if ch.Removed {
			return a.send(&multistatus.Response{Href: q.href(ch.Resource.Path, ch.Resource.Collection), Status: http.StatusNotFound})
		}
		return a.write(ch.Resource)
	})
	switch {
	case err != nil && a.mw == nil:
		return err
	case err != nil:
		a.breakOff(err)
	}
	begin()
	if more {
		if err := a.truncated(); err != nil {
			a.breakOff(err)
		}
	}
	a.mw.SetSyncToken(token)
	return a.end()
}

// syncInfinite tells whether all descendants are wanted. Without sync-level the
// Depth header says so, as in drafts of RFC 6578 (its appendix A); with it,
// only Depth: 0 is right.
func (q *request) syncInfinite(s *davxml.SyncCollection) (bool, error) {
	depth, err := davxml.ParseDepth(q.r.Header, dav.Depth0)
	switch {
	case err != nil:
		return false, err
	case s.Level == davxml.NoSyncLevel && depth == dav.Depth0:
		return false, invalid("sync-collection has no sync-level")
	case s.Level == davxml.NoSyncLevel:
		return depth == dav.DepthInfinity, nil
	case depth != dav.Depth0:
		return false, invalid("sync-collection has Depth: 0; how deep it goes is said by sync-level")
	}
	return s.Level == davxml.SyncInfinite, nil
}

// truncated tells that there is more than the answer holds (RFC 6578 section
// 3.6, RFC 5323 section 2.3.1).
func (a *answer) truncated() error {
	return a.send(&multistatus.Response{Href: a.self, Status: http.StatusInsufficientStorage,
		Error:       []multistatus.Condition{{Name: dav.NumberOfMatchesWithinLimits}},
		Description: "there is more than this answer holds"})
}

// tooMany is the refusal of a request whose answer can't be cut to what the
// limits are.
func tooMany(why string) error {
	return &dav.Error{Kind: dav.NoSpace, Condition: dav.Condition{Name: dav.NumberOfMatchesWithinLimits}, Message: why}
}
