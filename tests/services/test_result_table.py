"""Athena's text as typed columns."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal

import pyarrow.parquet
import pytest

from mesh_core.services.ports_queries import ResultColumn, ResultPage
from mesh_core.services.result_table import display_names, parquet_of, table_of

VALUES = [
    ("bigint", "9223372036854775807", 9223372036854775807),
    ("integer", "-1", -1),
    ("double", "1.0E-7", 1e-07),
    ("double", "Infinity", float("inf")),
    ("decimal(38,2)", "123456789012345678901234567890.12", Decimal("123456789012345678901234567890.12")),
    ("boolean", "true", True),
    ("date", "0001-01-01", date(1, 1, 1)),
    ("timestamp", "2017-01-01 10:00:00.123", datetime(2017, 1, 1, 10, 0, 0, 123000)),
    ("varchar", "", ""),
    ("varchar", "007", "007"),
    ("array", "[1, 2]", "[1, 2]"),
    ("timestamp with time zone", "2017-01-01 10:00:00.000 UTC", "2017-01-01 10:00:00.000 UTC"),
    ("date", "+10000-01-01", "+10000-01-01"),
]


@pytest.mark.parametrize(("athena_type", "text", "value"), VALUES)
def test_a_value_keeps_its_type_and_every_digit(athena_type: str, text: str, value: object) -> None:
    page = ResultPage((ResultColumn("x", athena_type),), ((text,), (None,)), False)
    assert table_of(page).column("x").to_pylist() == [value, None]


def test_a_result_without_rows_keeps_its_columns() -> None:
    table = table_of(ResultPage((ResultColumn("x", "date"), ResultColumn("y", "bigint")), (), False))
    assert (table.column_names, table.num_rows) == (["x", "y"], 0)


NAMES = [
    (("id", "id"), ("id", "id (2)")),
    (("id", "id", "id (2)"), ("id", "id (3)", "id (2)")),
    (("a", "a", "a"), ("a", "a (2)", "a (3)")),
]


@pytest.mark.parametrize(("given", "shown"), NAMES)
def test_a_name_that_comes_twice_is_numbered(given: tuple[str, ...], shown: tuple[str, ...]) -> None:
    assert display_names([ResultColumn(name, "varchar") for name in given]) == shown


COLUMNS = (ResultColumn("n", "decimal(5,2)"), ResultColumn("s", "varchar"), ResultColumn("s", "varchar"))


def test_the_parquet_file_tells_null_from_empty_text_and_keeps_line_breaks() -> None:
    csv = b'"n","s","s"\n"1.50","","a\nb ""q"""\n,,\n'
    table = pyarrow.parquet.read_table(io.BytesIO(parquet_of(csv, COLUMNS)))
    assert table.column_names == ["n", "s", "s (2)"]
    assert [list(row.values()) for row in table.to_pylist()] == [[Decimal("1.50"), "", 'a\nb "q"'], [None, None, None]]


def test_a_result_file_with_the_header_alone_gives_an_empty_parquet_file() -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(parquet_of(b'"n","s","s"\n', COLUMNS)))
    assert (table.num_rows, table.num_columns) == (0, 3)
