"""Row conditions: what Lake Formation takes, what it doesn't and where, and the SQL that shows their effect."""

from __future__ import annotations

import pytest

from mesh_core.domain.row_filter_conditions import sql_of
from mesh_core.domain.row_filters import (
    LONGEST,
    check_row_filter,
    comparison_text,
    filter_columns,
    filter_preview_sql,
    parse_row_filter,
)
from mesh_core.domain.world import Column, DataFilter, Table
from mesh_core.errors import InvalidInputError, RowFilterError

TABLE = Table(
    "sales",
    "orders",
    (
        Column("id", "bigint"),
        Column("country", "string"),
        Column("amount", "decimal(12,2)"),
        Column("paid", "boolean"),
        Column("made", "date"),
        Column("order", "varchar(10)"),
        Column("tags", "array<string>"),
        Column("buyer", "struct<name:string,address:struct<zip:int>>"),
    ),
    (Column("day", "string"),),
)

TAKEN = [
    ("country = 'FI'", "\"country\" = 'FI'"),
    ("COUNTRY <> 'FI'", "\"country\" <> 'FI'"),
    ("amount != -1.5", '"amount" <> -1.5'),
    ("id >= 1e3", '"id" >= 1e3'),
    ("paid = true", '"paid" = true'),
    ("id BETWEEN 1 AND 5", '"id" BETWEEN 1 AND 5'),
    ("id NOT BETWEEN 1 AND 5", '"id" NOT BETWEEN 1 AND 5'),
    ("country IN ('FI', 'SE')", "\"country\" IN ('FI', 'SE')"),
    ("country not in ('O''Hara')", "\"country\" NOT IN ('O''Hara')"),
    ("country LIKE 'F%'", "\"country\" LIKE 'F%'"),
    ("country IS NOT NULL", '"country" IS NOT NULL'),
    ("\"order\" = 'a'", "\"order\" = 'a'"),
    ("buyer.address.zip = 100", '"buyer"."address"."zip" = 100'),
    ("day = '2026-01-01'", "\"day\" = '2026-01-01'"),
    ("TRUE", "TRUE"),
    ("id=1 or id=2 and paid=false", '("id" = 1) OR (("id" = 2) AND ("paid" = false))'),
    ("NOT (id = 1)", 'NOT ("id" = 1)'),
    ("not not id = 1", '"id" = 1'),
]


@pytest.mark.parametrize(("text", "sql"), TAKEN, ids=[text for text, _ in TAKEN])
def test_what_lake_formation_takes_becomes_sql_with_every_name_quoted(text: str, sql: str):
    assert sql_of(parse_row_filter(text, TABLE)) == sql


REFUSED = [
    pytest.param("  ", 1, "it is empty", id="empty"),
    pytest.param("country = 'FI' AND", 19, "a column of sales.orders is expected, not the end", id="unfinished"),
    pytest.param("lower(country) = 'fi'", 1, "functions can't be used", id="function"),
    pytest.param("id + 1 = 2", 4, "after id comes", id="arithmetic"),
    pytest.param("id = 1 + 1", 8, "Functions and arithmetic can't be used", id="arithmetic-right"),
    pytest.param("id = amount", 6, "can't be compared with the column amount", id="column-to-column"),
    pytest.param("1 = id", 1, "a column of sales.orders is expected", id="constant-first"),
    pytest.param('country = "FI"', 11, "Text stands in single quotes: 'fi'", id="double-quotes"),
    pytest.param("country = FI", 11, "Text stands in single quotes: 'FI'", id="no-quotes"),
    pytest.param("country = 5", 11, "5 is no text", id="number-for-text"),
    pytest.param("id = '5'", 6, "id is a number column", id="text-for-number"),
    pytest.param("id LIKE '5%'", 4, "LIKE compares text", id="like-number"),
    pytest.param("country = NULL", 11, "Write country IS NULL", id="equals-null"),
    pytest.param("country IS 5", 12, "after IS comes NULL", id="is-something"),
    pytest.param("day IS NULL", 1, "day is a partition key", id="partition-null"),
    pytest.param("made > '2026-01-01'", 1, "made has type date", id="date"),
    pytest.param("tags = 'x'", 1, "has type array<string>", id="array"),
    pytest.param("buyer = 'x'", 1, "has type struct", id="struct"),
    pytest.param("buyer.age = 5", 1, "has no column buyer.age", id="unknown-field"),
    pytest.param("colour = 'red'", 1, "has no column colour. It has: id, country", id="unknown-column"),
    pytest.param("order = 'a'", 1, 'Write "order" if that is a column', id="reserved"),
    pytest.param("(id = 1", 8, ") is expected", id="open-parenthesis"),
    pytest.param("id IN ()", 8, "a number is expected", id="empty-list"),
    pytest.param("id IN (SELECT id FROM x)", 8, "a number is expected", id="subquery"),
    pytest.param("id BETWEEN 1 OR 2", 14, "BETWEEN needs AND", id="between"),
    pytest.param("country = 'FI", 11, "is never closed", id="open-quote"),
    pytest.param("id = 1; DROP TABLE x", 7, "was not expected", id="two-statements"),
    pytest.param("id = 1 -- all", 8, "was not expected", id="comment"),
    pytest.param("id = £5", 6, "can't be read", id="strange-character"),
    pytest.param("id = 1" + " " * LONGEST, LONGEST + 1, "takes at most 2,047", id="too-long"),
    pytest.param("(" * 101 + "id = 1" + ")" * 101, 101, "nested more than 100", id="too-deep"),
]


