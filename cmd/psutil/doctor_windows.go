package main

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/windows"

	"github.com/go-psutil/psutil"
)

// kernelCapabilities is the privilege to look into what belongs to other users, which
// the library asks for call by call.
func kernelCapabilities(*psutil.System) []capability {
	c := capability{name: "SeDebugPrivilege", purpose: "processes of other users, and who holds a socket"}
	held, err := hasPrivilege("SeDebugPrivilege")
	switch {
	case err != nil:
		c.detail = err.Error()
	case held:
		c.there, c.inUse = true, true
	default:
		c.detail, c.enable = "the token of this program does not have it", enableAll()
	}
	return []capability{c}
}

// hasPrivilege reports whether the token of this program has a privilege, enabled or
// not.
func hasPrivilege(name string) (bool, error) {
	var luid windows.LUID
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return false, err
	}
	if err := windows.LookupPrivilegeValue(nil, wide, &luid); err != nil {
		return false, err
	}
	token := windows.GetCurrentProcessToken()
	for size := uint32(1 << 10); ; {
		room := make([]byte, size)
		err := windows.GetTokenInformation(token, windows.TokenPrivileges, &room[0], size, &size)
		if err == windows.ERROR_INSUFFICIENT_BUFFER && size > uint32(len(room)) {
			continue
		}
		if err != nil {
			return false, err
		}
		return listsPrivilege(room[:size], luid), nil
	}
}

// listsPrivilege looks for a privilege in a TOKEN_PRIVILEGES, which is a count and
// then an LUID and attributes for each.
func listsPrivilege(b []byte, luid windows.LUID) bool {
	if len(b) < 4 {
		return false
	}
	const each = 12
	for n, b := binary.LittleEndian.Uint32(b), b[4:]; n > 0 && len(b) >= each; n, b = n-1, b[each:] {
		if binary.LittleEndian.Uint32(b) == luid.LowPart && int32(binary.LittleEndian.Uint32(b[4:])) == luid.HighPart {
			return true
		}
	}
	return false
}

// enableAll is the command that starts this program with an administrator's whole
// token, in a window that stays.
func enableAll() string {
	return "powershell Start-Process -Verb RunAs cmd '/k " + strings.ReplaceAll(executable(), "'", "''") + "'"
}
