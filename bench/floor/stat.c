// The least that reading every process costs: getdents of DIR, which is /proc
// or /proc/PID/task, then open, read and close of the first FILES of stat,
// status and cmdline of each, parsing the numbers of stat. Does it TIMES
// times and prints "PROCESSES NANOSECONDS" of the last.
//
//	stat DIR FILES TIMES
#include "floor.h"

static int files, processes;

static void read_files(int dir, const char *name)
{
	static const char *const all[] = {"/stat", "/status", "/cmdline"};
	static char buf[4096];
	char path[64];
	int len = strlen(name);
	memcpy(path, name, len);
	for (int k = 0; k < files; k++) {
		strcpy(path + len, all[k]);
		int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		ssize_t n = read(fd, buf, sizeof buf - 1);
		close(fd);
		if (k == 0 && n > 0)
			parse_stat(buf, n);
	}
	processes++;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	long took = 0;
	files = atoi(argv[2]);
	for (int times = atoi(argv[3]); times > 0; times--) {
		processes = 0;
		long began = now();
		int dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0) {
			perror(argv[1]);
			return 1;
		}
		each_number(dir, read_files);
		close(dir);
		took = now() - began;
	}
	printf("%d %ld\n", processes, took);
}
