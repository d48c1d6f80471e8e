package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"strconv"
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

	raw, mptcp, info bool
	states           []string
	port, remotePort uint16
	netns            string
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
  psutil netstat -ti --state established  how connections fare
  psutil netstat --port 443          one port
  psutil netstat --netns all         containers too
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
	flags.BoolVarP(&f.raw, "raw", "w", false, "raw sockets")
	flags.BoolVarP(&f.mptcp, "mptcp", "M", false, "sockets of multipath TCP")
	flags.BoolVarP(&f.v4, "ipv4", "4", false, "of Internet sockets only IPv4")
	flags.BoolVarP(&f.v6, "ipv6", "6", false, "of Internet sockets only IPv6")
	flags.BoolVarP(&f.listening, "listening", "l", false, "only what listens, and datagram sockets that anyone may send to")
	flags.BoolVarP(&f.all, "all", "a", false, "listening or not; this is so without -l")
	flags.StringSliceVar(&f.states, "state", nil, "only connections in these `STATES`, such as established or time-wait")
	flags.Uint16Var(&f.port, "port", 0, "only sockets with this own `PORT`")
	flags.Uint16Var(&f.remotePort, "remote-port", 0, "only sockets whose peer has this `PORT`")
	flags.StringVar(&f.netns, "netns", "", "of another network namespace, by its inode, or of `all`")
	flags.BoolVarP(&f.info, "info", "i", false, "also round trip time, congestion window, retransmits and bytes of TCP")
	flags.BoolVarP(&f.extended, "extend", "e", false, "also the descriptor, the user's number, the inode and a Unix peer's PID")
	flags.BoolVarP(&f.programs, "programs", "p", false, "show PIDs and programs; they are always shown")
	flags.BoolVarP(&f.numeric, "numeric", "n", false, "show numbers for hosts; this is so without --resolve")
	flags.BoolVar(&f.resolve, "resolve", false, "show names of hosts")
	flags.DurationVar(&f.resolveTimeout, "resolve-timeout", 2*time.Second, "show numbers for what --resolve does not learn in this `TIME`")
	flags.StringVar(&f.sort, "sort", "", "sort by `COLUMN`, downward with a - before it")
	complete(cmd, "state", list(stateNames()))
	complete(cmd, "netns", fixed("all"))
	complete(cmd, "sort", fixed(sortKeys((&socketTable{}).columns(&f))...))
	return cmd
}

// kind is what the flags select: TCP and UDP unless they say otherwise.
func (f *netstatFlags) kind() psutil.ConnKind {
	var kind psutil.ConnKind
	for _, k := range [...]struct {
		on   bool
		kind psutil.ConnKind
	}{{f.tcp, psutil.KindTCP}, {f.udp, psutil.KindUDP}, {f.raw, psutil.KindRaw}, {f.mptcp, psutil.KindMPTCP}} {
		if k.on {
			kind |= k.kind
		}
	}
	if kind == 0 && (!f.unix || f.v4 || f.v6) {
		kind = psutil.KindINET
	}
	const six = psutil.KindINET6 | psutil.KindRaw6 | psutil.KindMPTCP6
	switch {
	case f.v4 && !f.v6:
		kind &^= six
	case f.v6 && !f.v4:
		kind &= six
	}
	if f.unix {
		kind |= psutil.KindUnix
	}
	return kind
}

// options are what else the flags select.
func (f *netstatFlags) options() ([]psutil.ConnOption, error) {
	var opts []psutil.ConnOption
	if len(f.states) > 0 {
		var states []psutil.ConnState
		for _, name := range f.states {
			var s psutil.ConnState
			if err := s.UnmarshalText([]byte(strings.ReplaceAll(strings.ToUpper(name), "-", "_"))); err != nil || s == psutil.ConnNone {
				return nil, usagef("--state %s is none of %s", name, strings.Join(stateNames(), ", "))
			}
			states = append(states, s)
		}
		opts = append(opts, psutil.WithStates(states...))
	}
	if f.port != 0 {
		opts = append(opts, psutil.WithLocalPort(f.port))
	}
	if f.remotePort != 0 {
		opts = append(opts, psutil.WithRemotePort(f.remotePort))
	}
	switch {
	case f.netns == "all":
		opts = append(opts, psutil.WithNetNS(psutil.AllNetNS))
	case f.netns != "":
		ns, err := strconv.ParseUint(f.netns, 10, 64)
		if err != nil || ns == 0 {
			return nil, usagef("--netns %s is neither all nor the inode of a namespace", f.netns)
		}
		opts = append(opts, psutil.WithNetNS(psutil.NetNS(ns)))
	}
	if f.info {
		opts = append(opts, psutil.WithTCPInfo())
	}
	return opts, nil
}

