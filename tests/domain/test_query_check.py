"""What the Query page says before anything is scanned."""

from __future__ import annotations

import pytest

from mesh_core.domain.names import Naming
from mesh_core.domain.query import LEAST_BYTES, TB, list_price_usd, parse_read
from mesh_core.domain.query_check import check
from mesh_core.domain.world import Column, ColumnsResource, Database, DataFilter, FilterResource, Grant, Table, World
from mesh_core.errors import NotAReadError

NAMING = Naming("000000000000", "us-east-1")
ANALYST = NAMING.role_arn("analyst")


def _table(name: str, *columns: str) -> Table:
    return Table("shop", name, tuple(Column(c, "string") for c in columns), parameters={"mesh.owner": f"{name}-owner"})


WORLD = World(
    NAMING,
    databases=(Database("shop", parameters={"mesh.owner": "shop-owner"}),),
    tables=(
        _table("people", "id", "name", "email", "city"),
        _table("orders", "order_id", "id", "amount"),
        Table("shop", "secrets", (Column("key", "string"),)),
    ),
    grants=(
        Grant(ANALYST, ColumnsResource("shop", "people", ("id", "city")), ("SELECT",)),
        Grant(ANALYST, ColumnsResource("shop", "orders"), ("SELECT",)),
    ),
)

ALLOWED = [
    "SELECT id, city FROM shop.people",
    "SELECT * FROM shop.people",
    "SELECT count(*) FROM shop.people",
    "SELECT p.city, sum(o.amount) FROM shop.people p JOIN shop.orders o ON o.id = p.id GROUP BY p.city",
    "WITH p AS (SELECT * FROM shop.people) SELECT city FROM p",
    "SELECT id FROM shop.people UNION ALL SELECT id FROM shop.orders",
    "SELECT 'email' AS email",
    "SELECT * FROM nowhere.to_be_found",
]


@pytest.mark.parametrize("sql", ALLOWED)
def test_a_query_that_names_readable_columns_alone_may_run(sql: str) -> None:
    assert check(WORLD, ANALYST, sql).is_allowed


REFUSED = {
    "named": "SELECT id, email FROM shop.people",
    "in a condition": "SELECT id FROM shop.people WHERE email LIKE 'a%'",
    "in a join": "SELECT o.amount FROM shop.orders o JOIN shop.people p ON p.email = o.id",
    "in a function": "SELECT lower(p.email) AS e, p.city FROM shop.people p",
    "in a subquery": "SELECT id FROM shop.orders WHERE id IN (SELECT email FROM shop.people)",
    "in a common table expression": "WITH p AS (SELECT id, email FROM shop.people) SELECT id FROM p",
    "through a star": "SELECT email FROM (SELECT * FROM shop.people) x",
    "in a union": "SELECT id FROM shop.orders UNION ALL SELECT email FROM shop.people",
    "in capitals": "SELECT EMAIL FROM SHOP.PEOPLE",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED.keys())
def test_a_column_that_may_not_be_read_is_found_wherever_it_is_named(sql: str) -> None:
    (lack,) = check(WORLD, ANALYST, sql).lacks
    assert (lack.table, lack.columns, lack.owner) == ("shop.people", ("email",), "people-owner")
    assert "analyst holds no grant" in lack.reason


def test_a_table_without_any_readable_column_is_closed_and_its_domains_owner_is_named() -> None:
    (lack,) = check(WORLD, ANALYST, "SELECT * FROM shop.secrets").lacks
    assert lack.closed
    assert (lack.columns, lack.owner) == (("key",), "shop-owner")


def test_a_star_tells_which_columns_it_leaves_out() -> None:
    found = check(WORLD, ANALYST, "SELECT o.amount, p.* FROM shop.people p JOIN shop.orders o ON o.id = p.id")
    assert found.is_allowed
    assert [(one.table, one.columns) for one in found.left_out] == [("shop.people", ("name", "email"))]


