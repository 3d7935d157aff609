package davserver

import (
	"net/http"
	"strings"

	"github.com/quiredav/quire/dav"
)

// target is what a URL leads to, as far as it decides what works there: one
// bit, or in a table all for which a row counts.
type target uint8

const (
	onUnmapped target = 1 << iota
	onFile
	onCollection // other than the root
	onRoot
	onRedirectref // the reference itself (RFC 4437 section 12.2)
	onReserved    // what is the server's own, save for
	onPrincipals  // the principal resources and their collection

	onCollections = onCollection | onRoot
	onMapped      = onFile | onCollections | onRedirectref
	onAny         = onUnmapped | onMapped | onReserved | onPrincipals
)

// targetOf is what res is; nil is an unmapped URL.
func targetOf(res *dav.Resource) target {
	switch {
	case res == nil:
		return onUnmapped
	case reserved(res.Path):
		if amongPrincipals(res.Path) {
			return onPrincipals
		}
		return onReserved
	case res.Redirect != nil:
		return onRedirectref
	case res.Path.IsRoot():
		return onRoot
	case res.Collection:
		return onCollection
	}
	return onFile
}

// capability is what a backend can do beyond [Backend], as a set.
type capability uint16

const (
	canStore capability = 1 << iota // PropertyStore
	canLock
	canBind
	canSync
	canOrder
	canRedirect
	canQuota
	canSearch
)

// capabilities finds out what the backend can do.
func (h *Handler) capabilities(b Backend) {
	note := func(c capability, ok bool) {
		if ok {
			h.can |= c
		}
	}
	var ok bool
	h.store, ok = b.(PropertyStore)
	note(canStore, ok)
	h.locker, ok = b.(Locker)
	note(canLock, ok)
	h.binder, ok = b.(Binder)
	note(canBind, ok)
	h.syncer, ok = b.(Syncer)
	note(canSync, ok)
	h.orderer, ok = b.(Orderer)
	note(canOrder, ok)
	h.redirector, ok = b.(Redirector)
	note(canRedirect, ok)
	h.searcher, ok = b.(Searcher)
	note(canSearch, ok)
	q, ok := b.(Quotaed)
	note(canQuota, ok && q.HasQuota())
}

// has tells whether the backend can do all that needs names.
func (h *Handler) has(needs capability) bool { return h.can&needs == needs }

// method is a row of the table from which requests are dispatched, and which
// Allow and supported-method-set tell.
type method struct {
	name   string
	on     target // where it can work; that it doesn't elsewhere is for the backend to say
	needs  capability
	handle func(*request) error
}

// methodTable are all methods that the server knows, in the order of Allow. A
// method that works nowhere is one of HTTP, so not unknown.
func methodTable() []method {
	return []method{
		{http.MethodOptions, onAny, 0, (*request).handleOptions},
		{http.MethodGet, onFile | onCollections | onPrincipals, 0, (*request).handleGet},
		{http.MethodHead, onFile | onCollections | onPrincipals, 0, (*request).handleGet},
		{http.MethodPut, onUnmapped | onFile, 0, (*request).handlePut},
		{http.MethodPost, onCollections, 0, (*request).handlePost},
		{http.MethodDelete, onMapped &^ onRoot, 0, (*request).handleDelete},
		{"MKCOL", onUnmapped, 0, (*request).handleMkcol},
		{"COPY", onMapped, 0, (*request).handleCopy},
		{"MOVE", onMapped &^ onRoot, 0, (*request).handleMove},
		{"PROPFIND", onMapped | onPrincipals, 0, (*request).handlePropfind},
		{"PROPPATCH", onMapped, 0, (*request).handleProppatch},
		{"LOCK", onUnmapped | onMapped, canLock, (*request).handleLock},
		{"UNLOCK", onMapped, canLock, (*request).handleUnlock},
		{"BIND", onCollections, canBind, (*request).handleBind},
		{"UNBIND", onCollections, canBind, (*request).handleUnbind},
		{"REBIND", onCollections, canBind, (*request).handleRebind},
		{"ORDERPATCH", onCollections, canOrder, (*request).handleOrderpatch},
		{"MKREDIRECTREF", onUnmapped, canRedirect, (*request).handleMkredirectref},
		{"UPDATEREDIRECTREF", onRedirectref, canRedirect, (*request).handleUpdateredirectref},
		{"REPORT", onMapped | onPrincipals, 0, (*request).handleReport},
		{"SEARCH", onMapped, canSearch, (*request).handleSearch},
		{http.MethodPatch, 0, 0, nil},
		{http.MethodTrace, 0, 0, nil},
	}
}

func (q *request) dispatch() error {
	for i := range q.methods {
		m := &q.methods[i]
		switch {
		case m.name != q.r.Method:
			continue
		case m.on == 0 || !q.has(m.needs):
			return &dav.Error{Kind: dav.NotAllowed, Path: q.path, Message: "there is no " + m.name + " here"}
		}
		return m.handle(q)
	}
	return &dav.Error{Kind: dav.NotImplemented, Path: q.path, Message: "the server does not know this method"}
}

// methodsOn are the methods that work on t.
func (h *Handler) methodsOn(t target) (names []string) {
	for i := range h.methods {
		if m := &h.methods[i]; m.on&t != 0 && h.has(m.needs) {
			names = append(names, m.name)
		}
	}
	return names
}

// complianceClasses are the tokens of the DAV header (RFC 4918 section 10.1 and
// 18), in its order, and where they are true.
var complianceClasses = []struct {
	token string
	on    target
	needs capability
}{
	{"1", onAny, 0},
	{"2", onUnmapped | onMapped, canLock},
	{"3", onAny, 0},
	{"extended-mkcol", onUnmapped | onCollections, canStore},  // RFC 5689 section 3.1
	{"bind", onUnmapped | onMapped, canBind},                  // RFC 5842 section 8.1
	{"ordered-collections", onCollections, canOrder},          // RFC 3648 section 10
	{"redirectrefs", onUnmapped | onRedirectref, canRedirect}, // RFC 4437 section 16
}

// compliance is the DAV header for t.
func (h *Handler) compliance(t target) string {
	var tokens []string
	for _, c := range complianceClasses {
		if c.on&t != 0 && h.has(c.needs) {
			tokens = append(tokens, c.token)
		}
	}
	return strings.Join(tokens, ", ")
}
