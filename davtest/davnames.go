package davtest

import "strings"

// davNames are the local names in DAV: that RFC 3253, 3648, 3744, 4331, 4437,
// 4918, 5323, 5397, 5689, 5842, 5995 and 6578 define: elements, properties,
// reports, privileges and conditions.
var davNames = func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(davNameList) {
		names[name] = true
	}
	return names
}()

const davNameList = `
abstract ace acl acl-principal-prop-set acl-restrictions activelock activity activity-checkin
activity-checkout-set activity-collection-set activity-location-ok activity-set activity-version-set add
add-member add-must-be-new-label add-or-set-label add-to-history added-version after all
allow-client-defined-uri allow-client-defined-URI allowed-principal allprop alternate-URI-set ancestor-version
and any-other-property apply-request-to-labeled-version apply-to-version ascending atomic-activity-checkin
authenticated auto-checkin auto-checkout auto-checkout-checkin auto-merge-set auto-update auto-version
baseline baseline-collection baseline-control baseline-control-response baseline-controlled
baseline-controlled-collection baseline-controlled-collection-set
baseline-controlled-members-must-be-checked-in baselines-from-same-history basicsearch basicsearchschema
before bind bind-into-collection bind-response bind-source-exists binding-allowed binding-deleted binding-name
can-overwrite cancel-checked-out cannot-add-to-existing-history cannot-copy-collection-version
cannot-copy-history cannot-merge-checked-out-resource cannot-modify-checked-in-parent
cannot-modify-destination-checked-in-parent cannot-modify-protected-property cannot-modify-version
cannot-modify-version-controlled-configuration cannot-modify-version-controlled-content
cannot-modify-version-controlled-property cannot-rename-history cannot-rename-version
cannot-rename-working-resource caseless changed-version checked-in checked-out checked-out-for-merge checkin
checkin-activity checkin-fork checkin-fork-discouraged checkin-fork-forbidden checkin-response checkout
checkout-checkin checkout-fork checkout-not-allowed checkout-of-checked-out-version-is-discouraged
checkout-of-checked-out-version-is-forbidden checkout-of-version-with-descendant-is-discouraged
checkout-of-version-with-descendant-is-forbidden checkout-response checkout-set checkout-unlocked-checkin
collection collection-must-be-ordered comment common-ancestor compare-baseline compare-baseline-report
conflict-preview contains copy-creates-new-resource create-baseline-collection create-new-baseline
create-version create-version-controlled-configuration create-working-resource
create-working-resource-from-checked-in-version creationdate creator-display-name creator-displayname
cross-server-binding current-activity-set current-user-principal current-user-privilege-set
current-workspace-set custom cycle-allowed datatype delete-activity-reference delete-version-reference
delete-version-set delete-working-resource delete-workspace-members deleted-version deny deny-before-grant
depth depth-update descendant-version descending description discouraged displayname eclipsed-set eq error
exclusive expand-property first forbidden fork-ok from get getcontentlanguage getcontentlength getcontenttype
getetag getlastmodified grammar grant grant-only group group-member-set group-membership gt gte href
ignore-preview include include-versions inherited inherited-acl-set initialize-activity
initialize-activity-set initialize-collection-version-ordering-type initialize-ordering-type
initialize-predecessor-set initialize-unreserved initialize-version-content-and-properties
initialize-version-controlled-bindings initialize-version-controlled-bindings-ordered
initialize-version-history-bindings initialize-version-history-bindings-ordered initialize-workspace invert
is-checked-out is-collection is-defined keep-checked-out label label-must-exist label-name label-name-set
label-response language-defined language-matches last latest-activity-version latest-activity-version-report
legal-reftarget like limit limited-number-of-aces linear-activity literal locate-by-history location
lock-deleted lock-token-matches-request-uri lock-token-submitted lockdiscovery locked-checkout
locked-overwrite-allowed locked-source-collection-update-allowed locked-update-allowed lockentry lockinfo
lockroot lockscope locktoken locktype lt lte match merge merge-baseline merge-must-be-complete merge-preview
merge-preview-report merge-set merge-subbaselines missing-required-principal mkactivity mkactivity-response
mkcol mkcol-response mkredirectref mkredirectref-response mkworkspace mkworkspace-response
modify-configuration multistatus must-be-activity must-be-baseline must-be-checked-in must-be-checked-out
must-be-checked-out-version-controlled-resource must-be-redirectref must-be-version must-be-version-history
must-have-no-version-controlled-members must-not-change-existing-checked-in-out
must-not-copy-versioning-property must-not-have-label-and-apply-to-version must-not-update-baseline-collection
must-select-version-in-history name-allowed need-privileges new new-binding new-redirectref
new-version-controlled-collection new-version-controlled-resource new-version-history no-abstract
no-ace-conflict no-auto-merge no-checked-out-baseline-controlled-collection-members no-checkout
no-conflicting-lock no-external-entities no-inherited-ace-conflict no-invert no-modification
no-overwrite-by-auto-update no-protected-ace-conflict no-version-delete not not-supported-privilege nresults
number-of-matches-within-limits one-baseline-controlled-collection-per-history-per-workspace
one-checkout-per-activity-per-history one-version-controlled-resource-per-history-per-workspace
one-version-per-history-per-baseline opdesc operand-literal operand-property operand-typed-literal operators
options options-response or order order-member orderby ordered-collections-supported ordering-modified
ordering-type ordering-type-set orderpatch orderpatch-response owner parent parent-resource-must-be-non-null
parent-set permanent position position-set predecessor-set preserve-versioning-properties
preserved-live-properties principal principal-collection-set principal-match principal-property
principal-property-search principal-search-property principal-search-property-set principal-URL privilege prop
propdesc properties property property-search propertyupdate propfind propfind-finite-depth propname propstat
protected protected-source-url-deletion-allowed protected-url-deletion-allowed
protected-url-modification-allowed put-under-version-control query-schema query-schema-discovery
quota-available-bytes quota-not-exceeded quota-used-bytes read read-acl read-current-user-privilege-set rebind
rebind-into-collection rebind-response rebind-source-exists recognized-principal redirect-lifetime
redirect-lifetime-supported redirect-lifetime-update-supported redirectref redirectref-updated
reference-version-controlled-configuration reftarget remove remove-label report report-properties
required-principal resource resource-id resource-must-be-null resourcetype response responsedescription
restore-content-and-dead-properties root-version scope score search-grammar-discovery-supported
search-grammar-supported search-multiple-scope-supported search-scope-valid searchable searchrequest segment
segment-must-identify-member select select-existing-baseline selectable self set
set-baseline-controlled-collection-members shared sortable source status subactivity-set subbaseline-set
successor-set sufficient-disk-space supported-grammar-set supported-live-property supported-live-property-set
supported-method supported-method-set supported-privilege supported-privilege-set supported-query-grammar
supported-query-grammar-set supported-report supported-report-set supportedlock sync-collection sync-level
sync-token sync-traversal-supported target temporary timeout typed-literal unauthenticated unbind
unbind-from-collection unbind-response unbind-source-exists uncheckout uncheckout-response unlock unordered
unreserved update update-activity-reference update-auto-update update-checked-out-reference
update-content-and-properties update-merge-set update-predecessor-set update-preview update-subbaselines
update-version-controlled-collection-members update-version-controlled-collection-members-ordered
update-version-ordering-type update-workspace-reference updateredirectref updateredirectref-response
valid-resourcetype valid-sync-token version version-control version-control-response
version-control-working-collection-members version-controlled-binding version-controlled-binding-set
version-controlled-configuration version-controlled-configuration-must-not-exist version-history
version-history-collection-set version-history-has-root version-history-is-tree version-history-set
version-name version-set version-tree where workspace workspace-checkout-set workspace-collection-set
workspace-location-ok workspace-member-moved workspace-moved write write-acl write-content write-properties
`
