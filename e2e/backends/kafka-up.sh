#!/usr/bin/env bash
# Starts one real Apache Kafka broker+controller (KRaft) in the foreground, on loopback only: a cluster by itself, or one of several.
# Needs: java >= 17, mvn (first run only), openssl. SIGTERM or ^C stops it.
#
#   E2E_CACHE              download cache                       (${XDG_CACHE_HOME:-~/.cache}/auditship-e2e)
#   KAFKA_DATA             data dir; fresh dir = fresh cluster  ($E2E_CACHE/run/kafka)
#   KAFKA_PORT             PLAINTEXT listener                   (19092)
#   KAFKA_SASL_SSL_PORT    SASL_SSL: SCRAM-SHA-512/256, PLAIN   (KAFKA_PORT+1)
#   KAFKA_SSL_PORT         SSL with mutual TLS                  (KAFKA_PORT+2)
#   KAFKA_SASL_PORT        SASL_PLAINTEXT, same mechanisms      (KAFKA_PORT+3)
#   KAFKA_CONTROLLER_PORT  KRaft controller                     (KAFKA_PORT+4)
#   KAFKA_SASL_SSL_HOST    what clients of SASL_SSL are sent to (127.0.0.1); a forwarder may listen there
#   KAFKA_NODE             node.id                              (1)
#   KAFKA_VOTERS           controllers, ID@HOST:PORT,...        (this one); the others' are their KAFKA_CONTROLLER_PORTs
#   KAFKA_CLUSTER_ID       the same for all of a cluster        (random)
#   KAFKA_CERTS            the same for all of a cluster        ($KAFKA_DATA/certs)
#   KAFKA_REPLICAS         of every topic, internal ones too    (1); min.insync.replicas is one less
#   KAFKA_USER/KAFKA_PASSWORD  SASL user                        (agent / agent-secret)
#   KAFKA_AUTO_CREATE      auto.create.topics.enable            (true)
#   KAFKA_ACL=1            StandardAuthorizer; all denied but ANONYMOUS (=PLAINTEXT) and User:admin (admin-secret)
#   KAFKA_HEAP             (512m)
#   KAFKA_EXTRA            extra server.properties lines, newline separated (message.max.bytes=... etc.)
#   FETCH_ONLY=1           only fill the cache
# Ready when the PLAINTEXT port answers ("Kafka Server started" on stdout).
# CA for clients: $KAFKA_CERTS/ca.crt (client.crt/client.key for mutual TLS).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
E2E_CACHE=${E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/auditship-e2e}
mkdir -p "$E2E_CACHE"; E2E_CACHE=$(cd "$E2E_CACHE" && pwd)
KAFKA_DATA=${KAFKA_DATA:-$E2E_CACHE/run/kafka}
p=${KAFKA_PORT:-19092}
sasl_ssl=${KAFKA_SASL_SSL_PORT:-$((p + 1))}; mtls=${KAFKA_SSL_PORT:-$((p + 2))}
sasl_plain=${KAFKA_SASL_PORT:-$((p + 3))}; ctl=${KAFKA_CONTROLLER_PORT:-$((p + 4))}
node=${KAFKA_NODE:-1}; replicas=${KAFKA_REPLICAS:-1}; in_sync=$((replicas > 1 ? replicas - 1 : 1))
user=${KAFKA_USER:-agent}; pass=${KAFKA_PASSWORD:-agent-secret}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/kafka/pom.xml")
lib=$E2E_CACHE/kafka-$version
if [ ! -e "$lib/.ok" ]; then
  tmp=$lib.tmp.$$; rm -rf "$tmp"; trap 'rm -rf "$tmp"' EXIT
  mvn -q -B -C -f "$here/kafka/pom.xml" -Dmaven.repo.local="${MAVEN_REPO_LOCAL:-$E2E_CACHE/m2}" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$tmp" >&2
  [ ! -s "$here/kafka/jars.sha256" ] || (cd "$tmp" && sha256sum --quiet --strict -c "$here/kafka/jars.sha256") >&2
  touch "$tmp/.ok"; rm -rf "$lib"; mv "$tmp" "$lib"; trap - EXIT
