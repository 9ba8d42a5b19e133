#!/bin/sh
# copy.sh [-b] SCRIPT: runs SCRIPT on a copy of this machine, of which nothing is left, and prints what it prints; on-copy.sh says what it finds
# there. With -b it is a service of a systemd that is the copy's first process. Exit code: that of SCRIPT, or 77 where this machine can't.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
boot=
if [ "$1" = -b ]; then boot=1; shift; fi
cannot() { echo "NOT TESTED: $1"; exit 77; }
flags="--mount --propagation private --pid --fork --kill-child"
[ "$(id -u)" = 0 ] || flags="$flags --map-root-user"
# shellcheck disable=SC2086
unshare $flags sh -c 'mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w /mnt/m && mount -t overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w none /mnt/m' 2> /dev/null ||
  cannot "this machine lets nobody mount an overlay in a namespace"
SCRIPT=$(cat "$1"); export SCRIPT
if [ -z "$boot" ]; then
  # shellcheck disable=SC2086
  exec unshare $flags sh -euc "$(cat "$here/on-copy.sh")"
fi
[ "$(id -u)" = 0 ] || cannot "systemd as a first process needs root"
[ -x /lib/systemd/systemd ] || cannot "there is no systemd on this machine"
[ -e /sys/fs/cgroup/systemd/cgroup.procs ] || cannot "systemd as a first process needs control groups of version 1"
INSIDE=$SCRIPT SCRIPT=$(cat "$here/boot.sh") OUT=$(mktemp -d) CGROUP=auditship-$$
export INSIDE OUT CGROUP
code=0
# shellcheck disable=SC2086
unshare $flags --uts --ipc --net sh -euc "$(cat "$here/on-copy.sh")" || code=$?
cat "$OUT/said" || code=1
rm -r "$OUT"
find /sys/fs/cgroup -depth -type d -path "*/$CGROUP*" -exec rmdir {} + || code=1
exit $code
