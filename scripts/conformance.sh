#!/usr/bin/env bash
# Replay every Lake Formation and Athena case against fresh endpoints, and their neighbours in one process.
# Called by `make conformance`, which made .venv.
set -uo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
serve="$python -m mesh_core.localaws --port 0 --data-dir {data_dir}"
failed=0
for suite in lf_runner:lf_cases sql_runner:athena_sql_cases; do
    "$python" "tests/conformance/${suite%%:*}.py" "tests/conformance/${suite##*:}.json" --serve "$serve" || failed=1
done
MESH_CASES=all "$python" -m pytest -q tests/localaws/test_lf_like_*.py || failed=1
exit $failed
