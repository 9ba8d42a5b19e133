# The package under a systemd of its own, as its first process: what unit and scripts do is done by it, and not by a stand-in.
# FORMAT is deb or rpm; SAMPLE a recorded log.
fail() {
  echo "FAILED: $*"
  systemctl --no-pager status auditship || :
  journalctl --no-pager -n 30 -u auditship || :
  exit 1
}
put() { if [ "$FORMAT" = deb ]; then dpkg --force-unsafe-io --no-triggers --force-confdef --force-confold -i "$1"; else rpm -U --nodeps "$1"; fi; }
remove() { if [ "$FORMAT" = deb ]; then dpkg --no-triggers -r auditship; else rpm -e auditship; fi; }
until_true() { for _ in $(seq 600); do if eval "$1"; then return 0; fi; sleep 0.1; done; fail "not true within a minute: $1"; }
pid() { systemctl show -p MainPID --value auditship; }
lines() { cat "$1" 2> /dev/null | wc -l; }
config=/etc/auditship/auditship.yaml archive=/var/log/auditship/events.jsonl log=/var/log/kubernetes/audit/audit.log
all=$(lines "$SAMPLE") half=$(($(lines "$SAMPLE") / 2))
mkdir -p -m 700 /var/log/kubernetes/audit
umask 077

put "$OLD"
[ "$(systemctl is-enabled auditship)" = disabled ] && [ "$(systemctl is-active auditship)" = inactive ] || fail "the package starts or enables it"
sed -i 's/^  min_free: .*/  min_free: 1MiB/' $config # the copy's disk is small
head -n $half "$SAMPLE" > $log
systemctl enable --now auditship || fail "it does not start"
[ "$(systemctl is-active auditship)" = active ] || fail "it is not active"
until_true '[ "$(lines $archive)" = $half ]'
grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' "/proc/$(pid)/status"
grep -qE '^Cap(Eff|Bnd):.*[1-9a-f]' "/proc/$(pid)/status" && fail "it has capabilities"
grep -q '^Seccomp:.*2' "/proc/$(pid)/status" || fail "no filter of system calls"
nsenter -m -t "$(pid)" touch /etc/x 2> /dev/null && fail "it may write to /etc"
journalctl --no-pager -u auditship | grep -q 'msg=listening' || fail "the journal has nothing of it"
auditship status -c $config | cut -c 1-110
echo "ok: started"

before=$(pid)
sed -i 's|^outputs:.*|&\n  - {name: second, file: {path: /var/log/auditship/second.jsonl}}|' $config
systemctl reload auditship
until_true '[ "$(lines /var/log/auditship/second.jsonl)" = $half ]'
[ "$(pid)" = "$before" ] || fail "a reload started another process"
echo "ok: reloaded"

mv $log "${log%.log}-2026-01-02T03-04-06.000.log"
tail -n +$((half + 1)) "$SAMPLE" > $log
systemctl restart auditship
[ "$(pid)" != "$before" ] || fail "it was not restarted"
until_true '[ "$(lines $archive)" = $all ] && [ "$(lines /var/log/auditship/second.jsonl)" = $all ]'
[ -d /var/log/kubernetes/audit/.auditship ] || fail "it could not make its directory beside the log"
echo "ok: restarted"

before=$(pid)
kill -KILL "$before"
until_true '[ "$(pid)" != 0 ] && [ "$(pid)" != $before ] && [ "$(systemctl is-active auditship)" = active ]'
echo "ok: killed and back"

before=$(pid)
put "$NEW"
until_true '[ "$(pid)" != 0 ] && [ "$(pid)" != $before ] && [ "$(systemctl is-active auditship)" = active ]'
[ "/proc/$(pid)/exe" -ef /usr/bin/auditship ] || fail "the old version runs on"
grep -q second.jsonl $config || fail "the changed configuration was replaced"
auditship status -c $config | cut -c 1-110
echo "ok: upgraded"

echo 'outputs: 7' >> $config
systemctl restart auditship && fail "it starts with a wrong configuration"
until_true '[ "$(systemctl is-active auditship)" = failed ]'
[ "$(systemctl show -p NRestarts --value auditship)" = 0 ] || fail "it is started again and again"
sed -i '$d' $config
systemctl restart auditship
for file in $archive /var/log/auditship/second.jsonl; do
  [ "$(lines $file)" = "$all" ] && [ "$(sort -u $file | wc -l)" = "$all" ] || fail "$(lines $file) lines of $all in $file"
done
echo "ok: wrong configuration"

systemd-analyze security --no-pager auditship | tail -n 1
journalctl --no-pager -u auditship | grep -E 'level=(WARN|ERROR)' && fail "it had trouble"
remove
[ "$(systemctl is-active auditship)" = inactive ] || fail "it runs on without its package"
[ -e /etc/systemd/system/multi-user.target.wants/auditship.service ] && fail "it is still enabled"
[ -d /var/lib/auditship/pipelines ] || fail "state is gone"
echo "ok: removed"
