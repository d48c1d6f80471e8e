package psutil

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"

	"github.com/go-psutil/psutil/internal/linux"
)

// statusSize holds most /proc/PID/status; the buffer grows for a process in
// many groups.
const statusSize = 4096

// statusFile reads /proc/PID/status, in which the fields needed must be. What
// st points to is in buf.
func (p Process) statusFile(op string, buf []byte, st *linux.PIDStatus, need linux.PIDStatusFields) error {
	d, err := p.dir(op)
	if err != nil {
		return err
	}
	parseErr, err := d.readStatus(op, &buf, st)
	if err != nil {
		return err
	}
	return d.needStatus(op, st, parseErr, need)
}

// readStatus reads the status file into *buf, which it may replace. A line that
// can't be understood loses only itself: see needStatus.
func (d *procDir) readStatus(op string, buf *[]byte, st *linux.PIDStatus) (parseErr, err error) {
	return d.readStatusFor(op, buf, st, ^linux.PIDStatusFields(0))
}

// readStatusFor is readStatus of the lines that are needed.
func (d *procDir) readStatusFor(op string, buf *[]byte, st *linux.PIDStatus, need linux.PIDStatusFields) (parseErr, err error) {
	b, err := d.read((*buf)[:0], "status")
	if err != nil {
		return nil, d.p.fail(op, err)
	}
	*buf = b
	return st.ParseFor(b, need), nil
}

// statusLines are the lines of the status file that fields need.
func statusLines(fields Field) (lines linux.PIDStatusFields) {
	for _, need := range [...]struct {
		fields Field
		lines  linux.PIDStatusFields
	}{
		{FieldUsername | FieldUIDs, linux.PIDStatusUID},
		{FieldGIDs, linux.PIDStatusGID},
		{FieldGroups, linux.PIDStatusGroups},
		{FieldNumCtxSwitches, ctxSwitchFields},
		{FieldMemoryInfoEx, ^linux.PIDStatusFields(0)},
	} {
		if fields.any(need.fields) {
			lines |= need.lines
		}
	}
	return lines
}

// needStatus returns why fields that are needed are not in st.
func (d *procDir) needStatus(op string, st *linux.PIDStatus, parseErr error, need linux.PIDStatusFields) error {
	switch {
	case st.Has.Contains(need):
		return nil
	case parseErr != nil:
		return d.malformed(op, "status", parseErr)
	}
	return &ProcessError{Op: op, PID: d.p.pid, Err: &NotSupportedError{Op: op}}
}

const ctxSwitchFields = linux.PIDStatusVoluntaryCtxtSwitches | linux.PIDStatusNonvoluntaryCtxtSwitches

func (p Process) uids() (UserIDs, error) {
	var (
		buf [statusSize]byte
		st  linux.PIDStatus
	)
	err := p.statusFile("uids", buf[:0], &st, linux.PIDStatusUID)
	return userIDs(st.UID), err
}

func (p Process) gids() (UserIDs, error) {
	var (
		buf [statusSize]byte
		st  linux.PIDStatus
	)
	err := p.statusFile("gids", buf[:0], &st, linux.PIDStatusGID)
	return userIDs(st.GID), err
}

func userIDs(ids [4]uint32) UserIDs { return UserIDs{ids[0], ids[1], ids[2]} }

func (p Process) groups() ([]uint32, error) {
	var (
		buf [statusSize]byte
		st  linux.PIDStatus
	)
	err := p.statusFile("groups", buf[:0], &st, linux.PIDStatusGroups)
	return slices.Collect(st.EachGroup()), err
}

func (p Process) numCtxSwitches() (CtxSwitches, error) {
	var (
		buf [statusSize]byte
		st  linux.PIDStatus
	)
	err := p.statusFile("num_ctx_switches", buf[:0], &st, ctxSwitchFields)
	return ctxSwitches(&st), err
}

func ctxSwitches(st *linux.PIDStatus) CtxSwitches {
	return CtxSwitches{Voluntary: st.VoluntaryCtxtSwitches, Involuntary: st.NonvoluntaryCtxtSwitches}
}

func (p Process) username() (string, error) {
	ids, err := p.uids()
	if err != nil {
		return "", err
	}
	names, err := p.sys.userNames()
	if err != nil {
		return "", &ProcessError{Op: "username", PID: p.pid, Err: err}
	}
	return userName(names, ids.Real), nil
}

func (s *System) userNames() (map[uint32]string, error) {
	names := make(map[uint32]string)
	b, err := s.readRoot("etc/passwd")
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return names, err
	}
	for uid, name := range linux.EachPasswd(b) {
		if _, known := names[uid]; !known {
			names[uid] = string(name)
		}
	}
	return names, nil
}

// userName returns the user's name, or the number of one without, which it
// keeps in the map.
func userName(names map[uint32]string, uid uint32) string {
	name, known := names[uid]
	if !known {
		name = strconv.FormatUint(uint64(uid), 10)
		names[uid] = name
	}
	return name
}
