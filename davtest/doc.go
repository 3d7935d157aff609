// Package davtest is a conformance suite for WebDAV servers: the requirements
// of RFC 4918 and its companions as black-box cases, one per requirement, that
// run over HTTP against any base URL. It needs the standard library alone and
// shares no code with what it judges.
//
// [Run] gives every [Case] a fresh, empty collection below [Config.URL] and
// takes it away afterwards. A case reads like its requirement:
//
//	{ID: "PF-06", Section: "RFC 4918 10.2", Level: Must,
//		Title: "Depth is ignored on resources without members",
//		Run: func(t *T) {
//			t.Put("f", "x")
//			for _, depth := range []string{"1", "infinity"} {
//				if n := len(t.Propfind("f", depth).Responses); n != 1 {
//					t.Errorf("Depth %s on a file: %d responses", depth, n)
//				}
//			}
//		}},
//
// A request path that begins with a slash is sent as it is; any other is taken
// relative to the case's own collection, "" being the collection itself, again
// without touching a byte. So dot segments, %2F and the like reach the server;
// [T.Dial] is for what net/http would refuse to send.
//
// A requirement on all answers of a kind is written as [Case.Scan]: it sees
// every exchange of the whole run, whichever case caused it.
package davtest
