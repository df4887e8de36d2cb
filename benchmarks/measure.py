"""Medians, geometric means, the memory of a process, and one row of the report."""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One line of the report: what, how much, and the goal, each in words."""

    what: str
    measured: str
    goal: str
    met: bool | None = None

    def markdown(self) -> str:
        """A row of a Markdown table."""
        verdict = {True: "yes", False: "**no**", None: ""}[self.met]
        return f"| {self.what} | {self.measured} | {self.goal} | {verdict} |"


def median_s(act: Callable[[], object], times: int) -> float:
    """Median duration of an act in seconds."""
    return statistics.median(once_s(act) for _ in range(times))


def once_s(act: Callable[[], object]) -> float:
    """Duration of an act in seconds."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def geometric_mean(numbers: Sequence[float]) -> float:
    """The mean for ratios."""
    return math.exp(sum(map(math.log, numbers)) / len(numbers))


def memory_bytes(pid: int) -> tuple[int, int]:
    """Resident memory of a process now and at its highest, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    now, highest = (int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return now, highest
