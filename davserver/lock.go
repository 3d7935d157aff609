package davserver

import (
	"net/http"
	"strconv"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/davxml"
	"github.com/quiredav/quire/multistatus"
)

// handleLock is LOCK: a new lock, or, without a body, the refresh of one (RFC
// 4918 section 9.10).
func (q *request) handleLock() error {
	if err := q.wantXML(); err != nil {
		return err
	}
	info, err := davxml.ReadLockinfo(q.r.Body, q.limits.xml())
	if err != nil {
		return err
	}
	c, err := q.conditions()
	if err != nil {
		return err
	}
	timeout := q.limits.lockTimeout(davxml.ParseTimeout(q.r.Header))
	if info == nil {
		return q.refreshLock(c, dav.RefreshRequest{Path: q.path, Timeout: timeout, Conditions: c})
	}
	depth, err := davxml.ParseDepth(q.r.Header, dav.DepthInfinity)
	if err != nil {
		return err
	}
	if depth == dav.Depth1 {
		return invalid("LOCK has Depth: 0 or infinity")
	}
	if err := q.wantLockableSlash(); err != nil {
		return err
	}
	at, err := q.position()
	if err != nil {
		return err
	}
	return q.newLock(dav.LockRequest{Path: q.path, Scope: info.Scope, Depth: depth, Owner: info.Owner, Timeout: timeout, Position: at, Conditions: c})
}

// wantLockableSlash refuses to make a file at a URL that names a collection.
func (q *request) wantLockableSlash() error {
	if !q.slash {
		return nil
	}
	_, err := q.lookup(q.path, dav.Query{})
	if dav.KindOf(err) == dav.NotFound {
		return &dav.Error{Kind: dav.Conflict, Path: q.path, Message: "a URL with a slash at its end names a collection, which LOCK can't make"}
	}
	return err
}

func (q *request) newLock(r dav.LockRequest) error {
	o := outcomes{q: q, collection: true} // for else it has no members to fail
	l, created, err := q.locker.Lock(q.ctx(), r, o.report)
	if err == nil && o.first != nil {
		// What was asked for depended on the members (RFC 4918 section 9.10.3).
		err = &dav.Error{Kind: dav.FailedDependency, Path: q.path, Message: "a lock on a member stands against this one"}
		if o.mw == nil {
			err = o.first
		}
	}
	if answered, err := o.finish(err); answered || err != nil {
		return err
	}
	q.w.Header().Set("Lock-Token", davxml.FormatLockToken(l.Token))
	if created {
		return q.showLock(http.StatusCreated, l)
	}
	return q.showLock(http.StatusOK, l)
}

// noLock is a state token that is never a lock's (RFC 4918 section 10.4.8).
const noLock = "DAV:no-lock"

// refreshLock restarts the timer of the one lock whose token If submits.
func (q *request) refreshLock(c *dav.Conditions, r dav.RefreshRequest) error {
	for _, token := range c.Tokens {
		switch {
		case token == noLock:
		case r.Token != "" && token != r.Token:
			return invalid("a LOCK without a body refreshes one lock, but If submits several tokens")
		default:
			r.Token = token
		}
	}
	if r.Token == "" {
		return invalid("a LOCK without a body refreshes a lock, whose token has to be submitted with If")
	}
	l, err := q.locker.Refresh(q.ctx(), r)
	if err != nil {
		return err
	}
	return q.showLock(http.StatusOK, l)
}

func (q *request) showLock(status int, l *dav.Lock) error {
	if l.Root == q.path {
		q.locateCollection(&dav.Resource{Path: l.Root, Collection: l.Collection})
	}
	body := davxml.AppendLockAnswer(nil, []dav.Lock{*l}, q.now(), q.href)
	h := q.w.Header()
	h.Set("Content-Type", multistatus.ContentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	q.w.WriteHeader(status)
	_, err := q.w.Write(body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}
