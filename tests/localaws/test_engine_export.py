"""A query's rows as a table's files: CTAS, INSERT and UNLOAD."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_core.localaws.athena.engine import Cancel, Export, Exported, QueryFailure
from tests.localaws.engine_world import World, caller


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("lake")) as made:
        yield made


def export(world: World, folder: Path, sql: str, how: Export) -> Exported:
    return world.engine.export(caller("admin"), sql, "shop", folder, Cancel(), how)


def test_parquet_keeps_the_querys_types(world: World, tmp_path: Path) -> None:
    import duckdb

    sql = "SELECT 1 AS a, DECIMAL '1.50' AS d, ARRAY['x'] AS l, TIMESTAMP '2024-01-01 00:00:00' AS t"
    found = export(world, tmp_path, sql, Export("PARQUET", "SNAPPY"))
    assert (found.files, found.row_count) == ([("data.parquet", ())], 1)
    assert [each.type for each in found.columns] == ["integer", "decimal(3,2)", "array(varchar(1))", "timestamp(0)"]
    described = duckdb.sql(f"DESCRIBE SELECT * FROM '{tmp_path}/data.parquet'").fetchall()
    assert [row[1] for row in described] == ["INTEGER", "DECIMAL(3,2)", "VARCHAR[]", "TIMESTAMP"]


def test_partitions_are_folders_and_their_values_come_with_the_files(world: World, tmp_path: Path) -> None:
    sql = "SELECT * FROM (VALUES (1, 'a b', DATE '2024-01-01'), (2, 'c/d', DATE '2024-01-02')) AS t(n, s, day)"
    found = export(world, tmp_path, sql, Export("PARQUET", "GZIP", ("s", "day")))
    assert sorted(values for _, values in found.files) == [("a b", "2024-01-01"), ("c/d", "2024-01-02")]
    assert all((tmp_path / name).is_file() for name, _ in found.files)


def test_insert_converts_to_the_tables_types(world: World, tmp_path: Path) -> None:
    how = Export("TEXTFILE", "NONE", (), (("n", "bigint"), ("s", "string"), ("at", "timestamp")))
    export(world, tmp_path, "SELECT 1, NULL, DATE '2024-01-01'", how)
    assert (tmp_path / "data.txt").read_text() == "1\x01\\N\x012024-01-01 00:00:00.000\n"


def test_json_is_packed_lines(world: World, tmp_path: Path) -> None:
    found = export(world, tmp_path, "SELECT 1 AS a, ARRAY[1, 2] AS b", Export("JSON", "GZIP"))
    assert gzip.decompress((tmp_path / found.files[0][0]).read_bytes()) == b'{"a":1,"b":[1,2]}\n'


def test_no_rows_no_files(world: World, tmp_path: Path) -> None:
    assert export(world, tmp_path, "SELECT 1 AS a WHERE false", Export("PARQUET")).files == []


@pytest.mark.parametrize(
    ("sql", "how", "text"),
    [
        ("SELECT 1 AS a", Export("ORC"), "Writing ORC"),
        ("SELECT 'x' AS a", Export("PARQUET", columns=(("a", "array<int>"),)), "TYPE_MISMATCH"),
        ("SELECT 1 AS a, 2 AS b", Export("PARQUET", columns=(("a", "int"),)), "Insert query has 2 columns"),
        ("SELECT ARRAY[1] AS a", Export("TEXTFILE"), "nested type as text"),
    ],
)
def test_what_can_not_be_written_is_refused(world: World, tmp_path: Path, sql: str, how: Export, text: str) -> None:
    with pytest.raises(QueryFailure, match=text):
        export(world, tmp_path, sql, how)


def test_explain_names_tables_and_columns_but_no_path(world: World) -> None:
    world.table("plans", {"x": "int"})
    text = world.engine.explain(caller("admin"), "SELECT x, count(*) FROM plans GROUP BY x", "shop")
    assert "TableScan[awsdatacatalog:shop:plans]" in text and "/" not in text
