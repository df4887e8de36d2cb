"""Row filters: what is taken, and what is refused with the reason."""

from __future__ import annotations

import pytest

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.lakeformation import predicate
from mesh_core.localaws.lakeformation.column_types import comparable, field_type

COLUMNS = {
    "id": "int",
    "name": "varchar(20)",
    "country": "string",
    "price": "decimal(12,2)",
    "active": "boolean",
    "day": "date",
    "tags": "array<string>",
    "year": "int",
    "order": "string",
    "address": "struct<street:string,geo:struct<lat:double,lon:double>,zips:array<string>>",
}
KEYS = frozenset({"year"})


@pytest.mark.parametrize(
    "text",
    [
        "country = 'US'",
        "Country='US'",
        "(country = 'US') and (name <> 'x' OR id != 3)",
        "not (country = 'US')",
        "id between 1 and 10 and price not between -1.5 and +2e3",
        "country in ('US', 'DE', 'it''s')",
        "country NOT IN ('US')",
        "name like 'D%'",
        "name not like '_x%'",
        "name is null or country IS NOT NULL",
        "active = true AND active <> FALSE",
        '"year" = 2023',
        "\"order\" = 'late'",
        "address.street = 'A1'",
        'address."geo".lat >= 1.5',
        "true",
        "year >= 2020 and\n year < 2024",
        "price > .5",
    ],
)
def test_the_partiql_subset_is_taken(text: str) -> None:
    predicate.check(text, COLUMNS, KEYS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected a column"),
        ("country = ", "expected a constant"),
        ("country", "comparison"),
        ("country = 'US' country = 'DE'", "unexpected"),
        ("(country = 'US'", "expected )"),
        ("country = 'US')", "unexpected )"),
        ("nosuch = 1", "no column"),
        ("address.nosuch = 1", "no column"),
        ("country.x = 1", "no column"),
        ("lower(country) = 'us'", "no functions"),
        ("id = id", "expected a constant"),
        ("1 = id", "expected a column"),
        ("id + 1 = 2", "can't read"),
        ("id = 'one'", "is no number"),
        ("country = 1", "is no text"),
        ("active = 'true'", "is no boolean"),
        ("country in (1, 2)", "is no text"),
        ("id like '1%'", "no text column"),
        ("day = '2024-01-01'", "has type date"),
        ("tags = 'x'", "has type array<string>"),
        ("address = 'x'", "has type struct"),
        ("year is null", "partition key"),
        ("order = 'late'", "expected a column"),
        ("country = null", "expected a constant"),
        ("country = 'US' -- x", "can't read"),
        ("country = 'US'; drop table x", "can't read"),
        ("country = 'US", "can't read"),
        ("id in (select 1)", "expected a constant"),
        ("exists (select 1)", "expected a column"),
        ("id = 1" + " or id = 1" * 300, "2048"),
        ("(" * 101 + "id = 1" + ")" * 101, "nested"),
    ],
)
def test_what_is_not_of_the_subset_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(AwsError) as refused:
        predicate.check(text, COLUMNS, KEYS)
    assert refused.value.code == "InvalidInputException"
    assert reason in refused.value.message


def test_fields_are_found_at_any_depth_of_structs() -> None:
    assert field_type(COLUMNS["address"], ["geo", "lat"]) == "double"
    assert field_type(COLUMNS["address"], ["zips"]) == "array<string>"
    assert field_type(COLUMNS["address"], ["zips", "x"]) is None
    assert field_type("struct<a:decimal(12,2),b:map<string,int>>", ["b"]) == "map<string,int>"


def test_only_text_numbers_and_booleans_are_comparable() -> None:
    assert [comparable(t) for t in ("char(3)", "DECIMAL(3,1)", "boolean", "timestamp")] == [
        "text",
        "number",
        "boolean",
        None,
    ]
