"""Drives `psutil call --stdin` and compares its answers with psutil's.

Arguments: two words that show up in this process's command line, then the
command to run. Prints a line for each difference, and how much was compared.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile

import psutil

peer = subprocess.Popen(sys.argv[3:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
requests = 0
compared = 0


class Error(Exception):
    pass


def call(name, **args):
    """Asks, and checks that the answer belongs to the question."""
    global requests
    requests += 1
    request = {"id": [requests, "\udcff"], "call": name, "args": args}
    peer.stdin.write(json.dumps(request).encode() + b"\n")
    peer.stdin.flush()
    answer = json.loads(peer.stdout.readline())
    assert answer["id"] == request["id"], answer
    if "error" in answer:
        raise Error(answer["error"]["type"])
    assert "warning" not in answer, answer
    return answer["result"]


def plain(value):
    """Turns named tuples and enums into what JSON has of them."""
    if hasattr(value, "_asdict"):
        return {k: plain(v) for k, v in value._asdict().items()}
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (signal.Signals, socket.AddressFamily, socket.SocketKind)):
        return value.name
    return value


def only(ours, theirs):
    """Drops the fields that psutil does not have."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return {k: only(v, theirs[k]) for k, v in ours.items() if k in theirs}
    if isinstance(theirs, list) and isinstance(ours, list) and len(ours) == len(theirs):
        return [only(o, t) for o, t in zip(ours, theirs)]
    return ours


def same(what, ask, expect, equal=lambda a, b: a == b):
    """Compares; what moves is asked for again."""
    global compared
    compared += 1
    for _ in range(20):
        theirs = plain(expect())
        try:
            ours = only(ask(), theirs)
        except Error as e:
            ours = str(e)
        if equal(ours, theirs):
            return
    print("%s: %r, psutil has %r" % (what, ours, theirs))


def near(relative, absolute=0):
    """Compares numbers, and objects and lists of numbers, with a tolerance."""
    def equal(a, b):
        if isinstance(b, dict):
            return isinstance(a, dict) and a.keys() == b.keys() and all(equal(a[k], b[k]) for k in b)
        if isinstance(b, list):
            return isinstance(a, list) and len(a) == len(b) and all(map(equal, a, b))
        if isinstance(b, (int, float)) and isinstance(a, (int, float)):
            return abs(a - b) <= max(absolute, relative * abs(b))
        return a == b
    return equal


me = psutil.Process()
pid = me.pid
assert os.fsencode(sys.argv[1]) == b"\xff\xfe"
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(3)
with_port_6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
with_port_6.bind(("::1", 0))
opened = tempfile.NamedTemporaryFile(prefix=b"psutil\xff")

# The machine.
same("cpu_count", lambda: call("cpu_count"), psutil.cpu_count)
same("cpu_count cores", lambda: call("cpu_count", logical=False), lambda: psutil.cpu_count(False))
same("cpu_times", lambda: call("cpu_times"), psutil.cpu_times, near(0.02, 2))
same("cpu_times percpu", lambda: call("cpu_times", percpu=True), lambda: psutil.cpu_times(True), near(0.02, 2))
same("cpu_stats", lambda: {k: v or 0 for k, v in call("cpu_stats").items()}, psutil.cpu_stats, near(0.02, 2000))
same("getloadavg", lambda: call("getloadavg"), psutil.getloadavg, near(0, 0.05))
same("boot_time", lambda: call("boot_time"), psutil.boot_time)
same("pids", lambda: call("pids"), psutil.pids)
same("pid_exists", lambda: call("pid_exists", pid=pid), lambda: True)
same("pid_exists of none", lambda: call("pid_exists", pid=2**31 - 1), lambda: False)
# Since psutil 8, used is total - available.
for name in ("total", "available", "free", "active", "inactive", "buffers", "cached", "shared", "slab"):
    same("virtual_memory " + name, lambda: call("virtual_memory")[name], lambda: getattr(psutil.virtual_memory(), name), near(0.02, 1 << 22))
same("swap_memory", lambda: call("swap_memory"), psutil.swap_memory, near(0.02, 0.1))
for everything in (False, True):
    # psutil 5.9 has two fields more.
    same("disk_partitions %s" % everything, lambda: [[p["device"], p["mountpoint"], p["fstype"]] for p in call("disk_partitions", all=everything)],
         lambda: [[p.device, p.mountpoint, p.fstype] for p in psutil.disk_partitions(everything)])
