package davserver

import "strings"

// quirks are the ways in which an answer differs for one client. What can be
// right for all clients does not belong here.
type quirks struct {
	// plainFailure answers DELETE, MOVE, COPY and LOCK that failed on a member
	// with that member's plain status. WebDAVFS takes any 207 there for "busy",
	// and its reader spins when a response names a longer URL than the request.
	plainFailure bool

	// terse leaves supportedlock, the same for every resource, out of allprop.
	// The Windows redirector asks allprop of every folder, shows nothing of one
	// whose listing is over 1,000,000 bytes, and never looks at this property.
	terse bool
}

var quirkTable = []struct {
	agent string // begins the User-Agent
	quirks
}{
	{"Microsoft-WebDAV-MiniRedir/", quirks{terse: true}},
	{"WebDAVFS/", quirks{plainFailure: true}},
	{"WebDAVLib/", quirks{plainFailure: true}},
}

func quirksOf(agent string) quirks {
	for _, row := range quirkTable {
		if strings.HasPrefix(agent, row.agent) {
			return row.quirks
		}
	}
	return quirks{}
}
