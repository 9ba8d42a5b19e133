#!/usr/bin/env bash
# node-up.sh: a real one-node kubeadm cluster in namespaces of its own, in the foreground; no systemd, no virtual machine, no registry.
#
# containerd is Debian's, kubelet and kubeadm are built from the Go module proxy; etcd, kube-apiserver, controller-manager and scheduler are
# the static pods that `kubeadm init` writes. The node has its own root file system ($NODE/rootfs, with an overlay on the host's /usr); every path
# and port in it is kubeadm's default. Outside of $NODE and $E2E_CACHE there is nothing of it but one end of a veth pair, a route and one control group per
# hierarchy. SIGTERM, or the end of this process group, ends all of it; node-down.sh clears up after a kill -9.
#
# Needs root, a cgroup v1 (or hybrid) hierarchy, and of Debian containerd runc containernetworking-plugins iptables iproute2 busybox-static.
# Env:
#   E2E_CACHE     programs and images                    (default ${XDG_CACHE_HOME:-~/.cache}/auditship-e2e)
#   NODE_NAME     its (host) name                        (default cp-1)
#   NODE          its files, removed at the end          (default $E2E_CACHE/run/node-$NODE_NAME); KEEP=1 keeps them
#   NODE_NET      /30 between host (.1) and node (.2)    (default 10.231.0); one node at a time has it. Its second number is the
#                 third of the pods' addresses: 10.244.231.0/24
#   KUBE_VERSION, ETCD_VERSION, HELM_VERSION             (v1.36.3, v3.6.16, v3.19.0)
#   AUDIT         none, or file: auditing turned on by kubeadm's ClusterConfiguration (default none)
#   AUDIT_POLICY  policy for AUDIT=file                  (default policy.yaml beside this script)
#   BUILD_ONLY=1  fill the cache, print kubectl's path, exit
# Ready when $NODE/ready exists. Then KUBECONFIG=$NODE/rootfs/etc/kubernetes/admin.conf works from the host; node-exec.sh runs commands inside.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
say() { echo "node-up: ${SECONDS} s: $*" >&2; }
"$here/images.sh"
if [ "${BUILD_ONLY:-}" = 1 ]; then echo "$kube_bin/kubectl"; exit 0; fi
[ "$(id -u)" = 0 ] || { echo "node-up: root is needed" >&2; exit 1; }
[ -d /sys/fs/cgroup/memory ] || { echo "node-up: a cgroup v1 hierarchy is needed" >&2; exit 1; }

exec 8> "$E2E_CACHE/node-$NODE_NET.lock"
flock -n 8 || { say "waiting for the node that has $NODE_NET.0/30"; flock 8; }
"$here/node-down.sh" 8>&-
# In a session of its own, since whoever ends this process group does so for good after some seconds.
trap 'trap "" TERM INT HUP; setsid -w "$here/node-down.sh" 8>&-' EXIT
trap 'exit 143' TERM INT HUP
"$here/rootfs.sh" 8>&-

# The node's control groups are below this process's own, so that what it uses counts where it was started.
while IFS=: read -r _ controller path; do
  case $controller in '') continue ;; name=*) mount=/sys/fs/cgroup/${controller#name=} ;; *) mount=/sys/fs/cgroup/$controller ;; esac
  [ -d "$mount" ] || continue
  group=$mount${path%/}/e2e-$NODE_NET
  mkdir -p "$group"
  if [ "$controller" = cpuset ]; then for file in cpuset.cpus cpuset.mems; do cat "$group/../$file" > "$group/$file"; done; fi
  echo "$group" >> "$NODE/cgroups"
done < /proc/self/cgroup
(
  exec 8>&-
  while read -r group; do echo "$BASHPID" > "$group/cgroup.procs"; done < "$NODE/cgroups"
  exec unshare --mount --uts --ipc --net --pid --cgroup --fork --kill-child --propagation private bash "$here/enter.sh"
) < /dev/null > "$NODE/enter.log" 2>&1 &
holder=$!
init=
for _ in $(seq 100); do
  read -r init < "/proc/$holder/task/$holder/children" 2> /dev/null || true
  if [ -n "$init" ] && grep -q '^NSpid:.*[[:space:]]1$' "/proc/$init/status" 2> /dev/null; then break; fi
  init=; sleep 0.1
done
[ -n "$init" ] || { cat "$NODE/enter.log" >&2; exit 1; }
echo "$init" > "$NODE/init.pid"
ip link add "$veth" type veth peer name eth0 netns "$init"
ip addr add "$NODE_NET.1/30" dev "$veth"; ip link set "$veth" up
ip route replace "$pod_net.0/24" via "$NODE_NET.2" dev "$veth"
inside() { "$here/node-exec.sh" "$@" 8>&-; }
for _ in $(seq 600); do [ ! -S "/proc/$init/root/run/containerd/containerd.sock" ] || break; sleep 0.1; done
inside ctr version > /dev/null || { cat "$NODE/enter.log" "$root/var/log/init.log" >&2; exit 1; }
for archive in {kube-apiserver,kube-controller-manager,kube-scheduler}-"$KUBE_VERSION" "etcd-$etcd_tag" "pause-$pause_tag" busybox-e2e; do
  inside ctr -n k8s.io images import "/opt/e2e/images/$archive.tar" > /dev/null
done
say "images imported"
inside kubeadm init --config /root/kubeadm.yaml > "$NODE/kubeadm.log" 2>&1 || { tail -40 "$NODE/kubeadm.log" >&2; exit 1; }
say "kubeadm init done"
kubectl() { inside kubectl "$@"; }
kubectl wait --for=condition=Ready --timeout=300s "node/$NODE_NAME" > /dev/null
until kubectl -n default get serviceaccount default > /dev/null 2>&1; do sleep 0.5; done
touch "$NODE/ready"
say "ready"
wait "$holder"
