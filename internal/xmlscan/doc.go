// Package xmlscan is a strict, streaming pull scanner for XML 1.0 with
// namespaces, made for the bodies of WebDAV: it takes UTF-8 and UTF-16,
// refuses every document type declaration, bounds what it keeps, and allocates
// nothing per token once it has seen the names of a document.
//
// A scanner walks tokens with [Scanner.Next]; [Scanner.Child], [Scanner.Skip],
// [Scanner.Content] and [Scanner.Capture] consume more at once:
//
//	s := xmlscan.New(body, xmlscan.Options{MaxBytes: 1 << 20})
//	if s.Root() != dav.DAV("propfind") {
//		...
//	}
//	for d := s.Depth(); s.Child(d); {
//		switch s.Name() {
//		case dav.DAV("prop"):
//			for d := s.Depth(); s.Child(d); {
//				names = append(names, s.Name())
//			}
//		}
//	}
//	return s.Finish()
//
// The first error sticks: from then on Next returns Invalid, Child false, and
// [Scanner.Err] tells why.
package xmlscan
