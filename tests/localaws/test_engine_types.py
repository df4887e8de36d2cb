"""Types: what Hive, Trino and DuckDB call the same thing, and what converts by itself."""

from __future__ import annotations

import pytest

from mesh_core.localaws.athena.type_texts import UnknownTypeError, parse_type
from mesh_core.localaws.athena.types import (
    column_type_text,
    common,
    converts,
    duckdb_type,
    hive_type,
)


@pytest.mark.parametrize(
    ("hive", "trino", "duckdb"),
    [
        ("int", "integer", "INTEGER"),
        ("string", "varchar", "VARCHAR"),
        ("float", "real", "FLOAT"),
        ("binary", "varbinary", "BLOB"),
        ("decimal(12,2)", "decimal(12,2)", "DECIMAL(12,2)"),
        ("varchar(3)", "varchar(3)", "VARCHAR"),
        ("char(2)", "char(2)", "VARCHAR"),
        ("timestamp", "timestamp", "TIMESTAMP"),
        ("array<map<string,int>>", "array(map(varchar, integer))", "MAP(VARCHAR, INTEGER)[]"),
        ("struct<a:int,b:array<date>>", "row(a integer, b array(date))", 'STRUCT("a" INTEGER, "b" DATE[])'),
    ],
)
def test_one_type_has_three_names(hive: str, trino: str, duckdb: str) -> None:
    found = parse_type(hive)
    assert (column_type_text(found), duckdb_type(found), hive_type(found)) == (trino, duckdb, hive)
    assert parse_type(trino) == found


@pytest.mark.parametrize(
    "text",
    ["", "strin", "array<int", "array<int>>", "map<int>", "decimal(a)", "int; drop", "varchar()", "uniontype<int>"],
)
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(UnknownTypeError):
        parse_type(text)


@pytest.mark.parametrize(
    ("one", "other", "wide"),
    [
        ("integer", "bigint", "bigint"),
        ("integer", "decimal(5,2)", "decimal(12,2)"),
        ("decimal(5,2)", "real", "real"),
        ("varchar(1)", "varchar(3)", "varchar(3)"),
        ("date", "timestamp(3)", "timestamp(3)"),
        ("array(integer)", "array(double)", "array(double)"),
        ("integer", "varchar", None),
        ("date", "varchar", None),
        ("boolean", "integer", None),
    ],
)
def test_the_common_type_of_two(one: str, other: str, wide: str | None) -> None:
    found = common(parse_type(one), parse_type(other))
    assert (str(found) if found else None) == wide
    assert common(parse_type(other), parse_type(one)) == found


def test_nothing_converts_to_a_narrower_type() -> None:
    assert converts(parse_type("integer"), parse_type("double"))
    assert not converts(parse_type("double"), parse_type("integer"))
    assert not converts(parse_type("varchar"), parse_type("varchar(3)"))
