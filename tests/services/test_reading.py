"""A reading of the world is kept for a while, given once more while another is made, and forgotten after a change."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from mesh_core.services.reading import MAX_AGE_S, Reading
from tests.builders import mesh_with, portal_on
from tests.fakes import FakeAws


class _Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def aws() -> FakeAws:
    aws = FakeAws()
    mesh_with(portal_on(aws), aws)
    return aws


def _reading(aws: FakeAws, clock: _Clock, grace_s: float = 0.0) -> Reading:
    return Reading(aws.readers, aws.naming, clock, grace_s)


def _drop_sales(aws: FakeAws) -> None:
    del aws.databases["sales"]


def test_a_young_reading_is_given_again(aws: FakeAws, clock: _Clock) -> None:
    reading = _reading(aws, clock)
    first = reading.world()
    _drop_sales(aws)
    clock.now_s = MAX_AGE_S - 0.1
    assert reading.world() is first


def test_an_old_reading_is_made_anew(aws: FakeAws, clock: _Clock) -> None:
    reading = _reading(aws, clock)
    reading.world()
    _drop_sales(aws)
    clock.now_s = MAX_AGE_S
    assert not reading.world().has_database("sales")


def test_a_change_of_ours_is_seen_at_once(aws: FakeAws, clock: _Clock) -> None:
    reading = _reading(aws, clock, grace_s=60)
    reading.world()
    _drop_sales(aws)
    reading.forget()
    assert not reading.world().has_database("sales")


def test_equal_readings_are_one_object(aws: FakeAws, clock: _Clock) -> None:
    reading = _reading(aws, clock)
    first = reading.world()
    assert reading.world(max_age_s=0) is first


def test_within_the_grace_time_nobody_waits_and_the_next_reading_is_fresh(aws: FakeAws, clock: _Clock) -> None:
    reading = _reading(aws, clock, grace_s=60)
    first = reading.world()
    _drop_sales(aws)
    clock.now_s = MAX_AGE_S + 1
    assert reading.world() is first
    for thread in [t for t in threading.enumerate() if t.name == "reading"]:
        thread.join(10)
    assert not reading.world().has_database("sales")


def test_after_the_grace_time_a_reading_is_waited_for(aws: FakeAws, clock: _Clock) -> None:
    reading = _reading(aws, clock, grace_s=60)
    reading.world()
    _drop_sales(aws)
    clock.now_s = MAX_AGE_S + 61
    assert not reading.world().has_database("sales")


def test_a_reading_that_was_under_way_when_the_world_changed_is_not_kept(aws: FakeAws, clock: _Clock) -> None:
    readers = aws.readers

    class Catalog:
        """Somebody drops the domain just after the databases were read."""

        def databases(self) -> object:
            found = readers.catalog.databases()
            if "sales" in aws.databases:
                _drop_sales(aws)
                reading.forget()
            return found

        def tables(self, _database: str) -> tuple[()]:
            return ()

    reading = Reading(replace(readers, catalog=Catalog()), aws.naming, clock)  # type: ignore[arg-type]
    assert reading.world().has_database("sales")
    assert not reading.world().has_database("sales")
