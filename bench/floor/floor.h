// What the floors share.
#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct dirent64 {
	unsigned long ino;
	long off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static inline long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

// Calls each with every entry of a directory that is a number.
static inline void each_number(int dir, void (*each)(int dir, const char *name))
{
	static char dirents[1 << 16];
	lseek(dir, 0, SEEK_SET);
	for (;;) {
		long n = syscall(SYS_getdents64, dir, dirents, sizeof dirents);
		if (n <= 0)
			return;
		for (long at = 0; at < n;) {
			struct dirent64 *d = (void *)(dirents + at);
			at += d->reclen;
			if (isdigit(d->name[0]))
				each(dir, d->name);
		}
	}
}

// Parses the numbers of a stat file of n bytes, which has room for one more.
static inline void parse_stat(char *buf, ssize_t n)
{
	static volatile unsigned long sum;
	buf[n] = 0;
	char *q = memrchr(buf, ')', n);
	if (!q)
		return;
	q += 4; // ") S "
	for (int f = 0; f < 21 && *q; f++) {
		sum += strtoul(q, &q, 10);
		if (*q)
			q++;
	}
}
