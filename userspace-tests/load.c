// SPDX-License-Identifier: GPL-2.0
/*
 * A load of the whole system, the same work each time: processes, pipes, sockets,
 * and files that are written to their disk and read from it.
 *
 *	load FOLDER [PART...]
 *
 * Does all parts, or those that are named, and prints for each
 *
 *	load: PART ROUNDS NANOSECONDS
 *
 * Nothing in it waits for time to pass. Without arguments it ends at once: that is
 * what the part "exec" runs.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
/* What a pipe, a connection or a file carries. */
#define MESSAGES 4
#define MESSAGE 1500
#define FILES 4

static const char *part;

static void fail(const char *why)
{
	fprintf(stderr, "load: %s: %s: %s\n", part, why, strerror(errno));
	exit(1);
}

static long must(long result, const char *call)
{
	if (result < 0)
		fail(call);
	return result;
}

#define MUST(call) must(call, #call)

static void send_all(int fd)
{
	static const char message[MESSAGE];
	int i;

	for (i = 0; i < MESSAGES; i++)
		if (MUST(write(fd, message, sizeof(message))) != sizeof(message))
			fail("short write");
}

static void receive_all(int fd)
{
	char message[MESSAGE];
	size_t left = MESSAGES * MESSAGE;
	long n;

	for (; left; left -= n) {
		n = MUST(read(fd, message, sizeof(message)));
		if (!n)
			fail("unexpected end");
	}
}

static void reap(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0));
	if (status)
		fail("a child failed");
}

static void fork_round(void)
{
	pid_t pid = MUST(fork());

	if (!pid)
		_exit(0);
	reap(pid);
}

static void exec_round(void)
{
	pid_t pid = MUST(fork());

	if (!pid) {
		execl("/proc/self/exe", "load", (char *)NULL);
		_exit(1);
	}
	reap(pid);
}

static void send_and_close(int to, int from)
{
	send_all(to);
	receive_all(from);
	close(to);
	close(from);
}

static void pipe_round(void)
{
	int fd[2];

	MUST(pipe(fd));
	send_and_close(fd[1], fd[0]);
}

static void unix_round(void)
{
	int fd[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	send_and_close(fd[1], fd[0]);
}

/* A socket that others reach at the address. */
static int bound_socket(int type, struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = MUST(socket(AF_INET, type, 0));

	*addr = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	MUST(bind(fd, (struct sockaddr *)addr, len));
	MUST(getsockname(fd, (struct sockaddr *)addr, &len));
	return fd;
}

static void tcp_round(void)
{
	static struct sockaddr_in addr;
	static int server = -1;
	int client;

	if (server < 0) {
		server = bound_socket(SOCK_STREAM, &addr);
		MUST(listen(server, 1));
	}
	client = MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(client, (struct sockaddr *)&addr, sizeof(addr)));
	send_and_close(client, MUST(accept(server, NULL, NULL)));
}

static void udp_round(void)
{
	struct sockaddr_in addr;
	int server = bound_socket(SOCK_DGRAM, &addr);
	int client = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	MUST(connect(client, (struct sockaddr *)&addr, sizeof(addr)));
	send_and_close(client, server);
}

/* To the disk, and out of memory. */
static void write_file(const char *name)
{
	int fd = MUST(open(name, O_CREAT | O_EXCL | O_WRONLY, 0600));

	send_all(fd);
	MUST(fsync(fd));
	errno = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	MUST(-errno);
	close(fd);
}

static void read_file(const char *name)
{
	int fd = MUST(open(name, O_RDONLY));

	receive_all(fd);
	close(fd);
}

static int count_files(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;

	if (!dir)
		fail("opendir");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void files_round(void)
{
	char name[32], renamed[32];
	struct stat st;
	int i;

	MUST(mkdir("load", 0700));
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "load/new-%d", i);
		snprintf(renamed, sizeof(renamed), "load/%d", i);
		write_file(name);
		MUST(rename(name, renamed));
	}
	if (count_files("load") != FILES)
		fail("files are missing");
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "load/%d", i);
		MUST(stat(name, &st));
		read_file(name);
		MUST(unlink(name));
	}
	MUST(rmdir("load"));
}

/* All take about as long. */
static const struct {
	const char *name;
	void (*round)(void);
	unsigned int rounds;
} parts[] = {
	{ "fork", fork_round, 350 },
	{ "exec", exec_round, 100 },
	{ "pipe", pipe_round, 3000 },
	{ "unix", unix_round, 2000 },
	{ "tcp", tcp_round, 400 },
	{ "udp", udp_round, 1000 },
	{ "files", files_round, 50 },
};

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void do_part(size_t i)
{
	unsigned long long start = now();
	unsigned int n;

	part = parts[i].name;
	for (n = 0; n < parts[i].rounds; n++)
		parts[i].round();
	printf("load: %s %u %llu\n", part, n, now() - start);
	fflush(stdout);
}

static void do_named(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(parts); i++)
		if (!strcmp(name, parts[i].name))
			return do_part(i);
	fprintf(stderr, "load: no such part: %s\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return 0;
	part = "begin";
	MUST(chdir(argv[1]));
	for (i = 2; i < (size_t)argc; i++)
		do_named(argv[i]);
	for (i = 0; argc == 2 && i < ARRAY_LEN(parts); i++)
		do_part(i);
	return 0;
}
