package sys

import (
	"runtime"

	"golang.org/x/sys/windows"
)

// Privileged calls f with a privilege, such as SeDebugPrivilege, that the caller's
// process has but that is not enabled. F runs on a thread that impersonates the process
// itself, so that it is enabled for this call and for nobody else. Without the
// privilege f is called all the same.
func Privileged(name string, f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if windows.ImpersonateSelf(windows.SecurityImpersonation) != nil {
		return f()
	}
	defer windows.RevertToSelf()
	enable(name)
	return f()
}

// enable enables a privilege in the token of the thread, if it is there.
func enable(name string) {
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return
	}
	var token windows.Token
	if windows.OpenThreadToken(windows.CurrentThread(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, true, &token) != nil {
		return
	}
	defer token.Close()
	want := windows.Tokenprivileges{PrivilegeCount: 1}
	want.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	if windows.LookupPrivilegeValue(nil, p, &want.Privileges[0].Luid) == nil {
		_ = windows.AdjustTokenPrivileges(token, false, &want, 0, nil, nil) // f is called without it then
	}
}
