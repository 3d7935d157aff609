package davtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// NeedSync SKIPs the case unless the collection lists the sync-collection
// report (RFC 6578 section 3.2).
func (t *T) NeedSync(path string) {
	if !t.supportsReport(path, "sync-collection") {
		t.Skipf("needs the sync-collection report (RFC 6578), which the server does not offer")
	}
}

// syncBody is the body of a sync-collection report that asks for etags. An empty
// level and a limit of 0 are left out.
func syncBody(token, level string, limit int) string {
	content := element(D("sync-token"), escape(token))
	if level != "" {
		content += element(D("sync-level"), level)
	}
	if limit > 0 {
		content += element(D("limit"), element(D("nresults"), fmt.Sprint(limit)))
	}
	return dav("sync-collection", content+"<D:prop><D:getetag/><D:resourcetype/></D:prop>")
}

// TrySync asks what changed in a collection since the token, and returns the
// answer, whatever its status. A limit of 0 is none.
func (t *T) TrySync(path, token, level string, h H, limit int) *Response {
	return t.Do("REPORT", path, h, syncBody(token, level, limit))
}

// Sync tells all that changed in a collection since the token. Answers that the
// server shortens by itself, as RFC 6578 section 3.6 lets it, count as one.
// Anything but a 207 ends the case as failed.
func (t *T) Sync(path, token, level string) *changes {
	all := &changes{changed: map[string]string{}}
	all.token = t.pages(path, token, level, 0, func(_ int, c *changes) {
		maps.Copy(all.changed, c.changed)
		all.removed = append(all.removed, c.removed...)
		all.refused = append(all.refused, c.refused...)
	})
	return all
}

// changes are what a sync-collection report tells. Paths are decoded, relative
// to the case's collection and without a slash at the end.
type changes struct {
	changed map[string]string // the etags of new and changed members, "" of those that have none
	removed []string
	refused []string // collections with 403: those that can't take part
	more    bool     // the Request-URI has 507
	token   string
}

// changes reads the answer to a sync-collection report. One that is no 207, or
// has not one sync-token, ends the case as failed.
func (t *T) changes(resp *Response) *changes {
	ms := resp.Multistatus()
	tokens := ms.Element.All(D("sync-token"))
	if len(tokens) != 1 || !uri.MatchString(tokens[0].Trimmed()) {
		t.Fatalf("REPORT %s: the multistatus has not one sync-token that is a URI", resp.Target)
	}
	c := &changes{changed: map[string]string{}, token: tokens[0].Trimmed()}
	self, _ := decoded(resp.Target)
	names := t.relative(ms)
	for i, r := range ms.Responses {
		if len(r.Hrefs) != 1 {
			t.Fatalf("REPORT %s: a response with %d hrefs", resp.Target, len(r.Hrefs))
		}
		p, _ := decoded(r.Hrefs[0])
		switch {
		case p == self && r.Code == 507:
			c.more = true
		case p == self:
			t.Errorf("REPORT %s: the collection itself is listed", resp.Target)
		case len(r.Propstats) > 0:
			e, _ := r.Prop(D("getetag"))
			c.changed[names[i]] = e.Trimmed()
		case r.Code == 404:
			c.removed = append(c.removed, names[i])
		case r.Code == 403:
			c.refused = append(c.refused, names[i])
		default:
			t.Errorf("REPORT %s: %s has status %d", resp.Target, names[i], r.Code)
		}
	}
	return c
}

// size is how many members the answer lists.
func (c *changes) size() int { return len(c.changed) + len(c.removed) + len(c.refused) }

// CheckChanges fails the case unless the answer lists just what changed and what
// was removed, each a list of paths separated by blanks. Those in may be listed
// as changed, or not.
func (t *T) CheckChanges(what string, c *changes, changed, removed string, may ...string) {
	got := slices.Sorted(maps.Keys(c.changed))
	want := slices.Sorted(strings.FieldsSeq(changed))
	got = slices.DeleteFunc(got, func(p string) bool { return slices.Contains(may, p) && !slices.Contains(want, p) })
	if !slices.Equal(got, want) {
		t.Errorf("%s: changed %q, want %q", what, got, want)
	}
	got, want = slices.Sorted(slices.Values(c.removed)), slices.Sorted(strings.FieldsSeq(removed))
	if !slices.Equal(got, want) {
		t.Errorf("%s: removed %q, want %q", what, got, want)
	}
}

// Since does something, and tells what the report then says has changed.
func (t *T) Since(path, level string, do func()) *changes {
	token := t.Sync(path, "", level).token
	do()
	return t.Sync(path, token, level)
}

// view is what a client that synchronizes believes: the etag of each member.
type view map[string]string

// apply is what the client does with an answer.
func (v view) apply(c *changes) {
	for _, gone := range c.removed {
		delete(v, gone)
		maps.DeleteFunc(v, func(p, _ string) bool { return strings.HasPrefix(p, gone+"/") })
	}
	maps.Copy(v, c.changed)
}

// CheckView fails the case unless the client believes what is true of a
// collection: at level 1 its members, else all below it.
func (t *T) CheckView(path, level string, v view) {
	ms := t.Propfind(path, "1", D("getetag"))
	if level == "infinite" {
		ms = t.PropfindTree(path, D("getetag"))
	}
	self, _ := decoded(t.Path(path))
	truth := view{}
	for i, name := range t.relative(ms) {
		if p := ms.Paths()[i]; p != self {
			e, _ := ms.Responses[i].Prop(D("getetag"))
			truth[name] = e.Trimmed()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(truth)) {
		if got, ok := v[name]; !ok {
			t.Errorf("the client does not know %s", name)
		} else if got != truth[name] {
			t.Errorf("the client has %s with etag %s, the server with %s", name, got, truth[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		if _, ok := truth[name]; !ok {
			t.Errorf("the client has %s, which is gone", name)
		}
	}
}

// maxPages bounds how often a shortened answer may be followed.
const maxPages = 100

// pages follows shortened answers to the end, calls each with every one, and
// tells the last token. A limit of 0 is none. A server that can't keep to the
// limit (RFC 6578 section 3.7) SKIPs the case.
func (t *T) pages(path, token, level string, limit int, each func(page int, c *changes)) (end string) {
	for page := range maxPages {
		resp := t.TrySync(path, token, level, nil, limit)
		if resp.Status == 507 && resp.Condition(D("number-of-matches-within-limits")) != nil {
			t.Skipf("needs answers shortened to %d members, which the server can't make", limit)
		}
		c := t.changes(resp)
		if n := c.size(); n > limit && limit > 0 {
			t.Errorf("page %d has %d members, over the limit of %d", page, n, limit)
		}
		each(page, c)
		if token = c.token; !c.more {
			return token
		}
	}
	t.Fatalf("the answer is still shortened after %d pages", maxPages)
	return ""
}
