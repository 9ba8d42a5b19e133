# The agent of the package with the rights that auditship.service leaves it, on a copy of this machine.
fail() { echo "FAILED: $*"; cat /var/lib/auditship/log 2> /dev/null; exit 1; }
dpkg --force-unsafe-io --no-triggers -i "$NEW"
sed -i 's/^  min_free: .*/  min_free: 1MiB/; 1i listen: 127.0.0.1:0' /etc/auditship/auditship.yaml # of a tmpfs

# As systemd makes them for StateDirectory and so on; and the log as kube-apiserver has it.
for dir in /var/lib/auditship /var/log/auditship /run/auditship /var/log/kubernetes/audit; do mkdir -p $dir; chmod 700 $dir; done
log=/var/log/kubernetes/audit/audit.log
line() { printf '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"00000000-0000-4000-8000-%012d","stage":"ResponseComplete","requestURI":"/api/v1/namespaces/default/pods","verb":"list","user":{"username":"jane","groups":["system:authenticated"]},"sourceIPs":["192.0.2.7"],"userAgent":"kubectl/v1.36.3","objectRef":{"resource":"pods","namespace":"default","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":200},"requestReceivedTimestamp":"2026-01-02T03:04:05.%06dZ","stageTimestamp":"2026-01-02T03:04:05.%06dZ"}\n' $1 $1 $1; }
umask 077
for i in $(seq 1 200); do line $i; done > $log
[ "$(stat -c '%a %u' $log)" = "600 0" ] || fail "the log is not as kube-apiserver makes it"

# ProtectSystem=strict, ReadWritePaths, PrivateTmp, ProtectProc and ProcSubset, ProtectHome, InaccessiblePaths.
mount --bind / /mnt
mount -t tmpfs none /mnt/run
mkdir /mnt/run/auditship
mount --rbind /dev /mnt/dev
for dir in /var/lib/auditship /var/log/auditship /run/auditship $WRITABLE; do
  dir=${dir#-}
  [ -d "$dir" ] || continue
  mount --bind "$dir" "/mnt$dir"
done
mount -o remount,bind,ro /mnt
mount -t tmpfs none /mnt/tmp
mount -t tmpfs -o ro,mode=000 none /mnt/root
mount -t proc -o nosuid,nodev,noexec,hidepid=invisible,subset=pid proc /mnt/proc
mount -o remount,bind,ro /mnt/run

confined() {
  chroot /mnt setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all --clear-groups --no-new-privs "$HELPER" confine "$CALLS" "$@"
}
confined /bin/sh -c 'touch /etc/x || touch /var/lib/x || touch /usr/bin/x' 2> /dev/null && fail "what should be read-only can be written"
confined /bin/chown 1 $log 2> /dev/null && fail "it may change owners"

begin() { confined /usr/bin/auditship run -c /etc/auditship/auditship.yaml 2>> /var/lib/auditship/log & }
shipped() { # shipped N: waits until so many events are in the archive
  for _ in $(seq 1 600); do
    [ "$(cat /var/log/auditship/events.jsonl 2> /dev/null | wc -l)" -lt "$1" ] || return 0
    sleep 0.1
  done
  fail "$(cat /var/log/auditship/events.jsonl | wc -l) of $1 events were shipped"
}
begin
agent=$!
shipped 200
status=$(find /proc -maxdepth 2 -name comm -exec grep -lx auditship {} + | head -1)
grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' "${status%comm}status"
grep -q '^CapBnd:.*[1-9a-f]' "${status%comm}status" && fail "it has capabilities"
mv $log "${log%.log}-2026-01-02T03-04-06.000.log"
for i in $(seq 201 300); do line $i; done > $log
shipped 300
[ -d /var/log/kubernetes/audit/.auditship ] || fail "it could not make its directory beside the log"
grep -q guard_copies /var/lib/auditship/log && fail "it guards by copies"
[ "$(stat -c %a /run/auditship/admin.sock)" = 600 ] || fail "no admin socket"
auditship status -c /etc/auditship/auditship.yaml | cut -c 1-110
grep -E 'level=(WARN|ERROR)' /var/lib/auditship/log && fail "it had trouble"
kill -TERM "$(basename "$(dirname "$status")")"
wait $agent || fail "exit code $?"
[ "$(sort -u /var/log/auditship/events.jsonl | wc -l)" = 300 ] || fail "not once each"
echo "ok: shipped 300 events across a rotation"
