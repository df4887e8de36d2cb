"""TPC-H's 22 queries on data of scale factor 0.01, against answers that Python's decimals give."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from benchmarks.tpch import queries
from tests.localaws.engine_world import World
from tests.localaws.tpch import data
from tests.localaws.tpch.reference import Reference


@pytest.fixture(scope="module")
def tables() -> data.Tables:
    return data.made()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, tables: data.Tables) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("lake")
    made = World(folder)
    for field in dataclasses.fields(tables):
        rows = getattr(tables, field.name)
        data.write(rows, folder / "made.parquet")
        made.put(f"{field.name}/made.parquet", (folder / "made.parquet").read_bytes())
        made.table(field.name, data.columns(rows))
    yield made
    made.close()


@pytest.fixture(scope="module")
def reference(tables: data.Tables) -> Reference:
    return Reference(tables)


@pytest.mark.parametrize("number", range(1, 23))
def test_every_digit_is_what_decimals_give(world: World, reference: Reference, number: int) -> None:
    wanted = [[str(cell) for cell in row] for row in reference.answer(number)]
    assert wanted and wanted != [["0"]], "the data has nothing that this query asks for"
    assert world.rows(queries()[number]) == wanted
