#!/usr/bin/env bash
# etcd-up.sh - build (once, cached) and run a real single-member etcd on loopback, in the foreground.
#
# Needs: go >= 1.26 and the Go module proxy. Nothing else. pins/ holds the go.mod and go.sum of the default version;
# any other version is resolved anew.
# Env:
#   E2E_CACHE     cache dir for sources and binaries     (default ${XDG_CACHE_HOME:-~/.cache}/auditship-e2e)
#   ETCD_VERSION  go.etcd.io/etcd/server/v3 version      (default v3.6.16)
#   ETCD_PORT     client port on 127.0.0.1               (default 2379)
#   ETCD_PEER_PORT peer port on 127.0.0.1                (default 2380)
#   ETCD_DATA     data dir                               (default $E2E_CACHE/run/etcd)
#   BUILD_ONLY=1  build, print the binary's path, exit
#   GO_P          go build -p                            (default 2)
# Ready when: curl -fs http://127.0.0.1:$ETCD_PORT/health
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
E2E_CACHE=${E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/auditship-e2e}
mkdir -p "$E2E_CACHE"; E2E_CACHE=$(cd "$E2E_CACHE" && pwd)
V=${ETCD_VERSION:-v3.6.16}
PORT=${ETCD_PORT:-2379}
PEER=${ETCD_PEER_PORT:-2380}
DATA=${ETCD_DATA:-$E2E_CACHE/run/etcd}
BIN=$E2E_CACHE/bin/etcd-$V

if [ ! -x "$BIN" ]; then
  mkdir -p "$E2E_CACHE/bin" "$E2E_CACHE/src/etcd-$V"
  exec 9>"$E2E_CACHE/src/etcd-$V.lock"; flock 9            # two callers build once
  if [ ! -x "$BIN" ]; then
    cd "$E2E_CACHE/src/etcd-$V"
    # server/v3's own go.mod has relative replaces, so `go install` refuses it; as a
    # dependency of this wrapper its replaces do not apply and main.go builds as is.
    mod=mod
    if [ -f "$here/pins/etcd-$V.go.mod" ]; then
      mod=readonly; cp "$here/pins/etcd-$V.go.mod" go.mod; cp "$here/pins/etcd-$V.go.sum" go.sum
    else
      printf 'module e2ebackends/etcd\n\ngo 1.26.0\n\nrequire go.etcd.io/etcd/server/v3 %s\n' "$V" > go.mod
    fi
    echo "etcd-up: building etcd $V" >&2
    CGO_ENABLED=0 GOWORK=off GOFLAGS="-mod=$mod -buildvcs=false" \
      go build -p "${GO_P:-2}" -trimpath -ldflags "-s -w" -o "$BIN.tmp" go.etcd.io/etcd/server/v3
    mv "$BIN.tmp" "$BIN"; cd - >/dev/null
  fi
  exec 9>&-
fi
if [ "${BUILD_ONLY:-}" = 1 ]; then echo "$BIN"; exit 0; fi

mkdir -p "$DATA"; chmod 700 "$DATA"
exec "$BIN" --name e2e --data-dir "$DATA" \
  --listen-client-urls "http://127.0.0.1:$PORT" --advertise-client-urls "http://127.0.0.1:$PORT" \
  --listen-peer-urls "http://127.0.0.1:$PEER" --initial-advertise-peer-urls "http://127.0.0.1:$PEER" \
  --initial-cluster "e2e=http://127.0.0.1:$PEER" \
  --unsafe-no-fsync --quota-backend-bytes 4294967296 --auto-compaction-mode revision --auto-compaction-retention 1000 \
  --log-level "${ETCD_LOG_LEVEL:-warn}" "$@"
