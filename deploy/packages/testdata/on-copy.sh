# Runs $SCRIPT on a copy of this machine: what it writes is in a tmpfs and goes with the namespace. Files that it is given by
# absolute paths in OLD, NEW and HELPER are there, too.
mount -t tmpfs -o mode=755 none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work none /mnt/root
root=/mnt/root
mkdir -p $root/packages
for file in "${OLD:-}" "${NEW:-}" "${HELPER:-}"; do
  [ -z "$file" ] || cp "$file" $root/packages/
done
OLD=${OLD:+/packages/${OLD##*/}} NEW=${NEW:+/packages/${NEW##*/}} HELPER=${HELPER:+/packages/${HELPER##*/}}
export OLD NEW HELPER
mount -t tmpfs none $root/run
mount -t tmpfs none $root/tmp
mount --rbind /dev $root/dev
mount -t proc -o nosuid,nodev,noexec proc $root/proc
chroot $root sh -euc "$SCRIPT"
