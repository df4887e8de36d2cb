"""`python -m benchmarks [PART ...]`: measure, and say which goals are met. Called by `make bench`.

Without names every part runs and benchmarks/RESULTS.md is written; with names only those run, and what they found is
printed. --quick measures less often (and writes nothing either). Data and other programs' environments are made once,
in build/bench.
"""

import argparse
import importlib
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Part, Room
from scripts.portal_process import ROOT

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
WORK = ROOT / "build" / "bench"
PARTS = ("tpch", "one_row", "catalog", "grants", "start", "crowd", "portal", "governance", "peers")
HEAD = """# Benchmarks

Written by `make bench`, all in one run; every figure that is measured more than once is a median. A ratio compares two
things in this very run, so it holds on other machines too; seconds hold for this one: {machine}.

| what | measured | goal | met |
|---|---|---|---|
{rows}
"""


def report(parts: Sequence[Part], machine: str) -> str:
    """The whole of RESULTS.md: the goals of all parts in one table, then a section for each part that has one."""
    rows = "\n".join(row.markdown() for part in parts for row in part.rows)
    sections = [part.text for part in parts if part.text]
    return "\n".join([HEAD.format(machine=machine, rows=rows), *(f"{section}\n" for section in sections)])


def machine() -> str:
    """What this run ran on, and how busy that was."""
    load = "/".join(f"{each:.1f}" for each in os.getloadavg())
    named = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{named}, {datetime.now(UTC):%d %B %Y}, load {load}"


def main(arguments: list[str] | None = None) -> int:
    """0 when everything was measured, whatever came out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}; all of them if none is named"
    )
    parser.add_argument("--quick", action="store_true", help="measure less often")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    WORK.mkdir(parents=True, exist_ok=True)
    where = machine()
    with tempfile.TemporaryDirectory(dir=WORK) as temp:
        room = Room(WORK, Path(temp), options.quick)
        found = [_run(name, room) for name in options.parts or PARTS]
    written = report(found, where)
    if not options.parts and not options.quick:
        RESULTS.write_text(written)
    print(written)
    return 0


def _run(name: str, room: Room) -> Part:
    print(f"{name} ...", file=sys.stderr, flush=True)
    part: Part = importlib.import_module(f"benchmarks.{name}").run(room)
    for row in part.rows:
        print(f"  {row.what}: {row.measured}", file=sys.stderr, flush=True)
    return part


if __name__ == "__main__":
    sys.exit(main())
