"""What the grid shows of typed values, and which chart a result begins with."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from mesh_core.services.ports_queries import ResultColumn
from pages.parts.chart import figure_of
from pages.parts.chart_choice import Choice, first_choice
from pages.parts.result_grid import _shown

CELLS = [
    pytest.param(pa.array([True, None]), ["true", None], id="a boolean with NULLs as words"),
    pytest.param(pa.array([True, False]), [True, False], id="a boolean without NULLs as it is"),
    pytest.param(pa.array([2**53 + 1]), ["9007199254740993"], id="a long number as text, every digit"),
    pytest.param(pa.array([2**53]), [2**53], id="a number as a number"),
    pytest.param(pa.array([Decimal("1.50")]), [Decimal("1.50")], id="a decimal as a number"),
    pytest.param(
        pa.array([Decimal("12345678901234567890.12")]), ["12345678901234567890.12"], id="a long decimal as text"
    ),
]


@pytest.mark.parametrize(("column", "shown"), CELLS)
def test_a_cell_never_loses_what_athena_said(column: pa.Array, shown: list[object]) -> None:
    assert _shown(pa.table({"x": column})).column("x").to_pylist() == shown


CHARTS = [
    ([("day", "date"), ("sales", "double")], Choice("Line", "day", "sales")),
    ([("week", "bigint"), ("city", "varchar"), ("n", "bigint")], Choice("Line", "week", "n", "city")),
    ([("city", "varchar"), ("n", "bigint")], Choice("Bar", "city", "n")),
    ([("campaign_id", "bigint"), ("n", "bigint")], Choice("Bar", "campaign_id", "n")),
    ([("x", "double"), ("y", "decimal(12,2)")], Choice("Scatter", "x", "y")),
    ([("x", "double")], Choice("Histogram", "x")),
    ([("name", "varchar"), ("household_id", "bigint")], None),
    ([], None),
]


@pytest.mark.parametrize(("columns", "expected"), CHARTS)
def test_the_first_chart_follows_from_the_columns_types(
    columns: list[tuple[str, str]], expected: Choice | None
) -> None:
    found = [ResultColumn(name, kind) for name, kind in columns]
    assert first_choice(found, [one.name for one in found]) == expected


TABLE = pa.table({"city": ["B", "A", "B", None], "n": [Decimal("2.5"), Decimal("1"), None, Decimal("4")]})


@pytest.mark.parametrize("kind", ["Bar", "Line", "Scatter", "Histogram"])
def test_every_kind_of_chart_draws_nulls_and_decimals(kind: str) -> None:
    y = "" if kind == "Histogram" else "n"
    figure, notes = figure_of(TABLE, Choice(kind, "n", y, "city"))  # type: ignore[arg-type]
    assert [trace.name for trace in figure.data] == ["B", "A", "NULL"]
    assert notes == []


def test_markup_in_values_is_drawn_as_text() -> None:
    table = pa.table({"city": ["<a href='x'>B</a>"], "n": [1]})
    figure, _ = figure_of(table, Choice("Bar", "city", "n"))
    assert figure.data[0].x == ("&lt;a href='x'&gt;B&lt;/a&gt;",)


def test_what_a_chart_leaves_out_is_said() -> None:
    table = pa.table({"city": [f"c{i}" for i in range(100)], "n": list(range(100))})
    assert figure_of(table, Choice("Bar", "city", "n"))[1] == ["The first 60 of 100 bars are drawn."]
    assert "The 8 first of 100 values" in figure_of(table, Choice("Bar", "city", "n", "city"))[1][0]
