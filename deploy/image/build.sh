#!/usr/bin/env bash
# build.sh DIR VERSION COMMIT [ARCH...]: builds the images for amd64 and arm64, or for ARCH, with buildah, and writes to DIR
#
#   auditship_VERSION.tar                      OCI archive of all architectures, to be pushed by skopeo copy --all; runs as root
#   auditship_VERSION-nonroot.tar              the same, runs as uid 65532
#   auditship_VERSION_linux_ARCH.tar           OCI archive of one architecture, to be loaded into a node
#   auditship_VERSION_linux_ARCH-nonroot.tar
#   auditship_VERSION_linux_ARCH.cdx.json      what the binary is made of (also in the image, in /usr/share/sbom)
#   auditship_VERSION_images.txt               digests and sizes
#
# Two builds of one commit with the same Go and the same certificates give the same digests: all times are SOURCE_DATE_EPOCH, by default the
# commit's. No registry is asked and nothing is run in a container. Needs root, Go and buildah. IMAGE is the name in the archives.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"; dir=$(cd "$1" && pwd); version=$2 commit=$3; shift 3
[ $# -gt 0 ] || set -- amd64 arm64
name=${IMAGE:-docker.io/library/auditship}
: "${SOURCE_DATE_EPOCH:=$(git -C "$here" log -1 --format=%ct 2> /dev/null || echo 0)}"
export SOURCE_DATE_EPOCH
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
work=$(mktemp -d "$dir/.build.XXXX"); trap 'rm -rf "$work"' EXIT
# Its own storage: nothing of other images is touched, and nothing is left there.
buildah() { command buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" "$@"; }

said() { printf '%s  %s  %9d bytes\n' "$(cat "$work/digest")" "${1##*/}" "$(stat -c %s "$1")"; }

image() { # image ARCH TARGET SUFFIX
  local arch=$1 tag=$version$3 archive=$dir/auditship_${version}_linux_$1$3.tar
  buildah bud --quiet --isolation chroot --format oci --platform "linux/$arch" --timestamp "$SOURCE_DATE_EPOCH" --target "$2" --identity-label=false \
    --build-arg "VERSION=$version" --build-arg "COMMIT=$commit" --build-arg "CREATED=$created" \
    -f "$here/../../Dockerfile" -t "$name:$tag" "$work/$arch" > /dev/null
  rm -f "$archive"
  buildah push --quiet --compression-format gzip --digestfile "$work/digest" "$name:$tag" "oci-archive:$archive:$name:$tag"
  said "$archive"
  buildah manifest add "$name-all:$tag" "$name:$tag" > /dev/null
}

all() { # all SUFFIX
  local archive=$dir/auditship_$version$1.tar
  rm -f "$archive"
  buildah manifest push --quiet --all --digestfile "$work/digest" "$name-all:$version$1" "oci-archive:$archive:$name:$version$1"
  said "$archive"
}

for suffix in "" -nonroot; do buildah manifest create "$name-all:$version$suffix" > /dev/null; done
for arch in "$@"; do
  GOARCH=$arch "$here/rootfs.sh" "$work/$arch" "$version" "$commit" > /dev/null
  install -m 644 "$work/$arch/rootfs/usr/share/sbom/auditship.cdx.json" "$dir/auditship_${version}_linux_$arch.cdx.json"
  image "$arch" prebuilt ""
  image "$arch" prebuilt-nonroot -nonroot
done > "$work/said"
for suffix in "" -nonroot; do all "$suffix"; done >> "$work/said"
tee "$dir/auditship_${version}_images.txt" < "$work/said"
