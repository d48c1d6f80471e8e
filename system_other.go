//go:build !linux

package psutil

type host struct{}

func (s *System) open(config) error { return nil }

func (s *System) netConnections(ConnKind) ([]Connection, error) {
	return nil, &NotSupportedError{Op: "net_connections"}
}

func (s *System) startToken(pid int) (uint64, error) { return 0, &NotSupportedError{Op: "process"} }
func (s *System) selfPID() (int, error)              { return 0, &NotSupportedError{Op: "process"} }
func (s *System) pids() ([]int, error)               { return nil, &NotSupportedError{Op: "pids"} }
func (s *System) pidExists(int) (bool, error)        { return false, &NotSupportedError{Op: "pid_exists"} }
func (s *System) processTree() (map[int][]Process, error) {
	return nil, &NotSupportedError{Op: "children"}
}
func (p Process) ppid() (int, error)    { return 0, &NotSupportedError{Op: "ppid"} }
func (p Process) name() (string, error) { return "", &NotSupportedError{Op: "name"} }
