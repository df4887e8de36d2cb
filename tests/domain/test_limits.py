"""What Lake Formation would refuse half-way is refused whole: too long, too many, unknown, impossible."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.domain.govern import plan_expression, plan_filter, plan_grants
from mesh_core.domain.intents import ChangeExpression, ChangeFilter, ChangeGrants
from mesh_core.domain.limits import INLINE_BYTES, is_too_long, size_of
from mesh_core.domain.names import Naming
from mesh_core.domain.tags import Expression
from mesh_core.domain.world import (
    Column,
    Database,
    DataFilter,
    ExpressionResource,
    FilterResource,
    Grant,
    NamedExpressionResource,
    Principal,
    Resource,
    Table,
    World,
)
from mesh_core.errors import InvalidInputError, InvalidNameError, MeshError, NotFoundError, RowFilterError

NAMING = Naming("000000000000", "us-east-1")
ANA = NAMING.role_arn("analyst")
ORDERS = Table("sales", "orders", (Column("id", "bigint"), Column("region", "string")), (Column("day", "string"),))
VIEW = Table("sales", "recent", (Column("id", "bigint"),), view_sql="SELECT id FROM sales.orders")
MANY = tuple(f"v{n:03}" for n in range(300))
WORLD = World(
    NAMING,
    (Database("sales"),),
    (ORDERS, VIEW),
    {"pii": ("true", "false"), "team": MANY, "city": tuple(f"{'c' * 40}{n:03}" for n in range(30))},
    principals=(Principal("analyst", ANA),),
    expressions={"harmless": (("pii", ("false",)),)},
)
EU = DataFilter("sales", "orders", "eu", ("id",), (), "region = 'eu'")


def _grant(resource: Resource, principal: str = ANA) -> ChangeGrants:
    return ChangeGrants((Grant(principal, resource, ("SELECT",)),))


def _by(*expression: tuple[str, tuple[str, ...]]) -> ExpressionResource:
    return ExpressionResource("TABLE", expression)


REFUSED = [
    pytest.param(_grant(_by(("team", MANY[:51]))), InvalidInputError, "51 values of the LF-tag team", id="51 values"),
    pytest.param(
        _grant(_by(("city", WORLD.tags["city"]))), InvalidInputError, "at most 900. .* Save it under", id="long"
    ),
    pytest.param(_grant(_by(("nokey", ("a",)))), NotFoundError, "no LF-tag nokey=a", id="unknown key"),
    pytest.param(_grant(_by(("pii", ("maybe",)))), NotFoundError, "no LF-tag pii=maybe", id="unknown value"),
    pytest.param(_grant(_by(("pii", ()))), InvalidInputError, "no value of the LF-tag pii", id="no value"),
    pytest.param(_grant(_by(("pii", ("true",)), ("pii", ("false",)))), InvalidInputError, "twice", id="a key twice"),
    pytest.param(
        _grant(_by(("pii", ("false",))), NAMING.role_arn("ghost")), NotFoundError, "no role 'ghost'", id="unknown role"
    ),
    pytest.param(
        _grant(NamedExpressionResource("TABLE", "gone")), NotFoundError, "no saved expression 'gone'", id="unknown name"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("intent", "error", "words"), REFUSED)
def test_a_grant_that_lake_formation_would_refuse_is_refused_before_anything_is_done(
    intent: ChangeGrants, error: type[MeshError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        plan_grants(WORLD, intent)
    assert "Nothing was" in str(caught.value)


def test_fifty_values_and_nine_hundred_bytes_are_taken() -> None:
    assert not plan_grants(WORLD, _grant(_by(("team", MANY[:50])))).is_empty
    longest: Expression = (("k", ("x" * (INLINE_BYTES - size_of((("k", ("",)),))),)),)
    assert size_of(longest) == INLINE_BYTES and not is_too_long(longest)
    assert is_too_long((("k", (longest[0][1][0] + "x",)),))


def test_every_value_of_a_key_is_granted_with_a_star() -> None:
    assert not plan_grants(WORLD, _grant(_by(("team", ("*",))))).is_empty
    with pytest.raises(NotFoundError, match="nokey"):
        plan_grants(WORLD, _grant(_by(("nokey", ("*",)))))


def test_what_is_too_long_for_a_grant_can_be_saved_and_granted_by_name() -> None:
    cities: Expression = (("city", WORLD.tags["city"]),)
    assert not plan_expression(WORLD, ChangeExpression("All cities", cities)).is_empty
    held = replace(WORLD, expressions={"All cities": cities})
    assert not plan_grants(held, _grant(NamedExpressionResource("TABLE", "All cities"))).is_empty


def test_a_principal_is_granted_by_fifty_saved_expressions_and_no_more() -> None:
    names = [f"e{n}" for n in range(51)]
    grants = tuple(Grant(ANA, NamedExpressionResource("TABLE", name), ("SELECT",)) for name in names)
    world = replace(WORLD, expressions=dict.fromkeys(names, (("pii", ("false",)),)))
    assert len(plan_grants(world, ChangeGrants(grants[:50])).steps) == 50
    with pytest.raises(InvalidInputError, match="analyst is granted by 50 saved expressions"):
        plan_grants(replace(world, grants=grants[:50]), ChangeGrants(grants[50:]))
    assert plan_grants(replace(world, grants=grants[:50]), ChangeGrants(grants[:50])).is_empty


def test_a_principal_reads_a_table_by_a_hundred_filters_and_no_more() -> None:
    grants = tuple(Grant(ANA, FilterResource("sales", "orders", f"f{n}"), ("SELECT",)) for n in range(101))
    with pytest.raises(InvalidInputError, match=r"analyst reads sales\.orders by 100 filters"):
        plan_grants(replace(WORLD, grants=grants[:100]), ChangeGrants(grants[100:]))


def test_an_account_saves_a_thousand_expressions_and_no_more() -> None:
    held = replace(WORLD, expressions={f"e{n}": (("pii", ("false",)),) for n in range(1000)})
    with pytest.raises(InvalidInputError, match="has 1,000 saved expressions"):
        plan_expression(held, ChangeExpression("one more", (("pii", ("true",)),)))
    assert not plan_expression(held, ChangeExpression("e1", (("pii", ("true",)),))).is_empty


@pytest.mark.parametrize("name", ["", " x", "x\n", "a" * 256, "<b>"])
def test_a_name_that_nobody_could_read_is_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        plan_expression(WORLD, ChangeExpression(name, (("pii", ("false",)),)))
    with pytest.raises(InvalidNameError):
        plan_filter(WORLD, ChangeFilter(replace(EU, name=name)))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"row_filter": "lower(region) = 'eu'"}, RowFilterError, "functions can't be used"),
        ({"table": "recent", "row_filter": ""}, InvalidInputError, "is a view"),
        ({"columns": (), "excluded": ("day",)}, InvalidInputError, "day is a partition key"),
        ({"columns": (), "excluded": ("id", "region", "day")}, InvalidInputError, "can't be hidden"),
        ({"excluded": ("region",)}, InvalidInputError, "columns to show and columns to hide"),
        ({"columns": ("phone",)}, NotFoundError, "no column 'phone'"),
        ({"table": "gone"}, NotFoundError, r"no table 'sales\.gone'"),
    ],
)
def test_a_filter_that_lake_formation_would_refuse_is_not_planned(
    changes: dict[str, object], error: type[MeshError], words: str
) -> None:
    with pytest.raises(error, match=words):
        plan_filter(WORLD, ChangeFilter(replace(EU, **changes)))  # type: ignore[arg-type]
    with pytest.raises(error, match=words):
        plan_grants(WORLD, ChangeGrants(filters=(replace(EU, **changes),)))  # type: ignore[arg-type]
