module github.com/go-psutil/psutil/bench

go 1.26.0

require (
	github.com/go-psutil/psutil v0.1.0
	github.com/shirou/gopsutil/v4 v4.26.10
)
