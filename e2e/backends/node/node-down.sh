#!/usr/bin/env bash
# node-down.sh: ends the node. Its init is killed, upon which the kernel ends all of its processes and mounts; then its control groups
# and, unless KEEP=1, its files are removed. Does nothing where there is no node, and clears up after one that was killed.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
[ -d "$NODE" ] || exit 0
if [ -f "$NODE/init.pid" ]; then
  init=$(cat "$NODE/init.pid")
  # Only if it still is the first process of a namespace whose root is the node's: numbers are used again.
  if grep -q '^NSpid:.*[[:space:]]1$' "/proc/$init/status" 2> /dev/null && [ "/proc/$init/root/opt/e2e/init.sh" -ef "$root/opt/e2e/init.sh" ]; then
    kill -KILL "$init"
    for _ in $(seq 100); do [ -e "/proc/$init" ] || break; sleep 0.1; done
  fi
fi
ip link del "$veth" 2> /dev/null
if [ -f "$NODE/cgroups" ]; then
  while read -r group; do
    for _ in $(seq 100); do
      [ -d "$group" ] || break
      find "$group" -depth -type d -exec rmdir {} + 2> /dev/null
      [ -d "$group" ] && sleep 0.1
    done
    [ ! -d "$group" ] || echo "node-down: left $group" >&2
  done < "$NODE/cgroups"
fi
rm -f "$NODE/init.pid" "$NODE/ready"
[ "${KEEP:-}" != 1 ] || exit 0
if grep -q " $NODE/" /proc/self/mountinfo; then echo "node-down: mounts remain under $NODE, so its files stay" >&2; exit 1; fi
rm -rf --one-file-system "$NODE"