def test_counting_rows_leaves_nothing_out() -> None:
    assert check(WORLD, ANALYST, "SELECT count(*) FROM shop.people").left_out == ()


def test_a_row_filter_is_told() -> None:
    filters = (DataFilter("shop", "people", "ours", row_filter="city = 'here'"),)
    grants = (Grant(ANALYST, FilterResource("shop", "people", "ours"), ("SELECT",)),)
    world = World(NAMING, tables=WORLD.tables, grants=grants, filters=filters)
    assert check(world, ANALYST, "SELECT name FROM shop.people").narrowed == (("shop.people", ("ours",)),)


WITHOUT = [
    ("SELECT id, email FROM shop.people", "SELECT id FROM shop.people"),
    ("SELECT id, upper(email) AS e, name FROM shop.people", "SELECT id FROM shop.people"),
    ("SELECT id, email FROM shop.people ORDER BY email, id", "SELECT id FROM shop.people ORDER BY id"),
    ("SELECT id, email FROM shop.people ORDER BY email", "SELECT id FROM shop.people"),
    (
        "SELECT p.city, p.name, sum(o.amount) AS s FROM shop.people p JOIN shop.orders o ON o.id = p.id "
        "GROUP BY p.city, p.name",
        "SELECT p.city, SUM(o.amount) AS s FROM shop.people AS p JOIN shop.orders AS o ON o.id = p.id GROUP BY p.city",
    ),
    (
        "WITH p AS (SELECT id, email FROM shop.people) SELECT p.id, p.email FROM p",
        "WITH p AS ( SELECT id FROM shop.people ) SELECT p.id FROM p",
    ),
]


@pytest.mark.parametrize(("sql", "expected"), WITHOUT)
def test_a_query_can_be_run_without_the_columns_that_are_lacking(sql: str, expected: str) -> None:
    rewritten = check(WORLD, ANALYST, sql).without
    assert " ".join(rewritten.split()) == expected
    assert check(WORLD, ANALYST, rewritten).is_allowed


NO_HELP = {
    "nothing would be left": "SELECT email FROM shop.people",
    "the rows depend on it": "SELECT id FROM shop.people WHERE email IS NOT NULL",
    "the join depends on it": "SELECT p.id FROM shop.people p JOIN shop.orders o ON o.id = p.email",
    "the other half of a union has as many columns": (
        "SELECT id, city FROM shop.people UNION SELECT id, email FROM shop.people"
    ),
    "positions would shift": "SELECT email, city FROM shop.people ORDER BY 2",
    "the groups depend on it": "SELECT email, count(*) AS n FROM shop.people GROUP BY email",
    "the whole table is closed": "SELECT o.id, s.key FROM shop.orders o CROSS JOIN shop.secrets s",
}


@pytest.mark.parametrize("sql", NO_HELP.values(), ids=NO_HELP.keys())
def test_leaving_columns_out_is_not_offered_where_it_would_change_the_question(sql: str) -> None:
    found = check(WORLD, ANALYST, sql)
    assert found.lacks
    assert found.without == ""


NOT_ONE_SELECT = [
    ("", "no statement"),
    ("-- nothing", "no statement"),
    ("DROP TABLE shop.people", "DROP was found"),
    ("SELECT 1; SELECT 2", "2 were found"),
    ("SELECT FROM WHERE", "line 1, column"),
    ("CREATE VIEW v AS SELECT 1", "CREATE was found"),
]


@pytest.mark.parametrize(("sql", "words"), NOT_ONE_SELECT)
def test_what_is_no_single_select_is_refused_in_words(sql: str, words: str) -> None:
    with pytest.raises(NotAReadError, match=words):
        parse_read(sql)


def test_athenas_list_price_begins_at_ten_megabytes() -> None:
    assert list_price_usd(0) == list_price_usd(LEAST_BYTES) == pytest.approx(0.0000477, rel=0.01)
    assert list_price_usd(TB) == 5.0
    assert list_price_usd(LEAST_BYTES + 1) > list_price_usd(LEAST_BYTES)
