// Package psutil reads the running processes and the CPU, memory, disks,
// network and sensors of a machine, exactly and without cgo.
package psutil
