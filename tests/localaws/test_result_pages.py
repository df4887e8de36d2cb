"""GetQueryResults gives back what the result file holds, whatever is in the values and wherever a page ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws.athena.engine import Cancel, QueryEngine
from tests.localaws.athena_world import Named, World

Cells = list[str | None]
VALUES = [
    "x", "", None, ",", '"', '""', '","', '",', ',"', "\n", '\n"', '"\n', "\nx", "x\n", "x\r", "\r\n", '",\n,"',
    'a","b', "é", "日本", "🦆", "\u2028", "\x0b", "{a=1, b=[x, y]}", "[1, null]", " ", "\\", "\\N", "null",
]  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def written(cell: str | None) -> str:
    return "" if cell is None else '"' + cell.replace('"', '""') + '"'


def pages(world: World, rows: list[Cells], limit: int | None = None) -> list[list[Cells]]:
    """The pages of a result with these rows, the first of which is the header."""
    columns = tuple(Named(str(name), "varchar") for name in rows[0])
    world.engine.answers["SELECT rows"] = columns, "".join(",".join(map(written, row)) + "\n" for row in rows)
    return all_pages(world, world.begin("SELECT rows"), limit)


def all_pages(world: World, execution: str, limit: int | None = None) -> list[list[Cells]]:
    found: list[list[Cells]] = []
    more: dict[str, Any] = {} if limit is None else {"MaxResults": limit}
    while True:
        answer = world.call("GetQueryResults", {"QueryExecutionId": execution, **more})
        found.append([[cell.get("VarCharValue") for cell in row["Data"]] for row in answer["ResultSet"]["Rows"]])
        if "NextToken" not in answer:
            return found
        more["NextToken"] = answer["NextToken"]


def test_a_value_comes_back_as_it_was_alone_first_last_and_between(world: World) -> None:
    for width in (1, 2, 3):
        rows: list[Cells] = [[f"c{number}" for number in range(width)]]
        for value in VALUES:
            for place in range(width):
                row: Cells = ["x"] * width
                row[place] = value
                rows += [row, ["y"] * width]
            rows.append([value] * width)
        assert pages(world, rows) == [rows]


def test_every_two_values_side_by_side_come_back_as_they_were(world: World) -> None:
    rows: list[Cells] = [["a", "b"], *([one, other] for one in VALUES for other in VALUES)]
    assert pages(world, rows) == [rows]


@pytest.mark.parametrize("limit", [1, 2, 7, 999, 1000])
def test_pages_put_together_are_the_rows_each_once_and_in_order(world: World, limit: int) -> None:
    rows: list[Cells] = [["a", "b"]]
    rows += [[str(number), VALUES[number % len(VALUES)]] for number in range(40 if limit < 10 else 2100)]
    found = pages(world, rows, limit)
    assert [row for page in found for row in page] == rows
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1) and 0 < len(found[-1]) <= limit


@pytest.mark.parametrize("count", [997, 998, 999, 1000, 1001])
def test_a_page_holds_a_thousand_rows_with_the_header_and_none_is_empty(world: World, count: int) -> None:
    rows: list[Cells] = [["n"], *([str(number)] for number in range(count))]
    assert [len(page) for page in pages(world, rows)] == ([count + 1] if count < 1000 else [1000, count - 999])


def test_a_row_is_whole_wherever_reading_the_file_in_blocks_cuts_it(world: World) -> None:
    for length in range(65_520, 65_545):
        rows: list[Cells] = [["a", "b"], ["x" * length, 'y"z'], ["1", None], ["", "2"]]
        assert pages(world, rows) == [rows]


def test_a_result_without_rows_has_its_header(world: World) -> None:
    assert pages(world, [["a", "b"]]) == [[["a", "b"]]]


def test_a_header_is_no_row_whatever_the_columns_are_called(world: World) -> None:
    rows: list[Cells] = [['a","b', 'c"', ""], ["1", "2", "3"]]
    assert pages(world, rows) == [rows]


def test_values_of_every_kind_come_from_the_engine_as_athena_shows_them(tmp_path: Path) -> None:
    made: list[QueryEngine] = []
    world = World(tmp_path, engine=lambda: made[0], switch=Cancel)
    made.append(QueryEngine(world.ctx))
    sql = """SELECT * FROM (VALUES
        (1, 'plain', ARRAY['x', NULL, 'y,z'], MAP(ARRAY['k'], ARRAY['v"w']),
            CAST(ROW('p', 2) AS ROW(a varchar, b int))),
        (2, 'say "hi", you', ARRAY[], NULL, NULL), (3, '', NULL, MAP(), NULL), (4, NULL, NULL, NULL, NULL),
        (5, U&'two\\000Alines', ARRAY['é'], NULL, NULL)) AS t(n, text, list, pairs, fields) ORDER BY n"""
    done = world.run(sql)
    assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
    assert all_pages(world, done["QueryExecutionId"]) == [
        [
            ["n", "text", "list", "pairs", "fields"],
            ["1", "plain", "[x, null, y,z]", '{k=v"w}', "{a=p, b=2}"],
            ["2", 'say "hi", you', "[]", None, None],
            ["3", "", None, "{}", None],
            ["4", None, None, None, None],
            ["5", "two\nlines", "[é]", None, None],
        ]
    ]
    made[0].close()