@pytest.mark.parametrize(("text", "position", "reason"), REFUSED)
def test_what_lake_formation_refuses_is_refused_with_its_place_and_reason(text: str, position: int, reason: str):
    with pytest.raises(RowFilterError) as caught:
        check_row_filter(text, TABLE)
    assert caught.value.position == position
    assert reason in caught.value.reason
    assert "Nothing was changed" in str(caught.value)


def test_the_preview_counts_a_row_whose_condition_is_unknown_as_hidden():
    made = filter_preview_sql(TABLE, DataFilter("sales", "orders", "fi", ("id",), (), "country = 'FI'"), limit=5)
    assert made.inside == 'SELECT "id", "day" FROM "sales"."orders" WHERE "country" = \'FI\' LIMIT 5'
    assert made.outside.endswith("WHERE NOT coalesce(\"country\" = 'FI', FALSE) LIMIT 5")
    assert "count(CASE WHEN \"country\" = 'FI' THEN 1 END) AS inside" in made.counts


def test_a_filter_without_a_condition_hides_no_row():
    assert "WHERE NOT coalesce(TRUE, FALSE)" in filter_preview_sql(TABLE, DataFilter("sales", "orders", "a")).outside


@pytest.mark.parametrize(
    ("one", "shown"),
    [
        pytest.param(DataFilter("sales", "orders", "f", ("id", "paid")), ("id", "paid", "day"), id="named"),
        pytest.param(
            DataFilter("sales", "orders", "f", (), ("tags", "buyer", "made", "order", "amount")),
            ("id", "country", "paid", "day"),
            id="all-but",
        ),
        pytest.param(DataFilter("sales", "orders", "f", ("buyer.name",)), ("buyer", "day"), id="a-field-of-a-struct"),
    ],
)
def test_a_filter_shows_its_columns_and_always_the_partition_keys(one: DataFilter, shown: tuple[str, ...]):
    assert filter_columns(TABLE, one) == shown


@pytest.mark.parametrize(
    ("column", "operator", "value", "text"),
    [
        ("country", "=", "FI", "country = 'FI'"),
        ("country", "LIKE", "O'H%", "country LIKE 'O''H%'"),
        ("country", "IN", "FI, SE,", "country IN ('FI', 'SE')"),
        ("id", "NOT IN", "1,2", "id NOT IN (1, 2)"),
        ("id", "BETWEEN", "1 and 5", "id BETWEEN 1 AND 5"),
        ("paid", "=", "true", "paid = true"),
        ("order", "IS NULL", "ignored", '"order" IS NULL'),
    ],
)
def test_a_comparison_is_built_with_its_quotes(column: str, operator: str, value: str, text: str):
    assert comparison_text(TABLE, column, operator, value) == text


@pytest.mark.parametrize(
    ("column", "operator", "value"),
    [("id", "=", "five"), ("id", "LIKE", "5"), ("made", "=", "2026-01-01"), ("gone", "=", "1"), ("id", "BETWEEN", "1")],
)
def test_a_comparison_that_lake_formation_would_refuse_is_not_built(column: str, operator: str, value: str):
    with pytest.raises(InvalidInputError):
        comparison_text(TABLE, column, operator, value)
