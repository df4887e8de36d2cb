"""Parquet files whose types or names are not the table's: what Athena reads, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from mesh_core.localaws.athena import parquet_schemas
from tests.localaws.engine_world import World

_NUMBERS = count()
FILE = """SELECT 1::INTEGER AS i, 2::BIGINT AS l, 'x' AS s, 1.5::FLOAT AS f, 1.5::DOUBLE AS d, true AS b,
    1.5::DECIMAL(10,2) AS m, DATE '2020-01-02' AS day, TIMESTAMP '2020-01-02 03:04:05' AS t, [1, 2] AS a,
    {'x': 1, 'y': 'z'} AS r, MAP {'k': 1} AS p"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("lake"))
    made.parquet("file/1.parquet", FILE)
    yield made


def _table(world: World, columns: dict[str, str], location: str = "s3://lake/file/", **more: object) -> str:
    name = f"t{next(_NUMBERS)}"
    world.table(name, columns, location=location, **more)
    return name


WIDER = [
    ("i", "smallint", "1"), ("i", "bigint", "1"), ("l", "bigint", "2"), ("f", "float", "1.5"), ("f", "double", "1.5"),
    ("m", "decimal(12,3)", "1.500"), ("i", "decimal(5,1)", "1.0"), ("s", "varchar(3)", "x"), ("s", "binary", "78"),
    ("day", "date", "2020-01-02"), ("t", "timestamp", "2020-01-02 03:04:05.000"), ("a", "array<bigint>", "[1, 2]"),
    ("r", "struct<Y:string,new:int>", "{y=z, new=null}"), ("p", "map<string,bigint>", "{k=1}"), ("lacks", "int", ""),
]  # fmt: skip


@pytest.mark.parametrize(("column", "kind", "value"), WIDER, ids=[f"{name} as {kind}" for name, kind, _ in WIDER])
def test_numbers_may_be_wider_and_columns_may_lack(world: World, column: str, kind: str, value: str) -> None:
    assert world.rows(f"SELECT {column}, 1 FROM {_table(world, {column: kind})}") == [[value, "1"]]


