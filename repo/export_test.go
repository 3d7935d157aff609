package repo

// SetSyncRows makes the pages that Sync reads as short as a test needs them.
func SetSyncRows(r *Repository, rows int) { r.syncRows = rows }
