"""`python -m mesh_core.demo`: load the demo mesh, with a line of progress a thing. MESH_DEMO=0 skips it."""

from __future__ import annotations

import argparse
import os
import sys
import time

from mesh_core.bootstrap import portal_from
from mesh_core.demo.load import Demo, Progress
from mesh_core.errors import MeshError
from mesh_core.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """0 when the demo mesh stands, 1 after a failure (said in one line)."""
    parser = argparse.ArgumentParser(prog="python -m mesh_core.demo", description=__doc__)
    parser.add_argument(
        "--only",
        choices=("all", "early", "late"),
        default="all",
        help="early: all but marketing.promotions (20.9 million rows); late: only that",
    )
    only = parser.parse_args(arguments).only
    try:
        return _load(only)
    except MeshError as error:
        print(f"The demo mesh could not be loaded: {error}", file=sys.stderr)
        return 1


def _load(only: str) -> int:
    if not Settings.from_env(os.environ).demo:
        print("The demo mesh is skipped (MESH_DEMO=0).")
        return 0
    started = time.perf_counter()
    portal = portal_from(os.environ)
    try:
        Demo(portal).load(_print, late=only != "early", early=only != "late")
    finally:
        portal.close()
    print(f"The demo mesh stands, after {time.perf_counter() - started:.1f} s.")
    return 0


def _print(done: Progress) -> None:
    print(f"[{done.at:2}/{done.total}] {done.words} ({done.seconds:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
