package dav

import (
	"slices"
	"time"
)

// Conditions are everything in a request that decides whether it may go ahead:
// the conditional headers of RFC 9110 section 13, the If header of RFC 4918
// section 10.4, Overwrite, the lock tokens submitted and who asks. They travel
// to the backend, which judges them inside its transaction with
// [Conditions.Judge] and [Conditions.Permit].
type Conditions struct {
	Principal string

	NoOverwrite bool // Overwrite: F

	// Redirects says that the request applies to redirect references, not to
	// where they lead (Apply-To-Redirect-Ref: T, RFC 4437 section 12.2). Without
	// it a request whose URL is one, or leads through one, is an [Error] of kind
	// Redirection. Conditions that are nil apply to references.
	Redirects bool

	// Those of a GET that can end in 304 are not among them: the server judges
	// If-None-Match and If-Modified-Since on the state that it opened.
	IfMatch, IfNoneMatch ETags
	IfUnmodifiedSince    time.Time // zero: not sent

	If     []IfList // empty: no If header
	Tokens []string // every state token in If, wherever it stands (RFC 4918 section 10.4.1)
}

// IfList is one list of the If header; its conditions are ANDed, lists are
// ORed (RFC 4918 section 10.4.3).
type IfList struct {
	Tagged     bool // a resource tag governs the list; else it concerns the request URI
	Path       Path // the tagged resource
	Foreign    bool // the tag names a resource on another server: nothing matches there
	Conditions []IfCondition
}

// IfCondition is a state token or an entity tag, perhaps negated.
type IfCondition struct {
	Not   bool
	Token string // a state token; or
	ETag  ETag   // an entity tag
}

// State is what a condition can ask about one resource. The zero value is the
// state of an unmapped URL.
type State struct {
	Exists   bool
	ETag     ETag
	Modified time.Time

	// Tokens are the state tokens that match the resource: those of every lock
	// in whose scope it lies. For the request URI of COPY, MOVE and DELETE the
	// locks below it count too, and those on and below the destination, since
	// the header then serves for every resource touched (RFC 4918 sections
	// 9.6.1, 9.8.3, 9.9.2).
	Tokens []string
}

// Judge evaluates the conditional headers against the state of the request URI
// target and of the resources that If tags name; state tells the state of any
// path. It returns nil, an [Error] of kind PreconditionFailed,
// or the error of state. A nil c always passes. The order is that of RFC 9110
// section 13.2.2; If comes last.
func (c *Conditions) Judge(target Path, state func(Path) (State, error)) error {
	if c == nil || !c.Any() {
		return nil
	}
	s, err := state(target)
	if err != nil {
		return err
	}
	if err := c.judgeHTTP(target, s); err != nil {
		return err
	}
	return c.judgeIf(target, s, state)
}

// Any tells whether there is a conditional header to judge.
func (c *Conditions) Any() bool {
	return c.IfMatch.Sent || c.IfNoneMatch.Sent || len(c.If) > 0 ||
		!c.IfUnmodifiedSince.IsZero()
}

func (c *Conditions) judgeHTTP(target Path, s State) error {
	switch {
	case c.IfMatch.Sent:
		if !c.IfMatch.matches(s, ETag.StrongMatch) {
			return failed(target, "If-Match: the resource is not, or no longer, what the request expects")
		}
	case !c.IfUnmodifiedSince.IsZero():
		if s.Exists && s.Modified.Truncate(time.Second).After(c.IfUnmodifiedSince) {
			return failed(target, "If-Unmodified-Since: the resource has changed since")
		}
	}
	if c.IfNoneMatch.Sent && c.IfNoneMatch.matches(s, ETag.WeakMatch) {
		return failed(target, "If-None-Match: there is such a resource already")
	}
	return nil
}

func (e ETags) matches(s State, match func(a, b ETag) bool) bool {
	if e.Any {
		return s.Exists
	}
	return s.Exists && slices.ContainsFunc(e.Tags, func(t ETag) bool { return match(t, s.ETag) })
}

func (c *Conditions) judgeIf(target Path, own State, state func(Path) (State, error)) error {
	if len(c.If) == 0 {
		return nil
	}
	for _, l := range c.If {
		s := own
		switch {
		case l.Foreign:
			s = State{}
		case l.Tagged && l.Path != target:
			var err error
			if s, err = state(l.Path); err != nil {
				return err
			}
		}
		if l.holds(s) {
			return nil
		}
	}
	return failed(target, "no list of the If header is true")
}

func (l *IfList) holds(s State) bool {
	for _, c := range l.Conditions {
		var is bool
		if c.ETag != "" {
			is = c.ETag.WeakMatch(s.ETag)
		} else {
			is = slices.Contains(s.Tokens, c.Token)
		}
		if is == c.Not {
			return false
		}
	}
	return true
}

func failed(p Path, why string) error {
	return &Error{Kind: PreconditionFailed, Path: p, Message: why}
}

// Permit tells whether a change may go ahead that locks, the locks on one
// resource, guard. An exclusive lock wants its own token; of shared locks any
// one token will do (RFC 4918 sections 6.2 and 7). A token serves its creator
// alone (section 6.4). The error is Locked with lock-token-submitted and the
// roots of the locks in the way, or Forbidden if the token was another's.
func (c *Conditions) Permit(p Path, locks []Lock) error {
	holds := func(l Lock) bool { return c.Submitted(l.Token) && l.Principal == c.Principal }
	shared := slices.ContainsFunc(locks, func(l Lock) bool { return l.Scope == Shared && holds(l) })
	var foreign bool
	cond := Condition{Name: LockTokenSubmitted}
	for _, l := range locks {
		if holds(l) || shared && l.Scope == Shared {
			continue
		}
		foreign = foreign || c.Submitted(l.Token)
		cond.Paths = append(cond.Paths, Href{l.Root, l.Collection})
	}
	switch {
	case len(cond.Paths) == 0:
		return nil
	case foreign:
		return &Error{Kind: Forbidden, Path: p, Condition: cond, Message: "the lock token belongs to another principal"}
	}
	return &Error{Kind: Locked, Path: p, Condition: cond, Message: "the resource is locked, and the request did not submit the lock's token"}
}

// Submitted tells whether the request carries the token.
func (c *Conditions) Submitted(token string) bool {
	return c != nil && slices.Contains(c.Tokens, token)
}
