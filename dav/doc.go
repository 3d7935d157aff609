// Package dav is the vocabulary of WebDAV: paths, depths, entity tags,
// properties, locks, preconditions, outcomes and errors. It does no I/O.
//
// Handler, client and backends all speak in these types. What RFC 4918 makes
// conditional travels as data ([Conditions]) together with the write, so that
// a backend can judge it inside its own transaction; what a request brought
// about is told per resource ([Outcome]).
package dav
