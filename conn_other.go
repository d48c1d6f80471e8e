//go:build !linux

package psutil

func (s *System) netConnections(*connQuery) ([]Connection, error) {
	return nil, &NotSupportedError{Op: "net_connections"}
}
