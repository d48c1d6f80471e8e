//go:build !linux

package psutil

func (s *System) netConnections(ConnKind) ([]Connection, error) {
	return nil, &NotSupportedError{Op: "net_connections"}
}
