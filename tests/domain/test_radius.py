"""What a change reaches: past queries decided again, views, open requests, and the grants that keep things so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.domain.access import effects
from mesh_core.domain.names import Naming
from mesh_core.domain.projection import after
from mesh_core.domain.radius import Query, Radius, radius
from mesh_core.domain.requests import Part, Request
from mesh_core.domain.steps import AssignTags, DeleteTable, GrantPermissions, RevokePermissions, Step
from mesh_core.domain.world import (
    Column,
    ColumnsResource,
    Database,
    ExpressionResource,
    Grant,
    Principal,
    Table,
    TableResource,
    Target,
    World,
)

NAMING = Naming("000000000000", "us-east-1")
ARN = NAMING.role_arn("analyst")
ORDERS = Table("sales", "orders", (Column("id", "bigint"), Column("email", "string")))
STORES = Table("sales", "stores", (Column("id", "bigint"),))
RECENT = Table("sales", "recent", (Column("id", "bigint"),), view_sql="SELECT id FROM sales.orders")
BY_TAG = Grant(ARN, ExpressionResource("TABLE", (("pii", ("false",)),)), ("SELECT",))
BY_NAME = Grant(ARN, ColumnsResource("sales", "orders", ("id",)), ("SELECT",))
WHOLE = Grant(ARN, TableResource("sales", "orders"), ("SELECT",))
NARROW = AssignTags(Target("sales", "orders"), {}, {"pii": "true"})
TODAY = "2026-03-01 12:00:00.000"


def world(*grants: Grant) -> World:
    return World(
        NAMING,
        (Database("sales"),),
        (ORDERS, STORES, RECENT),
        tags={"pii": ("false", "true")},
        assigned={Target("sales"): {"pii": "false"}},
        grants=grants,
        principals=(Principal("analyst", ARN),),
    )


def query(sql: str, role: str = "analyst", database: str = "") -> Query:
    return Query(role, sql, database, TODAY)


def of(before: World, *steps: Step, queries: tuple[Query, ...] = (), parts: tuple[Part, ...] = ()) -> Radius:
    then = after(before, steps)
    asked = [(Request("r1", "analyst", "why", parts, TODAY, TODAY), part) for part in parts]
    return radius(before, then, (steps, effects(before, then, (ARN,))), queries, asked)


def test_a_narrowed_tag_breaks_the_queries_that_read_the_table_and_no_others() -> None:
    asked = (query("SELECT id FROM sales.orders"), query("SELECT id FROM sales.stores"))
    found = of(world(BY_TAG), NARROW, queries=asked)
    assert [(one.query, one.becomes, one.reason) for one in found.queries] == [
        (asked[0], "fails", "sales.orders: id, email")
    ]
    assert found.looked_at == 1
    assert [one.lost for one in found.loses] == [("id", "email"), ("id",)]
    assert found.gains == ()


def test_a_query_through_a_view_breaks_with_what_the_view_reads() -> None:
    found = of(world(BY_TAG), NARROW, queries=(query("SELECT id FROM sales.recent"),))
    assert [one.becomes for one in found.queries] == ["fails"]
    assert found.views == (("sales.recent", "analyst"),)


def test_a_grant_makes_a_refused_query_succeed() -> None:
    found = of(world(), GrantPermissions(WHOLE), queries=(query("SELECT email FROM orders", database="sales"),))
    assert [(one.becomes, one.reason) for one in found.queries] == [("succeeds", "")]
    assert [one.gained for one in found.gains] == [("id", "email")]


@pytest.mark.parametrize("sql", ["DROP TABLE sales.orders", "SELECT FROM", "SELECT id FROM sales.gone"])
def test_a_query_that_can_not_be_decided_or_comes_out_the_same_is_left_out(sql: str) -> None:
    assert of(world(BY_TAG), NARROW, queries=(query(sql),)).queries == ()


def test_queries_of_others_come_out_the_same() -> None:
    found = of(world(), GrantPermissions(WHOLE), queries=(query("SELECT id FROM sales.orders", "newcomer"),))
    assert (found.queries, found.looked_at) == ((), 0)


@pytest.mark.parametrize(
    ("before", "step"),
    [
        pytest.param(world(BY_TAG), GrantPermissions(BY_NAME), id="given already"),
        pytest.param(world(BY_TAG, BY_NAME), RevokePermissions(BY_NAME), id="kept by another"),
    ],
)
def test_no_change_in_access_names_the_grant_that_gives_or_keeps_it(before: World, step: Step) -> None:
    found = of(before, step)
    assert found.effects == ()
    assert found.kept_by == ("analyst reads it of sales.orders by SELECT on every table with pii=false",)


def test_open_requests_that_become_impossible_or_needless_are_named() -> None:
    parts = (Part("sales.orders", "sales", ("email",)), Part("sales.stores", "sales", ("id",)))
    given = of(world(), GrantPermissions(WHOLE), parts=parts)
    assert [(one.table, one.becomes) for one in given.requests] == [("sales.orders", "needless")]
    gone = of(world(), DeleteTable("sales", "orders", "{}"), parts=parts)
    assert [(one.table, one.becomes) for one in gone.requests] == [("sales.orders", "breaks")]


def test_a_request_that_was_decided_is_not_needless() -> None:
    part = replace(Part("sales.orders", "sales", ("email",)), state="approved")
    assert of(world(), GrantPermissions(WHOLE), parts=(part,)).requests == ()
