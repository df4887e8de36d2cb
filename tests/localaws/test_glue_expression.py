"""GetPartitions' filter expressions, read and applied by the types of the partition keys."""

from __future__ import annotations

import pytest

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.glue.expression import matcher

KEYS = [
    {"Name": "year", "Type": "int"},
    {"Name": "region", "Type": "string"},
    {"Name": "day", "Type": "date"},
    {"Name": "price", "Type": "decimal(10,2)"},
    {"Name": "at", "Type": "timestamp"},
]
ROW = ["2023", "eu-west", "2023-05-06", "9.50", "2023-05-06 07:08:09.123456789"]
NULLS = ["__HIVE_DEFAULT_PARTITION__"] * 5


@pytest.mark.parametrize(
    "expression",
    [
        "year = 2023",
        "year = '2023'",
        "YEAR=2023",
        "\"year\" = 2023 and `region` = 'eu-west'",
        "2022 < year",
        "year > 999",
        "year <> 2024",
        "year != 2024",
        "year >= 2023 AND year <= 2023",
        "year in (2021, 2023)",
        "year not in (2021, 2022)",
        "year between 2020 and 2023",
        "not year between 2024 and 2030",
        "region like 'eu-%'",
        "region like 'e_-west'",
        "region not like '%.%'",
        "region > 'eu' and region < 'ev'",
        "day > '2023-05-05' and day < DATE '2023-10-01'",
        "price = 9.5",
        "price between 9.49 and 9.51",
        "at > '2023-05-06 07:08:09.123456788'",
        "at < TIMESTAMP '2023-05-06 07:08:10'",
        "year = 1 or region = 'eu-west'",
        "year = 1 and region = 'x' or day is not null",
        "(year = 1 or year = 2023) and (not (region = 'us'))",
        "year IS NOT NULL",
        "",
        "   ",
    ],
)
def test_the_expression_finds_the_partition(expression):
    assert matcher(expression, KEYS)(ROW)


@pytest.mark.parametrize(
    "expression",
    [
        "year = 2024",
        "year < 300",
        "region = 'EU-WEST'",
        "region like 'west'",
        "region like 'eu.west'",
        "price > 10",
        "day in ('2023-05-07')",
        "year is null",
        "year = 1 or year = 2",
        "year = 2023 and (region = 'us' or day is null)",
    ],
)
def test_the_expression_leaves_the_partition_out(expression):
    assert not matcher(expression, KEYS)(ROW)


@pytest.mark.parametrize(
    "expression, found",
    [
        ("year is null", True),
        ("year = 2023", False),
        ("not year = 2023", False),
        ("year = 2023 or region is null", True),
        ("region like '%'", False),
        ("year not in (1)", False),
    ],
)
def test_hives_null_partition_is_null_with_three_valued_logic(expression, found):
    assert matcher(expression, KEYS)(NULLS) is found


@pytest.mark.parametrize(
    "expression, words",
    [
        ("month = 1", "Invalid partition expression"),
        ("year = ", "Unsupported expression 'year = '"),
        ("year", "Unsupported expression"),
        ("year = 2023 extra", "Unsupported expression"),
        ("(year = 2023", "Unsupported expression"),
        ("year = 'abc'", '"abc" is not an integer.'),
        ("day = 'yesterday'", "yesterday is not a date."),
        ("price = 'x'", "x is not a decimal."),
        ("at = '2023-01-01'", "2023-01-01 is not a timestamp."),
        ("year like '20%'", "Integral data type doesn't support operation 'LIKE'"),
        ("day like '20%'", "Date data type doesn't support operation 'LIKE'"),
        ("year = year", "Unsupported expression"),
        ("year = 'open", "Unsupported expression"),
        ("year in ()", "Unsupported expression"),
        ("upper(region) = 'EU'", "Invalid partition expression"),
        ("year = 2023; drop", "Unsupported expression"),
    ],
)
def test_an_expression_that_cant_be_read_is_refused(expression, words):
    with pytest.raises(AwsError) as refused:
        matcher(expression, KEYS)(ROW)
    assert refused.value.code == "InvalidInputException"
    assert words in refused.value.message


def test_a_key_type_that_glue_cant_compare_is_refused():
    with pytest.raises(AwsError, match="Unknown type : 'array<int>'"):
        matcher("a = 1", [{"Name": "a", "Type": "array<int>"}])


def test_a_stored_value_that_is_not_of_its_keys_type_is_an_invalid_state():
    with pytest.raises(AwsError) as refused:
        matcher("year = 1", KEYS)(["not a year", *ROW[1:]])
    assert refused.value.code == "InvalidStateException"
