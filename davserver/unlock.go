package davserver

import (
	"net/http"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
)

// handleUnlock is UNLOCK (RFC 4918 section 9.11).
func (q *request) handleUnlock() error {
	if err := q.wantNoBody(); err != nil {
		return err
	}
	token, err := davxml.ParseLockToken(q.r.Header)
	if err != nil {
		return err
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	if err := q.locker.Unlock(q.ctx(), dav.UnlockRequest{Path: q.path, Token: token, Conditions: c}); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}
