package psutil

import (
	"testing"

	"github.com/go-psutil/psutil/internal/sys"
)

func TestDOSPaths(t *testing.T) {
	device, err := sys.Device("C:")
	if err != nil {
		t.Fatal(err)
	}
	made := dosPaths{asked: true, drives: []dosDrive{{"C:", `\Device\HarddiskVolume1`}, {"D:", `\Device\HarddiskVolume12`}}}
	for _, test := range []struct {
		paths      *dosPaths
		path, want string
	}{
		{&made, `\Device\HarddiskVolume1\a\b`, `C:\a\b`},
		{&made, `\Device\HarddiskVolume12\x`, `D:\x`},
		{&made, `\Device\HarddiskVolume2\x`, `\Device\HarddiskVolume2\x`},
		{&made, `\??\C:\FUNC\UNC\x`, `C:\FUNC\UNC\x`},
		{&made, `\??\UNC\server\share\x`, `\\server\share\x`},
		{&made, `\Device\Mup\server\share\x`, `\\server\share\x`},
		{&made, `C:\x`, `C:\x`},
		{&made, ``, ``},
		{new(dosPaths), device + `\windows`, `C:\windows`},
	} {
		if got := test.paths.of(test.path); got != test.want {
			t.Errorf("%q is %q, want %q", test.path, got, test.want)
		}
	}
}
