"""Medians, geometric means, the memory of a process, and what one part of the report consists of."""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One line of the report: what, how much, and the goal, each in words. `met` None: there is no goal."""

    what: str
    measured: str
    goal: str
    met: bool | None = None

    def markdown(self) -> str:
        """A row of a Markdown table."""
        verdict = {True: "yes", False: "**no**", None: ""}[self.met]
        return f"| {self.what} | {self.measured} | {self.goal} | {verdict} |"


@dataclass(frozen=True)
class Part:
    """What one part of the run gives: its rows of the table of goals, and a section of its own ("" for none)."""

    rows: list[Row] = field(default_factory=list)
    text: str = ""


@dataclass(frozen=True)
class Room:
    """Where a part works: `kept` survives the run (data, environments), `temp` does not. `quick`: less often."""

    kept: Path
    temp: Path
    quick: bool = False

    def rounds(self, times: int) -> int:
        """How often to measure."""
        return max(1, times // 5) if self.quick else times

    def fresh(self, name: str) -> Path:
        """A path in `temp` that nothing lies at."""
        path = self.temp / name
        assert not path.exists(), path
        return path


def median_s(act: Callable[[], object], times: int) -> float:
    """Median duration of an act in seconds."""
    return statistics.median(once_s(act) for _ in range(times))


def once_s(act: Callable[[], object]) -> float:
    """Duration of an act in seconds."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def in_turns_s(acts: Sequence[Callable[[], object]], times: int) -> list[float]:
    """Median seconds of each of several acts, done turn by turn: what slows the machine for a while slows them all."""
    rounds = [[once_s(act) for act in acts] for _ in range(times)]
    return [statistics.median(each) for each in zip(*rounds, strict=True)]


def geometric_mean(numbers: Sequence[float]) -> float:
    """The mean for ratios."""
    return math.exp(sum(map(math.log, numbers)) / len(numbers))


def percentile(numbers: Sequence[float], percent: float) -> float:
    """The smallest number that at least `percent` of all do not exceed."""
    ordered = sorted(numbers)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def milliseconds(seconds: float) -> str:
    """For people: "0.32 ms", "3.2 ms", "32 ms"."""
    ms = seconds * 1000
    return f"{ms:.2f} ms" if ms < 1 else f"{ms:.1f} ms" if ms < 10 else f"{ms:,.0f} ms"


def memory_bytes(pid: int) -> tuple[int, int]:
    """Resident memory of a process now and at its highest, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    now, highest = (int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return now, highest


def proportional_bytes(pid: int) -> int:
    """Memory of a process in bytes, of pages that it shares with others only its share (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
