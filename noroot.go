//go:build !linux

package psutil

// checkRoot is the error of another root where there are no files to read.
func (c config) checkRoot() error {
	if c.root != "" {
		return &NotSupportedError{Op: "root", Need: "Linux"}
	}
	return nil
}