same("disk_usage", lambda: call("disk_usage", path="/"), lambda: psutil.disk_usage("/"), near(0.001, 0.06))
same("disk_usage of a name", lambda: call("disk_usage", path=opened.name.decode("utf-8", "surrogateescape")),
     lambda: psutil.disk_usage(opened.name), near(0.001, 0.06))
same("disk_usage of nothing", lambda: call("disk_usage", path="/nosuch\udcff"), lambda: "OSError")
same("disk_io_counters", lambda: call("disk_io_counters", perdisk=True), lambda: psutil.disk_io_counters(True), near(0.02, 1 << 22))
same("net_io_counters", lambda: call("net_io_counters"), psutil.net_io_counters, near(0.02, 1 << 16))
same("net_io_counters pernic", lambda: call("net_io_counters", pernic=True), lambda: psutil.net_io_counters(True), near(0.02, 1 << 16))
duplex = {psutil.NIC_DUPLEX_FULL: "full", psutil.NIC_DUPLEX_HALF: "half", psutil.NIC_DUPLEX_UNKNOWN: "unknown"}
same("net_if_stats",
     lambda: {nic: dict(s, speed=s["speed"] or 0) for nic, s in call("net_if_stats").items()},
     lambda: {nic: s._replace(duplex=duplex[s.duplex]) for nic, s in psutil.net_if_stats().items()})


def addresses(nics):
    return {nic: sorted((a["family"], a["address"], a["netmask"]) for a in rows if a["family"] != "AF_UNSPEC" and a["address"])
            for nic, rows in nics.items()}


def mac_names(nics):
    for rows in nics.values():
        for a in rows:
            if a["family"] == psutil.AF_LINK:
                a["family"] = "AF_PACKET"
    return nics


same("net_if_addrs",
     lambda: {n: [list(a[:2]) for a in rows] for n, rows in addresses(call("net_if_addrs")).items()},
     lambda: {n: [list(a[:2]) for a in rows] for n, rows in addresses(mac_names(plain(psutil.net_if_addrs()))).items()})
same("users", lambda: [[u["name"], u["terminal"]] for u in call("users")], lambda: [[u.name, u.terminal] for u in psutil.users()])
same("sensors_battery", lambda: (call("sensors_battery") or {}).get("percent"), lambda: getattr(psutil.sensors_battery(), "percent", None))
same("sensors_temperatures", lambda: sorted(call("sensors_temperatures")), lambda: sorted(psutil.sensors_temperatures()))
same("sensors_fans", lambda: sorted(call("sensors_fans")), lambda: sorted(psutil.sensors_fans()))
for n in (0, 1, 1023, 1024, 10000, 100001221, 2**40, 2**79, -2048):
    same("bytes2human %d" % n, lambda: call("bytes2human", n=n), lambda: psutil._common.bytes2human(n) if n >= 1024 else "%.1f%s" % ((n, "B") if n >= 0 else (-2.0, "K")))


def sockets(rows):
    end = lambda a: [a["ip"], a["port"]] if isinstance(a, dict) else a or None
    return sorted(([r["fd"] or -1, r["family"], r["type"], end(r["laddr"]), end(r["raddr"]), r["status"]] for r in rows), key=repr)


for kind in ("inet", "tcp4", "udp6", "unix", "all"):
    same("process.net_connections " + kind, lambda: sockets(call("process.net_connections", pid=pid, kind=kind)),
         lambda: sockets(plain(me.connections(kind))))
    same("net_connections " + kind, lambda: sockets(r for r in call("net_connections", kind=kind) if r["pid"] == pid),
         lambda: sockets(r for r in plain(psutil.net_connections(kind)) if r["pid"] == pid))

def hexes(addr):
    return [int(n, 16) for n in addr.split("-")]


# This process.
for name in ("pid", "ppid", "name", "exe", "cmdline", "environ", "cwd", "username", "uids", "gids", "terminal", "nice",
             "cpu_affinity", "num_threads", "is_running"):
    member = getattr(me, name)
    same("process." + name, lambda: call("process." + name, pid=pid), member if callable(member) else lambda: pid)
