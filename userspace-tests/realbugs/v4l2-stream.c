// SPDX-License-Identifier: GPL-2.0
/*
 * usage: v4l2-stream DEVICE
 *
 * Streams from a V4L2 capture device with 64 buffers, of which it queues the
 * first 8 and the last 4, each once.
 *
 * Exit status: 0 all came back filled, 1 otherwise.
 */
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define BUFFERS 64
#define LOW 8
#define HIGH 4

static int dev;

static void call(unsigned long request, void *arg, const char *what)
{
	if (ioctl(dev, request, arg)) {
		perror(what);
		exit(1);
	}
}

static struct v4l2_buffer buffer(unsigned int index)
{
	return (struct v4l2_buffer){
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
}

int main(int argc, char **argv)
{
	struct v4l2_requestbuffers req = {
		.count = BUFFERS,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE, highest = -1;
	unsigned int i;

	dev = open(argc > 1 ? argv[1] : "/dev/video0", O_RDWR);
	if (dev < 0) {
		perror("open");
		return 1;
	}
	call(VIDIOC_REQBUFS, &req, "VIDIOC_REQBUFS");
	printf("%u buffers\n", req.count);
	if (req.count != BUFFERS)
		return 1;
	for (i = 0; i < BUFFERS; i++) {
		struct v4l2_buffer b = buffer(i);

		if (i < LOW || i >= BUFFERS - HIGH)
			call(VIDIOC_QBUF, &b, "VIDIOC_QBUF");
	}
	call(VIDIOC_STREAMON, &type, "VIDIOC_STREAMON");
	for (i = 0; i < LOW + HIGH; i++) {
		struct v4l2_buffer b = buffer(0);

		call(VIDIOC_DQBUF, &b, "VIDIOC_DQBUF");
		if (b.flags & V4L2_BUF_FLAG_ERROR)
			return 1;
		if ((int)b.index > highest)
			highest = b.index;
	}
	call(VIDIOC_STREAMOFF, &type, "VIDIOC_STREAMOFF");
	printf("highest buffer filled: %d\n", highest);
	return highest != BUFFERS - 1;
}
