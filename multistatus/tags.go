package multistatus

import (
	"strings"

	"github.com/quiredav/quire/dav"
	"github.com/quiredav/quire/internal/xmlscan"
)

const (
	xmlNamespace   = "http://www.w3.org/XML/1998/namespace"
	xmlnsNamespace = "http://www.w3.org/2000/xmlns/"
)

// tag holds the ready tags of an element.
type tag struct {
	name  dav.Name
	empty string // <D:x/>
	open  string // <D:x>
	close string // </D:x>
	seen  uint64 // the number of the response that last had such a property
}

// tags finds the tags of a name without making them anew. A listing asks for
// the same few names again and again.
type tags struct {
	recent [recentTags]*tag // a guess before the map is asked
	all    map[dav.Name]*tag
}

const (
	recentTags = 128
	maxTags    = 1024 // that are remembered between responses
)

// guess spreads the names of the WebDAV RFCs over tags.recent without one
// falling on another.
func guess(local string) int {
	n := len(local)
	return (n*29 + int(local[n-1])*57 + int(local[n/2])*13) % recentTags
}

func (t *tags) trim() {
	if len(t.all) > maxTags {
		clear(t.all)
		t.recent = [recentTags]*tag{}
	}
}

// get is nil if n can't be the name of an element.
func (t *tags) get(n dav.Name) *tag {
	l := n.Local
	if l == "" {
		return nil
	}
	recent := &t.recent[guess(l)]
	if g := *recent; g != nil && g.name == n {
		return g
	}
	g, ok := t.all[n]
	if !ok {
		if g = newTag(n); g == nil {
			return nil
		}
		if t.all == nil {
			t.all = make(map[dav.Name]*tag)
		}
		t.all[n] = g
	}
	*recent = g
	return g
}

// newTag writes the tags of n. DAV: has the prefix D, declared on the root;
// other namespaces have N, declared here: some clients read no other spelling.
func newTag(n dav.Name) *tag {
	if !xmlscan.IsNCName(n.Local) || n.Space == xmlnsNamespace || !legal(n.Space) {
		return nil
	}
	prefix, declaration := "N:", ""
	switch n.Space {
	case "":
		prefix = ""
	case dav.Namespace:
		prefix = "D:"
	case xmlNamespace:
		prefix = "xml:"
	default:
		declaration = ` xmlns:N="` + attrEscapes.Replace(n.Space) + `"`
	}
	return &tag{
		name:  n,
		empty: "<" + prefix + n.Local + declaration + "/>",
		open:  "<" + prefix + n.Local + declaration + ">",
		close: "</" + prefix + n.Local + ">",
	}
}

var attrEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;",
	"\t", "&#9;", "\n", "&#10;", "\r", "&#13;")
