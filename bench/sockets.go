package main

import (
	"github.com/go-psutil/psutil"
	gonet "github.com/shirou/gopsutil/v4/net"
)

// The names that the bars are about.
const (
	workSockets   = "TCP sockets with PIDs"
	ssName        = "`ss -tanp`"
	netstatName   = "`netstat -antp`"
	oursJSONProc  = "`psutil netstat -o json --engine proc`"
	oursJSONBPF   = "`psutil netstat -o json --engine bpf`"
	socketsNoPIDs = "floor in C: sock_diag without PIDs"
)

func (p place) socketWork() *work {
	return &work{workSockets, []contender{
		{socketsNoPIDs, &program{command: []string{p.program("diag")}}},
		{ours, simple(netConnections(psutil.NetConnections))},
		{oursBPF, &inProcess{open: accelerated(func(s *psutil.System) func() (int, error) {
			return netConnections(s.NetConnections)
		})}},
		{gopsutil, simple(func() (int, error) {
			conns, err := gonet.Connections("tcp")
			return len(conns), err
		})},
		{pythonName, python("n = len(psutil.net_connections('tcp'))")},
		{ssName, whole(1, "ss", "-tanp")},
		{netstatName, whole(2, "netstat", "-antp")},
		{"`lsof -nP -iTCP`", whole(1, "lsof", "-nP", "-iTCP")},
		{"`psutil netstat -t`", whole(1, p.program("psutil"), "netstat", "-t")},
		{oursJSONProc, whole(2, p.program("psutil"), "netstat", "-o", "json", "--engine", "proc")},
		{oursJSONBPF, whole(2, p.program("psutil"), "netstat", "-o", "json", "--engine", "bpf")},
	}}
}

func netConnections(of func(psutil.ConnKind, ...psutil.ConnOption) ([]psutil.Connection, error)) func() (int, error) {
	return func() (int, error) {
		conns, err := of(psutil.KindTCP)
		return len(conns), err
	}
}
