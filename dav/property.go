package dav

// Namespace of the elements that the WebDAV RFCs define.
const Namespace = "DAV:"

// Name is an expanded XML name: namespace (may be "") and local name.
type Name struct{ Space, Local string }

// DAV is the name local in the namespace DAV:.
func DAV(local string) Name { return Name{Namespace, local} }

func (n Name) String() string { return "{" + n.Space + "}" + n.Local }

// Property is a dead property. XML is the whole property element, serialized
// so that it can stand anywhere: it declares every namespace prefix it needs
// (those in scope when it was set, RFC 4918 section 4.3) and carries the
// xml:lang that was in scope.
type Property struct {
	Name Name
	XML  string
}

// PropertyUpdate is one instruction of PROPPATCH (RFC 4918 section 9.2): set
// the property, or remove the one of that name.
type PropertyUpdate struct {
	Remove bool
	Property
}

// DeadSelect says which dead properties a [Query] wants.
type DeadSelect uint8

const (
	DeadNone  DeadSelect = iota
	DeadNamed            // those in Query.Names
	DeadAll
)
