// SPDX-License-Identifier: GPL-2.0
/*
 * Connects an nbd device over netlink, with a backend identifier, and lets the
 * Nth allocation of that fail, for N from 1 until no allocation fails any more.
 * The server's end of the socket is closed each time; a device that came up all
 * the same is disconnected.
 *
 * Exit status: 0 the walk came to its end, 1 it did not.
 */
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/nbd-netlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_FAULTS 400

struct msg {
	struct nlmsghdr nl;
	struct genlmsghdr genl;
	char attrs[512];
};

static int netlink;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void *tail(struct msg *m)
{
	return (char *)m + NLMSG_ALIGN(m->nl.nlmsg_len);
}

static struct nlattr *put(struct msg *m, int type, const void *data, int size)
{
	struct nlattr *a = tail(m);

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + size;
	if (size)
		memcpy((char *)a + NLA_HDRLEN, data, size);
	m->nl.nlmsg_len = NLMSG_ALIGN(m->nl.nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

static void put_u32(struct msg *m, int type, __u32 value)
{
	put(m, type, &value, sizeof(value));
}

static void put_u64(struct msg *m, int type, __u64 value)
{
	put(m, type, &value, sizeof(value));
}

static struct nlattr *nest(struct msg *m, int type)
{
	return put(m, type | NLA_F_NESTED, NULL, 0);
}

static void nest_end(struct msg *m, struct nlattr *a)
{
	a->nla_len = (char *)tail(m) - (char *)a;
}

static void begin(struct msg *m, int family, int cmd)
{
	memset(m, 0, sizeof(*m));
	m->nl.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->nl.nlmsg_type = family;
	m->nl.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	m->genl.cmd = cmd;
	m->genl.version = 1;
}

/* Sends with the Nth allocation failing; did it fail? */
static int send_failing(struct msg *m, int nth)
{
	static char text[16];
	int fd = open("/proc/self/fail-nth", O_RDWR), hit = 0;

	if (fd < 0)
		die("/proc/self/fail-nth");
	snprintf(text, sizeof(text), "%d", nth);
	if (write(fd, text, strlen(text)) < 0)
		die("fail-nth");
	if (send(netlink, m, m->nl.nlmsg_len, 0) < 0)
		hit = nth != 0;
	if (pread(fd, text, sizeof(text), 0) > 0 && nth)
		hit = atoi(text) == 0;
	if (pwrite(fd, "0", 1, 0) < 0)
		die("fail-nth");
	close(fd);
	return hit;
}

/* The error of the answer; positive if there is none. */
static int answer(struct msg *out)
{
	char buf[4096];
	struct nlmsghdr *nl = (struct nlmsghdr *)buf;
	int n;

	while ((n = recv(netlink, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		if (nl->nlmsg_type == NLMSG_ERROR)
			return ((struct nlmsgerr *)NLMSG_DATA(nl))->error;
		if (out)
			memcpy(out, buf, n < (int)sizeof(*out) ? n : (int)sizeof(*out));
	}
	return 1;
}

static int family_of(const char *name)
{
	struct msg m, reply = { };
	struct nlattr *a = (struct nlattr *)reply.attrs;

	begin(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(&m, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	if (send(netlink, &m, m.nl.nlmsg_len, 0) < 0)
		die("send");
	answer(&reply);
	while ((char *)a < (char *)&reply + reply.nl.nlmsg_len && a->nla_len) {
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(__u16 *)((char *)a + NLA_HDRLEN);
		a = (struct nlattr *)((char *)a + NLA_ALIGN(a->nla_len));
	}
	fprintf(stderr, "no netlink family %s\n", name);
	exit(1);
}

static void disconnect(int family)
{
	struct msg m;

	begin(&m, family, NBD_CMD_DISCONNECT);
	put_u32(&m, NBD_ATTR_INDEX, 0);
	send_failing(&m, 0);
	answer(NULL);
}

/* One try; false if there was nothing left to fail. */
static int try(int family, int nth)
{
	static const char backend[] = "kdal-realbugs-backend";
	struct nlattr *socks, *item;
	struct msg m;
	int ends[2], hit, error;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		die("socketpair");
	begin(&m, family, NBD_CMD_CONNECT);
	put_u32(&m, NBD_ATTR_INDEX, 0);
	put_u64(&m, NBD_ATTR_SIZE_BYTES, 1 << 20);
	put_u64(&m, NBD_ATTR_SERVER_FLAGS, 1);
	put_u64(&m, NBD_ATTR_CLIENT_FLAGS, 0);
	put(&m, NBD_ATTR_BACKEND_IDENTIFIER, backend, sizeof(backend));
	socks = nest(&m, NBD_ATTR_SOCKETS);
	item = nest(&m, NBD_SOCK_ITEM);
	put_u32(&m, NBD_SOCK_FD, ends[0]);
	nest_end(&m, item);
	nest_end(&m, socks);
	hit = send_failing(&m, nth);
	error = answer(NULL);
	printf("nth %d: hit %d, answer %d\n", nth, hit, error);
	fflush(stdout);
	/* The server goes away: the device's receiver ends. */
	close(ends[1]);
	close(ends[0]);
	usleep(20000);
	if (!error || error == 1)
		disconnect(family);
	usleep(20000);
	return hit;
}

int main(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int family, nth = 1;

	netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (netlink < 0 || bind(netlink, (struct sockaddr *)&addr, sizeof(addr)))
		die("netlink");
	family = family_of(NBD_GENL_FAMILY_NAME);
	while (nth < MAX_FAULTS && try(family, nth))
		nth++;
	printf("walked through %d allocations\n", nth - 1);
	return nth == 1 || nth == MAX_FAULTS;
}
