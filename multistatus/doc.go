// Package multistatus writes, reads and judges the body of 207 Multi-Status
// (RFC 4918 section 13), the answer that tells for each of many resources what
// became of it. It needs no other part of a WebDAV server or client.
//
// A server sends status 207 and [ContentType], calls [NewWriter], then
// [Writer.Write] for each resource, then [Writer.Close]. A client calls
// [NewReader], then [Reader.Next] until it returns io.EOF. Both hold one
// [Response] at a time, so memory stays constant however long the listing is.
// Whoever tests a server, or looks for the reason why a client balks at one,
// calls [Validate] with the bytes of an answer.
package multistatus

// ContentType labels the body (RFC 4918 section 8.2), spelled as the pickiest
// clients want it.
const ContentType = "application/xml; charset=utf-8"