OTHERS = [
    ("i", "string", "INT32", "varchar"), ("i", "double", "INT32", "double"), ("l", "int", "INT64", "integer"),
    ("l", "timestamp", "INT64", "timestamp(3)"), ("s", "int", "BINARY", "integer"), ("d", "float", "DOUBLE", "real"),
    ("b", "int", "BOOLEAN", "integer"), ("m", "double", "INT64", "double"), ("s", "date", "BINARY", "date"),
    ("day", "timestamp", "INT32", "timestamp(3)"), ("t", "date", "INT64", "date"), ("t", "bigint", "INT64", "bigint"),
    ("a", "array<string>", "group", "array(varchar)"), ("a", "int", "group", "integer"), ("i", "array<int>", "INT32",
    "array(integer)"), ("r", "struct<x:string>", "group", "row(x varchar)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "kind", "there", "shown"), OTHERS, ids=[f"{name} as {kind}" for name, kind, *_ in OTHERS]
)
def test_a_column_of_another_type_is_bad_data(world: World, column: str, kind: str, there: str, shown: str) -> None:
    table = _table(world, {column: kind, "lacks": "int"})
    assert world.error(f"SELECT {column} FROM {table}") == (
        f"HIVE_BAD_DATA: Field {column}'s type {there} in parquet file s3://lake/file/1.parquet is incompatible with "
        f"type {shown} defined in table schema"
    )
    assert world.rows(f"SELECT lacks, 1 FROM {table}") == [["", "1"]]


def test_every_file_is_looked_at(world: World) -> None:
    for number in range(250):
        world.parquet(f"many/{number}.parquet", f"SELECT {number}::BIGINT AS n")
    world.parquet("many/0.parquet", "SELECT '7' AS n")
    assert "type BINARY in parquet file s3://lake/many/0.parquet" in world.error(
        f"SELECT max(n) FROM {_table(world, {'n': 'bigint'}, 's3://lake/many/')}"
    )


def test_a_refused_type_names_no_file_of_a_hidden_partition(world: World) -> None:
    world.parquet("parts/secret/1.parquet", "SELECT 'x' AS n")
    table = _table(world, {"n": "int", "m": "int"}, "s3://lake/parts/", keys={"k": "string"})
    world.partition(table, ["secret"], "s3://lake/parts/secret/")
    world.grant_cells("reader", table, "some", ["n", "m"], "k <> 'secret' OR m IS NULL")
    assert "in a parquet file of the table is incompatible" in world.error(f"SELECT n FROM {table}", "reader")


def test_columns_are_read_by_their_places_where_the_table_says_so(world: World) -> None:
    world.parquet("places/1.parquet", "SELECT 1::INTEGER AS one, 'x' AS two, TIMESTAMP '2020-01-01 00:00:00' AS c")
    columns = {"a": "bigint", "b": "string", "t": "timestamp", "one": "int"}
    by_place = {"parquet.column.index.access": "true"}
    table = _table(world, columns, "s3://lake/places/", serde_parameters=by_place)
    assert world.rows(f"SELECT * FROM {table}") == [["1", "x", "2020-01-01 00:00:00.000", ""]]
    assert world.rows(f"SELECT b FROM {table}") == [["x"]]
    wrong = _table(world, {"a": "string"}, "s3://lake/places/", serde_parameters=by_place)
    assert "Field a's type INT32" in world.error(f"SELECT * FROM {wrong}")
    world.parquet("places/2.parquet", "SELECT 'y' AS two, 2::INTEGER AS one")
    assert world.error(f"SELECT * FROM {table}").startswith("NOT_SUPPORTED: parquet.column.index.access over files")


def test_a_file_tells_its_size_its_time_and_its_partition(world: World) -> None:
    for key in ("a b", "c"):
        world.parquet(f"told/{key}/1.parquet", "SELECT 1::INTEGER AS n")
    table = _table(world, {"n": "int"}, "s3://lake/told/", keys={"k": "string", "x": "int"})
    world.partition(table, ["a b", "1"], "s3://lake/told/a b/")
    world.partition(table, ["c", "2"], "s3://lake/told/c/")
    stored = {each.key: each for each in world.ctx.objects.files("lake", "told/")}
    rows = world.rows(f'SELECT "$partition", "$file_size", "$file_modified_time" FROM {table} ORDER BY k')
    assert rows == [
        [name, str(stored[key].size_bytes), f"{stored[key].last_modified:%Y-%m-%d %H:%M:%S}.{milliseconds} UTC"]
        for name, key in (("k=a b/x=1", "told/a b/1.parquet"), ("k=c/x=2", "told/c/1.parquet"))
        for milliseconds in [f"{stored[key].last_modified.microsecond // 1000:03}"]
    ]
    assert world.rows(f'SELECT typeof("$file_size"), typeof("$file_modified_time") FROM {table} LIMIT 1') == [
        ["bigint", "timestamp(3) with time zone"]
    ]
    assert world.rows(f"SELECT * FROM {table} WHERE k = 'c'") == [["1", "c", "2"]]


def test_only_partitioned_tables_have_partitions_and_an_empty_one_has_the_others(world: World) -> None:
    single = _table(world, {"i": "int"})
    assert "Column '$partition' cannot be resolved" in world.error(f'SELECT "$partition" FROM {single}')
    empty = _table(world, {"i": "int"}, "s3://lake/nothing/")
    assert world.rows(f'SELECT "$path", "$file_size", "$file_modified_time" FROM {empty}') == []


def test_what_is_remembered_of_files_has_an_upper_limit(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_schemas, "REMEMBERED", 3)
    schemas = parquet_schemas.ParquetSchemas()
    for number in range(9):
        world.parquet(f"shapes/{number}.parquet", f"SELECT 1::INTEGER AS c{number}")
    paths = [str(each.path) for each in world.ctx.objects.files("lake", "shapes/")]
    assert schemas.of(paths) == [{f"c{number}": "INTEGER"} for number in range(9)]
    assert len(schemas._known) <= 3 and len(schemas._shapes) <= 3
    assert schemas.of(paths[:2]) == [{"c0": "INTEGER"}, {"c1": "INTEGER"}]
    assert schemas.of([str(tmp_path / "none"), paths[5]]) == [{}, {"c5": "INTEGER"}]
