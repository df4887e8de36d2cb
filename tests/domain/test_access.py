"""The portal's own decision who may read what, as tables of cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.domain.access import amount, decide, effects
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


TAG_GRANT = _to_ana(ExpressionResource("TABLE", OPEN))


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
            (_to_ana(ColumnsResource("sales", "orders", ("id",))),),
            ("id", "day"),
            id="partition keys come with columns",
        ),
        pytest.param((_to_ana(ColumnsResource("sales", "orders", ("gone",))),), (), id="columns that are no more"),
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


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        pytest.param("SELECT id FROM insights.v", "the view reads insights.v, which reads itself", id="itself"),
        pytest.param("", "the view reads insights.v, which has no SQL that Athena can read", id="Spark's own text"),
        pytest.param("DELETE FROM x", "the view reads insights.v, which has no SQL that Athena can read", id="no read"),
    ],
)
def test_a_view_that_nobody_can_read_says_so(sql: str, said: str) -> None:
    view = _view(sql)
    verdict = decide(_world(_to_ana(TableResource("insights", "v")), tables=(view,)), ANA, view)
    assert (verdict.amount, verdict.denied) == ("none", {"id": said})


def test_a_protected_view_is_read_with_its_definers_rights() -> None:
    view = replace(_view("SELECT email FROM sales.orders"), definer=NAMING.role_arn("sales-owner"))
    world = _world(_to_ana(TableResource("insights", "v")), tables=(ORDERS, view))
    assert decide(world, ANA, view).amount == "all"


def test_a_row_filter_on_a_base_narrows_the_view_that_reads_its_columns() -> None:
    view, eu = _view("SELECT id FROM sales.orders"), DataFilter("sales", "orders", "eu", (), (), "id > 1")
    world = _world(
        _to_ana(TableResource("insights", "v")),
        _to_ana(FilterResource("sales", "orders", "eu")),
        tables=(ORDERS, view),
        filters=(eu,),
    )
    verdict = decide(world, ANA, view)
    assert (verdict.amount, verdict.filters) == ("part", ("eu on sales.orders",))


PEOPLE = Table("hr", "people", (Column("id", "bigint"), Column("home", "struct<city:string,zip:struct<a:int,b:int>>")))


@pytest.mark.parametrize(
    ("one", "columns", "fields"),
    [
        pytest.param(DataFilter("hr", "people", "f", ("home.city",)), ("home",), {"home": ("home.city",)}, id="named"),
        pytest.param(
            DataFilter("hr", "people", "f", (), ("home.zip.a",)),
            ("id", "home"),
            {"home": ("home.city", "home.zip.b")},
            id="all but one, two deep",
        ),
        pytest.param(
            DataFilter("hr", "people", "f", ("home", "home.city")), ("home",), {}, id="the whole has its parts"
        ),
        pytest.param(DataFilter("hr", "people", "f", ("gone",)), (), {}, id="a column that is no more"),
    ],
)
def test_a_filter_may_open_fields_of_a_struct(one: DataFilter, columns: tuple[str, ...], fields: dict) -> None:
    world = _world(_to_ana(FilterResource("hr", "people", "f")), tables=(PEOPLE,), filters=(one,))
    verdict = decide(world, ANA, PEOPLE)
    assert (verdict.columns, verdict.fields) == (columns, fields)


def test_several_filters_give_the_union_of_their_cells() -> None:
    filters = (
        DataFilter("sales", "orders", "eu", ("id",), (), "id > 1"),
        DataFilter("sales", "orders", "mail", ("email",), (), "id = 7"),
        DataFilter("sales", "orders", "days", ("day",)),
    )
    grants = [_to_ana(FilterResource("sales", "orders", one.name)) for one in filters]
    verdict = decide(_world(*grants, filters=filters), ANA, ORDERS)
    assert verdict.columns == ("id", "email", "day")
    assert [(sorted(one.columns), one.row_filter) for one in verdict.cells] == [
        (["day"], ""),
        (["day", "id"], "id > 1"),
        (["day", "email"], "id = 7"),
    ]


def test_less_than_all_for_iam_allowed_principals_is_a_grant_to_everybody() -> None:
    verdict = decide(_world(Grant(IAM_ALLOWED, ColumnsResource("sales", "orders", ("id",)), SELECT)), ANA, ORDERS)
    assert (verdict.columns, verdict.open_to_iam) == (("id", "day"), False)


def test_an_expression_without_keys_matches_nothing() -> None:
    assert decide(_world(_to_ana(ExpressionResource("TABLE", ()))), ANA, ORDERS).amount == "none"


def test_amount_says_the_same_as_the_verdict() -> None:
    eu = DataFilter("sales", "orders", "eu", (), (), "id > 1")
    for grants in (
        (),
        (TAG_GRANT,),
        (_to_ana(TableResource("sales", "*")),),
        (_to_ana(FilterResource("sales", "orders", "eu")),),
    ):
        world = _world(*grants, filters=(eu,))
        assert amount(world, ANA, ORDERS) == decide(world, ANA, ORDERS).amount


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


EU, ALL_ROWS = DataFilter("sales", "orders", "eu", (), (), "id > 1"), TableResource("sales", "orders")
BY_FILTER = _to_ana(FilterResource("sales", "orders", "eu"))


@pytest.mark.parametrize(
    ("before", "after_", "said", "gains", "loses"),
    [
        pytest.param((BY_FILTER,), (BY_FILTER, _to_ana(ALL_ROWS)),
                     "analyst sees id, email, day in every row instead of the rows where id > 1 of sales.orders",
                     True, False, id="a filter no longer narrows"),
        pytest.param((_to_ana(ALL_ROWS),), (BY_FILTER,),
                     "analyst sees id, email, day in the rows where id > 1 instead of every row of sales.orders",
                     False, True, id="a filter instead of the table"),
        pytest.param((BY_FILTER,), (BY_FILTER,), "analyst sees id, email, day in the rows where id > 2 instead of "
                     "the rows where id > 1 of sales.orders", True, True, id="another condition may do either"),
    ],
)  # fmt: skip
def test_effects_say_who_sees_other_rows(
    before: tuple[Grant, ...], after_: tuple[Grant, ...], said: str, gains: bool, loses: bool
) -> None:
    other = replace(EU, row_filter="id > 2") if before == after_ else EU
    (found,) = effects(_world(*before, filters=(EU,)), _world(*after_, filters=(other,)), [ANA])
    assert (str(found), found.gains, found.loses) == (said, gains, loses)


def test_a_filter_on_a_base_changes_the_rows_of_the_views_above() -> None:
    inner = Table("insights", "v1", (Column("id", "bigint"),), view_sql="SELECT id FROM sales.orders")
    outer = Table("insights", "v2", (Column("id", "bigint"),), view_sql="SELECT id FROM insights.v1")
    world = _world(BY_FILTER, _to_ana(TableResource("insights", "*")), tables=(ORDERS, inner, outer), filters=(EU,))
    changed = replace(world, filters=(replace(EU, row_filter=""),))
    assert [(one.table, one.gains, one.loses) for one in effects(world, changed, [ANA])] == [
        ("insights.v1", True, False),
        ("insights.v2", True, False),
        ("sales.orders", True, False),
    ]


def test_a_base_that_is_closed_closes_the_views_above() -> None:
    inner = Table("insights", "v1", (Column("id", "bigint"),), view_sql="SELECT id FROM sales.orders")
    outer = Table("insights", "v2", (Column("id", "bigint"),), view_sql="SELECT id FROM insights.v1")
    world = _world(TAG_GRANT, _to_ana(TableResource("insights", "*")), tables=(ORDERS, inner, outer))
    steps = (AssignTags(Target("sales"), {"pii": "false"}, {"pii": "true"}),)
    assert [str(one) for one in effects(world, after(world, steps), [ANA])] == [
        "analyst loses id of insights.v1",
        "analyst loses id of insights.v2",
        "analyst loses id, day of sales.orders",
    ]
