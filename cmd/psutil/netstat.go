package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/go-psutil/psutil"
)

// netstatFlags are the flags of psutil netstat.
type netstatFlags struct {
	tcp, udp, unix, v4, v6      bool
	listening, all, numeric     bool
	programs, extended, resolve bool
	resolveTimeout              time.Duration
	sort                        string
}

func newNetstat(env *environment) *cobra.Command {
	var f netstatFlags
	cmd := &cobra.Command{
		Use:     "netstat",
		GroupID: groupNet,
		Short:   "Show connections and the processes that hold them",
		Long: `Show connections and the processes that hold them.

Without flags these are all Internet sockets, as of netstat -antup: TCP and UDP,
IPv4 and IPv6, listening or not. A socket that several processes hold has a line
for each; "-" stands for a process that may not be looked into, or none.

Recv-Q and Send-Q are bytes not yet read and not yet acknowledged; of a
listener, connections not yet accepted and how many may wait. "@" begins the
name of an abstract Unix socket. User is who made the socket or, if the kernel
does not tell, whose process holds it.

In JSON a row is psutil's sconn, and then name and username.`,
		Example: `  psutil netstat                     all connections
  psutil netstat -tl                 TCP ports that are listened on
  psutil netstat -t --sort raddr     TCP by peer
  psutil netstat -x                  Unix sockets
  psutil netstat --resolve           names of hosts instead of addresses
  psutil netstat -o ndjson | jq 'select(.status == "CLOSE_WAIT") | .pid'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.resolve && f.numeric {
				return usagef("--resolve and --numeric exclude each other")
			}
			if f.resolveTimeout <= 0 {
				return usagef("--resolve-timeout must be positive")
			}
			return netstat(cmd.Context(), env, &f)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVarP(&f.tcp, "tcp", "t", false, "TCP sockets")
	flags.BoolVarP(&f.udp, "udp", "u", false, "UDP sockets")
	flags.BoolVarP(&f.unix, "unix", "x", false, "Unix sockets")
	flags.BoolVarP(&f.v4, "ipv4", "4", false, "of TCP and UDP only IPv4")
	flags.BoolVarP(&f.v6, "ipv6", "6", false, "of TCP and UDP only IPv6")
	flags.BoolVarP(&f.listening, "listening", "l", false, "only what listens, and datagram sockets that anyone may send to")
	flags.BoolVarP(&f.all, "all", "a", false, "listening or not; this is so without -l")
	flags.BoolVarP(&f.extended, "extend", "e", false, "also the descriptor, the user's number and the inode")
	flags.BoolVarP(&f.programs, "programs", "p", false, "show PIDs and programs; they are always shown")
	flags.BoolVarP(&f.numeric, "numeric", "n", false, "show numbers for hosts; this is so without --resolve")
	flags.BoolVar(&f.resolve, "resolve", false, "show names of hosts")
	flags.DurationVar(&f.resolveTimeout, "resolve-timeout", 2*time.Second, "show numbers for what --resolve does not learn in this `TIME`")
	flags.StringVar(&f.sort, "sort", "", "sort by `COLUMN`, downward with a - before it")
	complete(cmd, "sort", fixed(sortKeys((&socketTable{}).columns(&f))...))
	return cmd
}

// kind is what the flags select: all Internet sockets unless they say
// otherwise.
func (f *netstatFlags) kind() psutil.ConnKind {
	tcp, udp := f.tcp, f.udp
	if !tcp && !udp && (!f.unix || f.v4 || f.v6) {
		tcp, udp = true, true
	}
	var kind psutil.ConnKind
	if tcp {
		kind |= psutil.KindTCP
	}
	if udp {
		kind |= psutil.KindUDP
	}
	switch {
	case f.v4 && !f.v6:
		kind &= psutil.KindINET4
	case f.v6 && !f.v4:
		kind &= psutil.KindINET6
	}
	if f.unix {
		kind |= psutil.KindUnix
	}
	return kind
}

// shows reports whether the flags select the socket.
func (f *netstatFlags) shows(c *psutil.Connection) bool {
	switch {
	case !f.listening || f.all:
		return true
	case c.Type == psutil.SocketDgram:
		return c.LocalPath != "" || c.Family != psutil.FamilyUnix && !c.Remote.IsValid()
	}
	return c.Listening
}

func netstat(ctx context.Context, env *environment, f *netstatFlags) error {
	sys, err := env.system()
	if err != nil {
		return err
	}
	conns, err := sys.NetConnections(f.kind())
	if err != nil && len(conns) == 0 {
		return err
	}
	t := socketTable{programs: newPrograms(sys), users: readUsers(sys)}
	r := report[*psutil.Connection]{columns: t.columns(f)}
	for i := range conns {
		if f.shows(&conns[i]) {
			r.rows = append(r.rows, &conns[i])
		}
	}
	if f.resolve {
		t.hosts = resolve(ctx, f.resolveTimeout, r.rows)
	}
	if err := r.sort(f.sort); err != nil {
		return err
	}
	return cmp.Or(r.write(env), err)
}

// A socketTable is what the table has beside the connections.
type socketTable struct {
	programs *programs
	users    users
	hosts    map[netip.Addr]string
}

type conn = *psutil.Connection

// leastAddress is what a narrow terminal shows of an address: the end, which
// has the port. A row then fits into 80 columns.
const leastAddress = 12

func (t *socketTable) columns(f *netstatFlags) []column[conn] {
	columns := []column[conn]{
		{key: "proto", title: "Proto", value: func(c conn) any { return c.Protocol() }, tableOnly: true},
		{key: "recv_q", title: "Recv-Q", value: func(c conn) any { return queue(c, "recv_q", c.RecvQ) }, right: true, tableOnly: true},
		{key: "send_q", title: "Send-Q", value: func(c conn) any { return queue(c, "send_q", c.SendQ) }, right: true, tableOnly: true},
		{key: "fd", value: func(c conn) any { return c.FD }, text: func(c conn) string { return text(known(c.FD)) }},
		{key: "family", value: func(c conn) any { return c.Family }},
		{key: "type", value: func(c conn) any { return c.Type }},
		{key: "laddr", title: "Local", value: func(c conn) any { return endOf(c.Local, c.LocalPath) },
			text: func(c conn) string { return t.address(c.Local, c.LocalPath) }, least: leastAddress, front: true},
		{key: "raddr", title: "Remote", value: func(c conn) any { return endOf(c.Remote, c.RemotePath) },
			text: func(c conn) string { return t.address(c.Remote, c.RemotePath) }, least: leastAddress, front: true},
		{key: "status", title: "Status", value: func(c conn) any { return c.Status }, text: status, color: statusColor, least: 9},
		{key: "pid", title: "PID", value: func(c conn) any { return known(c.PID) }, right: true},
		{key: "uid", value: func(c conn) any { return known(c.UID) }},
		{key: "inode", value: func(c conn) any { return c.Inode }},
		{key: "recv_q", value: func(c conn) any { return queue(c, "recv_q", c.RecvQ) }},
		{key: "send_q", value: func(c conn) any { return queue(c, "send_q", c.SendQ) }},
		{key: "listening", value: func(c conn) any { return c.Listening }},
		{key: "name", title: "Program", value: func(c conn) any { return t.programs.name(c.PID) }, least: 7},
		{key: "username", title: "User", value: func(c conn) any { return t.user(c) }, least: 4},
	}
	if f.extended {
		for i := range columns {
			switch c := &columns[i]; {
			case c.key == "fd" || c.key == "uid" || c.key == "inode":
				c.title, c.right = strings.ToUpper(c.key), true
			}
		}
	}
	if f.resolve {
		host := func(a netip.AddrPort) any {
			if name := t.hosts[a.Addr()]; name != "" {
				return name
			}
			return nil
		}
		columns = append(columns,
			column[conn]{key: "lhost", value: func(c conn) any { return host(c.Local) }},
			column[conn]{key: "rhost", value: func(c conn) any { return host(c.Remote) }})
	}
	return columns
}

// known is nil for the -1 that stands for a PID, user or descriptor that is not
// known. Of these psutil's sconn has None for the first, and -1 for the last.
func known[T int | int64](n T) any {
	if n < 0 {
		return nil
	}
	return n
}

// queue is nil if it is not known.
func queue(c conn, field string, n uint32) any {
	if c.Missing.Has(field) {
		return nil
	}
	return n
}

// status is the table's, which shows no more than "-" for a socket without.
func status(c conn) string {
	switch {
	case c.Status != psutil.ConnNone:
		return c.Status.String()
	case c.Listening: // a Unix socket
		return psutil.ConnListen.String()
	}
	return ""
}

func statusColor(c conn) color {
	switch c.Status {
	case psutil.ConnListen:
		return green
	case psutil.ConnEstablished:
		return cyan
	case psutil.ConnCloseWait, psutil.ConnSynSent, psutil.ConnSynRecv:
		return yellow
	case psutil.ConnTimeWait:
		return dim
	}
	return plain
}

// user is who made the socket or, if the kernel does not tell, whose process
// holds it.
func (t *socketTable) user(c conn) any {
	if c.UID >= 0 {
		return t.users.name(uint32(c.UID))
	}
	return t.programs.user(c.PID)
}

// address is an end of a connection with the host's name, if it is known.
func (t *socketTable) address(a netip.AddrPort, path string) string {
	if name := t.hosts[a.Addr()]; name != "" {
		return fmt.Sprintf("%s:%d", name, a.Port())
	}
	if e, ok := endOf(a, path).(endpoint); ok {
		return e.String()
	}
	return ""
}

// An endpoint is an end of a connection: an address, or a path.
type endpoint struct {
	addr netip.AddrPort
	path string
}

// endOf is nil for an end that has no address.
func endOf(a netip.AddrPort, path string) any {
	if !a.IsValid() && path == "" {
		return nil
	}
	return endpoint{a, path}
}

// String returns "127.0.0.1:80", "[::1]:80" or the path.
func (e endpoint) String() string {
	if e.addr.IsValid() {
		return e.addr.String()
	}
	return e.path
}

// MarshalText makes an endpoint text in CSV.
func (e endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// MarshalJSON writes psutil's addr, or the path.
func (e endpoint) MarshalJSON() ([]byte, error) {
	if !e.addr.IsValid() {
		return psutil.AppendJSON(nil, e.path)
	}
	return psutil.AppendJSON(nil, struct {
		IP   string `json:"ip"`
		Port uint16 `json:"port"`
	}{e.addr.Addr().String(), e.addr.Port()})
}

func (e endpoint) compare(o endpoint) int {
	return cmp.Or(e.addr.Compare(o.addr), strings.Compare(e.path, o.path))
}

// programs are the names of processes and whose they are, asked for once each.
type programs struct {
	sys   *psutil.System
	known map[int]program
}

type program struct{ name, user any }

func newPrograms(sys *psutil.System) *programs {
	return &programs{sys, make(map[int]program)}
}

// name returns the name of a process, nil if it has gone or is not known.
func (p *programs) name(pid int) any { return p.look(pid).name }

// user returns the name of the user whose process it is, nil likewise.
func (p *programs) user(pid int) any { return p.look(pid).user }

func (p *programs) look(pid int) program {
	if pid < 0 {
		return program{}
	}
	if known, ok := p.known[pid]; ok {
		return known
	}
	var found program
	if process, err := p.sys.NewProcess(pid); err == nil {
		if info, err := process.Info(psutil.FieldName | psutil.FieldUsername); err == nil {
			if name, ok := info.Value(psutil.FieldName); ok {
				found.name = name
			}
			if user, ok := info.Value(psutil.FieldUsername); ok {
				found.user = user
			}
		}
	}
	p.known[pid] = found
	return found
}

// resolve asks for the names of the hosts of the connections, several at once,
// and returns those it has learnt before the timeout.
func resolve(ctx context.Context, timeout time.Duration, conns []conn) map[netip.Addr]string {
	const atOnce = 32
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	seen := make(map[netip.Addr]bool)
	var addrs []netip.Addr
	for _, c := range conns {
		for _, a := range [...]netip.Addr{c.Local.Addr(), c.Remote.Addr()} {
			if a.IsValid() && !a.IsUnspecified() && !seen[a] {
				seen[a] = true
				addrs = append(addrs, a)
			}
		}
	}
	type answer struct {
		addr netip.Addr
		name string
	}
	var (
		todo    = make(chan netip.Addr)
		answers = make(chan answer, len(addrs)) // so that no worker waits for us
		workers sync.WaitGroup
		hosts   = make(map[netip.Addr]string)
	)
	for range min(atOnce, len(addrs)) {
		workers.Go(func() {
			for a := range todo {
				names, err := lookupAddr(ctx, a.Unmap().String())
				if err == nil && len(names) > 0 {
					answers <- answer{a, strings.TrimSuffix(names[0], ".")}
				}
			}
		})
	}
	go func() {
		defer close(todo)
		for _, a := range addrs {
			select {
			case todo <- a:
			case <-ctx.Done():
				return
			}
		}
	}()
	done := make(chan struct{})
	go func() {
		workers.Wait()
		close(done)
	}()
	// A resolver of the C library does not notice that ctx is done.
	select {
	case <-done:
	case <-ctx.Done():
	}
	for {
		select {
		case a := <-answers:
			hosts[a.addr] = a.name
		default:
			return hosts
		}
	}
}

// lookupAddr is what resolve asks; tests ask another.
var lookupAddr = net.DefaultResolver.LookupAddr
