// Package davxml is the wire of WebDAV, both directions: the headers of RFC
// 4918 section 10 and the conditional headers of RFC 9110 section 13, and the
// XML bodies that are not Multi-Status.
//
// What is read becomes the vocabulary of package dav; what can't be read is a
// [dav.Error] with a sentence for whoever sent it. Every function that reads
// has one that writes the same value, so that server and client speak one
// dialect.
package davxml
