"""Why a cell is open or closed: sentences and diagram, as tables of cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.domain.access import decide
from mesh_core.domain.explain import explain
from mesh_core.domain.explain_graph import graph_of
from mesh_core.domain.explain_words import sentences
from mesh_core.domain.names import Naming
from mesh_core.domain.world import (
    IAM_ALLOWED,
    Column,
    ColumnsResource,
    Database,
    DataFilter,
    ExpressionResource,
    FilterResource,
    Grant,
    NamedExpressionResource,
    Table,
    TableResource,
    Target,
    World,
)
from mesh_core.errors import NotFoundError

NAMING = Naming("000000000000", "us-east-1")
ANA = NAMING.role_arn("analyst")
ORDERS = Table("sales", "orders", (Column("id", "bigint"), Column("email", "string")), (Column("day", "date"),))
VIEW = Table("insights", "v", (Column("id", "bigint"),), view_sql="SELECT id FROM sales.orders WHERE email <> ''")
EU = DataFilter("sales", "orders", "eu", ("id",), (), "id > 1")
NOT_PERSONAL = ExpressionResource("TABLE", (("pii", ("false",)),))
ALL_ORDERS = TableResource("sales", "orders")


def _to_ana(resource: object, permissions: tuple[str, ...] = ("SELECT",), **more: tuple[str, ...]) -> Grant:
    return Grant(ANA, resource, permissions, **more)  # type: ignore[arg-type]


def _world(*grants: Grant, **changes: object) -> World:
    world = World(
        NAMING,
        databases=(Database("sales", parameters={"mesh.managed": "true", "mesh.owner": "sales-owner"}),),
        tables=(ORDERS, VIEW),
        tags={"pii": ("true", "false")},
        assigned={Target("sales"): {"pii": "false"}, Target("sales", "orders", "email"): {"pii": "true"}},
        grants=grants,
        filters=(EU,),
        expressions={"not-personal": (("pii", ("false",)),)},
    )
    return replace(world, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("grants", "column", "said"),
    [
        pytest.param(
            (),
            "email",
            [
                "analyst may not read sales.orders.email.",
                "analyst holds no grant that reaches sales.orders.",
                "sales-owner, who owns it, or mesh-steward can grant it.",
            ],
            id="nothing is held",
        ),
        pytest.param(
            (_to_ana(NOT_PERSONAL),),
            "id",
            [
                "analyst may read sales.orders.id, in every row.",
                "SELECT on every table with pii=false opens it: pii=false is inherited from the database sales.",
            ],
            id="an expression, with where the tag comes from",
        ),
        pytest.param(
            (_to_ana(NOT_PERSONAL),),
            "email",
            [
                "analyst may not read sales.orders.email.",
                "The nearest grant is SELECT on every table with pii=false: pii is true (assigned at the column "
                "sales.orders.email), not false.",
                "sales-owner, who owns it, or mesh-steward can grant it.",
            ],
            id="an expression of which a part does not hold",
        ),
        pytest.param(
            (_to_ana(NamedExpressionResource("TABLE", "not-personal")),),
            "id",
            [
                "analyst may read sales.orders.id, in every row.",
                "SELECT on every table with the expression not-personal (pii=false) opens it: pii=false is inherited "
                "from the database sales.",
            ],
            id="a saved expression says what it is now",
        ),
        pytest.param(
            (_to_ana(FilterResource("sales", "orders", "eu")),),
            "id",
            [
                "analyst may read sales.orders.id, in the rows where id > 1.",
                "SELECT on filter eu on sales.orders opens it in the rows where id > 1; other rows show NULL or are "
                "left out.",
            ],
            id="a filter of rows",
        ),
        pytest.param(
            (_to_ana(FilterResource("sales", "orders", "eu")),),
            "email",
            [
                "analyst may not read sales.orders.email.",
                "The nearest grant is SELECT on filter eu on sales.orders: it leaves email out.",
                "sales-owner, who owns it, or mesh-steward can grant it.",
            ],
            id="a filter that leaves the column out",
        ),
        pytest.param(
            (_to_ana(TableResource("sales", "*")),),
            "email",
            [
                "analyst may read sales.orders.email, in every row.",
                "SELECT on all tables of sales opens it: it is on every table of the database, future ones too.",
            ],
            id="all tables of the database",
        ),
        pytest.param(
            (_to_ana(ALL_ORDERS, ("ALL",), grantable=("ALL",)),),
            "email",
            [
                "analyst may read sales.orders.email, in every row.",
                "ALL on sales.orders opens it by name, with the right to grant it: what Lake Formation gives to who "
                "created the table.",
            ],
            id="what a creator holds",
        ),
        pytest.param(
            (Grant("000000000000:IAMPrincipals", ALL_ORDERS, ("SELECT",)),),
            "email",
            [
                "analyst may read sales.orders.email, in every row.",
                "SELECT on sales.orders, granted to everybody of the account, opens it by name.",
            ],
            id="everybody of the account",
        ),
        pytest.param(
            (Grant(IAM_ALLOWED, ALL_ORDERS, ("ALL",)),),
            "email",
            [
                "analyst may read sales.orders.email, in every row.",
                "IAM_ALLOWED_PRINCIPALS holds ALL on it: Lake Formation is not asked, whoever may call Glue and S3 "
                "reads all of it. Revoke that grant to govern it.",
            ],
            id="left to IAM",
        ),
        pytest.param(
            (_to_ana(NOT_PERSONAL), _to_ana(ColumnsResource("sales", "orders", ("id",)))),
            "",
            [
                "analyst may read 2 of 3 columns of sales.orders, in every row.",
                "SELECT on sales.orders (id) opens id, day by name.",
                "SELECT on every table with pii=false opens id, day: column by column.",
                "Not readable: email.",
                "sales-owner, who owns it, or mesh-steward can grant it.",
            ],
            id="the whole table",
        ),
    ],
)
def test_an_explanation_says_what_decides_and_what_is_missing(
    grants: tuple[Grant, ...], column: str, said: list[str]
) -> None:
    assert list(sentences(explain(_world(*grants), ANA, ORDERS, column))) == said


def test_an_administrator_is_told_that_it_gives_no_select() -> None:
    world = _world(administrators=(ANA,))
    assert sentences(explain(world, ANA, ORDERS, "id"))[-1] == (
        "analyst is a data lake administrator: that lets him grant it, but not read it."
    )


ON_VIEW = _to_ana(TableResource("insights", "v"))


@pytest.mark.parametrize(
    ("grants", "said"),
    [
        pytest.param(
            (ON_VIEW, _to_ana(ALL_ORDERS)),
            [
                "analyst may read insights.v.id, in every row.",
                "SELECT on insights.v opens it by name.",
                "A view is read with its reader's rights: analyst may read what it reads (sales.orders).",
            ],
            id="open",
        ),
        pytest.param(
            (ON_VIEW, _to_ana(NOT_PERSONAL)),
            [
                "analyst may not read insights.v.id.",
                "SELECT on insights.v opens it by name.",
                "The view reads sales.orders.email, which analyst may not read. The nearest grant is SELECT on every "
                "table with pii=false: pii is true (assigned at the column sales.orders.email), not false. "
                "sales-owner, who owns it, or mesh-steward can grant it.",
            ],
            id="a base column is closed",
        ),
        pytest.param(
            (_to_ana(ALL_ORDERS),),
            [
                "analyst may not read insights.v.id.",
                "A view is read with its reader's rights: analyst may read what it reads (sales.orders).",
                "analyst holds no grant that reaches insights.v.",
                "mesh-steward can grant it.",
            ],
            id="the view itself is closed",
        ),
        pytest.param(
            (ON_VIEW, _to_ana(FilterResource("sales", "orders", "eu"))),
            [
                "analyst may not read insights.v.id.",
                "SELECT on insights.v opens it by name.",
                "The view reads sales.orders.email, which analyst may not read. The nearest grant is SELECT on filter "
                "eu on sales.orders: it leaves email out. sales-owner, who owns it, or mesh-steward can grant it.",
            ],
            id="a filter on a base leaves a column out",
        ),
    ],
)
def test_a_view_is_explained_through_what_it_reads(grants: tuple[Grant, ...], said: list[str]) -> None:
    assert list(sentences(explain(_world(*grants), ANA, VIEW, "id"))) == said


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        pytest.param("SELECT id FROM sales.gone", "it reads sales.gone, which no longer exists", id="a base is gone"),
        pytest.param("SELECT id FROM insights.v", "it reads insights.v, which reads it again", id="a circle"),
        pytest.param("", "insights.v has no SQL that Athena can read", id="no SQL"),
    ],
)
def test_a_view_that_nobody_can_read_says_why(sql: str, said: str) -> None:
    view = replace(VIEW, view_sql=sql)
    found = explain(_world(ON_VIEW, tables=(ORDERS, view)), ANA, view, "id")
    assert f"Nobody can read the view: {said}." in sentences(found)
    assert not found.readable


def test_rows_of_a_view_are_those_that_its_bases_give() -> None:
    view = replace(VIEW, view_sql="SELECT id FROM sales.orders")
    world = _world(ON_VIEW, _to_ana(FilterResource("sales", "orders", "eu")), tables=(ORDERS, view))
    assert sentences(explain(world, ANA, view, "id"))[0] == (
        "analyst may read insights.v.id, in the rows that what it reads gives: filtered by eu on sales.orders (id > 1)."
    )


def test_a_protected_view_says_whose_rights_it_uses() -> None:
    view = replace(VIEW, definer=NAMING.role_arn("sales-owner"))
    found = explain(_world(ON_VIEW, tables=(ORDERS, view)), ANA, view, "id")
    assert found.readable
    assert sentences(found)[-1].startswith("It is a protected view: it reads with the rights of sales-owner")


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(NotFoundError, match="no column 'gone'"):
        explain(_world(), ANA, ORDERS, "gone")


def test_the_diagram_leads_from_the_role_through_grants_and_bases_to_the_column() -> None:
    graph = graph_of(explain(_world(ON_VIEW, _to_ana(NOT_PERSONAL)), ANA, VIEW, "id"))
    assert [(one.kind, one.label, one.open) for one in graph.nodes] == [
        ("principal", "analyst", None),
        ("column", "insights.v.id", False),
        ("grant", "SELECT on insights.v", True),
        ("column", "sales.orders.email", False),
        ("grant", "SELECT on every table with pii=false", False),
    ]
    assert [(one.words, one.holds) for one in graph.links] == [
        ("holds", True),
        ("by name", True),
        ("holds", True),
        ("pii is true", False),
        ("is read by", False),
    ]


@pytest.mark.parametrize("column", ["id", "email", "day"])
@pytest.mark.parametrize(
    "grants",
    [
        (),
        (_to_ana(NOT_PERSONAL),),
        (_to_ana(FilterResource("sales", "orders", "eu")),),
        (_to_ana(ALL_ORDERS),),
        (Grant(IAM_ALLOWED, ALL_ORDERS, ("ALL",)),),
    ],
)
def test_explanation_and_verdict_never_differ(grants: tuple[Grant, ...], column: str) -> None:
    world = _world(*grants)
    found = explain(world, ANA, ORDERS, column)
    assert found.readable == (column in decide(world, ANA, ORDERS).columns)
    assert found.readable == bool(found.opened_by) or found.open_to_iam
