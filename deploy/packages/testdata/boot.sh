# Becomes systemd, the first process of a copy of this machine that has namespaces and control groups of its own. Of this machine's units
# none is started but the journal: what stands in $INSIDE, then the copy ends with its exit code. /out/said has what it prints.
mkdir -p /mnt/dev
mount -t tmpfs -o mode=755,nosuid dev /mnt/dev
mkdir /mnt/dev/pts /mnt/dev/shm
for device in null zero full random urandom tty; do
  touch /mnt/dev/$device
  mount --bind /dev/$device /mnt/dev/$device
done
ln -s pts/ptmx /mnt/dev/ptmx # PrivateDevices= wants it
umount -l /dev
mount --move /mnt/dev /dev
mount --bind /proc/sys /proc/sys # a machine has one set of these, and it is not this one's
mount -o remount,bind,ro /proc/sys
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
cut -d: -f2 /proc/self/cgroup | while read -r controller; do
  [ -n "$controller" ] || continue
  dir=/sys/fs/cgroup/${controller#name=}
  mkdir "$dir"
  mount -t cgroup -o "$(echo "$controller" | sed 's/^name=/none,name=/')" cgroup "$dir"
done

rm -rf /etc/systemd/system /lib/systemd/system-generators /lib/systemd/system/*.wants
wanted=/etc/systemd/system/sysinit.target.wants
mkdir -p $wanted
for unit in systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket; do ln -s /lib/systemd/system/$unit $wanted/; done
: > /etc/fstab
printf '%s\n' "$INSIDE" > /inside.sh
for name in OLD NEW SAMPLE PATH ${PASS:-}; do eval "printf '%s=%s\n' $name \"\${$name:-}\""; done > /inside.env
cat > /etc/systemd/system/inside.service <<'UNIT'
[Unit]
DefaultDependencies=no
Wants=sysinit.target
After=sysinit.target
[Service]
Type=oneshot
EnvironmentFile=/inside.env
TimeoutStartSec=infinity
StandardOutput=file:/out/said
StandardError=inherit
ExecStart=-/bin/sh -c 'bash -eu /inside.sh; /bin/systemctl exit $$?'
UNIT
exec env -i container=copy PATH="$PATH" TERM=dumb /lib/systemd/systemd --unit=inside.service --show-status=no --log-target=null
