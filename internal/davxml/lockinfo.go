package davxml

import (
	"io"

	"github.com/quiredav/quire/dav"
)

// Lockinfo is a lockinfo body (RFC 4918 section 14.11) that asks for a write
// lock.
type Lockinfo struct {
	Scope dav.LockScope
	Owner string // the owner element, whole and self-contained; "" if there is none
}

// ReadLockinfo reads a lockinfo body; nil without error if it is empty, which
// asks for a refresh (RFC 4918 section 9.10.2). A missing scope or type is
// Invalid, an unknown one Unprocessable.
func ReadLockinfo(body io.Reader, l Limits) (*Lockinfo, error) {
	d, err := open(body, l, "lockinfo")
	if err == errEmpty {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	info := &Lockinfo{}
	scope := choice{what: "lockscope", known: []string{"exclusive", "shared"}}
	kind := choice{what: "locktype", known: []string{"write"}}
	err = d.children(func(name dav.Name) (err error) {
		switch name {
		case dav.DAV("lockscope"):
			return scope.read(d)
		case dav.DAV("locktype"):
			return kind.read(d)
		case dav.DAV("owner"):
			info.Owner, err = d.value()
		}
		return err
	})
	if err == nil {
		err = d.end()
	}
	if err == nil {
		err = scope.judge()
	}
	if err == nil {
		err = kind.judge()
	}
	if err != nil {
		return nil, err
	}
	if scope.picked == "shared" {
		info.Scope = dav.Shared
	}
	return info, nil
}

// choice is an element that holds one of a few empty DAV: elements.
type choice struct {
	what    string
	known   []string
	picked  string
	twice   bool // two that exclude each other
	unknown string
}

func (c *choice) read(d *document) error {
	return d.children(func(name dav.Name) error {
		for _, k := range c.known {
			if name == dav.DAV(k) {
				c.twice = c.twice || c.picked != "" && c.picked != k
				c.picked = k
				return nil
			}
		}
		c.unknown = name.String()
		return nil
	})
}

func (c *choice) judge() error {
	switch {
	case c.twice:
		return invalid("lockinfo has more than one " + c.what)
	case c.picked != "":
		return nil
	case c.unknown != "":
		return &dav.Error{Kind: dav.Unprocessable, Message: "there is no " + c.what + " " + quote(c.unknown)}
	}
	return invalid("lockinfo has no " + c.what)
}

// AppendLockinfo appends the body for l.
func AppendLockinfo(b []byte, l *Lockinfo) []byte {
	b = append(b, prolog+`<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:`+l.Scope.String()+
		`/></D:lockscope><D:locktype><D:write/></D:locktype>`...)
	b = append(b, l.Owner...)
	return append(b, `</D:lockinfo>`...)
}
