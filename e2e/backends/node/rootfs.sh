#!/usr/bin/env bash
# rootfs.sh: lays out the root file system of a new node, and the configuration of what runs on it. node-up.sh has the variables.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
mkdir -p "$root"/{etc,usr,proc,sys,dev,run,tmp,root,mnt,opt/e2e/bin,opt/e2e/images,var/{tmp,lib/{kubelet,containerd,etcd,cni},log/{pods,containers}}} \
  "$NODE"/{usr-upper,usr-work,sysctl}
chmod 1777 "$root/tmp" "$root/var/tmp"; ln -sfn ../run "$root/var/run"
for dir in bin sbin lib lib64; do ln -sfn "usr/$dir" "$root/$dir"; done
for file in alternatives ca-certificates ca-certificates.conf ssl/certs ssl/openssl.cnf passwd group nsswitch.conf protocols services \
  ld.so.conf ld.so.conf.d ld.so.cache debian_version os-release localtime login.defs iproute2; do
  [ ! -e "/etc/$file" ] || (cd /etc && cp -a --parents "$file" "$root/etc/")
done
mkdir -p "$root"/etc/{kubernetes/manifests,containerd,cni/net.d}
echo "$NODE_NAME" > "$root/etc/hostname"
tr -d - < /proc/sys/kernel/random/uuid > "$root/etc/machine-id"
printf '127.0.0.1 localhost\n%s.2 %s\n%s.1 host\n' "$NODE_NET" "$NODE_NAME" "$NODE_NET" > "$root/etc/hosts"
: > "$root/etc/resolv.conf"
install -m 755 "$here/init.sh" "$root/opt/e2e/init.sh"

# kubelet asks for oom_score_adj -997; without CAP_SYS_RESOURCE runc fails at that, hence restrict_oom_score_adj.
cat > "$root/etc/containerd/config.toml" << TOML
version = 2
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$registry/pause:$pause_tag"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
TOML
cat > "$root/etc/cni/net.d/10-bridge.conflist" << CNI
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
 {"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true, "ipMasq": false,
  "ipam": {"type": "host-local", "ranges": [[{"subnet": "$pod_net.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
 {"type": "portmap", "capabilities": {"portMappings": true}}]}
CNI

audit() {
  case ${AUDIT:-none} in
  none) ;;
  file) cat << 'YAML' ;;
  extraArgs:
  - {name: audit-policy-file, value: /etc/kubernetes/audit/policy.yaml}
  - {name: audit-log-path, value: /var/log/kubernetes/audit/audit.log}
  - {name: audit-log-maxage, value: "30"}
  - {name: audit-log-maxbackup, value: "10"}
  - {name: audit-log-maxsize, value: "100"}
  extraVolumes:
  - {name: audit-policy, hostPath: /etc/kubernetes/audit, mountPath: /etc/kubernetes/audit, readOnly: true, pathType: Directory}
  - {name: audit-log, hostPath: /var/log/kubernetes/audit, mountPath: /var/log/kubernetes/audit, pathType: DirectoryOrCreate}
YAML
  *) echo "rootfs: AUDIT=$AUDIT: none or file" >&2; exit 2 ;;
  esac
}
if [ "${AUDIT:-none}" = file ]; then
  mkdir -p "$root/etc/kubernetes/audit"; cp "${AUDIT_POLICY:-$here/policy.yaml}" "$root/etc/kubernetes/audit/policy.yaml"
fi
{
  cat << YAML
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: $NODE_NET.2, bindPort: 6443}
nodeRegistration:
  name: $NODE_NAME
  criSocket: unix:///run/containerd/containerd.sock
  imagePullPolicy: IfNotPresent
  kubeletExtraArgs:
  - {name: node-ip, value: $NODE_NET.2}
skipPhases: [preflight, addon, show-join-command]
timeouts: {controlPlaneComponentHealthCheck: 4m0s}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: $KUBE_VERSION
clusterName: e2e
networking: {podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12, dnsDomain: cluster.local}
etcd: {local: {imageTag: $etcd_tag, dataDir: /var/lib/etcd, extraArgs: [{name: unsafe-no-fsync, value: "true"}]}}
apiServer:
  certSANs: [127.0.0.1, localhost]
YAML
  audit
  cat << YAML
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi}
YAML
} > "$root/root/kubeadm.yaml"
