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

# The demo's one large table is left to the portal, which loads it in the background once it is in use.
if [[ ${MESH_DEMO:-1} != 0 && ${MESH_TARGET:-local} != aws ]]; then
    "$python" -m mesh_core.demo --only early
fi

echo "The portal: http://localhost:$PORT  (Ctrl+C ends it and its endpoint)"
exec "$python" -m streamlit run portal.py --server.port "$PORT"
