"""The files of mesh_system: written in blocks, only what changed, whatever process wrote before."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.audit import Event
from mesh_core.domain.foundation import prepare_steps
from mesh_core.domain.intents import PrepareMesh, Teardown
from mesh_core.domain.names import SYSTEM, Naming
from mesh_core.domain.projection import after
from mesh_core.domain.system_tables import (
    BLOCK,
    PREFIX,
    definition,
    grant_lines,
    is_ready,
    request_lines,
    system_steps,
    tables,
)
from mesh_core.domain.world import Column, Database, FilterResource, Grant, TagResource, World
from mesh_core.services.ports import TableDefinition
from tests.builders import mesh_with, portal_on, steward
from tests.fakes import FakeAws

EVENT = Event("change", "apply", "sales-owner", "sales.orders", "started")
EMPTY = World(Naming("000000000000", "us-east-1"))


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def portal(aws: FakeAws) -> Portal:
    found = portal_on(aws)
    mesh_with(found, aws)
    return found


def files(aws: FakeAws) -> dict[str, int]:
    """Versions by name."""
    objects = aws.objects[aws.naming.control_bucket]
    return {key.removeprefix(PREFIX): len(some) for key, some in objects.items() if key.startswith(PREFIX)}


def seqs(aws: FakeAws) -> list[int]:
    """The events of all blocks in their order."""
    objects = aws.objects[aws.naming.control_bucket]
    blocks = sorted(key for key in objects if key.startswith(f"{PREFIX}audit/"))
    return [json.loads(line)["seq"] for key in blocks for line in objects[key][-1].decode().splitlines()]


def fill(portal: Portal, upto: int) -> None:
    while portal.audit.seal().seq < upto:
        portal.audit.record(EVENT)


def test_a_prepared_mesh_has_the_tables_and_is_prepared_once() -> None:
    made = after(EMPTY, prepare_steps(EMPTY))
    assert is_ready(made)
    assert tuple(prepare_steps(made)) == ()


def test_a_foreign_database_of_that_name_is_left_alone() -> None:
    taken = replace(EMPTY, databases=(Database(SYSTEM),))
    assert tuple(system_steps(taken)) == ()


def test_a_table_of_an_older_version_is_brought_up_to_this_one() -> None:
    made = after(EMPTY, prepare_steps(EMPTY))
    old = replace(made.table(SYSTEM, "audit"), columns=(Column("seq", "bigint"),))
    others = tuple(t for t in made.tables if t.name != "audit")
    (step,) = system_steps(replace(made, tables=(*others, old)))
    assert is_ready(after(made, (step,)))
    assert "hash" in after(made, (step,)).table(SYSTEM, "audit").column_names


def test_the_tables_are_json_lines() -> None:
    audit = json.loads(definition(tables(EMPTY.naming)[0]))
    assert audit["Parameters"]["classification"] == "json"
    assert "JsonSerDe" in audit["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"]


def test_a_full_block_is_written_once_and_the_last_one_as_often_as_it_grows(portal: Portal, aws: FakeAws) -> None:
    fill(portal, BLOCK - 1)
    portal.system.refresh()
    fill(portal, BLOCK + 1)
    portal.system.refresh()
    fill(portal, BLOCK + 2)
    portal.system.refresh()
    portal.system.refresh()
    assert files(aws)["audit/00000000.json"] == 2
    assert files(aws)["audit/00000001.json"] == 2
    assert seqs(aws) == list(range(1, BLOCK + 3))


def test_another_process_goes_on_where_the_last_one_stopped(portal: Portal, aws: FakeAws) -> None:
    fill(portal, BLOCK + 5)
    portal.system.refresh()
    again = portal_on(aws)
    fill(again, BLOCK + 7)
    again.system.refresh()
    assert files(aws)["audit/00000000.json"] == 1
    assert seqs(aws) == list(range(1, BLOCK + 8))


def test_what_did_not_change_is_not_written_again(portal: Portal, aws: FakeAws) -> None:
    portal.system.refresh()
    before = files(aws)
    portal.system.refresh()
    assert files(aws) == before


def test_a_mesh_that_is_begun_anew_has_only_its_own_events(portal: Portal, aws: FakeAws) -> None:
    fill(portal, BLOCK + 5)
    portal.system.refresh()
    portal.changes.apply_now(steward(portal), Teardown("mesh"))
    portal.changes.apply_now(steward(portal), PrepareMesh())
    portal.system.refresh()
    assert seqs(aws) == [one.seq for one in reversed(portal.audit.entries())]


def test_a_teardown_of_the_mesh_takes_the_tables_along(portal: Portal, aws: FakeAws) -> None:
    portal.system.refresh()
    portal.changes.apply_now(steward(portal), Teardown("mesh"))
    inventory, names = portal.teardowns.proof(Teardown("mesh"))
    assert (inventory.is_empty, names) == (True, ())
    assert (aws.tables, aws.databases) == ({}, {})


def test_a_table_that_somebody_else_put_there_stays_with_its_database(portal: Portal, aws: FakeAws) -> None:
    foreign = definition(replace(tables(aws.naming)[0], name="theirs"))
    aws.writers.catalog.create_table(SYSTEM, "theirs", _table(foreign))
    portal.changes.apply_now(steward(portal), Teardown("mesh"))
    assert set(aws.tables) == {(SYSTEM, "theirs")}


def _table(text: str) -> TableDefinition:
    return TableDefinition(text, ())


def test_grants_of_every_kind_are_told_in_words_and_in_columns() -> None:
    grants = (
        Grant("arn:aws:iam::1:role/a", FilterResource("sales", "orders", "oslo"), ("SELECT",)),
        Grant("arn:aws:iam::1:role/b", TagResource("pii", ("true",)), ("ASSOCIATE", "DESCRIBE"), ("ASSOCIATE",)),
    )
    lines = [json.loads(line) for line in grant_lines(replace(EMPTY, grants=grants)).splitlines()]
    assert [(one["principal"], one["permission"], one["grantable"], one["kind"]) for one in lines] == [
        ("a", "SELECT", False, "data cells filter"),
        ("b", "ASSOCIATE", True, "LF-tag"),
        ("b", "DESCRIBE", False, "LF-tag"),
    ]
    assert (lines[0]["table_name"], lines[1]["table_name"]) == ("orders", None)


def test_a_request_s_times_are_told_as_serdes_read_them() -> None:
    (line,) = request_lines([{"request_id": "r", "created_at": "2026-01-02T03:04:05+00:00", "until": ""}]).splitlines()
    found = json.loads(line)
    assert (found["created_at"], found["until"], found["state"]) == ("2026-01-02 03:04:05", None, None)
