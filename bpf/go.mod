module github.com/go-psutil/psutil/bpf

go 1.26.0

require (
	github.com/cilium/ebpf v0.22.0
	github.com/go-psutil/psutil v0.1.0
	golang.org/x/sys v0.49.0
)
