//go:build !linux && !windows

package psutil

func (s *System) netConnections(*connQuery) (*ownedSockets, error) {
	return nil, &NotSupportedError{Op: "net_connections"}
}