# psutil counts the descriptor it counts with.
same("process.num_fds", lambda: call("process.num_fds", pid=pid), lambda: me.num_fds() - 1)
# What is not counted is None, and 0 in psutil.
same("process.cpu_times", lambda: {k: v or 0.0 for k, v in call("process.cpu_times", pid=pid).items()}, me.cpu_times, near(0.02, 0.2))
for name, tolerance in (("memory_percent", near(0.05)), ("io_counters", near(0.1, 1 << 16)),
                        ("num_ctx_switches", near(0.2, 200)), ("create_time", near(0, 0.011))):
    same("process." + name, lambda: call("process." + name, pid=pid), getattr(me, name), tolerance)
for name in ("rss", "vms", "shared", "text", "data"):
    same("process.memory_info " + name, lambda: call("process.memory_info", pid=pid)[name], lambda: getattr(me.memory_info(), name), near(0.02))
for name in ("uss", "pss", "swap"):
    same("process.memory_full_info " + name, lambda: call("process.memory_full_info", pid=pid)[name],
         lambda: getattr(me.memory_full_info(), name), near(0.05))
same("process.threads", lambda: sorted(t["id"] for t in call("process.threads", pid=pid)), lambda: sorted(t.id for t in me.threads()))
same("process.open_files", lambda: call("process.open_files", pid=pid), me.open_files)
same("process.memory_maps", lambda: sorted(m["path"] for m in call("process.memory_maps", pid=pid)), lambda: sorted(m.path for m in me.memory_maps()))
same("process.memory_maps regions", lambda: [hexes(m["addr"]) for m in call("process.memory_maps", pid=pid, grouped=False)],
     lambda: [hexes(m.addr) for m in me.memory_maps(grouped=False)])
same("process.ionice", lambda: call("process.ionice", pid=pid), lambda: {"ioclass": me.ionice().ioclass.name, "value": me.ionice().value})
for name in (n for n in dir(psutil) if n.startswith("RLIMIT_")):
    same("process.rlimit " + name, lambda: list(call("process.rlimit", pid=pid, resource=name).values()), lambda: me.rlimit(getattr(psutil, name)))
    same("process.rlimit number of " + name, lambda: list(call("process.rlimit", pid=pid, resource=int(getattr(psutil, name))).values()),
         lambda: me.rlimit(getattr(psutil, name)))
same("process.parent", lambda: call("process.parent", pid=pid)["pid"], lambda: me.parent().pid)
same("process.parents", lambda: [p["pid"] for p in call("process.parents", pid=pid)], lambda: [p.pid for p in me.parents()])
same("process.children", lambda: [p["pid"] for p in call("process.children", pid=pid, recursive=True)], lambda: sorted(p.pid for p in me.children(True)))
same("process.parent of the first", lambda: call("process.parent", pid=1), lambda: None)
same("process_iter", lambda: call("process_iter", attrs=["pid", "name", "ppid"]),
     lambda: [p.info for p in psutil.process_iter(["pid", "name", "ppid"])])
attrs = ["pid", "cmdline", "environ", "uids", "terminal", "cwd"]
same("process.as_dict", lambda: call("process.as_dict", pid=pid, attrs=attrs), lambda: me.as_dict(attrs))
child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
call("process.suspend", pid=child.pid)
os.waitpid(child.pid, os.WUNTRACED)
same("process.status", lambda: call("process.status", pid=child.pid), psutil.Process(child.pid).status)
child.kill()
child.wait()

# Children that end.
for end, want in ((lambda c: c.stdin.close(), 0), (lambda c: call("process.kill", pid=c.pid), -9),
                  (lambda c: call("process.send_signal", pid=c.pid, sig="SIGTERM"), -15), (lambda c: c.send_signal(signal.SIGUSR1), -signal.SIGUSR1)):
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    token = call("process.new", pid=child.pid)["create_token"]
    end(child)
    # The command is not its parent, and may not learn the exit status before Linux 6.15.
    same("process.wait %d" % want, lambda: call("process.wait", pid=child.pid, create_token=token, timeout=30), lambda: want,
         lambda a, b: a is None or a == b)
    child.wait()
    same("process.is_running", lambda: call("process.is_running", pid=child.pid, create_token=token), lambda: False)
    same("process.name of nothing", lambda: call("process.name", pid=child.pid, create_token=token), lambda: "NoSuchProcess")

peer.stdin.close()
if peer.wait() != 0:
    print("exit status", peer.returncode)
print("compared", compared)
