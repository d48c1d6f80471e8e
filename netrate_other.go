//go:build !linux

package psutil

import "time"

// netMeter finds out what each process sends and receives.
type netMeter struct{}

func newNetMeter(*System) *netMeter { return new(netMeter) }

func (m *netMeter) measure(time.Time) error { return &NotSupportedError{Op: "net_rate"} }

func (m *netMeter) rate(Process) (NetRate, error) {
	return NetRate{}, &NotSupportedError{Op: "net_rate"}
}

func (m *netMeter) unowned() *NetRate { return nil }

func (m *netMeter) close() {}
