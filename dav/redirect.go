package dav

// Redirect is what a redirect reference resource refers to (RFC 4437).
type Redirect struct {
	Target    string // reftarget as it was given: a URI or a relative reference
	Permanent bool   // redirect-lifetime: answered with 301, not 302
}

// Redirected is how a request ends whose URL is, or leads through, a redirect
// reference, and which doesn't apply to the reference itself: the server
// answers 302 or 301 (RFC 4437 section 5). It travels in an [Error] of kind
// Redirection.
type Redirected struct {
	Redirect
	Path Path   // of the reference
	Rest string // what follows the reference in the URL: "" or "/a/b", decoded
}

// MkredirectrefRequest makes a redirect reference (RFC 4437 section 6).
type MkredirectrefRequest struct {
	Path       Path
	Redirect   Redirect
	Position   *Position
	Conditions *Conditions
}

// UpdateredirectrefRequest changes a redirect reference (RFC 4437 section 7); what
// is nil stays.
type UpdateredirectrefRequest struct {
	Path       Path
	Target     *string
	Permanent  *bool
	Conditions *Conditions
}

// Condition elements of RFC 4437.
var (
	ResourceMustBeNull          = DAV("resource-must-be-null")
	ParentResourceMustBeNonNull = DAV("parent-resource-must-be-non-null")
	RedirectLifetimeSupported   = DAV("redirect-lifetime-supported")
	LegalReftarget              = DAV("legal-reftarget")
	MustBeRedirectref           = DAV("must-be-redirectref")
)
