"""A reading of the world is kept for a while, given once more while another is made, and forgotten after a change."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from mesh_core.domain.intents import CreateDomain
from mesh_core.domain.world import Table, Target
from mesh_core.services.reading import MAX_AGE_S, Reading
from tests.builders import mesh_with, portal_on, steward
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


def _counting(aws: FakeAws, clock: _Clock, read: list[str], cost_s: float = 0.0) -> Reading:
    """A reading that notes which domain's tables it asks for, on a clock that each of them takes `cost_s` of."""
    readers = aws.readers

    class Catalog:
        """The account's, with notes."""

        databases = readers.catalog.databases

        def tables(self, database: str) -> tuple[Table, ...]:
            if database != "mesh_system":
                read.append(database)
                clock.now_s += cost_s
            return readers.catalog.tables(database)

    return Reading(replace(readers, catalog=Catalog()), aws.naming, clock, grace_s=60)  # type: ignore[arg-type]


def test_a_change_of_one_domain_reads_only_that_one_afresh(aws: FakeAws, clock: _Clock) -> None:
    portal = portal_on(aws)
    portal.changes.apply_now(steward(portal), CreateDomain("crm"))
    read: list[str] = []
    reading = _counting(aws, clock, read)
    whole = reading.world()
    assert read == ["crm", "sales"]
    aws.assigned[Target("crm")] = {"pii": "true"}
    fresh = reading.fresh(frozenset({"crm"}))
    assert read == ["crm", "sales", "crm"]
    assert fresh.assigned[Target("crm")] == {"pii": "true"}
    assert fresh.assigned[Target("sales")] == whole.assigned[Target("sales")]


def test_after_a_change_the_other_domains_are_taken_as_they_were(aws: FakeAws, clock: _Clock) -> None:
    portal = portal_on(aws)
    portal.changes.apply_now(steward(portal), CreateDomain("crm"))
    read: list[str] = []
    reading = _counting(aws, clock, read)
    reading.world()
    reading.forget(frozenset({"sales"}))
    reading.world()
    assert read == ["crm", "sales", "sales"]
    reading.forget()
    reading.world()
    assert read[3:] == ["crm", "sales"]


def test_other_domains_are_not_taken_for_what_they_were_for_longer_than_the_grace_time(
    aws: FakeAws, clock: _Clock
) -> None:
    read: list[str] = []
    reading = _counting(aws, clock, read)
    reading.world()
    clock.now_s = 60
    reading.fresh(frozenset())
    assert read == ["sales", "sales"]


def test_a_mesh_that_takes_long_to_read_is_read_again_less_often(aws: FakeAws, clock: _Clock) -> None:
    read: list[str] = []
    reading = _counting(aws, clock, read, cost_s=2)
    first = reading.world()
    clock.now_s += 15
    _drop_sales(aws)
    assert reading.world() is first and read == ["sales"]
    assert not reading.world(max_age_s=0).has_database("sales")
