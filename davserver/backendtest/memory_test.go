package backendtest

import (
	"testing"

	"github.com/quiredav/quire/davserver"
)

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) davserver.Backend { return NewMemory(nil) })
}
