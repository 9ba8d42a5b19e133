# Runs $SCRIPT on a copy of this machine: what it writes is in a tmpfs and goes with the namespace. Files that it is given by
# absolute paths in OLD, NEW, HELPER and SAMPLE are there, too. OUT and CHECKOUT are directories of this machine that it has as /out and
# /checkout, to write to as well.
# With CGROUP, a name, its control groups are of that name, below those of this process, and it sees no others.
mount -t tmpfs -o mode=755 none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work none /mnt/root
root=/mnt/root
mkdir -p $root/packages
for file in "${OLD:-}" "${NEW:-}" "${HELPER:-}" "${SAMPLE:-}"; do
  [ -z "$file" ] || cp "$file" $root/packages/
done
OLD=${OLD:+/packages/${OLD##*/}} NEW=${NEW:+/packages/${NEW##*/}} HELPER=${HELPER:+/packages/${HELPER##*/}} SAMPLE=${SAMPLE:+/packages/${SAMPLE##*/}}
export OLD NEW HELPER SAMPLE
mount -t tmpfs none $root/run
mount -t tmpfs none $root/tmp
mount --rbind /dev $root/dev
mount -t proc -o nosuid,nodev,noexec proc $root/proc
give() { if [ -n "$1" ]; then mkdir $root/$2; mount --bind "$1" $root/$2; fi; }
give "${OUT:-}" out
give "${CHECKOUT:-}" checkout
if [ -z "${CGROUP:-}" ]; then
  exec chroot $root sh -euc "$SCRIPT"
fi
while IFS=: read -r _ controller path; do
  controller=${controller#name=}
  group=/sys/fs/cgroup/${controller:-unified}${path%/}/$CGROUP
  [ -d "${group%/*}" ] || continue
  mkdir "$group"
  if [ "$controller" = cpuset ]; then
    for file in cpuset.cpus cpuset.mems; do cat "${group%/*}/$file" > "$group/$file"; done
  fi
  echo 0 > "$group/cgroup.procs" # this process
done < /proc/self/cgroup
mkdir -p $root/.machine
cd $root
pivot_root . .machine
umount -l /.machine
exec unshare --cgroup sh -euc "$SCRIPT"
