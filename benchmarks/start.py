"""From the start of the process to its first answer, and the memory of a process that has answered and waits.

Idle means settled: the first request is answered, what loads in the background has loaded, and the memory has not
changed for seconds. No query has run.
"""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import boto3

from benchmarks.big_lake import LARGE, ROLES, made_once
from benchmarks.endpoint import CONFIG, endpoint, free_port, process, root_session
from benchmarks.measure import Part, Room, Row, memory_bytes, milliseconds, proportional_bytes

START_GOAL_S, IDLE_GOAL_BYTES = 1.5, 120e6
QUIET_S, STEP_S, SLACK_BYTES = 3.0, 0.25, 512 * 1024
TEXT = """## Start and idle memory

From the start of the process to its signed answer to GetCallerIdentity, median of {starts} starts. Idle memory is that
of a process that has answered and has finished its background work, before its first query.

| what | empty folder | {tables:,} tables, {grants:,} grants |
|---|---|---|
| first answer, to the root | {empty_s} | {full_s} |
| first answer, to a role | | {role_s} |
| idle memory, resident | {empty_mb:,.0f} MB | {full_mb:,.0f} MB |
| idle memory, shared pages counted by share | {empty_share_mb:,.0f} MB | {full_share_mb:,.0f} MB |"""


@dataclass(frozen=True)
class Figures:
    """Medians of the first answer in seconds; idle memory in bytes: resident, and by share (PSS)."""

    empty_s: float
    full_s: float
    role_s: float
    empty_bytes: tuple[int, int]
    full_bytes: tuple[int, int]


def run(room: Room) -> Part:
    """The part of the report."""
    starts, empty, full = room.rounds(5), room.fresh("empty"), made_once(room, LARGE)
    with endpoint(empty):
        pass  # makes the key
    with endpoint(full) as running:
        role = running.assumed(ROLES[0])
    found = Figures(
        _first_answer_s(empty, root_session(empty), starts),
        _first_answer_s(full, root_session(full), starts),
        _first_answer_s(full, role, starts),
        _idle_bytes(empty),
        _idle_bytes(full),
    )
    return Part(rows(found), text(starts, found))


def rows(found: Figures) -> list[Row]:
    """The two goals: the slowest start, the largest idle process."""
    start_s, idle_bytes = max(found.empty_s, found.full_s, found.role_s), max(found.empty_bytes[0], found.full_bytes[0])
    measured = f"{start_s:.2f} s (empty folder: {found.empty_s:.2f} s)"
    idle = f"{idle_bytes / 1e6:,.0f} MB"
    return [
        Row("First answer after the start, also with 10,000 tables", measured, "1.5 s", start_s <= START_GOAL_S),
        Row("Idle memory of the endpoint before its first query", idle, "120 MB", idle_bytes <= IDLE_GOAL_BYTES),
    ]


def text(starts: int, found: Figures) -> str:
    """The section of the report."""
    times = {name: milliseconds(getattr(found, name)) for name in ("empty_s", "full_s", "role_s")}
    memory = {"empty_mb": found.empty_bytes[0], "empty_share_mb": found.empty_bytes[1]}
    memory |= {"full_mb": found.full_bytes[0], "full_share_mb": found.full_bytes[1]}
    sizes = {name: size / 1e6 for name, size in memory.items()}
    return TEXT.format(starts=starts, tables=LARGE.tables, grants=LARGE.grants, **times, **sizes)


def _first_answer_s(folder: Path, session: boto3.Session, starts: int) -> float:
    return statistics.median(_answered_s(folder, session) for _ in range(starts))


def _answered_s(folder: Path, session: boto3.Session) -> float:
    """Seconds from the start of the process; the client is made before, and knows the port."""
    port = free_port()
    client = session.client("sts", endpoint_url=f"http://127.0.0.1:{port}", config=CONFIG)
    began = time.perf_counter()
    with process(folder, "--port", str(port)):
        client.get_caller_identity()
        return time.perf_counter() - began


def _idle_bytes(folder: Path) -> tuple[int, int]:
    """Resident memory, and the same by share, once neither has moved for seconds after the first answer."""
    with endpoint(folder) as running:
        running.client("sts").get_caller_identity()
        settled, since = memory_bytes(running.pid)[0], time.monotonic()
        while time.monotonic() - since < QUIET_S:
            time.sleep(STEP_S)
            found = memory_bytes(running.pid)[0]
            if abs(found - settled) > SLACK_BYTES:
                settled, since = found, time.monotonic()
        return memory_bytes(running.pid)[0], proportional_bytes(running.pid)
