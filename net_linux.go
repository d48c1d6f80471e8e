package psutil

import (
	"errors"
	"slices"

	"github.com/go-psutil/psutil/internal/linux"
)

func (s *System) netIOCounters() ([]NetIO, error) {
	file := s.netDir + "/dev"
	b, err := s.readProc(file)
	if err != nil {
		return nil, err
	}
	var (
		rows []NetIO
		errs []error
	)
	for d, err := range linux.EachNetDev(b) {
		if err != nil {
			errs = append(errs, parseError(s.procPath(file), err))
			continue
		}
		rows = append(rows, NetIO{
			BytesSent: d.TxBytes, BytesRecv: d.RxBytes, PacketsSent: d.TxPackets, PacketsRecv: d.RxPackets,
			ErrIn: d.RxErrors, ErrOut: d.TxErrors, DropIn: d.RxDropped, DropOut: d.TxDropped,
			Name: string(d.Name), FIFOIn: d.RxFIFO, FIFOOut: d.TxFIFO, Frame: d.RxFrame,
			Collisions: d.TxCollisions, Carrier: d.TxCarrier, Multicast: d.RxMulticast,
			CompressedIn: d.RxCompressed, CompressedOut: d.TxCompressed,
		})
	}
	slices.SortFunc(rows, compareNetIO)
	return rows, errors.Join(errs...)
}
