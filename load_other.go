//go:build !windows

package psutil

// runnable is not asked where the system keeps a load average.
func (r *processReader) runnable() (threads int, known bool) { return 0, false }
