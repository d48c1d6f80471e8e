// The least that listing every TCP socket costs: one dump of both families with
// TCPDIAG_GETSOCK, nothing decoded. Does it TIMES times and prints
// "SOCKETS NANOSECONDS" of the last.
//
//	diag TIMES
#include "floor.h"
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int dump(void)
{
	static char buf[1 << 18];
	int sockets = 0;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	struct {
		struct nlmsghdr h;
		struct inet_diag_req r;
	} q;
	memset(&q, 0, sizeof q);
	q.h.nlmsg_len = sizeof q;
	q.h.nlmsg_type = TCPDIAG_GETSOCK;
	q.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	q.r.idiag_states = -1;
	send(fd, &q, sizeof q, 0);
	for (int done = 0; !done;) {
		ssize_t m = recv(fd, buf, sizeof buf, 0);
		if (m <= 0)
			break;
		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, m); h = NLMSG_NEXT(h, m)) {
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
				done = 1;
				break;
			}
			sockets++;
		}
	}
	close(fd);
	return sockets;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	int sockets = 0;
	long took = 0;
	for (int times = atoi(argv[1]); times > 0; times--) {
		long began = now();
		sockets = dump();
		took = now() - began;
	}
	printf("%d %ld\n", sockets, took);
}
