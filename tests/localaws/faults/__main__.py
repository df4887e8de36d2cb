"""`python -m tests.localaws.faults`: kill cycles, with a report. Called by `make faults`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.localaws.faults import first_start
from tests.localaws.faults.cycle import Cycles


def main() -> int:
    """0 when nothing acknowledged was lost and nothing else was half there."""
    parser = argparse.ArgumentParser(prog="python -m tests.localaws.faults", description=__doc__)
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6, help="repeats the dice, not the clock")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        cycles = Cycles(Path(folder) / "state", options.seed)
        try:
            for _ in range(options.cycles):
                cycles.run()
                print(cycles.report.summary(), flush=True)
                if cycles.report.violations:
                    break
        finally:
            cycles.close()
    print(cycles.report.kinds())
    starts = list(first_start.outcomes(1))
    cycles.report.violations += [
        f"first start, killed at {event} {at}: {wrong}" for event, at, wrong in starts if wrong
    ]
    print(f"{len(starts)} first starts killed, and repeated by the next")
    for violation in cycles.report.violations:
        print(violation, file=sys.stderr)
    return 1 if cycles.report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
