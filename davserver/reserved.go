package davserver

import (
	"strings"

	"github.com/quiredav/quire/dav"
)

// Reserved is the first segment under which the server keeps what is its own.
// Clients find nothing there and can make nothing there.
const Reserved = ".quire"

func reserved(p dav.Path) bool {
	rest, ok := strings.CutPrefix(string(p), "/"+Reserved)
	return ok && (rest == "" || rest[0] == '/')
}

func (q *request) refuseReserved() error {
	switch q.r.Method {
	case "MKREDIRECTREF":
		return q.unnameable(q.notFound())
	case "PUT", "MKCOL", "LOCK":
		return q.forbidden("/" + Reserved + "/ is the server's own")
	}
	return q.notFound()
}
