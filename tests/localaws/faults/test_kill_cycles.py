"""A few kill cycles, and proof that their oracle sees what is wrong. `make faults` runs fifty."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.localaws.faults.cycle import Cycles
from tests.localaws.faults.requests import Change, Seen, gone, now, versus
from tests.localaws.faults.writer import UnderWay, judged

SEED = 7
A, B = ("thing", "a"), ("thing", "b")


@pytest.fixture
def cycles(tmp_path: Path) -> Iterator[Cycles]:
    made = Cycles(tmp_path / "state", SEED)
    yield made
    made.close()


def test_nothing_acknowledged_is_lost_and_nothing_else_is_half_there(cycles: Cycles) -> None:
    for moment in ("statement", "start", "checkpoint"):
        cycles.run(moment)
        assert cycles.report.violations == []
    assert sum(cycles.report.counts.values()) > 5 and cycles.report.looked_at > 10  # few on a busy machine


def test_a_first_start_that_is_killed_is_repeated_by_the_next(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.localaws.faults.first_start", "4"]
    ended = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, check=True)
    outcomes = json.loads(ended.stdout)
    assert {event for event, _, _ in outcomes} == {"commit", "fsync", "replace"}
    assert [one for one in outcomes if one[2]] == []


def under_way(answered: bool = False, atomic: bool = True) -> UnderWay:
    """A change that makes `a` to 1 and takes `b` away."""
    effects = {A: now(lambda after: after == 1), B: gone}
    change = Change("Change", lambda: None, effects, atomic)
    return UnderWay(change, dict(effects), {A: None, B: 5}, answered=answered)


@pytest.mark.parametrize(
    ("way", "settled", "a", "b", "is_wrong"),
    [
        pytest.param(under_way(True), True, 1, None, False, id="answered, and there"),
        pytest.param(under_way(True), True, None, 5, True, id="answered, and lost"),
        pytest.param(under_way(True), True, 1, 5, True, id="answered, and half there"),
        pytest.param(under_way(True), True, 2, None, True, id="answered, and something else is there"),
        pytest.param(under_way(), None, 1, None, False, id="not answered, and there"),
        pytest.param(under_way(), None, None, 5, False, id="not answered, and not there"),
        pytest.param(under_way(), None, 1, 5, True, id="not answered, and half there"),
        pytest.param(under_way(), None, None, None, True, id="not answered, and the other half there"),
        pytest.param(under_way(), None, 2, None, True, id="not answered, and something else is there"),
        pytest.param(under_way(atomic=False), None, 1, 5, False, id="one by one, and one of them there"),
        pytest.param(under_way(atomic=False), None, 2, 5, True, id="one by one, and something else is there"),
        pytest.param(under_way(), True, None, 5, True, id="recorded as a success, and not there"),
        pytest.param(under_way(), False, 1, None, True, id="recorded as a failure, and there"),
        pytest.param(under_way(), False, None, 5, False, id="recorded as a failure, and not there"),
    ],
)
def test_the_oracle_knows_what_may_be_after_a_kill(
    way: UnderWay, settled: bool | None, a: Seen, b: Seen, is_wrong: bool
) -> None:
    assert bool(judged(way, {A: a, B: b}, settled)) == is_wrong


def test_a_thing_without_the_part_that_an_effect_reads_is_wrong() -> None:
    effect: Any = versus(lambda before, after: after["versions"] == before["versions"])
    way = UnderWay(Change("Change", lambda: None, {A: effect}), {A: effect}, {A: {"versions": 1}}, answered=True)
    assert judged(way, {A: None}, True) and judged(way, {A: {}}, True)
