#!/usr/bin/env bash
# Starts one real OpenSearch node in the foreground, on loopback only, without its security plugin (which no package repository has).
# Needs: java >= 17, mvn + unzip (first run only). SIGTERM or ^C stops it. As root it runs in a user namespace, or as
# "nobody" where those are forbidden.
#
#   E2E_CACHE          download cache                       (${XDG_CACHE_HOME:-~/.cache}/auditship-e2e)
#   OS_DATA            data dir; fresh dir = fresh node      ($E2E_CACHE/run/opensearch)
#   OS_PORT            HTTP port                             (19250)
#   OS_TRANSPORT_PORT  transport port                        (OS_PORT+100)
#   OS_HEAP            (1g)
#   FETCH_ONLY=1       only fill the cache
# It is the project's own integ-test-zip: the server and its transport, without modules and plugins (data streams and flat_object are in
# the server).
# Ready when GET /_cluster/health?wait_for_status=yellow answers 200.
set -euo pipefail
version=2.19.1 sha256=af7152d8b7f6f1cee09d47276b32b70479fe6dd8cdbb61213f84eb7f8098b261
E2E_CACHE=${E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/auditship-e2e}
mkdir -p "$E2E_CACHE"; E2E_CACHE=$(cd "$E2E_CACHE" && pwd)
data=${OS_DATA:-$E2E_CACHE/run/opensearch}
port=${OS_PORT:-19250}; tport=${OS_TRANSPORT_PORT:-$((port + 100))}
java=$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java")
OPENSEARCH_JAVA_HOME=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$java")")")}; export OPENSEARCH_JAVA_HOME
unset JAVA_HOME

home=$E2E_CACHE/opensearch-$version
if [ ! -e "$home/.ok" ]; then
  tmp=$home.tmp.$$; rm -rf "$tmp"; mkdir "$tmp"; trap 'rm -rf "$tmp"' EXIT
  m2=${MAVEN_REPO_LOCAL:-$E2E_CACHE/m2}
  (cd "$tmp" && mvn -q -B -C -Dmaven.repo.local="$m2" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get \
    -Dartifact="org.opensearch.distribution.integ-test-zip:opensearch:$version:zip" -Dtransitive=false) >&2
  zip=$m2/org/opensearch/distribution/integ-test-zip/opensearch/$version/opensearch-$version.zip
  echo "$sha256  $zip" | sha256sum --quiet --strict -c - >&2
  unzip -q "$zip" "opensearch-$version/*" -d "$tmp"
  chmod +x "$tmp/opensearch-$version/bin/"*
  touch "$tmp/opensearch-$version/.ok"; rm -rf "$home"; mv "$tmp/opensearch-$version" "$home"
  rm -rf "$tmp"; trap - EXIT
fi
[ "${FETCH_ONLY:-}" != 1 ] || exit 0

mkdir -p "$data"; data=$(cd "$data" && pwd)
export OPENSEARCH_PATH_CONF=$data/conf OPENSEARCH_TMPDIR=$data/tmp
mkdir -p "$OPENSEARCH_PATH_CONF/jvm.options.d" "$data/data" "$data/logs" "$OPENSEARCH_TMPDIR"
grep -v -E 'Xlog:|HeapDumpOnOutOfMemoryError|ErrorFile|UseG1GC|G1' "$home/config/jvm.options" > "$OPENSEARCH_PATH_CONF/jvm.options"
cat > "$OPENSEARCH_PATH_CONF/log4j2.properties" <<'P'
status = error
appender.c.type = Console
appender.c.name = C
appender.c.layout.type = PatternLayout
appender.c.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] [%node_name]%marker %m%n
rootLogger.level = info
rootLogger.appenderRef.c.ref = C
P
cat > "$OPENSEARCH_PATH_CONF/opensearch.yml" <<P
cluster.name: e2e
node.name: e2e-0
path.data: $data/data
path.logs: $data/logs
network.host: 127.0.0.1
http.port: $port
transport.port: $tport
discovery.type: single-node
cluster.routing.allocation.disk.threshold_enabled: false
P
run=()
if [ "$(id -u)" = 0 ]; then
  if unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null; then
    run=(unshare --user --map-user=1000 --map-group=1000 --)
  else
    chown -R 65534:65534 "$data"
    run=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
  fi
fi
export OPENSEARCH_JAVA_OPTS="-Xms${OS_HEAP:-1g} -Xmx${OS_HEAP:-1g} -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
exec "${run[@]}" "$home/bin/opensearch"
