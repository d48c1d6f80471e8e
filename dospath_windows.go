package psutil

import (
	"strings"

	"github.com/go-psutil/psutil/internal/sys"
)

// dosPath is the path as users know it of one as the kernel does.
func dosPath(path string) string {
	if rest, ok := strings.CutPrefix(path, `\??\`); ok {
		return strings.Replace(rest, `UNC\`, `\\`, 1)
	}
	if rest, ok := strings.CutPrefix(path, `\Device\Mup\`); ok {
		return `\\` + rest
	}
	if !strings.HasPrefix(path, `\Device\`) {
		return path
	}
	drives, err := sys.Drives()
	if err != nil {
		return path
	}
	for _, root := range drives {
		drive := strings.TrimSuffix(root, `\`)
		if device, err := sys.Device(drive); err == nil {
			if rest, ok := strings.CutPrefix(path, device+`\`); ok {
				return drive + `\` + rest
			}
		}
	}
	return path
}
