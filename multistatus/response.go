package multistatus

import "github.com/quiredav/quire/dav"

// Response tells what became of one resource (RFC 4918 section 14.24). It has
// one of two forms: Status for the resource as a whole, or Propstats for its
// properties.
type Response struct {
	Href        string     // percent-encoded, as it goes on the wire
	More        []string   // further hrefs that share Status; never with Propstats
	Status      int        // first form: 200 to 599; 0 if Propstats
	Propstats   []Propstat // second form
	Error       []Condition
	Description string // for people
	Location    string // href of DAV:location, which a 3xx needs (RFC 4918 section 14.9); "" if none

	// Extra are elements that other RFCs add to a response, as XML for a place
	// where the prefix D is bound to DAV: and nothing else is in scope. It is
	// trusted to be well-formed; a Reader passes over it.
	Extra []byte
}

// Propstat holds the properties that share a status (RFC 4918 section 14.22).
type Propstat struct {
	Properties  []Property
	Status      int
	Error       []Condition
	Description string // for people
}

// Property is one property element within DAV:prop. What Value holds depends
// on Form.
type Property struct {
	Name  dav.Name
	Form  Form
	Value []byte
}

// Form is what [Property.Value] holds.
type Form uint8

const (
	// Text is character content, not escaped; empty for an empty element. It
	// is UTF-8. Characters that XML 1.0 forbids, and bytes that are not UTF-8,
	// are written as U+FFFD.
	Text Form = iota

	// Inner is the XML inside the element, for a place where the prefix D is
	// bound to DAV: and nothing else is in scope. It is trusted to be
	// well-formed.
	Inner

	// Whole is the whole property element, self-contained, such as
	// dav.Property.XML. It is trusted to be well-formed and to have the name
	// Name.
	Whole
)

// Condition is a precondition or postcondition element within DAV:error (RFC
// 4918 section 16), with its href children.
type Condition struct {
	Name  dav.Name
	Hrefs []string
}
