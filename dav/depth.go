package dav

// Depth is how far a method reaches below its resource (RFC 4918 section
// 10.2). The zero value is Depth 0.
type Depth int8

const (
	Depth0 Depth = iota
	Depth1
	DepthInfinity
)

// String is the depth as the header has it.
func (d Depth) String() string {
	switch d {
	case Depth0:
		return "0"
	case Depth1:
		return "1"
	}
	return "infinity"
}
