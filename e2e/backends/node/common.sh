# Sourced by the scripts beside it: what the node is called and where its files are. NODE_NAME, NODE, NODE_NET, E2E_CACHE: see node-up.sh.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
E2E_CACHE=${E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/auditship-e2e}
mkdir -p "$E2E_CACHE"; E2E_CACHE=$(cd "$E2E_CACHE" && pwd)
NODE_NAME=${NODE_NAME:-cp-1}
NODE=${NODE:-$E2E_CACHE/run/node-$NODE_NAME}
NODE_NET=${NODE_NET:-10.231.0}
# Its pods', so that two nodes do not take the route from each other.
second=${NODE_NET#*.}; pod_net=10.244.${second%%.*}
veth=e2e-$NODE_NET
KUBE_VERSION=${KUBE_VERSION:-v1.36.3}
ETCD_VERSION=${ETCD_VERSION:-v3.6.16}
HELM_VERSION=${HELM_VERSION:-v3.19.0}
kube_bin=$E2E_CACHE/bin/kube-$KUBE_VERSION
image_dir=$E2E_CACHE/images
root=$NODE/rootfs
registry=registry.k8s.io
etcd_tag=${ETCD_VERSION#v}-0
pause_tag=3.10.2
export E2E_CACHE NODE_NAME NODE NODE_NET KUBE_VERSION ETCD_VERSION HELM_VERSION
