//go:build !linux

package main

import "github.com/go-psutil/psutil"

func kernelCapabilities(*psutil.System) []capability { return nil }
