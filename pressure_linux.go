package psutil

import (
	"errors"
	"math"
	"syscall"
	"time"

	"github.com/go-psutil/psutil/internal/linux"
)

func (s *System) pressure() (PressureStat, error) {
	var (
		p     PressureStat
		errs  []error
		found bool
	)
	for _, e := range [...]struct {
		name string
		dst  *PressureResource
	}{{"cpu", &p.CPU}, {"memory", &p.Memory}, {"io", &p.IO}, {"irq", &p.IRQ}} {
		var err error
		*e.dst, err = s.pressureOf("pressure/" + e.name)
		if err == nil {
			found = true
			continue
		}
		p.Missing = p.Missing.add(e.name)
		// With psi=0 the files are there, but opening them is not supported.
		if !errors.Is(err, syscall.ENOENT) && !errors.Is(err, syscall.EOPNOTSUPP) {
			errs = append(errs, err)
		}
	}
	if !found && len(errs) == 0 {
		return p, &NotSupportedError{Op: "pressure", Need: "Linux 4.20 with CONFIG_PSI, and psi=1 where it is off by default"}
	}
	return p, errors.Join(errs...)
}

func (s *System) pressureOf(file string) (PressureResource, error) {
	b, err := s.readProc(file)
	if err != nil {
		return PressureResource{}, err
	}
	var k linux.Pressure
	if err := k.Parse(b); err != nil {
		return PressureResource{}, parseError(s.procPath(file), err)
	}
	r := PressureResource{Some: pressureAverage(k.Some), Full: pressureAverage(k.Full)}
	if !k.HasSome {
		r.Missing = r.Missing.add("some")
	}
	if !k.HasFull {
		r.Missing = r.Missing.add("full")
	}
	return r, nil
}

func pressureAverage(k linux.Stall) PressureAverage {
	total := time.Duration(math.MaxInt64)
	if k.Total < math.MaxInt64/uint64(time.Microsecond) {
		total = time.Duration(k.Total) * time.Microsecond
	}
	return PressureAverage{Avg10: k.Avg10, Avg60: k.Avg60, Avg300: k.Avg300, Total: total}
}
