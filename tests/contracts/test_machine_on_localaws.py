"""The machine on the real endpoint: a publication and a teardown killed at every step, resumed and undone."""

from __future__ import annotations

import secrets
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from mesh_core.bootstrap import Outside, Portal
from mesh_core.domain.intents import CreateDomain, Draft, PrepareMesh, PublishProduct, Teardown
from mesh_core.domain.plan import Plan
from mesh_core.services.apply import Apply
from mesh_core.services.journal import JobRecord, Journal
from mesh_core.services.ports import Writers
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
def writers(local: tuple[Portal, Outside]) -> tuple[Portal, Writers]:
    """A portal with the domain sales, and its writers."""
    portal, outside = local
    for intent in (PrepareMesh(), CreateDomain("sales", "Sales")):
        portal.changes.apply_now(steward(portal), intent)
    return portal, outside.writers


@pytest.fixture(scope="module")
def staged(writers: tuple[Portal, Writers], tmp_path_factory: pytest.TempPathFactory) -> Draft:
    """A draft of sales.orders with two rows."""
    path = tmp_path_factory.mktemp("data") / "orders.parquet"
    parquet.write_table(pyarrow.table({"id": [1, 2], "email": ["a@example.com", "b@example.com"]}), path)
    return writers[0].drafts.stage("d", draft(files=()), path, 2)


def _seen(portal: Portal, writers: Writers) -> tuple[Any, ...]:
    """What can be compared of the domain: tables, tags, grants, vocabulary, objects with their sizes."""
    governance, tables = writers.governance, writers.catalog.tables("sales")
    grants = {(g.principal, g.resource, g.permissions) for g in governance.grants()}
    keys = tuple((one.key, one.size_bytes) for one in writers.storage.objects(portal.naming.bucket("sales")))
    return tables, dict(governance.assigned(tables, ["sales"])), grants, governance.tags(), keys


def _kill_at(portal: Portal, writers: Writers, plan: Plan, position: int) -> tuple[Apply, JobRecord]:
    """A job that died in front of a step, as a new process finds it."""
    journal, job = Journal(writers.storage, portal.naming), f"job-{secrets.token_hex(4)}"
    life = [position]
    mortal = Writers(
        *(_Mortal(w, life) for w in (writers.catalog, writers.governance, writers.storage, writers.people))
    )
    dying = Apply(mortal, journal, lambda: NOW)
    with pytest.raises(_Killed):
        dying.run(dying.begin(job, plan, "mesh-steward"))
    found = journal.read(job)
    assert found is not None
    return Apply(writers, journal, lambda: NOW), found


def _whole(apply: Apply, plan: Plan) -> JobRecord:
    """Run a plan undisturbed, without reading the world again."""
    return apply.run(apply.begin(f"job-{secrets.token_hex(4)}", plan, "mesh-steward"))


def test_a_publication_killed_before_any_step_ends_as_an_undisturbed_one_and_can_be_undone(
    writers: tuple[Portal, Writers], staged: Draft
) -> None:
    portal, ports = writers
    plan = portal.changes.preview(steward(portal), PublishProduct(staged))
    apply = Apply(ports, Journal(ports.storage, portal.naming), lambda: NOW)
    before = _seen(*writers)
    done = _whole(apply, plan)
    end = _seen(*writers)
    apply.undo(done)
    for position in range(len(plan.steps)):
        apply, record = _kill_at(portal, ports, plan, position)
        apply.undo(record)
        assert _seen(*writers) == before, f"killed before step {position + 1} and undone"
        apply, record = _kill_at(portal, ports, plan, position)
        done = apply.run(record)
        assert _seen(*writers) == end, f"killed before step {position + 1} and resumed"
        apply.undo(done)


def test_a_teardown_killed_before_any_step_ends_as_an_undisturbed_one_or_as_if_it_never_was(
    writers: tuple[Portal, Writers], staged: Draft
) -> None:
    portal, ports = writers
    gone = _seen(*writers)
    publication = portal.changes.preview(steward(portal), PublishProduct(staged))
    apply = Apply(ports, Journal(ports.storage, portal.naming), lambda: NOW)
    _whole(apply, publication)
    whole = _seen(*writers)
    portal.reading.forget()
    plan = portal.changes.preview(steward(portal), Teardown("product", "sales.orders"))
    for position in range(len(plan.steps)):
        apply, record = _kill_at(portal, ports, plan, position)
        if position < len(plan.steps) - 1:
            apply.undo(record)
            assert _seen(*writers) == whole, f"killed before step {position + 1} and undone"
            apply, record = _kill_at(portal, ports, plan, position)
        apply.run(record)
        assert _seen(*writers) == gone, f"killed before step {position + 1} and resumed"
        _whole(apply, publication)
    _whole(apply, plan)