// stateNames are the states that Linux has, as --state takes them.
func stateNames() []string {
	var names []string
	for s := psutil.ConnEstablished; s <= psutil.ConnClosing; s++ {
		names = append(names, strings.ReplaceAll(strings.ToLower(s.String()), "_", "-"))
	}
	return names
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
	opts, err := f.options()
	if err != nil {
		return err
	}
	sys, err := env.system()
	if err != nil {
		return err
	}
	t := socketTable{programs: newPrograms(sys), users: readUsers(sys)}
	r := report[conn]{columns: t.columns(f), atOnce: true}
	if env.format != formatTable && f.sort == "" && !f.resolve {
		r.batches = func(n int) iter.Seq2[[]conn, error] {
			return t.batches(sys.NetConnectionsSeq(f.kind(), opts...), f, n)
		}
		return r.write(env)
	}
	conns, err := sys.NetConnections(f.kind(), opts...)
	if err != nil && len(conns) == 0 {
		return err
	}
	r.rows = make([]conn, 0, len(conns))
	for i := range conns {
		if c := &conns[i]; f.shows(c) {
			r.rows = append(r.rows, c)
		}
	}
	t.look(r.rows)
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

// look looks up the programs of the rows, which are then only read.
func (t *socketTable) look(rows []conn) {
	pid := -1
	for _, c := range rows {
		if c.PID != pid {
			pid = c.PID
			t.programs.look(pid)
		}
	}
}

// batches yields the rows that the flags select, up to n at a time, in the same memory.
func (t *socketTable) batches(conns iter.Seq2[conn, error], f *netstatFlags, n int) iter.Seq2[[]conn, error] {
	return func(yield func([]conn, error) bool) {
		var (
			copies = make([]psutil.Connection, n)
			rows   = make([]conn, n)
			failed error
			have   = 0
		)
		flush := func() bool {
			t.look(rows[:have])
			ok := have == 0 || yield(rows[:have], nil)
			have = 0
			return ok
		}
		for i := range rows {
			rows[i] = &copies[i]
		}
		for c, err := range conns {
			switch {
			case err != nil:
				failed = err
			case f.shows(c):
				copies[have] = *c
				have++
			}
			if have == n && !flush() {
				return
			}
		}
		if flush() && failed != nil {
			yield(nil, failed)
		}
	}
}

// leastAddress is what a narrow terminal shows of an address: the end, which
// has the port. A row then fits into 80 columns.
const leastAddress = 12

func (t *socketTable) columns(f *netstatFlags) []column[conn] {
	columns := []column[conn]{
		{key: "proto", title: "Proto", put: func(e *encoder, c conn) { e.string(c.Protocol()) }, tableOnly: true},
		{key: "recv_q", title: "Recv-Q", put: putRecvQ, right: true, tableOnly: true},
		{key: "send_q", title: "Send-Q", put: putSendQ, right: true, tableOnly: true},
		{key: "fd", put: putFD},
		{key: "family", put: func(e *encoder, c conn) { e.string(c.Family.String()) }},
		{key: "type", put: func(e *encoder, c conn) { e.string(c.Type.String()) }},
		{key: "laddr", title: "Local", put: func(e *encoder, c conn) { endpoint{c.Local, c.LocalPath}.put(e) }, least: leastAddress, front: true},
		{key: "raddr", title: "Remote", put: func(e *encoder, c conn) { endpoint{c.Remote, c.RemotePath}.put(e) }, least: leastAddress, front: true},
		{key: "status", title: "Status", put: func(e *encoder, c conn) { e.string(c.Status.String()) }, text: status, color: statusColor, least: 9},
		{key: "pid", title: "PID", put: func(e *encoder, c conn) { putKnown(e, int64(c.PID)) }, right: true},
		{key: "uid", put: func(e *encoder, c conn) { putKnown(e, c.UID) }},
		{key: "inode", put: func(e *encoder, c conn) { e.uint(c.Inode) }},
		{key: "recv_q", put: putRecvQ},
		{key: "send_q", put: putSendQ},
		{key: "listening", put: func(e *encoder, c conn) { e.bool(c.Listening) }},
		{key: "kind", put: func(e *encoder, c conn) { e.string(c.Kind.String()) }},
		{key: "cookie", put: func(e *encoder, c conn) { putNonzero(e, c.Cookie) }},
		{key: "netns", put: func(e *encoder, c conn) { putNonzero(e, uint64(c.NetNS)) }, right: true},
		{key: "cgroup_id", put: func(e *encoder, c conn) { putNonzero(e, c.CgroupID) }},
		{key: "peer_inode", put: func(e *encoder, c conn) { putNonzero(e, c.PeerInode) }},
		{key: "peer_pid", put: putPeerPID, right: true},
		{key: "tcp", put: putTCP},
		{key: "name", title: "Program", put: func(e *encoder, c conn) { e.any(t.programs.name(c.PID)) }, least: 7},
		{key: "username", title: "User", put: t.putUser, least: 4},
	}
	shown := func(key, title string) {
		for i := range columns {
			if columns[i].key == key {
				columns[i].title = title
			}
		}
	}
	if f.netns != "" {
		shown("netns", "NetNS")
	}
	if f.extended && f.unix {
		shown("peer_pid", "Peer")
	}
	if f.info {
		columns = append(columns, tcpColumns()...)
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
		for i := range columns {
			switch c := &columns[i]; c.key {
			case "laddr":
				c.text = func(c conn) string { return t.address(c.Local, c.LocalPath) }
			case "raddr":
				c.text = func(c conn) string { return t.address(c.Remote, c.RemotePath) }
			}
		}
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

// putFD puts the -1 of a descriptor that is not known where psutil's sconn has
// it too.
func putFD(e *encoder, c conn) {
	if e.form == inTable {
		putKnown(e, int64(c.FD))
		return
	}
	e.int(int64(c.FD))
}

// putKnown leaves out the -1 that stands for what is not known.
func putKnown(e *encoder, n int64) {
	if n < 0 {
		e.missing()
		return
	}
	e.int(n)
}

func putRecvQ(e *encoder, c conn) { putQueue(e, c, "recv_q", c.RecvQ) }
func putSendQ(e *encoder, c conn) { putQueue(e, c, "send_q", c.SendQ) }

// putQueue leaves out a queue that is not known.
func putQueue(e *encoder, c conn, field string, n uint32) {
	if c.Missing != "" && c.Missing.Has(field) {
		e.missing()
		return
	}
	e.uint(uint64(n))
}

func putNonzero(e *encoder, n uint64) {
	if n == 0 {
		e.missing()
		return
	}
	e.uint(n)
}

func putPeerPID(e *encoder, c conn) {
	if c.PeerInode == 0 {
		e.missing()
		return
	}
	putKnown(e, int64(c.PeerPID))
}

func putTCP(e *encoder, c conn) {
	if c.TCP == nil {
		e.missing()
		return
	}
	e.any(*c.TCP)
}

// tcpColumns are those of --info, which JSON has in one object.
func tcpColumns() []column[conn] {
	of := func(key, title string, value func(t *psutil.TCPInfo) any) column[conn] {
		return column[conn]{key: key, title: title, right: true, tableOnly: true, value: func(c conn) any {
			if c.TCP == nil || c.TCP.Missing.Has(key) {
				return nil
			}
			return value(c.TCP)
		}}
	}
	return []column[conn]{
		of("rtt", "RTT", func(t *psutil.TCPInfo) any { return t.RTT }),
		of("cwnd", "Cwnd", func(t *psutil.TCPInfo) any { return t.Cwnd }),
		of("retransmits", "Retrans", func(t *psutil.TCPInfo) any { return t.Retransmits }),
		of("bytes_sent", "Sent", func(t *psutil.TCPInfo) any { return t.BytesSent }),
		of("bytes_recv", "Received", func(t *psutil.TCPInfo) any { return t.BytesRecv }),
	}
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

// putUser puts who made the socket or, if the kernel does not tell, whose
// process holds it.
func (t *socketTable) putUser(e *encoder, c conn) {
	if c.UID >= 0 {
		e.string(t.users.name(uint32(c.UID)))
		return
	}
	e.any(t.programs.user(c.PID))
}

// address is an end of a connection with the host's name, if it is known.
func (t *socketTable) address(a netip.AddrPort, path string) string {
	if name := t.hosts[a.Addr()]; name != "" {
		return fmt.Sprintf("%s:%d", name, a.Port())
	}
	return text(endOf(a, path))
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
func (p endpoint) String() string {
	if p.addr.IsValid() {
		return p.addr.String()
	}
	return p.path
}

// MarshalText makes an endpoint text in CSV.
func (p endpoint) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// MarshalJSON writes psutil's addr, or the path.
func (p endpoint) MarshalJSON() ([]byte, error) {
	e := encoder{form: inJSON}
	p.put(&e)
	return e.dst, e.err
}

// put gives e psutil's addr, or the path, or nothing if it has neither.
func (p endpoint) put(e *encoder) {
	switch ip := p.addr.Addr(); {
	case !ip.IsValid() && p.path == "":
		e.missing()
	case e.form == asValue:
		e.value = p
	case !ip.IsValid():
		e.string(p.path)
	case e.form == inJSON:
		if ip.Zone() == "" {
			e.dst = ip.AppendTo(append(e.dst, `{"ip":"`...))
			e.dst = append(e.dst, `","port":`...)
		} else { // the name of an interface, which need not be fit for JSON
			e.dst = append(e.dst, `{"ip":`...)
			e.string(ip.String())
			e.dst = append(e.dst, `,"port":`...)
		}
		e.dst = append(strconv.AppendUint(e.dst, uint64(p.addr.Port()), 10), '}')
	default:
		e.dst = p.addr.AppendTo(e.dst)
	}
}

func (p endpoint) compare(o endpoint) int {
	return cmp.Or(p.addr.Compare(o.addr), strings.Compare(p.path, o.path))
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
