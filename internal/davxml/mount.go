package davxml

// MountType is the media type of a mount document (RFC 4709 section 6.1).
const MountType = "application/davmount+xml"

// AppendMount appends a mount document (RFC 4709 section 3): a client that opens
// it mounts the collection at url, an absolute one, as the user called username;
// "" leaves that to the client.
func AppendMount(b []byte, url, username string) []byte {
	b = append(b, prolog+`<dm:mount xmlns:dm="http://purl.org/NET/webdav/mount">`...)
	b = appendElement(b, "dm:url", url)
	if username != "" {
		b = appendElement(b, "dm:username", username)
	}
	return append(b, "</dm:mount>"...)
}
