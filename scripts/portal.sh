#!/usr/bin/env bash
# Start the portal on $PORT, after loading the demo mesh. Called by `make portal`, which made .venv.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python

if ! [[ ${PORT:=8501} =~ ^[0-9]{1,5}$ ]] || ((PORT < 1 || PORT > 65535)); then
    echo "PORT=$PORT is no port number. Nothing was started. Choose one from 1024 to 65535: make portal PORT=8502" >&2
    exit 1
fi

# SO_REUSEADDR as the server sets it: a port that only waits for old connections to end counts as free.
if ! "$python" - "$PORT" <<'END'; then
import socket, sys
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", int(sys.argv[1])))
    except OSError:
        sys.exit(1)
END
    echo "Port $PORT is in use or not allowed. Nothing was started. Choose another: make portal PORT=$((PORT < 65000 ? PORT + 1 : 8502))" >&2
    exit 1
fi

demo=no
if [[ ${MESH_DEMO:-1} != 0 && ${MESH_TARGET:-local} != aws ]]; then
    demo=yes
    "$python" -m mesh_core.demo --only early
fi

# The demo's one large table comes when the portal is in use: it is loaded through the portal's own endpoint, which
# the first visitor starts, and its words go to a file, so that they don't mix with the portal's.
load_late() {
    until [[ -e $home/localaws/endpoint.json ]]; do sleep 1; done
    exec "$python" -m mesh_core.demo --only late >"$home/demo.log" 2>&1
}
home=${MESH_HOME:-.mesh}
children=()
end() {
    trap - EXIT INT TERM HUP
    for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
    wait
}
trap end EXIT
trap 'exit 0' INT TERM HUP

echo "The portal: http://localhost:$PORT  (Ctrl+C ends it and its endpoint)"
"$python" -m streamlit run portal.py --server.port "$PORT" &
children+=($!)
if [[ $demo == yes ]]; then
    load_late &
    children+=($!)
fi
wait "${children[0]}"
