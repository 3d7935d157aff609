package repo

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/google/uuid"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/repo/meta"
)

const (
	kindFile       = 0
	kindCollection = 1
	kindReference  = 2
)

// resource is a row of the table resource.
type resource struct {
	id        int64
	uid       uuid.UUID
	kind      int64
	created   time.Time
	modified  time.Time
	mediaType string
	language  string
	length    int64
	etag      string
	body      int64 // 0: no bytes
	dead      int64
	ordering  string // of an ordered collection
	reftarget string // of a redirect reference, as is
	permanent bool
	owner     string // written, but not read again with the row
	shared    bool   // it has, or had, several bindings; the root has one more than others
}

// resourceColumns are what scan reads, of the table resource called r.
const resourceColumns = `r.id, r.uid, r.kind, r.created, r.modified, r.media_type, r.language, r.length, r.etag, r.body, r.dead,
	r.ordering, r.reftarget, r.permanent, r.shared`

// scan reads resourceColumns from the column at on.
func (r *resource) scan(row meta.Row, at int) {
	r.id = row.Int(at)
	copy(r.uid[:], row.Bytes(at+1))
	r.kind = row.Int(at + 2)
	r.created = time.UnixMicro(row.Int(at + 3))
	r.modified = time.UnixMicro(row.Int(at + 4))
	r.mediaType = row.Text(at + 5)
	r.language = row.Text(at + 6)
	r.length = row.Int(at + 7)
	r.etag = row.Text(at + 8)
	r.body = 0
	if !row.Null(at + 9) {
		r.body = row.Int(at + 9)
	}
	r.dead = row.Int(at + 10)
	r.shared = row.Int(at+14) != 0
	r.ordering, r.reftarget, r.permanent = "", "", false
	switch r.kind {
	case kindCollection:
		r.ordering = row.Text(at + 11)
	case kindReference:
		r.reftarget, r.permanent = row.Text(at+12), row.Int(at+13) != 0
	}
}

func (r *resource) isCollection() bool { return r.kind == kindCollection }

// entityTag is the strong ETag, which belongs to the body: equal only where
// the bytes are the same ones.
func (r *resource) entityTag() dav.ETag {
	if r.etag == "" {
		return ""
	}
	return dav.ETag(`"` + r.etag + `"`)
}

// describe fills what dav.Resource tells of r at the path p.
func (r *resource) describe(d *dav.Resource, p dav.Path) {
	d.Path = p
	d.ID = dav.ResourceID(r.uid)
	d.Collection = r.isCollection()
	d.ETag = r.entityTag()
	d.Length = r.length
	d.MediaType = r.mediaType
	d.Language = r.language
	d.Created = r.created
	d.Modified = r.modified
	d.Ordering = r.ordering
	if r.kind == kindReference {
		d.Redirect = new(r.redirect())
	}
}

// newETag makes the entity tag of a new body: random, so that no two bodies
// ever share one, at any URL, not even after a backup was restored.
func newETag() string {
	var b [12]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// insertResource adds r, whose identity is fresh, and gives its row id.
func (t *tx) insertResource(r resource) (id int64, err error) {
	_, err = meta.One(t, func(row meta.Row) { id = row.Int(0) },
		`INSERT INTO resource (uid, kind, created, modified, media_type, language, length, etag, body, ordering, reftarget, permanent, owner)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`,
		r.uid[:], r.kind, r.created.UnixMicro(), r.modified.UnixMicro(), r.mediaType, r.language, r.length, r.etag, nullID(r.body),
		nullText(r.ordering), nullText(r.reftarget), r.permanent, r.owner)
	t.charge(r.owner, gain{r.length, true})
	return id, err
}

// nullID is a row id as an argument: NULL if it is 0.
func nullID(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// nullText is a text as an argument: NULL if it is "".
func nullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}
