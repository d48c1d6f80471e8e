package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// takeColors has the console understand escape sequences, as Windows 10 does if told
// to, until restore is called.
func takeColors(console *os.File) (restore func(), err error) {
	h := windows.Handle(console.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(h, &mode); err != nil {
		return nil, err
	}
	if mode&windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING != 0 {
		return func() {}, nil
	}
	if err := windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING); err != nil {
		return nil, err
	}
	return func() { _ = windows.SetConsoleMode(h, mode) }, nil // the program ends anyway
}
