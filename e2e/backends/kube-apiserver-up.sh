#!/usr/bin/env bash
# kube-apiserver-up.sh - build (once, cached) and run a real kube-apiserver on loopback, in the foreground.
# A running etcd is needed (etcd-up.sh). Makes its own PKI, kubeconfigs, tokens and audit policy.
#
# Needs: go >= 1.26 with the Go module proxy, openssl. pins/ holds the go.mod and go.sum of the default version. kubectl can be built too (KUBE_COMPONENTS).
# Env:
#   E2E_CACHE        cache dir for sources and binaries   (default ${XDG_CACHE_HOME:-~/.cache}/auditship-e2e)
#   KUBE_VERSION     k8s.io/kubernetes version            (default v1.36.3)
#   KUBE_COMPONENTS  what to build                        (default "kube-apiserver"; also kube-controller-manager kube-scheduler kubectl)
#   APISERVER_PORT   secure port on 127.0.0.1             (default 6443)
#   ETCD_SERVERS     etcd URL(s)                          (default http://127.0.0.1:2379)
#   APISERVER_DATA   dir for pki/, kubeconfig/, audit/    (default $E2E_CACHE/run/kube-apiserver)
#   AUDIT_MODE       log | compress | webhook | stdout | none  (default log)
#   AUDIT_DIR        where audit.log goes                 (default $APISERVER_DATA/audit)
#   AUDIT_POLICY     policy file                          (default: one written to $APISERVER_DATA/policy.yaml)
#   AUDIT_MAXSIZE    MB                                   (default 1)
#   AUDIT_MAXBACKUP                                       (default 5)
#   AUDIT_WEBHOOK_URL for AUDIT_MODE=webhook              (default http://127.0.0.1:9099/audit)
#   AUDIT_WEBHOOK_FLAGS extra batch flags                 (default "--audit-webhook-batch-max-wait=2s --audit-webhook-batch-max-size=100")
#   BUILD_ONLY=1     build, print the binaries' paths, exit
#   PKI_ONLY=1       build nothing, write PKI and kubeconfigs, exit
#   GO_P             go build -p                          (default 2)
# Further arguments go to kube-apiserver as they are.
# Ready when: curl -fsk https://127.0.0.1:$APISERVER_PORT/readyz
# Users (kubeconfig/<name>.kubeconfig): admin (system:masters), jane (jane@example.org, platform-admins),
#   bob (bob, developers), zoe (CN "Zoë Müller", developers), node-1 (system:node:node-1), kcm, scheduler,
#   ci-bot (static token, groups ci), breakglass (static token, system:masters).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
E2E_CACHE=${E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/auditship-e2e}
mkdir -p "$E2E_CACHE"; E2E_CACHE=$(cd "$E2E_CACHE" && pwd)
V=${KUBE_VERSION:-v1.36.3}
COMPONENTS=${KUBE_COMPONENTS:-kube-apiserver}
PORT=${APISERVER_PORT:-6443}
DATA=${APISERVER_DATA:-$E2E_CACHE/run/kube-apiserver}
SRC=$E2E_CACHE/src/k8s-$V
BINDIR=$E2E_CACHE/bin/kube-$V

build() { # build <component>
  local c=$1 out=$BINDIR/$1
  [ -x "$out" ] && return 0
  mkdir -p "$BINDIR" "$SRC"
  ( flock 9
    [ -x "$out" ] && exit 0
    cd "$SRC"
    mod=mod
    if [ -f "$here/pins/k8s-$V.go.mod" ]; then
      mod=readonly; cp "$here/pins/k8s-$V.go.mod" go.mod; cp "$here/pins/k8s-$V.go.sum" go.sum
    elif [ ! -f go.mod ]; then
      # k8s.io/kubernetes replaces every staging repository by ./staging/..., which the module zip
      # lacks. This wrapper depends on it and points each one at its published v0.x.y module.
      gomod=$(GOWORK=off GOFLAGS=-mod=mod go mod download -json "k8s.io/kubernetes@$V" | sed -n 's/.*"GoMod": "\(.*\)",/\1/p')
      { printf 'module e2ebackends/kubernetes\n\ngo 1.26.0\n\ngodebug default=go1.26\n\nrequire k8s.io/kubernetes %s\n\nreplace (\n' "$V"
        sed -n 's#^[[:space:]]*\(k8s.io/[^ ]*\) => ./staging/.*#\t\1 => \1 v0.'"${V#v1.}"'#p' "$gomod"
        printf ')\n'; } > go.mod.tmp
      mv go.mod.tmp go.mod
    fi
    echo "kube-apiserver-up: building $c $V (minutes)" >&2
    minor=${V#v1.}; minor=${minor%%.*}
    CGO_ENABLED=0 GOWORK=off GOFLAGS="-mod=$mod -buildvcs=false" go build -p "${GO_P:-2}" -trimpath \
      -ldflags "-s -w $(for p in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
          echo "-X $p.gitVersion=$V -X $p.gitMajor=1 -X $p.gitMinor=$minor -X $p.gitCommit=e2ebuild -X $p.gitTreeState=clean"; done | tr '\n' ' ')" \
      -o "$out.tmp" "k8s.io/kubernetes/cmd/$c"
    mv "$out.tmp" "$out"
  ) 9>"$E2E_CACHE/src/k8s-$V.lock"
}

