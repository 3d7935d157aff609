package dav

// BindRequest is BIND or REBIND (RFC 5842 sections 4 and 6): Collection gets
// the member Segment, which is the resource at Source. REBIND takes the binding
// at Source away. What the segment was bound to is replaced, unless
// Conditions.NoOverwrite. The conditional headers concern Collection.
type BindRequest struct {
	Collection Path
	Segment    string
	Source     Path
	Position   *Position
	Conditions *Conditions
}

// UnbindRequest takes the member Segment out of Collection (RFC 5842 section 5).
type UnbindRequest struct {
	Collection Path
	Segment    string
	Conditions *Conditions
}

// Parent is one binding of a resource, for DAV:parent-set (RFC 5842 section
// 3.2): a collection, under one of its URLs, and the segment in it.
type Parent struct {
	Collection Path
	Segment    string
}

// Condition elements of RFC 5842 sections 4 to 6.
var (
	BindIntoCollection                  = DAV("bind-into-collection")
	BindSourceExists                    = DAV("bind-source-exists")
	BindingAllowed                      = DAV("binding-allowed")
	CrossServerBinding                  = DAV("cross-server-binding")
	NameAllowed                         = DAV("name-allowed")
	CanOverwrite                        = DAV("can-overwrite")
	CycleAllowed                        = DAV("cycle-allowed")
	LockedUpdateAllowed                 = DAV("locked-update-allowed")
	LockedOverwriteAllowed              = DAV("locked-overwrite-allowed")
	UnbindFromCollection                = DAV("unbind-from-collection")
	UnbindSourceExists                  = DAV("unbind-source-exists")
	ProtectedURLDeletionAllowed         = DAV("protected-url-deletion-allowed")
	RebindIntoCollection                = DAV("rebind-into-collection")
	RebindSourceExists                  = DAV("rebind-source-exists")
	ProtectedURLModificationAllowed     = DAV("protected-url-modification-allowed")
	LockedSourceCollectionUpdateAllowed = DAV("locked-source-collection-update-allowed")
	ProtectedSourceURLDeletionAllowed   = DAV("protected-source-url-deletion-allowed")
)
