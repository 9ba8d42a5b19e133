#!/usr/bin/env bash
# loki-up.sh - build (once, cached) and run a real single-binary Grafana Loki on loopback, in the foreground.
#
# Needs: go >= 1.26 and the Go module proxy. Nothing else. pins/ holds the go.mod and go.sum of the default version;
# any other version is resolved anew.
# Env:
#   E2E_CACHE     cache dir for sources and binaries  (default ${XDG_CACHE_HOME:-~/.cache}/auditship-e2e)
#   LOKI_VERSION  github.com/grafana/loki/v3 version  (default v3.7.8)
#   LOKI_PORT     HTTP port on 127.0.0.1              (default 3100)
#   LOKI_GRPC_PORT gRPC port on 127.0.0.1             (default 9095)
#   LOKI_DATA     data dir                            (default $E2E_CACHE/run/loki)
#   LOKI_CONFIG   a config file to use instead of the one written to $LOKI_DATA/loki.yaml
#   LOKI_AUTH=1   multi-tenant: X-Scope-OrgID is required (default: off, tenant "fake")
#   LOKI_EXTRA_LIMITS  YAML lines for limits_config, e.g. $'  ingestion_rate_mb: 1\n'
#   BUILD_ONLY=1  build, print the binary's path, exit
#   GO_P          go build -p                         (default 2)
# Ready when: curl -fs http://127.0.0.1:$LOKI_PORT/ready
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
E2E_CACHE=${E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/auditship-e2e}
mkdir -p "$E2E_CACHE"; E2E_CACHE=$(cd "$E2E_CACHE" && pwd)
V=${LOKI_VERSION:-v3.7.8}
PORT=${LOKI_PORT:-3100}
GRPC=${LOKI_GRPC_PORT:-9095}
DATA=${LOKI_DATA:-$E2E_CACHE/run/loki}
BIN=$E2E_CACHE/bin/loki-$V

if [ ! -x "$BIN" ]; then
  mkdir -p "$E2E_CACHE/bin" "$E2E_CACHE/src/loki-$V"
  exec 9>"$E2E_CACHE/src/loki-$V.lock"; flock 9
  if [ ! -x "$BIN" ]; then
    cd "$E2E_CACHE/src/loki-$V"
    mod=mod
    if [ -f "$here/pins/loki-$V.go.mod" ]; then
      mod=readonly; cp "$here/pins/loki-$V.go.mod" go.mod; cp "$here/pins/loki-$V.go.sum" go.sum
    elif [ ! -f go.mod ]; then
      # Loki's go.mod has replaces, so `go install` refuses it. This wrapper depends on it and copies its
      # replaces and excludes, but for ./pkg/push, a nested module the zip lacks and the proxy has.
      gomod=$(GOWORK=off GOFLAGS=-mod=mod go mod download -json "github.com/grafana/loki/v3@$V" | sed -n 's/.*"GoMod": "\(.*\)",/\1/p')
      gover=$(sed -n 's/^go //p' "$gomod")
      { printf 'module e2ebackends/loki\n\ngo %s\n\nrequire github.com/grafana/loki/v3 %s\n\n' "$gover" "$V"
        grep -E '^(replace|exclude) ' "$gomod" | grep -v '=> \./'; } > go.mod.tmp
      mv go.mod.tmp go.mod
    fi
    echo "loki-up: building loki $V (minutes)" >&2
    CGO_ENABLED=0 GOWORK=off GOFLAGS="-mod=$mod -buildvcs=false" go build -p "${GO_P:-2}" -trimpath -tags netgo \
      -ldflags "-s -w -X github.com/grafana/loki/v3/pkg/util/build.Version=${V#v}" \
      -o "$BIN.tmp" github.com/grafana/loki/v3/cmd/loki
    mv "$BIN.tmp" "$BIN"; cd - >/dev/null
  fi
  exec 9>&-
fi
if [ "${BUILD_ONLY:-}" = 1 ]; then echo "$BIN"; exit 0; fi

mkdir -p "$DATA"
CONFIG=${LOKI_CONFIG:-$DATA/loki.yaml}
if [ -z "${LOKI_CONFIG:-}" ]; then
cat > "$CONFIG" <<CFG
auth_enabled: $([ "${LOKI_AUTH:-}" = 1 ] && echo true || echo false)
server:
  http_listen_address: 127.0.0.1
  http_listen_port: $PORT
  grpc_listen_address: 127.0.0.1
  grpc_listen_port: $GRPC
  log_level: ${LOKI_LOG_LEVEL:-warn}
  grpc_server_max_recv_msg_size: 268435456   # answers to the oracle's queries
  grpc_server_max_send_msg_size: 268435456
common:
  instance_addr: 127.0.0.1
  path_prefix: $DATA
  replication_factor: 1
  ring:
    kvstore: {store: inmemory}
  storage:
    filesystem:
      chunks_directory: $DATA/chunks
      rules_directory: $DATA/rules
# An empty answer must not be cached.
query_range: {cache_results: false}
ingester:
  # Recorded audit logs are older than what a querier would ask an ingester for.
  query_store_max_look_back_period: -1
  # What is flushed with a time in the future is not shown until then: cut no chunk by the clock.
  sync_period: 0s
  lifecycler:
    min_ready_duration: 0s
    final_sleep: 0s
frontend: {scheduler_dns_lookup_period: 500ms}
frontend_worker: {dns_lookup_duration: 500ms}
schema_config:
  configs:
  - {from: 2020-10-24, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}
limits_config:
  allow_structured_metadata: true
  ingestion_rate_mb: 64
  ingestion_burst_size_mb: 128
  per_stream_rate_limit: 64MB
  per_stream_rate_limit_burst: 128MB
  reject_old_samples: false
  creation_grace_period: 87600h   # a recording may be from the future of a slow clock
  max_query_length: 0
  max_entries_limit_per_query: 10000
  split_queries_by_interval: 0
${LOKI_EXTRA_LIMITS:-}
analytics:
  reporting_enabled: false
CFG
fi
exec "$BIN" -config.file="$CONFIG" "$@"
