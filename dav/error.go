package dav

import (
	"errors"
	"strings"
)

// Kind is what sort of trouble an [Error] tells of. The server maps kinds to
// statuses in one table; backends never choose a status.
type Kind uint8

const (
	Internal            Kind = iota // a fault of ours or of the storage
	Invalid                         // the request can't be understood
	Unauthenticated                 // nobody, or nobody known, asks
	Forbidden                       // understood, and will not be done
	NotFound                        // no resource at the URL
	NotAllowed                      // the method doesn't fit the resource
	Conflict                        // the state of the namespace stands against it
	PreconditionFailed              // a conditional header, or Overwrite: F, was false
	TooLarge                        // the body is over a limit
	UnsupportedMedia                // the body's type is not understood
	RangeNotSatisfiable             // no byte of the range exists
	Unprocessable                   // well-formed XML that asks nonsense
	Locked                          // a lock stands against it
	FailedDependency                // another part of the request failed
	NotImplemented                  // no such method here
	ForeignServer                   // the Destination lies on another server
	Unavailable                     // may work in a moment
	NoSpace                         // no room in the storage, or over quota
	Loop                            // a loop of bindings (RFC 5842 section 7.2)
	Redirection                     // the URL is of a redirect reference; Redirected is set (RFC 4437)
)

// Error is the one error type. Message is a sentence for people; Err is the
// cause, which goes to the log and not to the client.
type Error struct {
	Kind      Kind
	Op        string // the method or step that failed; may be ""
	Path      Path   // the resource concerned; may be ""
	Condition Condition
	Message   string
	Err       error

	Redirected *Redirected // set if, and only if, the kind is Redirection
}

// Condition is a precondition or postcondition element for DAV:error (RFC 4918
// section 16). The zero value means none.
type Condition struct {
	Name  Name
	Paths []Href // its href children
}

// Href is a resource named in a condition.
type Href struct {
	Path       Path
	Collection bool
}

// Condition elements of RFC 4918 section 16.
var (
	LockTokenMatchesRequestURI    = DAV("lock-token-matches-request-uri")
	LockTokenSubmitted            = DAV("lock-token-submitted")
	NoConflictingLock             = DAV("no-conflicting-lock")
	NoExternalEntities            = DAV("no-external-entities")
	PreservedLiveProperties       = DAV("preserved-live-properties")
	PropfindFiniteDepth           = DAV("propfind-finite-depth")
	CannotModifyProtectedProperty = DAV("cannot-modify-protected-property")
)

func (e *Error) Error() string {
	var b strings.Builder
	for _, s := range []string{e.Op, string(e.Path)} {
		if s != "" && b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	switch {
	case e.Message != "":
		b.WriteString(e.Message)
	case e.Condition.Name.Local != "":
		b.WriteString(e.Condition.Name.Local)
	case e.Err == nil:
		b.WriteString(e.Kind.String())
	}
	if e.Err != nil {
		if e.Message != "" {
			b.WriteString(": ")
		}
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first [Error] in err's chain; Internal if there is
// none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

var kindNames = [...]string{
	Internal: "internal error", Invalid: "bad request", Unauthenticated: "not authenticated",
	Forbidden: "forbidden", NotFound: "not found", NotAllowed: "method not allowed",
	Conflict: "conflict", PreconditionFailed: "precondition failed",
	TooLarge: "too large", UnsupportedMedia: "unsupported media type",
	RangeNotSatisfiable: "range not satisfiable", Unprocessable: "unprocessable",
	Locked: "locked", FailedDependency: "failed dependency", NotImplemented: "not implemented",
	ForeignServer: "another server", Unavailable: "unavailable", NoSpace: "no space",
	Loop: "loop detected", Redirection: "redirected",
}

func (k Kind) String() string { return kindNames[k] }
