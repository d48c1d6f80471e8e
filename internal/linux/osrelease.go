package linux

import (
	"bytes"

	"github.com/go-psutil/psutil/internal/scan"
)

// OSRelease is /etc/os-release, os-release(5): what a distribution calls
// itself. Fields alias the input unless they were escaped; they are empty for a
// line that is not there.
type OSRelease struct {
	ID         []byte // "debian"
	Name       []byte // "Debian GNU/Linux"
	Version    []byte // "12 (bookworm)"
	VersionID  []byte // "12"
	PrettyName []byte // "Debian GNU/Linux 12 (bookworm)"
	IDLike     []byte // "rhel fedora"
}

// Parse decodes the text of the file: lines of a name, an equals sign and a
// value as a shell would read it. Of a name that is there twice, the last
// counts; what is no assignment is skipped, as a shell script may have anything.
func (r *OSRelease) Parse(b []byte) {
	*r = OSRelease{}
	for len(b) > 0 {
		var line []byte
		line, b = scan.Line(b)
		key, value, _ := scan.Cut(bytes.TrimSpace(line), '=')
		var field *[]byte
		switch string(key) {
		case "ID":
			field = &r.ID
		case "NAME":
			field = &r.Name
		case "VERSION":
			field = &r.Version
		case "VERSION_ID":
			field = &r.VersionID
		case "PRETTY_NAME":
			field = &r.PrettyName
		case "ID_LIKE":
			field = &r.IDLike
		default:
			continue
		}
		*field = shellValue(value)
	}
}

// shellValue undoes quotes and backslashes. It returns v itself, or a part of
// it, when there is no backslash.
func shellValue(v []byte) []byte {
	if len(v) >= 2 && v[0] == '\'' && v[len(v)-1] == '\'' {
		return v[1 : len(v)-1]
	}
	quoted := len(v) >= 2 && v[0] == '"' && v[len(v)-1] == '"'
	if quoted {
		v = v[1 : len(v)-1]
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) && (!quoted || bytes.IndexByte([]byte("\"\\$`"), v[i+1]) >= 0) {
			i++
		}
		out = append(out, v[i])
	}
	return out
}

// ParseMachineID decodes /etc/machine-id, machine-id(5): 32 hexadecimal digits.
// ok is false for anything else; the file may also be empty, or say
// "uninitialized" on a first boot.
func ParseMachineID(b []byte) (id []byte, ok bool) {
	id = scan.Trim(b)
	if len(id) != 32 {
		return nil, false
	}
	for _, c := range id {
		if _, ok := scan.HexDigit(c); !ok {
			return nil, false
		}
	}
	return id, true
}
