"""The machine on the real endpoint: a publication and a teardown killed at every step, resumed and undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from mesh_core.bootstrap import Portal, assemble, outside_of, target_of
from mesh_core.domain.intents import CreateDomain, Draft, Intent, PrepareMesh, PublishProduct, Teardown
from mesh_core.domain.plan import Plan
from mesh_core.errors import MeshError
from mesh_core.services.apply import Apply
from mesh_core.services.journal import Journal
from mesh_core.services.ports import Writers
from mesh_core.settings import Settings
from tests.builders import draft, steward
from tests.fakes import NOW


class _Killed(BaseException):
    """The process dies: nothing after it runs."""


class _Mortal:
    """A writer that dies in front of its n-th change; the journal is written all the same."""

    def __init__(self, writer: Any, life: list[int]) -> None:
        self._writer, self._life = writer, life

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._writer, name)

        def call(*arguments: Any) -> Any:
            is_change = not name.startswith(("get_", "table", "database", "objects", "buckets", "listing", "tags"))
            if is_change and not (name == "put_text" and arguments[1].startswith("jobs/")):
                if self._life[0] == 0:
                    raise _Killed
                self._life[0] -= 1
            return method(*arguments)

        return call


@pytest.fixture(scope="module")
def writers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Portal, Writers]]:
    """A portal with the domain sales on an endpoint of its own, and its writers."""
    settings = Settings(home=tmp_path_factory.mktemp("mesh"))
    target, endpoint = target_of(settings)
    reached = outside_of(target, endpoint)
    portal = assemble(settings, reached.naming, reached.outside)
    for intent in (PrepareMesh(), CreateDomain("sales", "Sales")):
        portal.changes.apply_now(steward(portal), intent)
    yield portal, reached.outside.writers
    portal.close()


@pytest.fixture(scope="module")
def staged(writers: tuple[Portal, Writers], tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """A draft of sales.orders with two rows."""
    path = tmp_path_factory.mktemp("data") / "orders.parquet"
    parquet.write_table(pyarrow.table({"id": [1, 2], "email": ["a@example.com", "b@example.com"]}), path)
    return writers[0].drafts.stage("d", draft(files=()), path, 2)


def _seen(portal: Portal) -> tuple[Any, ...]:
    """What can be compared of the world and of the domain's bucket."""
    portal.reading.forget()
    world = portal.reading.world()
    bucket = portal.naming.bucket("sales")
    keys = tuple((one.key, one.size_bytes) for one in portal.storage.objects(bucket))
    grants = {(g.principal, g.resource, g.permissions) for g in world.grants}
    return world.tables, {t: dict(own) for t, own in world.assigned.items()}, grants, world.tags, keys


def _kill_at(portal: Portal, writers: Writers, plan: Plan, position: int) -> tuple[Apply, str]:
    journal = Journal(writers.storage, portal.naming)
    life = [position]
    mortal = Writers(
        *(_Mortal(w, life) for w in (writers.catalog, writers.governance, writers.storage, writers.people))
    )
    job = f"job-{plan.subject}-{position}"
    dying = Apply(mortal, journal, lambda: NOW)
    with pytest.raises(_Killed):
        dying.run(dying.begin(job, plan, "mesh-steward"))
    return Apply(writers, journal, lambda: NOW), job


def _read(apply: Apply, portal: Portal, writers: Writers, job: str) -> Any:
    record = Journal(writers.storage, portal.naming).read(job)
    assert record is not None
    return record


@pytest.mark.parametrize("way", ["resume", "undo"])
def test_a_publication_killed_before_any_step_ends_as_an_undisturbed_one_or_as_if_it_never_was(
    writers: tuple[Portal, Writers], staged: Draft, way: str
) -> None:
    portal, ports = writers
    intent = PublishProduct(staged)
    before = _seen(portal)
    portal.changes.apply_now(steward(portal), intent)
    end = _seen(portal)
    _remove(portal)
    plan = portal.changes.preview(steward(portal), intent)
    for position in range(len(plan.steps)):
        apply, job = _kill_at(portal, ports, plan, position)
        record = _read(apply, portal, ports, job)
        if way == "resume":
            apply.run(record)
            assert _seen(portal) == end, f"killed before step {position + 1}"
            _remove(portal)
        else:
            apply.undo(record)
            assert _seen(portal) == before, f"killed before step {position + 1}"


@pytest.mark.parametrize("way", ["resume", "undo"])
def test_a_teardown_killed_before_any_step_ends_as_an_undisturbed_one_or_as_if_it_never_was(
    writers: tuple[Portal, Writers], staged: Draft, way: str
) -> None:
    portal, ports = writers
    gone = _seen(portal)
    intent: Intent = Teardown("product", "sales.orders")
    portal.changes.apply_now(steward(portal), PublishProduct(staged))
    whole = _seen(portal)
    plan = portal.changes.preview(steward(portal), intent)
    for position in range(len(plan.steps)):
        apply, job = _kill_at(portal, ports, plan, position)
        record = _read(apply, portal, ports, job)
        if way == "undo" and position < len(plan.steps) - 1:
            apply.undo(record)
            assert _seen(portal) == whole, f"killed before step {position + 1}"
        else:
            apply.run(record)
            assert _seen(portal) == gone, f"killed before step {position + 1}"
            portal.changes.apply_now(steward(portal), PublishProduct(staged))
    _remove(portal)


def _remove(portal: Portal) -> None:
    try:
        portal.changes.apply_now(steward(portal), Teardown("product", "sales.orders"))
    except MeshError as error:
        pytest.fail(f"the product could not be removed between two runs: {error}")
