# What the commands of the fault files may use. They run in the project's folder.
set -euo pipefail
dc() { docker compose -f docker-compose.prod.yml "$@" </dev/null; }
up() { dc up -d "$@" >/dev/null 2>&1; }
# One setting of a file of KEY=value lines; the same with nothing behind KEY= removes the line.
set_in() {
    touch "$1"
    sed -i "/^${2%%=*}=/d" "$1"
    [ -z "${2#*=}" ] || printf '%s\n' "$2" >>"$1"
}
env_set() { set_in .env "$1"; }
runtime_set() { set_in backend/data/runtime.env "$1"; }
compose_edit() { sed -i "$@" docker-compose.prod.yml; }
code() { curl -sk -o /dev/null -m "${2:-3}" -w '%{http_code}' "$1" || true; }
answers() { [ "$(code "$1" "${2:-3}")" = 200 ]; }
says() { curl -sk -m 3 "$1" | grep -q -- "$2"; }
rcli() { dc exec -T redis redis-cli "$@"; }
redis_answers() { [ "$(timeout 5 redis-cli -h 127.0.0.1 ping 2>/dev/null)" = PONG ]; }
redis_writes() { [ "$(timeout 5 redis-cli -h 127.0.0.1 set lab:probe 1 2>/dev/null)" = OK ]; }
backend_ready() { answers http://localhost:8000/api/system/health/ready; }
watcher_runs() { says http://localhost:8000/api/system/pipeline '"running":true'; }
running() { [ "$(docker inspect -f '{{.State.Running}}' "unstuck-lab-$1-1" 2>/dev/null)" = true ]; }
state() { docker inspect -f "$2" "unstuck-lab-$1-1"; }
# A WebSocket handshake; prints the status.
handshake() {
    curl -sk -m 3 -o /dev/null -w '%{http_code}' --http1.1 -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
        -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' "$1" || true
}
preflight() {
    curl -s -m 3 -o /dev/null -D - -X OPTIONS -H "Origin: $1" -H 'Access-Control-Request-Method: GET' http://localhost:8000/api/events
}
# A picture as a camera uploads it, of so many bytes.
upload() {
    folder="$FOSCAM/$1"
    mkdir -p "$folder"
    head -c "${2:-20000}" /dev/urandom >"$folder/$(date +%s%N).jpg"
}
sql() { dc exec -T postgres psql -qtA -U security -d security -c "$1"; }
# The AI service on that port takes so many seconds for each answer from now on; or loads its model for so long.
slow() { curl -sS -m 3 "http://localhost:$1/lab/slow?seconds=$2" >/dev/null; }
loading() { curl -sS -m 3 "http://localhost:$1/lab/loading?seconds=$2" >/dev/null; }
# So many jobs in a queue.
jobs_in() { rcli eval "for i=1,$2 do redis.call('rpush',KEYS[1],'{\"camera_id\":\"driveway\",\"file_path\":\"/cameras/driveway/first.jpg\",\"n\":'..i..'}') end" 1 "$1" >/dev/null; }
queue() { redis-cli -h 127.0.0.1 llen "$1"; }
