// Makes a population of N sleeping processes, or is itself one of N threads,
// says "ready", and ends with its standard input, after all of them.
//
//	spawn processes N
//	spawn threads N
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

// Returns their process group, 0 if there are none.
static pid_t make_processes(int n)
{
	pid_t group = 0;
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();
		if (pid < 0) {
			perror("fork");
			exit(1); // which ends the others
		}
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			sleep_on(NULL);
		}
		if (group == 0)
			group = pid;
		setpgid(pid, group);
	}
	return group;
}

static void make_threads(int n)
{
	pthread_attr_t small;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 1 << 16);
	for (int i = 1; i < n; i++) { // the first is the caller
		pthread_t thread;
		if (pthread_create(&thread, &small, sleep_on, NULL) != 0) {
			fputs("no more threads\n", stderr);
			exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	pid_t group = 0;
	if (strcmp(argv[1], "threads") == 0)
		make_threads(atoi(argv[2]));
	else
		group = make_processes(atoi(argv[2]));
	puts("ready");
	fflush(stdout);
	char c;
	while (read(0, &c, 1) > 0)
		;
	if (group == 0)
		return 0;
	kill(-group, SIGKILL);
	while (wait(NULL) > 0)
		;
}
