#!/bin/sh
# rootfs.sh DIR VERSION COMMIT: lays out DIR/rootfs and DIR/rootfs-nonroot, the files of the two images, for GOARCH (the machine's own if it
# is not set). CA_CERTIFICATES is the bundle of certificates that goes into them; SOURCE_DATE_EPOCH the time of the SBOM. Needs root (or
# CAP_SETFCAP) for the capability of the non-root binary.
set -eu
out=$1 version=$2 commit=$3
cd "$(dirname "$0")/../.."
rm -rf "$out/rootfs" "$out/rootfs-nonroot"
mkdir -p "$out/rootfs/etc/ssl/certs" "$out/rootfs/usr/share/sbom"
# Without the state of a checkout, which is not there in every build of the same commit.
GOFLAGS="${GOFLAGS:-} -buildvcs=false" make --no-print-directory build BINARY="$out/rootfs/auditship" VERSION="$version" COMMIT="$commit"
cp "${CA_CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}" "$out/rootfs/etc/ssl/certs/ca-certificates.crt"
cd deploy/image
tool=$(mktemp -d); trap 'rm -rf "$tool"' EXIT
GOWORK=off GOARCH= GOFLAGS=-buildvcs=false CGO_ENABLED=0 go build -o "$tool/image" .
"$tool/image" sbom "$out/rootfs/auditship" "$version" > "$out/rootfs/usr/share/sbom/auditship.cdx.json"
find "$out/rootfs" -type f -exec chmod 644 {} +
chmod 755 "$out/rootfs/auditship"
cp -a "$out/rootfs" "$out/rootfs-nonroot"
"$tool/image" filecap "$out/rootfs-nonroot/auditship"
