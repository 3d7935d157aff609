package repo_test

import (
	"github.com/quiredav/quire/davserver"
	"github.com/quiredav/quire/repo"
)

var _ davserver.Syncer = (*repo.Repository)(nil)
