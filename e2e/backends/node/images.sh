#!/usr/bin/env bash
# images.sh: fills the cache with the node's programs and images. The images are FROM scratch, under the names that kubeadm expects,
# and made here: no registry is asked. localhost/busybox:e2e is for pods that do something; helm is for tests that install by it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
BUILD_ONLY=1 KUBE_COMPONENTS="kube-apiserver kube-controller-manager kube-scheduler kubectl kubelet kubeadm" "$here/../kube-apiserver-up.sh" > /dev/null
BUILD_ONLY=1 "$here/../etcd-up.sh" > /dev/null
(cd "$here/pause" && CGO_ENABLED=0 GOWORK=off GOFLAGS=-buildvcs=false go build -trimpath -ldflags '-s -w' -o "$E2E_CACHE/bin/pause" .)
if [ ! -x "$kube_bin/helm-$HELM_VERSION" ]; then
  mkdir -p "$E2E_CACHE/bin/helm"
  (cd "$E2E_CACHE/bin/helm" && GOBIN=$PWD CGO_ENABLED=0 GOWORK=off GOFLAGS=-buildvcs=false go install -p "${GO_P:-2}" -trimpath -ldflags '-s -w' "helm.sh/helm/v3/cmd/helm@$HELM_VERSION")
  mv "$E2E_CACHE/bin/helm/helm" "$kube_bin/helm-$HELM_VERSION"
fi
ln -sf "helm-$HELM_VERSION" "$kube_bin/helm"
mkdir -p "$image_dir"

# image ARCHIVE REFERENCE PATH=FILE...: a docker archive of one layer. FILE is absolute, or what PATH is a link to. The first PATH is the
# entrypoint. Kept as long as it is newer than its files.
image() {
  local archive=$image_dir/$1 reference=$2 work layer config pair newest=1; shift 2
  for pair in "$@"; do case ${pair#*=} in /*) [ "$archive" -nt "${pair#*=}" ] || newest=0 ;; esac; done
  [ "$newest" = 0 ] || return 0
  work=$(mktemp -d "$image_dir/.work.XXXX"); mkdir -p "$work/root/tmp" "$work/archive"
  chmod 755 "$work/root"; chmod 1777 "$work/root/tmp"
  for pair in "$@"; do
    mkdir -p "$work/root/$(dirname "${pair%%=*}")"
    case ${pair#*=} in
    /*) cp "${pair#*=}" "$work/root/${pair%%=*}" ;;
    *) ln -s "${pair#*=}" "$work/root/${pair%%=*}" ;;
    esac
  done
  tar -C "$work/root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$work/archive/layer.tar" .
  layer=$(sha256sum "$work/archive/layer.tar" | cut -d' ' -f1)
  printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Env":["PATH=/usr/local/bin:/usr/bin:/bin"],"WorkingDir":"/","Entrypoint":["/%s"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created":"1970-01-01T00:00:00Z","created_by":"images.sh"}]}' \
    "$(go env GOARCH)" "${1%%=*}" "$layer" > "$work/config.json"
  config=$(sha256sum "$work/config.json" | cut -d' ' -f1); mv "$work/config.json" "$work/archive/$config.json"
  printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$config" "$reference" > "$work/archive/manifest.json"
  tar -C "$work/archive" --sort=name -cf "$archive.tmp" . && mv "$archive.tmp" "$archive"
  rm -rf "$work"
}

for program in kube-apiserver kube-controller-manager kube-scheduler; do
  image "$program-$KUBE_VERSION.tar" "$registry/$program:$KUBE_VERSION" "usr/local/bin/$program=$kube_bin/$program"
done
image "etcd-$etcd_tag.tar" "$registry/etcd:$etcd_tag" "usr/local/bin/etcd=$E2E_CACHE/bin/etcd-$ETCD_VERSION"
image "pause-$pause_tag.tar" "$registry/pause:$pause_tag" "pause=$E2E_CACHE/bin/pause"
links=(); for name in sh sleep cat echo true ls chown chmod; do links+=("bin/$name=busybox"); done
image busybox-e2e.tar localhost/busybox:e2e "bin/busybox=$(command -v busybox)" "${links[@]}"
