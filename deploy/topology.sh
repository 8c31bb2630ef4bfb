#!/usr/bin/env bash
# The topology of docker-compose.yml as processes on the loopback: Redis, workers, the gateway, and simulated engines in the place of real ones.
# Ctrl+C or SIGTERM ends everything it started, and so does the end of the script for any other reason; the second one does not wait for a drain.
#
#   deploy/topology.sh                                    two workers, the gateway on port 8000
#   WORKER_PORTS="8001 8002 8003" deploy/topology.sh      three
#
# GATEWAY_PORT 8000, WORKER_PORTS "8001 8002", ENGINE_PORTS "6878", REDIS_PORT 6390: one process a port.
# ENGINE_ARGUMENTS what the engines play ("--content demo"); BIN the folder of aceproxy.dll (built if it is not there).
# Every other variable reaches workers and gateway as it is, but those of Redis, ROLE and WORKER_ID. Needs redis-server and the .NET runtime.
# At the end each worker has its SHUTDOWN_DRAIN, one after the other, and 15 s to end; who is there then is killed, and the exit code is 1.
set -euo pipefail
cd "$(dirname "$0")/.."

gateway_port=${GATEWAY_PORT:-8000} redis_port=${REDIS_PORT:-6390}
read -r -a worker_ports <<<"${WORKER_PORTS:-8001 8002}"
read -r -a engine_ports <<<"${ENGINE_PORTS:-6878}"
read -r -a engine_arguments <<<"${ENGINE_ARGUMENTS:---content demo}"
bin=${BIN:-src/AceProxy/bin/Release/net10.0}
[ -e "$bin/aceproxy.dll" ] || dotnet build -c Release src/AceProxy

drain=${SHUTDOWN_DRAIN:-0} drain=${drain//[[:space:]]/} drain=${drain%%.*}
[[ $drain =~ ^[0-9]+$ ]] && drain=$((10#$drain)) || drain=0 # the program judges it

folder=$(mktemp -d)
pids=() names=()
log() { echo "$1 pid $2 $3"; } # a test reads these lines

finish() {
  local code=${1:-0}
  trap - EXIT
  trap 'kill -TERM "${pids[i]}" 2>/dev/null || true' INT TERM # a worker that drains ends at the second signal
  # In the order of the data's way, backwards: who is asked ends after who asks.
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill -TERM "${pids[i]}" 2>/dev/null || continue
    for ((wait = 0; wait < (drain + 15) * 10; wait++)); do
      kill -0 "${pids[i]}" 2>/dev/null || continue 2
      sleep 0.1
    done
    kill -KILL "${pids[i]}" 2>/dev/null || continue
    echo "${names[i]} did not end in $((drain + 15)) s and was killed" >&2
    code=1
  done
  rm -rf "$folder"
  exit "$code"
}
trap 'finish 1' EXIT
trap 'finish 0' INT TERM

# start NAME ADDRESS COMMAND…: in a session of its own, so that Ctrl+C reaches the script only, which ends the processes in order
start() {
  local name=$1 address=$2
  shift 2
  setsid "$@" >"$folder/$name.log" 2>&1 &
  pids+=("$!") names+=("$name")
  log "$name" "$!" "$address"
}

# answers NAME COMMAND…: until the command succeeds
answers() {
  local name=$1
  shift
  for ((wait = 0; wait < 300; wait++)); do
    if "$@" >/dev/null 2>&1; then return; fi
    if ! kill -0 "${pids[-1]}" 2>/dev/null; then break; fi
    sleep 0.1
  done
  echo "$name did not come up:" >&2
  cat "$folder/$name.log" >&2
  return 1
}

start redis "127.0.0.1:$redis_port" redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$folder" --save '' --appendonly no \
  --maxmemory 512mb --maxmemory-policy volatile-lru
answers redis redis-cli -p "$redis_port" ping

engines=()
for port in "${engine_ports[@]}"; do
  name="engine-$((${#engines[@]} + 1))"
  start "$name" "http://127.0.0.1:$port" dotnet "$bin/AceProxy.EngineSimulator.dll" --port "$port" "${engine_arguments[@]}"
  answers "$name" curl -fsS "http://127.0.0.1:$port/webui/api/service?method=get_version"
  engines+=("127.0.0.1:$port")
done
ENGINES=$(IFS=,; echo "${engines[*]}")

unset ROLE "${!REDIS_@}"
export REDIS_HOST=127.0.0.1 REDIS_PORT=$redis_port
for n in "${!worker_ports[@]}"; do
  name="worker-$((n + 1))" address="http://127.0.0.1:${worker_ports[n]}"
  start "$name" "$address" env WORKER_ID="$name" WORKER_ADDRESS="$address" ASPNETCORE_URLS="$address" ENGINES="$ENGINES" \
    TRUSTED_PROXIES="${TRUSTED_PROXIES:-127.0.0.1}" dotnet "$bin/aceproxy.dll"
  answers "$name" curl -fsS "$address/readyz"
done

address="http://127.0.0.1:$gateway_port"
start gateway "$address" env ASPNETCORE_URLS="$address" dotnet "$bin/aceproxy.dll" gateway
answers gateway curl -fsS "$address/readyz"

echo "ready $address/ace/getstream?id=41636550726f78792064656d6f20636f6e74656e"
sleep infinity &
pids+=("$!") names+=(sleep)
wait "$!"