fi
[ "${FETCH_ONLY:-}" != 1 ] || exit 0

mkdir -p "$KAFKA_DATA"; KAFKA_DATA=$(cd "$KAFKA_DATA" && pwd)
certs=${KAFKA_CERTS:-$KAFKA_DATA/certs}
mkdir -p "$certs"; certs=$(cd "$certs" && pwd)
( umask 077; exec 9> "$certs/.lock"; flock 9 # brokers that share them start side by side
  bash "$here/gen-certs.sh" "$certs"
  [ -e "$certs/server.pem" ] || { cat "$certs/server.key" "$certs/server.crt" > "$certs/server.pem.tmp"; mv "$certs/server.pem.tmp" "$certs/server.pem"; } )

scram='org.apache.kafka.common.security.scram.ScramLoginModule required;'
plain="org.apache.kafka.common.security.plain.PlainLoginModule required user_$user=\"$pass\" user_admin=\"admin-secret\";"
conf=$KAFKA_DATA/server.properties
( umask 077; cat > "$conf" <<P
process.roles=broker,controller
node.id=$node
controller.quorum.voters=${KAFKA_VOTERS:-$node@127.0.0.1:$ctl}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$p,SASL_SSL://127.0.0.1:$sasl_ssl,SSL://127.0.0.1:$mtls,SASL_PLAINTEXT://127.0.0.1:$sasl_plain,CONTROLLER://127.0.0.1:$ctl
advertised.listeners=PLAINTEXT://127.0.0.1:$p,SASL_SSL://${KAFKA_SASL_SSL_HOST:-127.0.0.1}:$sasl_ssl,SSL://127.0.0.1:$mtls,SASL_PLAINTEXT://127.0.0.1:$sasl_plain
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=$KAFKA_DATA/log
auto.create.topics.enable=${KAFKA_AUTO_CREATE:-true}
num.partitions=1
default.replication.factor=$replicas
min.insync.replicas=$in_sync
offsets.topic.num.partitions=1
offsets.topic.replication.factor=$replicas
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$in_sync
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=$replicas
share.coordinator.state.topic.min.isr=$in_sync
group.initial.rebalance.delay.ms=0
sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256,PLAIN
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=$scram
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=$scram
listener.name.sasl_ssl.plain.sasl.jaas.config=$plain
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=$scram
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=$scram
listener.name.sasl_plaintext.plain.sasl.jaas.config=$plain
ssl.keystore.type=PEM
ssl.keystore.location=$certs/server.pem
ssl.truststore.type=PEM
ssl.truststore.location=$certs/ca.crt
listener.name.ssl.ssl.client.auth=required
P
[ "${KAFKA_ACL:-}" != 1 ] || cat >> "$conf" <<P
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
P
[ -z "${KAFKA_EXTRA:-}" ] || printf '%s\n' "$KAFKA_EXTRA" >> "$conf" )

run=("$java" -Xms"${KAFKA_HEAP:-512m}" -Xmx"${KAFKA_HEAP:-512m}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true
  -Dlog4j2.configurationFile="$here/kafka/log4j2.properties" -cp "$lib/*")
if [ ! -e "$KAFKA_DATA/log/meta.properties" ]; then
  # a cluster id is 16 bytes in URL-safe base64, but one that begins with "-" is taken for an option; SCRAM users can only be made
  # here or through the admin API
  id=${KAFKA_CLUSTER_ID:-A$(openssl rand -base64 16 | tr '+/' '-_' | cut -c2-22)}
  "${run[@]}" kafka.tools.StorageTool format -c "$conf" -t "$id" \
    -S "SCRAM-SHA-512=[name=$user,password=$pass]" -S "SCRAM-SHA-256=[name=$user,password=$pass]" \
    -S "SCRAM-SHA-512=[name=admin,password=admin-secret]" >&2
fi
exec "${run[@]}" kafka.Kafka "$conf"
