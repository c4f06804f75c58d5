# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# Shared by all scripts: where things are, how progress and failure are told,
# how git and make are called so that the result does not depend on the user's
# settings.  Sourced, never run.

set -euo pipefail
export LC_ALL=C
# What a caller's make or shell would otherwise hand down to the kernel's make.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL ARCH CROSS_COMPILE KBUILD_OUTPUT

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
prog=scripts/$(basename -- "$0")

package=linux-source-6.12
patches=${PATCHES:-$top/patches/linux-6.12.y}
out=$(realpath -m -- "${O:-$top/build/out}")
log_dir=$out/log
jobs=${JOBS:-$(nproc)}

# The scratch tree: one for Debian's source, another for each KSRC=.
tree_path() {
	if [ -n "${TREE:-}" ]; then
		realpath -m -- "$TREE"
	elif [ -n "${KSRC:-}" ]; then
		echo "$top/build/ksrc-$(basename -- "$(realpath -m -- "$KSRC")")"
	else
		echo "$top/build/linux-6.12.y"
	fi
}
tree=$(tree_path)

# Invariant: elapsed time counts from the outermost script.
export KDAL_STARTED=${KDAL_STARTED:-$EPOCHSECONDS}

say() {
	local t=$((EPOCHSECONDS - KDAL_STARTED))

	printf '[%3d:%02d] %s\n' $((t / 60)) $((t % 60)) "$*"
}

die() {
	echo "$prog: $*" >&2
	exit 1
}

# The comment block at the head of a script is its help text.
usage() {
	sed -n '4,${/^#/!q;s/^# \{0,1\}//p}' "$0"
	exit 0
}

bad_usage() {
	echo "$prog: $*; see $prog --help" >&2
	exit 2
}

need_tree() {
	[ -e "$tree/Makefile" ] || die "no kernel tree at $tree; run scripts/tree first"
}

# Said every 15 seconds while a step runs; ends when its standard input does.
ticker() {
	local name=$1 log=$2 last rc

	while rc=0; read -r -t 15 _ || rc=$?; [ "$rc" -gt 128 ]; do
		last=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | cut -c1-60) || true
		say "    $name: $(wc -l <"$log") lines: $last"
	done
}

# How a boot without a root file system ends: the kernel came up.
no_root='Kernel panic - not syncing: \(VFS\|No working init\)'

# step NAME LOG COMMAND...: run a command into a log, telling how it goes.
# Fails with one line: which step, which command, where the log is.
step() {
	local name=$1 log=$2 beat beat_pid rc=0
	shift 2

	mkdir -p -- "$(dirname -- "$log")"
	: >"$log"
	say "$name"
	exec {beat}> >(ticker "$name" "$log")
	beat_pid=$!
	(
		exec {beat}>&-
		exec "$@"
	) >"$log" 2>&1 || rc=$?
	exec {beat}>&-
	wait "$beat_pid" 2>/dev/null || true
	[ "$rc" -eq 0 ] && return 0
	[ -z "${CI:-}" ] || tail -n 30 "$log" >&2
	echo "$prog: step '$name' failed with status $rc: $*; log: $log" >&2
	return "$rc"
}

# result pass|fail|skip NAME [REASON]: one line in the ledger `make test` counts.
result() {
	local kind=$1 name=$2 why=${3:-}

	if [ -n "${KDAL_RESULTS:-}" ]; then
		printf '%s\t%s\t%s\n' "$kind" "$name" "$why" >>"$KDAL_RESULTS"
	fi
	case $kind in
	fail) say "FAIL $name${why:+: $why}" ;;
	skip) say "skip $name${why:+: $why}" ;;
	pass) [ -n "${KDAL_QUIET_PASS:-}" ] || say "ok   $name" ;;
	esac
}

# git without the user's and the system's settings, so that the same input
# gives the same bytes and the same hashes everywhere.
ident_name='KDAL maintainers'
ident_mail=maintainers@kdal.example

git_plain() {
	GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 \
	GIT_COMMITTER_NAME=$ident_name GIT_COMMITTER_EMAIL=$ident_mail \
		git -c core.hooksPath=/dev/null -c core.autocrlf=false \
		    -c commit.gpgSign=false -c gc.auto=0 -c core.abbrev=12 \
		    -c advice.detachedHead=false "$@"
}

git_tree() {
	git_plain -C "$tree" "$@"
}

# apply_series TREE PATCH...: git am; the same patches give the same hashes.
apply_series() {
	local where=$1
	shift

	git_plain -C "$where" am -q --committer-date-is-author-date "$@"
}

# format_series REPO RANGE DIR: write the series as format-patch does, with
# nothing in it that depends on the version of git or on the repository.
format_series() {
	git_plain -C "$1" format-patch -q --zero-commit --no-signature --numbered \
		--no-thread --no-cover-letter --no-base --diff-algorithm=myers \
		--stat=72 --abbrev=12 -o "$3" "$2"
}

series_patches() {
	find "$1" -maxdepth 1 -name '[0-9]*.patch' | sort
}

series_hash() {
	series_patches "$1" | xargs -r cat | sha256sum | cut -d' ' -f1
}

