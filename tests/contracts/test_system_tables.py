"""The mesh's own records as tables: the steward reads what the portal knows, up to the last event; nobody else does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from mesh_core.bootstrap import Outside, Portal
from mesh_core.domain.intents import CreateDomain, CreatePersona, PrepareMesh
from mesh_core.domain.names import SYSTEM
from mesh_core.domain.system_tables import tables
from mesh_core.errors import QueryError
from tests.builders import steward


@pytest.fixture(scope="module")
def portal(local: tuple[Portal, Outside]) -> Portal:
    found = local[0]
    for intent in (PrepareMesh(), CreateDomain("records"), CreatePersona("analyst")):
        found.changes.apply_now(steward(found), intent)
    return found


def rows(portal: Portal, sql: str, role: str = "mesh-steward") -> list[dict[str, Any]]:
    who = portal.visitors.visitor(role)
    status, _ = portal.queries.run(who, sql, 1000)
    found: list[dict[str, Any]] = portal.queries.result(who, status.query_id).table.to_pylist()
    return found


def test_the_audit_table_holds_every_event_as_the_log_has_it(portal: Portal) -> None:
    portal.audit.flush()
    entries = portal.audit.entries()
    found = rows(portal, f"SELECT * FROM mesh_system.audit WHERE seq <= {entries[0].seq} ORDER BY seq DESC")
    assert [(one["seq"], one["hash"], one["actor"], one["subject"]) for one in found] == [
        (one.seq, one.hash, one.event.actor, one.event.subject) for one in entries
    ]
    assert found[0]["at"] == datetime.strptime(entries[0].at, "%Y-%m-%d %H:%M:%S.%f")


def test_a_query_sees_the_event_of_a_moment_ago(portal: Portal) -> None:
    for number in range(3):
        rows(portal, f"SELECT {number} AS moment")
        found = rows(
            portal, "SELECT statement, outcome FROM mesh_system.queries WHERE statement LIKE 'SELECT % AS moment'"
        )
        assert {(one["statement"], one["outcome"]) for one in found} == {
            (f"SELECT {done} AS moment", "succeeded") for done in range(number + 1)
        }


def test_every_grant_is_a_row_for_each_of_its_permissions(portal: Portal) -> None:
    world = portal.reading.world(0)
    wanted = {(g.principal, p) for g in world.grants for p in g.permissions}
    found = rows(portal, "SELECT principal_arn, permission FROM mesh_system.grants")
    assert {(one["principal_arn"], one["permission"]) for one in found} == wanted
    (mine,) = rows(
        portal,
        "SELECT kind, database_name, table_name, grantable FROM mesh_system.grants "
        "WHERE principal = 'records-owner' AND database_name = 'records' AND permission = 'SELECT'",
    )
    assert mine == {"kind": "table", "database_name": "records", "table_name": "*", "grantable": False}


def test_a_table_without_rows_answers_with_none(portal: Portal) -> None:
    assert rows(portal, "SELECT * FROM mesh_system.requests WHERE state = 'open'") == []


def test_nobody_but_the_steward_reads_them_or_is_shown_them(portal: Portal) -> None:
    for table in tables(portal.naming):
        with pytest.raises(QueryError):
            rows(portal, f"SELECT * FROM {table.full_name}", "analyst")
    analyst, who = portal.visitors.visitor("analyst"), steward(portal)
    assert SYSTEM not in [node.name for node in portal.queries.tree(analyst)]
    assert SYSTEM in [node.name for node in portal.queries.tree(who)]
    assert not portal.queries.check(analyst, "SELECT * FROM mesh_system.audit").is_allowed


def test_the_examples_about_the_records_run(portal: Portal) -> None:
    mine = [one for one in portal.queries.examples(steward(portal)) if "mesh_system" in one.sql]
    assert len(mine) == 2
    for one in mine:
        rows(portal, one.sql)
    assert not [one for one in portal.queries.examples(portal.visitors.visitor("analyst")) if "mesh_system" in one.sql]


def test_the_records_are_no_domain_and_no_product(portal: Portal) -> None:
    assert SYSTEM not in [one.name for one in portal.domains.all()]
    assert not [card for card in portal.catalog.cards(steward(portal)) if card.name.domain == SYSTEM]
    assert SYSTEM not in portal.tags.domains()