pki() {
  local P=$DATA/pki; mkdir -p "$P" "$DATA/kubeconfig"; chmod 700 "$DATA" "$P"
  if [ ! -f "$P/.done" ]; then
    openssl ecparam -genkey -name prime256v1 -noout -out "$P/ca.key" 2>/dev/null
    openssl req -x509 -new -key "$P/ca.key" -days 3650 -subj "/CN=e2e-ca" -out "$P/ca.crt" 2>/dev/null
    openssl genrsa -out "$P/sa.key" 2048 2>/dev/null
    openssl rsa -in "$P/sa.key" -pubout -out "$P/sa.pub" 2>/dev/null
    cert() { # cert <file> <subject> <extensions>
      openssl ecparam -genkey -name prime256v1 -noout -out "$P/$1.key" 2>/dev/null
      openssl req -new -utf8 -key "$P/$1.key" -subj "$2" -out "$P/$1.csr" 2>/dev/null
      openssl x509 -req -in "$P/$1.csr" -CA "$P/ca.crt" -CAkey "$P/ca.key" -CAcreateserial -days 3650 \
        -extfile <(printf '%b' "$3") -out "$P/$1.crt" 2>/dev/null
      rm "$P/$1.csr"; }
    local srv="extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc"
    local cli="extendedKeyUsage=clientAuth"
    cert apiserver "/CN=kube-apiserver" "$srv"
    cert kubelet-serving "/O=system:nodes/CN=system:node:node-1" "extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1,DNS:node-1"
    cert kubelet-client "/O=system:masters/CN=kube-apiserver-kubelet-client" "$cli"
    cert admin "/O=system:masters/CN=kubernetes-admin" "$cli"
    cert jane "/O=platform-admins/CN=jane@example.org" "$cli"
    cert bob "/O=developers/CN=bob" "$cli"
    cert zoe "/O=developers/CN=Zoë Müller" "$cli"
    cert node-1 "/O=system:nodes/CN=system:node:node-1" "$cli"
    cert node-2 "/O=system:nodes/CN=system:node:node-2" "$cli"
    cert kcm "/CN=system:kube-controller-manager" "$cli"
    cert scheduler "/CN=system:kube-scheduler" "$cli"
    printf '%s\n' 'e2e-ci-bot-token,ci-bot,uid-ci-bot,"ci"' 'e2e-breakglass-token,breakglass,uid-breakglass,"system:masters"' > "$P/tokens.csv"
    chmod 600 "$P"/*.key "$P/tokens.csv"
    touch "$P/.done"
  fi
  local u auth
  for u in admin jane bob zoe node-1 node-2 kcm scheduler ci-bot breakglass; do
    if [ -f "$P/$u.crt" ]; then auth="{client-certificate: $P/$u.crt, client-key: $P/$u.key}"; else auth="{token: e2e-$u-token}"; fi
    cat > "$DATA/kubeconfig/$u.kubeconfig.tmp" <<KC
apiVersion: v1
kind: Config
clusters: [{name: e2e, cluster: {server: "https://127.0.0.1:$PORT", certificate-authority: $P/ca.crt}}]
users: [{name: $u, user: $auth}]
contexts: [{name: e2e, context: {cluster: e2e, user: $u}}]
current-context: e2e
KC
    chmod 600 "$DATA/kubeconfig/$u.kubeconfig.tmp"
    mv "$DATA/kubeconfig/$u.kubeconfig.tmp" "$DATA/kubeconfig/$u.kubeconfig"
  done
}

policy() { cat <<'POLICY'
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
# Probes are not audited.
- level: None
  nonResourceURLs: ["/healthz*", "/livez*", "/readyz*"]
# Interactive access to pods: with the request (and so the command), at every stage.
- level: Request
  resources:
  - group: ""
    resources: ["pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers"]
# Things whose bodies hold credentials: never more than metadata, at every stage.
- level: Metadata
  resources:
  - group: ""
    resources: ["secrets", "serviceaccounts/token"]
  - group: authentication.k8s.io
    resources: ["tokenreviews"]
# Heartbeats and events: metadata only, once.
- level: Metadata
  omitStages: ["RequestReceived"]
  resources:
  - group: coordination.k8s.io
    resources: ["leases"]
  - group: ""
    resources: ["events"]
  - group: events.k8s.io
    resources: ["events"]
# Writes: with request and response.
- level: RequestResponse
  omitStages: ["RequestReceived"]
  verbs: ["create", "update", "patch", "delete", "deletecollection"]
# Everything else.
- level: Metadata
  omitStages: ["RequestReceived"]
POLICY
}

if [ "${PKI_ONLY:-}" = 1 ]; then pki; exit 0; fi
for c in $COMPONENTS; do build "$c"; done
if [ "${BUILD_ONLY:-}" = 1 ]; then for c in $COMPONENTS; do echo "$BINDIR/$c"; done; exit 0; fi
build kube-apiserver
pki

POLICY_FILE=${AUDIT_POLICY:-$DATA/policy.yaml}
[ -n "${AUDIT_POLICY:-}" ] || policy > "$POLICY_FILE"
AUDIT_DIR=${AUDIT_DIR:-$DATA/audit}
ROTATION="--audit-log-maxsize=${AUDIT_MAXSIZE:-1} --audit-log-maxbackup=${AUDIT_MAXBACKUP:-5}"
case ${AUDIT_MODE:-log} in
  log)      mkdir -p "$AUDIT_DIR"; AUDIT="--audit-log-path=$AUDIT_DIR/audit.log $ROTATION";;
  compress) mkdir -p "$AUDIT_DIR"; AUDIT="--audit-log-path=$AUDIT_DIR/audit.log $ROTATION --audit-log-compress";;
  stdout)   AUDIT="--audit-log-path=-";;
  webhook)
    cat > "$DATA/audit-webhook.kubeconfig" <<KC
apiVersion: v1
kind: Config
clusters: [{name: receiver, cluster: {server: "${AUDIT_WEBHOOK_URL:-http://127.0.0.1:9099/audit}"}}]
users: [{name: apiserver, user: {}}]
contexts: [{name: default, context: {cluster: receiver, user: apiserver}}]
current-context: default
KC
    AUDIT="--audit-webhook-config-file=$DATA/audit-webhook.kubeconfig --audit-webhook-mode=batch ${AUDIT_WEBHOOK_FLAGS---audit-webhook-batch-max-wait=2s --audit-webhook-batch-max-size=100}";;
  none)     AUDIT="";;
  *) echo "kube-apiserver-up: AUDIT_MODE=${AUDIT_MODE}?" >&2; exit 2;;
esac
[ "${AUDIT_MODE:-log}" = none ] || AUDIT="--audit-policy-file=$POLICY_FILE $AUDIT"

# Loopback can not be an Endpoints address, hence no endpoint reconciler.
# shellcheck disable=SC2086
exec "$BINDIR/kube-apiserver" \
  --etcd-servers="${ETCD_SERVERS:-http://127.0.0.1:2379}" \
  --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --secure-port="$PORT" --endpoint-reconciler-type=none \
  --service-cluster-ip-range=10.96.0.0/16 \
  --tls-cert-file="$DATA/pki/apiserver.crt" --tls-private-key-file="$DATA/pki/apiserver.key" \
  --client-ca-file="$DATA/pki/ca.crt" --token-auth-file="$DATA/pki/tokens.csv" --anonymous-auth=true \
  --kubelet-client-certificate="$DATA/pki/kubelet-client.crt" --kubelet-client-key="$DATA/pki/kubelet-client.key" \
  --kubelet-certificate-authority="$DATA/pki/ca.crt" --kubelet-preferred-address-types=InternalIP \
  --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$DATA/pki/sa.pub" \
  --service-account-signing-key-file="$DATA/pki/sa.key" \
  --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
  --profiling=false --allow-privileged=true \
  $AUDIT "$@"
