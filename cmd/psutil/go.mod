module github.com/go-psutil/psutil/cmd/psutil

go 1.26.0

require (
	github.com/go-psutil/psutil v0.1.0
	github.com/spf13/cobra v1.10.2
)

require (
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/spf13/pflag v1.0.9 // indirect
)
