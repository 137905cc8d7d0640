#!/usr/bin/env bash
# Fetches Apache Kafka from the Maven registry and runs it as one KRaft broker, without Docker.
# usage: run.sh fetch|start|stop DIR [PORT]     DIR holds the jars, the data, the log and the process id
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
usage() { sed -n '3s/^# //p' "$0" >&2; exit 2; }
[ $# -ge 2 ] || usage
action=$1 dir=$2 port=${3:-9092}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
pid_file=$dir/kafka.pid log=$dir/kafka.log

# Whoever ended and was not waited for runs no more.
is_alive() { kill -0 "$1" 2>/dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"; }
running() { [ -f "$pid_file" ] && is_alive "$(cat "$pid_file")"; }

fetch() {
  "$here/../need.sh" java17 mvn
  jars=${KAFKA_JARS:-$dir/jars}
  local stamp=$jars/.complete
  if ! cmp -s "$here/pom.xml" "$stamp"; then
    echo "Fetching Apache Kafka (about 45 MB, once) ..."
    rm -rf "$jars"
    mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies \
      -DoutputDirectory="$jars" -DincludeScope=runtime
    cp "$here/pom.xml" "$stamp"
  fi
}

configure() {
  local controller_port=$((port + 1))
  cat > "$dir/log4j2.properties" <<LOG
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1} %m%n
LOG
  cat > "$dir/server.properties" <<CONFIG
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.retention.hours=24
log.segment.bytes=104857600
CONFIG
}

# Java takes the place of the shell that starts it, so that the process id is Kafka's own.
kafka_java() { exec java "-Dlog4j2.configurationFile=$dir/log4j2.properties" -cp "$jars/*" "$@"; }

start() {
  if running; then echo "Kafka already runs on port $port (process $(cat "$pid_file"))."; return; fi
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "Port $port is taken by another program: stop it or choose another port." >&2
    exit 1
  fi
  fetch
  configure
  if [ ! -f "$dir/data/meta.properties" ]; then
    # With = because the id may begin with a dash.
    (kafka_java -Xmx256m kafka.tools.StorageTool format --ignore-formatted \
      "--cluster-id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')" \
      --config "$dir/server.properties") > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
  fi
  kafka_java -Xms512m -Xmx512m -XX:+UseG1GC kafka.Kafka "$dir/server.properties" >> "$log" 2>&1 < /dev/null &
  echo $! > "$pid_file"
  disown
  for _ in $(seq 1 300); do
    running || { echo "Kafka ended at start; its log says:" >&2; tail -n 20 "$log" >&2; exit 1; }
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "Kafka runs on 127.0.0.1:$port (process $(cat "$pid_file"), log $log)."
      return
    fi
    sleep 0.2
  done
  echo "Kafka did not open port $port within a minute; see $log" >&2
  exit 1
}

stop() {
  if ! running; then echo "Kafka does not run from $dir."; rm -f "$pid_file"; return; fi
  local pid
  pid=$(cat "$pid_file")
  kill "$pid"
  for _ in $(seq 1 150); do
    is_alive "$pid" || { rm -f "$pid_file"; echo "Kafka stopped."; return; }
    sleep 0.2
  done
  echo "Kafka (process $pid) did not stop within 30 s: ending it." >&2
  kill -9 "$pid"
  rm -f "$pid_file"
}

case $action in
  fetch) fetch ;;
  start) start ;;
  stop) stop ;;
  *) usage ;;
esac
