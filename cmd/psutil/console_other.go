//go:build !windows

package main

import "os"

// takeColors has nothing to do: a terminal takes them.
func takeColors(*os.File) (restore func(), err error) { return func() {}, nil }
