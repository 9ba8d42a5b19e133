#!/usr/bin/env bash
# load-image.sh ARCHIVE: imports an OCI or docker archive into the node's containerd, where kubelet sees it (imagePullPolicy: Never).
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/node-exec.sh" ctr -n k8s.io images import - < "$1"
