package davxml

import (
	"fmt"
	"strings"

	"github.com/quiredav/quire/dav"
)

const (
	schemaNamespace   = "http://www.w3.org/2001/XMLSchema"
	instanceNamespace = "http://www.w3.org/2001/XMLSchema-instance"
)

var (
	caselessAttr = dav.Name{Local: "caseless"}
	typeAttr     = dav.Name{Space: instanceNamespace, Local: "type"}
)

// readWhere reads DAV:where, which holds one operator.
func (r *searchReader) readWhere() error {
	terms, err := r.operators()
	switch {
	case err != nil || r.Err() != nil:
		return err
	case len(terms) != 1:
		return unprocessable("DAV:where takes one operator")
	}
	r.Where = terms[0]
	return nil
}

// operators reads the children of the current element as operators.
func (r *searchReader) operators() (terms []*dav.Where, err error) {
	err = r.children(func(name dav.Name) error {
		w, err := r.operator(name)
		terms = append(terms, w)
		return err
	})
	return terms, err
}

// operator reads the current element, which is one.
func (r *searchReader) operator(name dav.Name) (*dav.Where, error) {
	op, known := dav.SearchOperators[name]
	if !known {
		return nil, unprocessable("there is no operator " + quote(name.String()))
	}
	if err := r.count(); err != nil {
		return nil, err
	}
	w := &dav.Where{Op: op}
	switch {
	case op == dav.And || op == dav.Or || op == dav.Not:
		return w, r.logical(w, name)
	case op == dav.Contains:
		w.Text = strings.TrimSpace(string(r.Content()))
	case op.HasProperty():
		return w, r.operands(w, name)
	}
	return w, nil
}

func (r *searchReader) logical(w *dav.Where, name dav.Name) (err error) {
	w.Terms, err = r.operators()
	switch {
	case err != nil || r.Err() != nil:
		return err
	case len(w.Terms) == 0:
		return unprocessable("DAV:" + name.Local + " takes an operator")
	case len(w.Terms) > 1 && w.Op == dav.Not:
		return unprocessable("DAV:not takes one operator")
	}
	return nil
}

// operands reads the property and the literal of an operator.
func (r *searchReader) operands(w *dav.Where, name dav.Name) (err error) {
	if w.Caseless, err = r.caseless(); err != nil {
		return err
	}
	props, literals := 0, 0
	err = r.children(func(name dav.Name) (err error) {
		switch name {
		case dav.DAV("prop"):
			props++
			w.Name, err = r.property()
		case dav.DAV("literal"):
			literals++
			w.Text = string(r.Content())
		case dav.DAV("typed-literal"):
			literals++
			err = r.typedLiteral(w)
		}
		return err
	})
	switch {
	case err != nil || r.Err() != nil:
		return err
	case props != 1:
		return unprocessable("DAV:" + name.Local + " takes one property")
	case w.Op.HasLiteral() && literals != 1, !w.Op.HasLiteral() && literals > 0:
		return unprocessable("DAV:" + name.Local + " has not as many literals as it takes")
	case w.Typed && (w.Op == dav.Like || w.Op == dav.LanguageMatches):
		return unprocessable("DAV:" + name.Local + " takes a plain literal")
	}
	return nil
}

// property reads the one property in the current prop element.
func (r *searchReader) property() (name dav.Name, err error) {
	n := 0
	err = r.children(func(child dav.Name) error {
		n++
		name = child
		return nil
	})
	if err == nil && r.Err() == nil && n != 1 {
		err = unprocessable("DAV:prop holds one property where it is an operand")
	}
	return name, err
}

// typedLiteral reads a literal whose type is told by xsi:type, a qualified name
// (RFC 5323 section 5.11).
func (r *searchReader) typedLiteral(w *dav.Where) error {
	w.Typed = true
	if value, ok := r.Attr(typeAttr); ok {
		prefix, local, found := strings.Cut(strings.Trim(string(value), " "), ":")
		if !found {
			prefix, local = "", prefix
		}
		space, _ := r.Namespace(prefix)
		var known bool
		if w.Type, known = dav.DatatypeNamed(local); !known || space != schemaNamespace {
			return unprocessable("there is no datatype " + quote(string(value)))
		}
	}
	w.Text = string(r.Content())
	return nil
}

// caseless reads the attribute of the current element (RFC 5323 section 5.18).
func (r *searchReader) caseless() (bool, error) {
	value, _ := r.Attr(caselessAttr)
	switch string(value) {
	case "yes":
		return true, nil
	case "no", "":
		return false, nil
	}
	return false, unprocessable(`the attribute caseless is "yes" or "no"`)
}

// count bounds the operators and sort keys of a query.
func (r *searchReader) count() error {
	if r.terms++; r.terms > r.limits.Terms {
		return tooLarge(fmt.Sprintf("the query has more than %d operators and sort keys", r.limits.Terms))
	}
	return nil
}
