package davxml

import (
	"io"

	"github.com/quiredav/quire/dav"
)

// ReadPropertyupdate reads a propertyupdate body (RFC 4918 section 14.19): its
// instructions in document order. There are none if every prop in it is empty,
// which is no error. A missing body, and one with neither set nor remove, is
// Invalid.
func ReadPropertyupdate(body io.Reader, l Limits) ([]dav.PropertyUpdate, error) {
	d, err := open(body, l, "propertyupdate")
	if err == errEmpty {
		return nil, invalid("the body is missing; DAV:propertyupdate is wanted")
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	var updates []dav.PropertyUpdate
	asked := false
	err = d.children(func(name dav.Name) (err error) {
		switch name {
		case dav.DAV("set"), dav.DAV("remove"):
			asked = true
			updates, err = d.updates(updates, name == dav.DAV("remove"))
		}
		return err
	})
	if err == nil {
		err = d.end()
	}
	switch {
	case err != nil:
		return nil, err
	case !asked:
		return nil, invalid("propertyupdate has neither set nor remove in it")
	}
	return updates, nil
}

// updates appends what the current set or remove element asks for.
func (d *document) updates(list []dav.PropertyUpdate, remove bool) ([]dav.PropertyUpdate, error) {
	err := d.children(func(name dav.Name) error {
		if name != dav.DAV("prop") {
			return nil
		}
		return d.children(func(name dav.Name) (err error) {
			u := dav.PropertyUpdate{Remove: remove, Property: dav.Property{Name: name}}
			if !remove {
				if u.XML, err = d.value(); err != nil {
					return err
				}
			}
			list = append(list, u)
			return d.countProperties(len(list))
		})
	})
	return list, err
}

// AppendPropertyupdate appends the body for the instructions, of which there
// is at least one. A property to set whose XML is "" is set empty.
func AppendPropertyupdate(b []byte, updates []dav.PropertyUpdate) []byte {
	b = append(b, prolog+`<D:propertyupdate xmlns:D="DAV:">`...)
	for i, u := range updates {
		open, end := "<D:set><D:prop>", "</D:prop></D:set>"
		if u.Remove {
			open, end = "<D:remove><D:prop>", "</D:prop></D:remove>"
		}
		if i == 0 || updates[i-1].Remove != u.Remove {
			b = append(b, open...)
		}
		if u.Remove || u.XML == "" {
			b = appendEmpty(b, u.Name)
		} else {
			b = append(b, u.XML...)
		}
		if i == len(updates)-1 || updates[i+1].Remove != u.Remove {
			b = append(b, end...)
		}
	}
	return append(b, "</D:propertyupdate>"...)
}
