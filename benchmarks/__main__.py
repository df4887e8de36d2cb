"""`python -m benchmarks`: measure everything once and write benchmarks/RESULTS.md. Called by `make bench`.

--quick measures less often. The data of TPC-H is made once, in build/bench.
"""

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import portal, tpch
from benchmarks.measure import Row
from scripts import browser
from scripts.portal_browser import launched
from scripts.portal_process import ROOT

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
WORK = ROOT / "build" / "bench"
HEAD = """# Benchmarks

Written by `make bench`, all in one run; every figure that is measured more than once is a median. A ratio compares two
things in this very run, so it holds on other machines too; seconds hold for this one: {machine}.

| what | measured | goal | met |
|---|---|---|---|
{rows}

## TPC-H, scale factor 1

22 queries through boto3 on the endpoint (StartQueryExecution to the first page of GetQueryResults) against raw DuckDB
on the same Parquet files, turn by turn, rounds: {times}.

| query | rows | DuckDB, ms | endpoint, ms | ratio |
|---|---|---|---|---|
{queries}
"""


def portal_rows(figures: portal.PortalFigures, demo_s: float) -> list[Row]:
    """What the portal did, against its goals."""
    ratio = figures.switch_s / figures.trivial_switch_s
    together = figures.portal_bytes + figures.endpoint_bytes
    switch = f"{ratio:.1f}x ({figures.switch_s * 1000:.0f} ms against {figures.trivial_switch_s * 1000:.0f} ms)"
    clicks = f"{figures.file_to_query_s:.1f} s, {figures.file_to_query_clicks} clicks and fields"
    halves = f"portal {figures.portal_bytes / 1e6:,.0f} MB, endpoint {figures.endpoint_bytes / 1e6:,.0f} MB"
    return [
        Row("Switch to Catalog with the demo mesh, against a trivial page", switch, "3x", ratio <= 3),
        Row("Portal: command to interactive, existing mesh", f"{figures.start_s:.1f} s", "5 s", figures.start_s <= 5),
        Row("Demo mesh from nothing, without promotions", f"{demo_s:.1f} s", "30 s", demo_s <= 30),
        Row("CSV to the first answer about it, in the browser", clicks, "180 s", figures.file_to_query_s <= 180),
        Row("Memory of both processes at its highest, every page seen", halves, "1,000 MB together", together < 1e9),
    ]


def report(rows: list[Row], queries: list[tpch.QueryTimes], times: int) -> str:
    """The whole of RESULTS.md."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        f"| {one.number} | {one.rows:,} | {one.raw_s * 1000:,.0f} | {one.endpoint_s * 1000:,.0f} | {one.ratio:.2f}x |"
        for one in queries
    ]
    machine += f", {datetime.now(UTC):%d %B %Y}"
    table = "\n".join(row.markdown() for row in rows)
    return HEAD.format(machine=machine, rows=table, times=times, queries="\n".join(lines))


def main(arguments: list[str] | None = None) -> int:
    """0 when everything was measured, whatever came out; 1 without a browser."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure less often")
    quick = parser.parse_args(arguments).quick
    times, few = (1, 1) if quick else (5, 3)
    chromium = browser.find()
    if chromium is None:
        print(browser.ADVICE, file=sys.stderr)
        return 1
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        queries = tpch.compare(tpch.generate(WORK / "tpch-sf1"), Path(folder) / "tpch", times)
        demo_s = portal.demo_from_nothing(Path(folder) / "demo", few)
        with launched(chromium) as started:
            figures = portal.measure(started, Path(folder) / "demo", few)
    ratio = tpch.mean_ratio(queries)
    first = Row("TPC-H SF1 on the endpoint against DuckDB, geometric mean", f"{ratio:.2f}x", "1.6x", ratio <= 1.6)
    RESULTS.write_text(report([first, *portal_rows(figures, demo_s)], queries, times))
    print(RESULTS.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
