# dpkg on a copy of this machine, with a systemctl that writes down what it is asked for.
fail() { echo "FAILED: $*"; exit 1; }
told() { [ "$(cat /tmp/systemctl 2> /dev/null)" = "$1" ] || fail "systemctl was told: $(cat /tmp/systemctl)"; rm -f /tmp/systemctl; }
config=/etc/auditship/auditship.yaml
export DEBIAN_FRONTEND=noninteractive PATH=/tmp/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /tmp/bin
printf '#!/bin/sh\necho "$@" >> /tmp/systemctl\n' > /tmp/bin/systemctl
chmod 755 /tmp/bin/systemctl

# Without systemd, as in an image that is being built.
dpkg --force-unsafe-io --no-triggers -i "$OLD"
told ""
auditship validate -c $config > /dev/null || fail "the default configuration is not right"
[ "$(stat -c '%a %U:%G' $config)" = "640 root:root" ] || fail "$(stat -c '%a %U:%G' $config) $config"
[ -z "$(find / -xdev -path '*.wants/auditship.service' 2> /dev/null)" ] || fail "it is enabled"
[ ! -e /var/lib/auditship ] || fail "there is state before it ran"
bash -c '. /usr/share/bash-completion/completions/auditship && complete -p auditship' > /dev/null || fail "no completions for bash"
gzip -dc /usr/share/man/man1/auditship.1.gz | grep -q '^.SS run' || fail "no man page"
grep -q '^ExecStart=/usr/bin/auditship' /lib/systemd/system/auditship.service || fail "no unit"
dpkg --verify auditship | grep . && fail "what is there is not what is in the package"
echo "ok: installed"

# Where systemd runs: what is not changed is upgraded, what is changed stays, and state is kept.
mkdir -p /run/systemd/system /var/lib/auditship/pipelines /var/log/auditship
echo kept > /var/lib/auditship/pipelines/checkpoint
echo '{}' > /var/log/auditship/events.jsonl
echo "cluster: mine" > /tmp/mine
sed '/^cluster:/d' $config >> /tmp/mine
cat /tmp/mine > $config
dpkg --force-unsafe-io --no-triggers --force-confdef --force-confold -i "$NEW"
told "--system daemon-reload
try-restart auditship.service"
cmp -s /tmp/mine $config || fail "the changed configuration was replaced"
[ -e $config.dpkg-dist ] || fail "the new default is not beside it"
grep -q kept /var/lib/auditship/pipelines/checkpoint || fail "state is gone"
echo "ok: upgraded"

dpkg --no-triggers -r auditship
told "disable --now auditship.service
--system daemon-reload"
[ ! -e /usr/bin/auditship ] || fail "the binary is still there"
cmp -s /tmp/mine $config || fail "the configuration is gone"
grep -q kept /var/lib/auditship/pipelines/checkpoint || fail "state is gone"
echo "ok: removed"

# Installed again it goes on from there. Purged it leaves what another agent uses, such as one in a pod.
again() {
  dpkg --force-unsafe-io --no-triggers --force-confdef --force-confold -i "$NEW"
  rm -f /tmp/systemctl
}
again
mkdir -p /var/log/kubernetes/audit/.auditship /etc/systemd/system/multi-user.target.wants
ln -s /lib/systemd/system/auditship.service /etc/systemd/system/multi-user.target.wants/
exec 8> /var/lib/auditship/lock
flock 8
dpkg --no-triggers -P auditship
grep -q kept /var/lib/auditship/pipelines/checkpoint || fail "the state of another agent is gone"
[ -d /var/log/kubernetes/audit/.auditship ] || fail "the links of another agent are gone"
exec 8>&-
echo "ok: purged beside another agent"

# Else it leaves nothing but what it delivered.
again
dpkg --no-triggers -P auditship
[ ! -e /var/log/kubernetes/audit/.auditship ] || fail "links are left"
left=$(find /etc /usr /lib /var -xdev -name '*auditship*' ! -path '/var/log/auditship*' -newer /tmp/bin 2> /dev/null || true)
[ -z "$left" ] || fail "left behind: $left"
[ -e /var/log/auditship/events.jsonl ] || fail "what was delivered is gone"
echo "ok: purged, all of it"
