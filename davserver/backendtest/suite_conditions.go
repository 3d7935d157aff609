package backendtest

import (
	"strings"
	"time"

	"github.com/quiredav/quire/dav"
)

// ifList is an If header of one list; tag may be "".
func ifList(tag dav.Path, conds ...dav.IfCondition) *dav.Conditions {
	c := &dav.Conditions{If: []dav.IfList{{Tagged: tag != "", Path: tag, Conditions: conds}}}
	for _, cond := range conds {
		if cond.Token != "" {
			c.Tokens = append(c.Tokens, cond.Token)
		}
	}
	return c
}

var anyTag = dav.ETags{Sent: true, Any: true}

var conditionTests = []test{
	{"ET-05_put", func(f *fixture) {
		r := f.mustPut("/f", "x")
		refused := func(what string, p dav.Path, c *dav.Conditions) {
			f.Helper()
			_, _, err := f.b.Put(f.Context(), dav.PutRequest{Path: p, Body: unread{f}, Length: 1, Conditions: c})
			f.wantKind(what, err, dav.PreconditionFailed)
		}
		refused("If-Match on another", "/f", &dav.Conditions{IfMatch: tags(`"other"`)})
		refused("weak If-Match", "/f", &dav.Conditions{IfMatch: tags("W/" + r.ETag)})
		refused("If-Match: * on nothing", "/new", &dav.Conditions{IfMatch: anyTag})
		refused("If-None-Match: * on a file", "/f", &dav.Conditions{IfNoneMatch: anyTag})
		refused("If-None-Match of its own", "/f", &dav.Conditions{IfNoneMatch: tags(r.ETag)})
		refused("If-Unmodified-Since", "/f", &dav.Conditions{IfUnmodifiedSince: r.Modified.Add(-time.Hour)})
		f.wantContent("/f", "x")
		f.missing("/new")
		for p, c := range map[dav.Path]*dav.Conditions{
			"/f":   {IfMatch: tags(`"other"`, r.ETag)},
			"/new": {IfNoneMatch: anyTag},
		} {
			if _, _, err := f.put(p, "y", c); err != nil {
				f.Errorf("PUT %s: %v", p, err)
			}
		}
	}},
	{"ET-05_all_methods", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/f", "x")
		stale := &dav.Conditions{IfMatch: tags(`"stale"`)}
		_, err := f.delete("/f", stale)
		f.wantKind("DELETE", err, dav.PreconditionFailed)
		_, _, err = f.copy("/f", "/g", dav.DepthInfinity, stale)
		f.wantKind("COPY", err, dav.PreconditionFailed)
		_, _, err = f.move("/f", "/g", stale)
		f.wantKind("MOVE", err, dav.PreconditionFailed)
		f.wantKind("MKCOL", f.mkcol("/new", stale), dav.PreconditionFailed)
		_, err = f.list("/f", dav.Query{Conditions: stale})
		f.wantKind("List", err, dav.PreconditionFailed)
		f.wantTree("/", "/", "/c/", "/f")
	}},
	{"ET-05_other_failures_first", func(f *fixture) {
		f.mustMkcol("/c")
		stale := &dav.Conditions{IfMatch: tags(`"stale"`)}
		_, err := f.delete("/none", stale)
		f.wantKind("DELETE /none", err, dav.NotFound)
		_, _, err = f.copy("/none", "/g", dav.DepthInfinity, stale)
		f.wantKind("COPY /none", err, dav.NotFound)
		f.wantKind("MKCOL on a collection", f.mkcol("/c", stale), dav.NotAllowed)
		_, _, err = f.put("/none/x", "x", stale)
		f.wantKind("PUT without a parent", err, dav.Conflict)
		_, _, err = f.put("/c", "x", stale)
		f.wantKind("PUT on a collection", err, dav.NotAllowed)
	}},
	{"ET-06_read", func(f *fixture) {
		r := f.mustPut("/f", "x")
		open := func(c *dav.Conditions) error {
			_, body, err := f.b.Open(f.Context(), "/f", c)
			if body != nil {
				body.Close()
			}
			return err
		}
		f.wantKind("If-Match", open(&dav.Conditions{IfMatch: tags(`"x"`)}), dav.PreconditionFailed)
		if err := open(&dav.Conditions{IfMatch: tags(r.ETag)}); err != nil {
			f.Error(err)
		}
	}},
	{"CM-04_overwrite", func(f *fixture) {
		f.mustPut("/f", "x")
		f.mustPut("/g", "y")
		no := &dav.Conditions{NoOverwrite: true}
		_, _, err := f.copy("/f", "/g", dav.DepthInfinity, no)
		f.wantKind("COPY", err, dav.PreconditionFailed)
		_, _, err = f.move("/f", "/g", no)
		f.wantKind("MOVE", err, dav.PreconditionFailed)
		f.wantContent("/g", "y")
		_, o, err := f.copy("/f", "/h", dav.DepthInfinity, no)
		f.done("COPY to an unmapped URL", o, err)
		_, o, err = f.move("/f", "/i", no)
		f.done("MOVE to an unmapped URL", o, err)
	}},
	{"IF-02_tags_concern_their_resource", func(f *fixture) {
		f.mustPut("/f", "x")
		other := f.mustPut("/other", "y")
		if _, _, err := f.put("/f", "1", ifList("/other", dav.IfCondition{ETag: other.ETag})); err != nil {
			f.Errorf("a tagged list that holds: %v", err)
		}
		_, _, err := f.put("/f", "2", ifList("/other", dav.IfCondition{ETag: `"stale"`}))
		f.wantKind("a tagged list that does not hold", err, dav.PreconditionFailed)
		_, _, err = f.put("/f", "2", ifList("", dav.IfCondition{ETag: other.ETag}))
		f.wantKind("an untagged list", err, dav.PreconditionFailed)
		// X5: the destination's ETag guards what MOVE overwrites.
		_, _, err = f.move("/f", "/other", ifList("/other", dav.IfCondition{ETag: `"stale"`}))
		f.wantKind("MOVE onto a changed file", err, dav.PreconditionFailed)
		_, o, err := f.move("/f", "/other", ifList("/other", dav.IfCondition{ETag: other.ETag}))
		f.done("MOVE onto an unchanged file", o, err)
	}},
	{"IF-06_unmapped", func(f *fixture) {
		f.mustPut("/f", "x")
		_, _, err := f.put("/f", "y", ifList("/none", dav.IfCondition{ETag: `"a"`}))
		f.wantKind("an ETag on nothing", err, dav.PreconditionFailed)
		if _, _, err := f.put("/f", "y", ifList("/none", dav.IfCondition{Not: true, ETag: `"a"`})); err != nil {
			f.Errorf("Not an ETag on nothing: %v", err)
		}
	}},
	{"IF-08_all_false", func(f *fixture) {
		f.mustMkcol("/c")
		f.mustPut("/f", "x")
		no := ifList("", dav.IfCondition{Token: "DAV:no-lock"})
		_, _, err := f.put("/f", "y", no)
		f.wantKind("PUT", err, dav.PreconditionFailed)
		_, _, err = f.b.Open(f.Context(), "/f", no)
		f.wantKind("Open", err, dav.PreconditionFailed)
		_, err = f.list("/c", dav.Query{Conditions: no})
		f.wantKind("List", err, dav.PreconditionFailed)
		f.wantKind("MKCOL", f.mkcol("/n", no), dav.PreconditionFailed)
		f.wantContent("/f", "x")
	}},
	{"ET-05_judged_again_after_the_body", func(f *fixture) {
		r := f.mustPut("/f", "x")
		// While the body comes in somebody else writes; the update must not be lost.
		body := &interrupted{Reader: strings.NewReader("mine"), then: func() { f.mustPut("/f", "theirs") }}
		_, _, err := f.b.Put(f.Context(), dav.PutRequest{Path: "/f", Body: body, Length: -1, Conditions: &dav.Conditions{IfMatch: tags(r.ETag)}})
		f.wantKind("PUT", err, dav.PreconditionFailed)
		f.wantContent("/f", "theirs")
	}},
	{"HT-06_judged_again_after_the_body", func(f *fixture) {
		f.mustMkcol("/c")
		body := &interrupted{Reader: strings.NewReader("mine"), then: func() { f.delete("/c", nil) }}
		_, _, err := f.b.Put(f.Context(), dav.PutRequest{Path: "/c/x", Body: body, Length: -1})
		f.wantKind("PUT into a collection that went", err, dav.Conflict)
		f.wantTree("/", "/")
	}},
}

// interrupted is a body that lets something happen before its first byte.
type interrupted struct {
	*strings.Reader
	then func()
}

func (i *interrupted) Read(b []byte) (int, error) {
	if i.then != nil {
		i.then()
		i.then = nil
	}
	return i.Reader.Read(b)
}
