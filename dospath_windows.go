package psutil

import (
	"strings"

	"github.com/go-psutil/psutil/internal/sys"
)

// dosPaths knows which device of the kernel each drive stands for. The zero value asks
// when it has to know.
type dosPaths struct {
	asked  bool
	drives []dosDrive
}

type dosDrive struct{ name, device string } // C: and \Device\HarddiskVolume3

// of returns the path as users know it of one as the kernel does.
func (d *dosPaths) of(path string) string {
	if rest, ok := strings.CutPrefix(path, `\??\UNC\`); ok {
		return `\\` + rest
	}
	if rest, ok := strings.CutPrefix(path, `\??\`); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(path, `\Device\Mup\`); ok {
		return `\\` + rest
	}
	if !strings.HasPrefix(path, `\Device\`) {
		return path
	}
	d.ask()
	for _, drive := range d.drives {
		if rest, ok := strings.CutPrefix(path, drive.device+`\`); ok {
			return drive.name + `\` + rest
		}
	}
	return path
}

func (d *dosPaths) ask() {
	if d.asked {
		return
	}
	d.asked = true
	roots, _ := sys.Drives() // without, paths stay the kernel's
	for _, root := range roots {
		name := strings.TrimSuffix(root, `\`)
		if device, err := sys.Device(name); err == nil {
			d.drives = append(d.drives, dosDrive{name, device})
		}
	}
}
