#!/usr/bin/env bash
# enter.sh: runs first in the node's new namespaces, makes its root file system the root, and becomes init.sh.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t overlay overlay -o "lowerdir=/usr,upperdir=$NODE/usr-upper,workdir=$NODE/usr-work" "$root/usr"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
for device in null zero full random urandom tty kmsg; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
mkdir "$root"/dev/{pts,shm,mqueue}
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"; ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o nosuid,nodev tmpfs "$root/dev/shm"; mount -t mqueue mqueue "$root/dev/mqueue"
ln -s /proc/self/fd "$root/dev/fd"; for i in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${i%:*}" "$root/dev/${i#*:}"; done
# cadvisor measures a file system only if its device is there.
device=$(findmnt -no SOURCE --target "$root" | sed 's/\[.*//'); case $device in /dev/*) mkdir -p "$root$(dirname "$device")"; touch "$root$device" ;; esac
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
for controller in cpu cpuacct cpuset memory devices freezer blkio pids net_cls net_prio perf_event hugetlb; do
  mountpoint -q "/sys/fs/cgroup/$controller" || continue
  mkdir "$root/sys/fs/cgroup/$controller"; mount -t cgroup -o "$controller" cgroup "$root/sys/fs/cgroup/$controller"
done
if mountpoint -q /sys/fs/cgroup/systemd; then mkdir "$root/sys/fs/cgroup/systemd"; mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"; fi
# kubelet sets some sysctls that are the whole machine's: it gets copies to write to.
for name in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  file=$NODE/sysctl/${name//\//.}; cat "/proc/sys/$name" > "$file"; mount --bind "$file" "$root/proc/sys/$name"
done
mount --bind "$kube_bin" "$root/opt/e2e/bin"; mount -o remount,bind,ro "$root/opt/e2e/bin"
mount --bind "$image_dir" "$root/opt/e2e/images"; mount -o remount,bind,ro "$root/opt/e2e/images"
hostname "$NODE_NAME"
ip link set lo up
# node-up.sh puts eth0 here.
for _ in $(seq 100); do ! ip link show eth0 > /dev/null 2>&1 || break; sleep 0.1; done
ip addr add "$NODE_NET.2/30" dev eth0; ip link set eth0 up; ip route add default via "$NODE_NET.1"
echo 1 > /proc/sys/net/ipv4/ip_forward
cd "$root"; mkdir -p .old; pivot_root . .old
cd /; umount -l /.old; rmdir /.old
mount --make-rshared /
exec /bin/bash /opt/e2e/init.sh < /dev/null >> /var/log/init.log 2>&1