# series_tree: a clone at the pristine base that may be written to, in $clone;
# the base is origin/base there.
series_tree() {
	clone=$out/series-tree
	[ -d "$clone/.git" ] || git_plain clone -q --no-checkout --shared "$tree" "$clone"
	git_plain -C "$clone" am --abort >/dev/null 2>&1 || true
	git_plain -C "$clone" fetch -q origin '+base:refs/remotes/origin/base'
	git_plain -C "$clone" checkout -q -f --detach origin/base
	git_plain -C "$clone" clean -qfdx
}

# How the kernel is built: through ccache when there is one, and with nothing
# of this machine in the result.
[ ! -d /usr/lib/ccache ] || export PATH=/usr/lib/ccache:$PATH
export CCACHE_BASEDIR=$top CCACHE_NOHASHDIR=1
export KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=kdal KBUILD_BUILD_HOST=kdal
export LOCALVERSION=
kmake=(nice make -C "$tree" -j"$jobs")

# arch_is ARCH: what make and QEMU call it. The kernel is $image in the build
# folder; $arch_make and $machine are arguments of make and of QEMU.
arch_is() {
	local cross

	console=ttyAMA0 machine=(-machine virt)
	case $1 in
	x86_64)	arch_make=() image=arch/x86/boot/bzImage console=ttyS0 machine=()
		qemu="qemu-system-x86_64"
		return ;;
	arm64)	cross=aarch64-linux-gnu- image=arch/arm64/boot/Image
		qemu=qemu-system-aarch64 machine+=(-cpu cortex-a57) ;;
	arm)	cross=arm-linux-gnueabihf- image=arch/arm/boot/zImage
		qemu=qemu-system-arm machine+=(-cpu cortex-a15) ;;
	riscv)	cross=riscv64-linux-gnu- image=arch/riscv/boot/Image console=ttyS0
		qemu="qemu-system-riscv64" ;;
	s390)	cross=s390x-linux-gnu- image=arch/s390/boot/bzImage console=ttyS0
		qemu=qemu-system-s390x machine=(-machine s390-ccw-virtio -cpu qemu) ;;
	powerpc) cross=powerpc64-linux-gnu- image=vmlinux console=hvc0
		qemu=qemu-system-ppc64 machine=(-machine pseries -cpu power9) ;;
	*)	die "no such architecture: $1" ;;
	esac
	arch_make=(ARCH="$1" CROSS_COMPILE="$cross")
}

# The suites count what is free in KFENCE's pool. In a guest that takes long, its
# own samples, some of which are never freed, would fill the pool meanwhile.
few_samples=kfence.sample_interval=10000

# boot_alone KERNEL LOG ARGUMENTS...: boot without a root file system, up to the
# panic for want of one. What the kernel printed before it is in LOG.boot.
boot_alone() {
	local kernel=$1 log=$2
	shift 2

	"$top/scripts/boot" --kernel "$kernel" --log "$log" --append "loglevel=8 $few_samples" "$@" \
		>/dev/null 2>&1 || true
	grep -q "$no_root" "$log" || return 1
	sed "/$no_root/,\$d" "$log" >"$log.boot"
}

# boot_warnings LOG: of a kernel without test results.
boot_warnings() {
	grep -E 'WARNING: |BUG: |Call Trace:' "$1"
}

# The kdal command of the tree, static, in $tool.
tool=$out/tool/kdal

build_tool() {
	mkdir -p -- "$out/tool"
	step "build the kdal command" "$log_dir/tool-build.log" \
		make -C "$tree/tools/mm/kdal" OUTPUT="$out/tool/" LDFLAGS="-static -s"
}

# How instructions are counted: one CPU executes one a nanosecond (QEMU TCG with
# -icount, also where there is KVM).
exact_boot=(--smp 1 --accel "tcg,thread=single"
	--qemu-arg -icount --qemu-arg "shift=0,sleep=off" --qemu-arg -cpu --qemu-arg qemu64)

# bench_initramfs KERNEL DIR GUEST [ARGUMENTS]: build the test modules for the
# kernel into DIR, and pack DIR.cpio, whose init runs scripts/GUEST.
bench_initramfs() {
	local kernel=$1 dir=$2 guest=$3 args=${4:-}

	step "build the modules (${kernel##*/})" "$log_dir/${dir##*/}-modules.log" \
		env -u KSRC make -C "$top/userspace-tests" KBUILD="$kernel" OUT="$dir" modules
	"$top/scripts/initramfs" --out "$dir.cpio" --run "/$guest $args" \
		--file "$top/scripts/$guest:$guest" --file "$top/scripts/guest-lib:guest-lib" \
		--file "$dir/modules/kdal_bench.ko:kdal_bench.ko"
}

# made_with KERNEL: compiler and release of a build folder.
made_with() {
	printf '%s, Linux %s\n' "$(sed -n 's/^CONFIG_CC_VERSION_TEXT="\(.*\)"$/\1/p' "$1/.config")" \
		"$(cat "$1/include/config/kernel.release")"
}

qemu_version() {
	qemu-system-x86_64 --version | head -n 1
}
