package psutil

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/go-psutil/psutil/internal/linux"
)

// table reads a table of /proc. A kernel without IPv6, say, has none of its.
func (r *socketReader) table(file string) (path string, ok bool) {
	name := r.dir + "/" + file
	path = r.sys.procPath(name)
	var err error
	r.buf, err = r.sys.proc.ReadFile(r.buf[:0], name)
	if err != nil && !errors.Is(err, syscall.ENOENT) {
		r.errs = append(r.errs, &fs.PathError{Op: "read", Path: path, Err: err})
	}
	return path, err == nil
}

func (r *socketReader) tableInet(t *inetTable) {
	path, ok := r.table(t.file)
	if !ok {
		return
	}
	for row, err := range linux.EachInetSocket(r.buf, r.sys.bigEndian) {
		if err != nil {
			r.errs = append(r.errs, parseError(path, err))
			continue
		}
		r.add(r.inet(t, &row))
	}
}

func (r *socketReader) tableUnix() {
	path, ok := r.table("unix")
	if !ok {
		return
	}
	for row, err := range linux.EachUnixSocket(r.buf) {
		if err != nil {
			r.errs = append(r.errs, parseError(path, err))
			continue
		}
		r.addUnix(SocketRecord{Type: linuxSocketType(row.Type), UID: -1, Inode: row.Inode, Listening: row.Flags&linux.UnixAcceptCon != 0},
			unixSocket{local: string(row.Path), missing: "raddr,recv_q,send_q"})
	}
}
