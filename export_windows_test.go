package psutil

import "github.com/go-psutil/psutil/internal/sys"

// SystemTables is how often the system was asked for a table.
func SystemTables() int64 { return sys.SystemTables.Load() }
