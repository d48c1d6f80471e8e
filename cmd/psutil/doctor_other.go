//go:build !linux && !windows

package main

import "github.com/go-psutil/psutil"

func kernelCapabilities(*psutil.System) []capability { return nil }

// enableAll is the command that lets this program look into all processes.
func enableAll() string { return "sudo " + shellWord(executable()) }
