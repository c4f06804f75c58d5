# SPDX-License-Identifier: GPL-2.0
#
# Every target is a script in scripts/, which can be run by itself and has
# --help.  O=, KSRC=, TREE= and FORCE= reach the scripts as environment.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export O KSRC TREE FORCE JOBS KEEP SIGNOFF
# A file may be called like a target; none of them is one.
TARGETS := demo test test-all deps tree kunit vmtest cost bench tails pure check bisect mutate bugtable realbugs record treetests matrix export mbox series build boot clean help
.PHONY: $(TARGETS)

demo:		## build the kernel, boot it, watch KDAL catch bugs in lkdtm
	@scripts/demo

test:		## checks, KUnit, userspace tests, fuzzing, cost, demo
	@scripts/test

test-all:	## the same and more: gdb, drgn, real bugs, the kernel's own tests, vmtest under KASAN and lockdep
	@scripts/test --all

deps:		## install the Debian packages that are missing
	@scripts/deps test

tree:		## scratch git tree in build/: base source + series (FORCE=1)
	@scripts/tree

kunit:		## KUnit in QEMU [ARCH=x86_64|i386|um] [CONFIG=name in kunit/]
	@scripts/kunit $(if $(ARCH),--arch $(ARCH)) $(if $(CONFIG),--config $(CONFIG))

vmtest:		## the userspace suite in QEMU, in several boots [CONFIG=lockdep|kasan]
	@scripts/vmtest $(if $(CONFIG),--config $(CONFIG))

cost:		## instructions per allocation and free; off costs nothing
	@scripts/cost

bench:		## the benchmark: KDAL and its peers, table and plots (an hour)
	@scripts/bench

tails:		## the longest sections with interrupts or preemption off, with bounds
	@scripts/tails

pure:		## the pure units in user space, with sanitizers and fuzzer
	@scripts/pure

check:		## series checks, checkpatch, coccinelle, docs, shellcheck, W=1, sparse
	@scripts/check

bisect:		## build every patch with CONFIG_KDAL=y and =n
	@scripts/bisect

mutate:		## put bugs into KDAL and see whether the tests notice (takes hours)
	@scripts/mutate

bugtable:	## which tool finds which bug: boots with KDAL, slab_debug, KFENCE, KASAN
	@scripts/bugtable

record:		## write down what "kdal run" prints of a driver with a bug and without
	@scripts/record

realbugs:	## put bugs that drivers once had back into them; does KDAL name them?
	@scripts/realbugs

treetests:	## the kernel's own allocator tests under the rule "all": is all as without?
	@scripts/treetests

matrix:		## other architectures and configurations: build, boot, KUnit [CELL=name] (hours)
	@scripts/matrix $(addprefix --cell ,$(CELL))

export:		## the series out of the scratch tree into patches/
	@scripts/export

mbox:		## the series as a mailbox for b4, in build/out/kdal.mbox
	@scripts/mbox

series:		## ready to send, in build/out/series [SIGNOFF='Name <mail>' needed]
	@scripts/series

build:		## the validation kernel [CONFIG=fragment of kconfig/ on top]
	@scripts/build --config x86_64 $(addprefix --config ,$(CONFIG))

boot:		## boot the validation kernel to a shell
	@scripts/shell

clean:		## remove build/out; the scratch tree stays
	rm -rf build/out

help:		## this list
	@sed -n 's/^\([a-z-]*\):[[:space:]]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12
