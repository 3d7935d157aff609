package davserver

import (
	"encoding/xml"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/quiredav/quire/dav"
)

// patch turns the instructions of a PROPPATCH into what the backend is to do,
// and tells which of them can't be done.
type patch struct {
	q        *request
	res      *dav.Resource // as it is, with its dead properties
	request  dav.ProppatchRequest
	verdicts []verdict // by property, in the order first named
	failed   bool

	sizes map[dav.Name]int // bytes of the dead properties, as the instructions leave them
	total int
}

// verdict is what becomes of one property; a nil err, what becomes of all.
type verdict struct {
	name dav.Name
	err  *dav.Error
}

func (q *request) newPatch(res *dav.Resource) *patch {
	p := &patch{q: q, res: res, sizes: make(map[dav.Name]int, len(res.Dead))}
	p.request.Path = q.path
	for _, d := range res.Dead {
		p.sizes[d.Name] = len(d.XML)
		p.total += len(d.XML)
	}
	return p
}

// The properties that stand for a file's time with some clients: Windows, and
// rclone with its kin. They are dead, and set the live one.
var (
	win32Modified = dav.Name{Space: "urn:schemas-microsoft-com:", Local: "Win32LastModifiedTime"}
	lastmodified  = dav.DAV("lastmodified")
)

func (p *patch) add(u *dav.PropertyUpdate) {
	p.name(u.Name)
	switch {
	case protected[u.Name]:
		p.fail(u.Name, &dav.Error{Kind: dav.Forbidden, Condition: dav.Condition{Name: dav.CannotModifyProtectedProperty},
			Message: "the server alone sets this property"})
		return
	case p.q.store == nil:
		p.fail(u.Name, &dav.Error{Kind: dav.Forbidden, Message: "this server keeps no properties"})
		return
	case u.Name == getcontentlanguage:
		p.setLanguage(u)
		return
	case u.Remove:
		p.total -= p.sizes[u.Name]
		delete(p.sizes, u.Name)
	default:
		p.set(u)
	}
	p.request.Updates = append(p.request.Updates, *u)
}

// name notes that there is to be a verdict on the property.
func (p *patch) name(n dav.Name) {
	for i := range p.verdicts {
		if p.verdicts[i].name == n {
			return
		}
	}
	p.verdicts = append(p.verdicts, verdict{name: n})
}

func (p *patch) fail(n dav.Name, err *dav.Error) {
	p.failed = true
	for i := range p.verdicts {
		if p.verdicts[i].name == n && p.verdicts[i].err == nil {
			p.verdicts[i].err = err
		}
	}
}

func (p *patch) set(u *dav.PropertyUpdate) {
	p.total += len(u.XML) - p.sizes[u.Name]
	p.sizes[u.Name] = len(u.XML)
	l := &p.q.limits
	if len(u.XML) > l.PropertyBytes || len(p.sizes) > l.Properties || p.total > l.PropertiesBytes {
		p.fail(u.Name, &dav.Error{Kind: dav.NoSpace, Message: "the property is too long, or there are too many on this resource"})
	}
	switch u.Name {
	case win32Modified:
		p.setModified(httpTime(textOf(u.XML)))
	case lastmodified:
		p.setModified(anyTime(textOf(u.XML)))
	}
}

func (p *patch) setModified(t time.Time) {
	if !t.IsZero() {
		p.request.Modified = t
	}
}

// languages is the syntax of Content-Language (RFC 9110 section 8.5).
var languages = regexp.MustCompile(`^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*(\s*,\s*[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)*$`)

// setLanguage sets what Content-Language says. A resource that has no body has
// no language either.
func (p *patch) setLanguage(u *dav.PropertyUpdate) {
	var lang string
	if !u.Remove {
		lang = strings.TrimSpace(textOf(u.XML))
		if p.res.Collection || len(lang) > 1024 || !languages.MatchString(lang) {
			p.fail(u.Name, &dav.Error{Kind: dav.Conflict, Message: "this is no language for the content of this resource"})
			return
		}
	}
	p.request.Language = &lang
}

// textOf is the character content of a property element.
func textOf(element string) string {
	var v struct {
		Text string `xml:",chardata"`
	}
	if xml.Unmarshal([]byte(element), &v) != nil {
		return ""
	}
	return v.Text
}

func httpTime(s string) time.Time {
	t, err := http.ParseTime(strings.TrimSpace(s))
	if err != nil {
		return time.Time{}
	}
	return t
}

// anyTime reads seconds since 1970, an HTTP date or an RFC 3339 time.
func anyTime(s string) time.Time {
	s = strings.TrimSpace(s)
	if t := unixTime(s); !t.IsZero() {
		return t
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t
	}
	return httpTime(s)
}
