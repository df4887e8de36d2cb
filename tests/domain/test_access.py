"""The portal's own decision who may read what, as tables of cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.domain.access import decide, effects
from mesh_core.domain.names import Naming
from mesh_core.domain.projection import after
from mesh_core.domain.steps import AssignTags, GrantPermissions, RevokePermissions
from mesh_core.domain.world import (
    IAM_ALLOWED,
    Column,
    ColumnsResource,
    DatabaseResource,
    DataFilter,
    ExpressionResource,
    FilterResource,
    Grant,
    Table,
    TableResource,
    Target,
    World,
)

NAMING = Naming("000000000000", "us-east-1")
ANA = NAMING.role_arn("analyst")
ORDERS = Table("sales", "orders", (Column("id", "bigint"), Column("email", "string")), (Column("day", "date"),))
OPEN = (("pii", ("false",)),)
SELECT, ALL = ("SELECT",), ("ALL",)


def _view(sql: str) -> Table:
    return Table("insights", "v", (Column("id", "bigint"),), view_sql=sql)


def _world(*grants: Grant, **changes: object) -> World:
    world = World(
        NAMING,
        tables=(ORDERS,),
        tags={"pii": ("true", "false"), "domain": ("sales", "hr")},
        assigned={
            Target("sales"): {"pii": "false", "domain": "sales"},
            Target("sales", "orders", "email"): {"pii": "true"},
        },
        grants=grants,
    )
    return replace(world, **changes)  # type: ignore[arg-type]


def _to_ana(resource: object, permissions: tuple[str, ...] = SELECT) -> Grant:
    return Grant(ANA, resource, permissions)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("grants", "columns"),
    [
        pytest.param((), (), id="no grant, no column"),
        pytest.param((_to_ana(TableResource("sales", "orders")),), ("id", "email", "day"), id="the table by name"),
        pytest.param((_to_ana(TableResource("sales", "*")),), ("id", "email", "day"), id="all tables of the database"),
        pytest.param((_to_ana(TableResource("sales", "orders"), ALL),), ("id", "email", "day"), id="ALL reads too"),
        pytest.param((_to_ana(TableResource("sales", "orders"), ("DESCRIBE",)),), (), id="DESCRIBE reads nothing"),
        pytest.param((_to_ana(TableResource("sales", "orders"), ("INSERT",)),), (), id="INSERT reads nothing"),
        pytest.param((_to_ana(DatabaseResource("sales"), ("DESCRIBE", "CREATE_TABLE")),), (), id="the database alone"),
        pytest.param((_to_ana(ColumnsResource("sales", "orders", ("day", "id"))),), ("id", "day"), id="named columns"),
        pytest.param(
            (_to_ana(ColumnsResource("sales", "orders", (), ("email",))),), ("id", "day"), id="all but excluded columns"
        ),
        pytest.param((_to_ana(ExpressionResource("TABLE", OPEN)),), ("id", "day"), id="by tag, column by column"),
        pytest.param(
            (_to_ana(ExpressionResource("TABLE", (*OPEN, ("domain", ("hr",))))),), (), id="every key must match"
        ),
        pytest.param(
            (_to_ana(ExpressionResource("TABLE", (("domain", ("hr", "sales")),))),),
            ("id", "email", "day"),
            id="any value of a key does",
        ),
        pytest.param(
            (_to_ana(ExpressionResource("TABLE", (("team", ("a",)),))),), (), id="a key that is not set never matches"
        ),
        pytest.param((_to_ana(ExpressionResource("DATABASE", OPEN), ("DESCRIBE",)),), (), id="a database expression"),
        pytest.param(
            (_to_ana(ExpressionResource("TABLE", OPEN)), _to_ana(ColumnsResource("sales", "orders", ("email",)))),
            ("id", "email", "day"),
            id="grants add up",
        ),
        pytest.param(
            (Grant("000000000000:IAMPrincipals", TableResource("sales", "orders"), SELECT),),
            ("id", "email", "day"),
            id="everybody of the account",
        ),
        pytest.param(
            (Grant(NAMING.role_arn("other"), TableResource("sales", "orders"), SELECT),), (), id="somebody else's grant"
        ),
        pytest.param((_to_ana(TableResource("hr", "orders")),), (), id="another database's table of that name"),
    ],
)
def test_readable_columns_follow_from_the_grants(grants: tuple[Grant, ...], columns: tuple[str, ...]) -> None:
    verdict = decide(_world(*grants), ANA, ORDERS)
    assert verdict.columns == columns
    assert set(verdict.denied) == set(ORDERS.column_names) - set(columns)


def test_where_iam_decides_everything_is_readable_and_said_to_be_open() -> None:
    verdict = decide(_world(Grant(IAM_ALLOWED, TableResource("sales", "orders"), ALL)), ANA, ORDERS)
    assert verdict.open_to_iam and verdict.amount == "all"


def test_an_administrator_reads_nothing_without_a_grant() -> None:
    assert decide(_world(administrators=(ANA,)), ANA, ORDERS).amount == "none"


def test_a_denied_column_says_which_tag_keeps_the_nearest_grant_from_it() -> None:
    verdict = decide(_world(_to_ana(ExpressionResource("TABLE", OPEN))), ANA, ORDERS)
    assert verdict.denied["email"] == "the grant on every table with pii=false doesn't reach it: pii is true, not false"


@pytest.mark.parametrize(
    ("one", "amount", "filters"),
    [
        pytest.param(DataFilter("sales", "orders", "eu", (), (), "id > 1"), "part", ("eu",), id="rows are narrowed"),
        pytest.param(DataFilter("sales", "orders", "eu"), "all", (), id="a filter that keeps every row"),
        pytest.param(DataFilter("sales", "orders", "eu", ("id",)), "part", (), id="a filter of columns"),
    ],
)
def test_a_data_cells_filter_opens_part_of_the_table(one: DataFilter, amount: str, filters: tuple[str, ...]) -> None:
    world = _world(_to_ana(FilterResource("sales", "orders", "eu")), filters=(one,))
    verdict = decide(world, ANA, ORDERS)
    assert (verdict.amount, verdict.filters) == (amount, filters)


@pytest.mark.parametrize(
    ("sql", "base_grant", "amount"),
    [
        pytest.param("SELECT id FROM sales.orders", ("id",), "all", id="reads what the reader may read"),
        pytest.param("SELECT email FROM sales.orders", ("id",), "none", id="reads a column that he may not"),
        pytest.param("SELECT id FROM sales.orders WHERE email = 'x'", ("id",), "none", id="filters by such a column"),
        pytest.param("SELECT * FROM sales.orders", ("id",), "none", id="a star needs every column"),
        pytest.param("SELECT id FROM sales.gone", ("id",), "none", id="a base that is gone"),
        pytest.param("WITH o AS (SELECT id FROM sales.orders) SELECT id FROM o", ("id",), "all", id="through a WITH"),
    ],
)
def test_a_view_is_read_through_its_bases(sql: str, base_grant: tuple[str, ...], amount: str) -> None:
    view = _view(sql)
    world = _world(
        _to_ana(TableResource("insights", "v")),
        _to_ana(ColumnsResource("sales", "orders", base_grant)),
        tables=(ORDERS, view),
    )
    assert decide(world, ANA, view).amount == amount


def test_a_view_needs_a_grant_of_its_own() -> None:
    view = _view("SELECT id FROM sales.orders")
    world = _world(_to_ana(TableResource("sales", "orders")), tables=(ORDERS, view))
    assert decide(world, ANA, view).amount == "none"


def test_a_view_that_reads_itself_is_decided_and_not_followed_for_ever() -> None:
    view = _view("SELECT id FROM insights.v")
    assert decide(_world(_to_ana(TableResource("insights", "v")), tables=(view,)), ANA, view).amount == "all"


TAG_GRANT = _to_ana(ExpressionResource("TABLE", OPEN))


@pytest.mark.parametrize(
    ("before", "steps", "said"),
    [
        pytest.param((), (GrantPermissions(TAG_GRANT),), ["analyst gains id, day of sales.orders"], id="a grant"),
        pytest.param(
            (TAG_GRANT,), (RevokePermissions(TAG_GRANT),), ["analyst loses id, day of sales.orders"], id="a revoke"
        ),
        pytest.param(
            (TAG_GRANT,),
            (AssignTags(Target("sales", "orders", "email"), {"pii": "true"}, {}),),
            ["analyst gains email of sales.orders"],
            id="a tag removed from a column",
        ),
        pytest.param(
            (TAG_GRANT,),
            (AssignTags(Target("sales"), {"pii": "false"}, {"pii": "true", "domain": "sales"}),),
            ["analyst loses id, day of sales.orders"],
            id="a tag changed on the database",
        ),
        pytest.param(
            (TAG_GRANT, _to_ana(TableResource("sales", "orders"))),
            (RevokePermissions(TAG_GRANT),),
            [],
            id="another grant keeps it: no change in effect",
        ),
    ],
)
def test_effects_say_who_gains_and_who_loses_what(before: tuple[Grant, ...], steps: tuple, said: list[str]) -> None:
    world = _world(*before)
    assert [str(one) for one in effects(world, after(world, steps), [ANA])] == said
