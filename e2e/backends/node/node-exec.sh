#!/usr/bin/env bash
# node-exec.sh COMMAND [ARG...]: runs a command inside the node: in all its namespaces, its control groups and its root.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
init=$(cat "$NODE/init.pid")
while read -r group; do echo "$BASHPID" > "$group/cgroup.procs"; done < "$NODE/cgroups"
exec nsenter -t "$init" -m -u -i -n -p -C -r -w env -i HOME=/root TERM="${TERM:-dumb}" KUBECONFIG=/etc/kubernetes/admin.conf \
  PATH=/opt/e2e/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
