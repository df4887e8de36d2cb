"""Text files: what each SerDe makes of quotes, delimiters, escapes, empty fields, odd JSON, packed files."""

from __future__ import annotations

import bz2
import gzip
import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from mesh_core.localaws.athena import macros
from mesh_core.localaws.athena.failures import QueryFailure
from mesh_core.localaws.athena.text_files import Unpacked
from tests.localaws.engine_world import CSV, HCATALOG_JSON, JSON, LAZY, World

_NUMBERS = count()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield World(tmp_path_factory.mktemp("lake"))


def _table(world: World, serde: str, columns: str, data: str | bytes, name: str = "f", **properties: str) -> str:
    """A table of one file; columns `a int, b string`."""
    table = f"t{next(_NUMBERS)}"
    world.put(f"{table}/{name}", data if isinstance(data, bytes) else data.encode())
    typed = dict(each.strip().split(" ", 1) for each in columns.split(";"))
    world.table(table, typed, serde, serde_parameters=properties)
    return table


_CELL = re.compile(r'(?:"((?:[^"]|"")*)")?(,|$)')


def _cells(world: World, table: str) -> list[list[str | None]]:
    """The rows as the result file has them: NULL is None, an empty text is not."""
    rows = []
    for line in world.text(f"SELECT * FROM {table}").splitlines()[1:]:
        found = list(_CELL.finditer(line))[: line.count(",") + 1]
        cells = [None if each[1] is None else each[1].replace('""', '"') for each in found]
        rows.append(cells[: next(index for index, each in enumerate(found) if not each[2]) + 1])
    return rows


OPENCSV = [
    ("a string; b string", 'x,y\n"q,r",s', None),
    ("a string; b string", '"a ""b""",c\n', [['a "b"', "c"]]),
    ("a string; b string", "x\n", [["x", None]]),
    ("a string; b string", "x,\n", [["x", ""]]),
    ("a string; b string", "x,y,z\n", [["x", "y"]]),
    ("a string; b string", "\nx,y\n", [[None, None], ["x", "y"]]),
    ("a string; b string", "x,y\r\nz,w\r\n", [["x", "y"], ["z", "w"]]),
    ("a string; b string", "x,y\nz,w\r\n", [["x", "y"], ["z", "w"]]),
    ("a string; b string", '"x\ny",z\n', [[None, None], [None, None]]),
    ("a string; b string", '"a\\"b",c\\\\d\n', [['a"b', "c\\d"]]),
    ("a string; b string", 'ab"c"d,e\n', [['ab"c"d', "e"]]),
    ("a string; b string", "größe,💧\n", [["größe", "💧"]]),
    ("a int; b double; c boolean", "+5,1.5e3,TRUE\n-2147483648, 2.5 ,no\n",
     [["5", "1500.0", "true"], ["-2147483648", "2.5", "false"]]),
    ("a date; b timestamp", "18262,1579059880000\n-1,-1\n",
     [["2020-01-01", "2020-01-15 03:44:40.000"], ["1969-12-31", "1969-12-31 23:59:59.999"]]),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "data", "rows"), OPENCSV)
def test_opencsv(world: World, columns: str, data: str, rows: list[list[str | None]] | None) -> None:
    table = _table(world, CSV, columns, data)
    if rows is None:
        assert world.rows(f"SELECT * FROM {table}") == [["x", "y"], ["q,r", "s"]]
    else:
        assert _cells(world, table) == rows


OPENCSV_ERRORS = [
    ("a int; b string", ",x\n", "HIVE_BAD_DATA: Error parsing field value '' for field 0: For input string: \"\""),
    ("a string; b int", "x,1.5\n", "HIVE_BAD_DATA: Error parsing field value '1.5' for field 1: For input string"),
    ("a tinyint; b int", "128,1\n", "HIVE_BAD_DATA: Error parsing field value '128' for field 0"),
    ("a date; b int", "2020-01-01,1\n", "HIVE_BAD_DATA: Error parsing field value '2020-01-01' for field 0"),
    ("a string; b array<int>", "x,y\n", "NOT_SUPPORTED: A column of type array(integer) in a table of OpenCSVSerde"),
    ("a string; b int", "x\ry\n", "NOT_SUPPORTED: A text file with carriage returns"),
]


@pytest.mark.parametrize(("columns", "data", "text"), OPENCSV_ERRORS)
def test_opencsv_forgives_no_number(world: World, columns: str, data: str, text: str) -> None:
    assert text in world.error(f"SELECT * FROM {_table(world, CSV, columns, data)}")


def test_opencsv_takes_other_marks_and_skips_headers(world: World) -> None:
    properties = {"separatorChar": ";", "quoteChar": "'", "escapeChar": "|", "skip.header.line.count": "2"}
    table = _table(world, CSV, "a string; b string", "h\n\n'x;y';'it|'s'\nz;w\n", **properties)
    assert _cells(world, table) == [["x;y", "it's"], ["z", "w"]]
    tabs = _table(world, CSV, "a string; b string", "x\ty z\n", separatorChar="\\t")
    assert _cells(world, tabs) == [["x", "y z"]]


LAZY_CASES = [
    ("a string; b int", "x\x015\n", {}, [["x", "5"]]),
    ("a string; b int", "x,5\n\\N,\\N\n,\n", {}, [["x", "5"], [None, None], ["", None]]),
    ("a string; b int", 'x\n\n"q,r",7\n', {}, [["x", None], ["", None], ['"q', None]]),
    ("a int; b bigint", "1.9,-0\n.5,+7\n1e3,x\n99999999999,1.x\n", {},
     [["1", "0"], ["0", "7"], [None, None], [None, None]]),
    ("a boolean; b double", "TRUE,NaN\nFalse,-Infinity\n1,1_0\n", {},
     [["true", "NaN"], ["false", "-Infinity"], [None, None]]),
    ("a decimal(5,2); b real", "1.005,1.5f\n123456,x\n1e2,2d\n", {},
     [["1.01", "1.5"], [None, None], ["100.00", "2.0"]]),
    ("a date; b timestamp", "2020-2-3,2020-02-03 04:05:06.7896\n2020/02/03,2020-02-03T04:05:06\n"
     "2020-01-32,2020-02-03\nx,epoch\n", {},
     [["2020-02-03", "2020-02-03 04:05:06.790"], [None, "2020-02-03 04:05:06.000"],
      ["2020-02-01", "2020-02-03 00:00:00.000"], [None, None]]),
    ("a char(3); b varchar(2)", "abcd,xyz\n", {}, [["abc", "xy"]]),
    ("a binary; b string", "aGk=,x\n", {}, [["68 69", "x"]]),
    ("a string; b string", "x\\,y,z\\\\\n", {"escape.delim": "\\"}, [["x,y", "z\\"]]),
    ("a string; b string", "x,NA\n", {"serialization.null.format": "NA"}, [["x", None]]),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "data", "properties", "rows"), LAZY_CASES)
def test_lazy_simple(
    world: World, columns: str, data: str, properties: dict[str, str], rows: list[list[str | None]]
) -> None:
    given = properties if "\x01" in data else {"field.delim": ",", **properties}
    table = _table(world, LAZY, columns, data, **given)
    assert _cells(world, table) == rows


def test_lazy_simple_nests_by_further_delimiters(world: World) -> None:
    columns = "a array<int>; m map<string,int>; r struct<x:int,y:string>; n array<array<int>>"
    data = "1|2|\\N,k:1|l:2|k:9,7|q,1:2|3\n,,,\n\\N,\\N,\\N,\\N\n"
    given = {"field.delim": ",", "collection.delim": "|", "mapkey.delim": ":"}
    table = _table(world, LAZY, columns, data, **given)
    assert world.rows(f"SELECT * FROM {table}") == [
        ["[1, 2, null]", "{k=1, l=2}", "{x=7, y=q}", "[[1, 2], [3]]"],
        ["[]", "{}", "{x=null, y=null}", "[]"],
        ["", "", "", ""],
    ]


OPENX = [
    ("a int; b string", '{"a": 1, "b": "x"}\n{"B": "y"}\n', {}, [["1", "x"], [None, "y"]]),
    ("a int; b string", '{"a": "12", "b": 1.50}\n{"a": 1.9, "b": true}\n', {}, [["12", "1.50"], ["1", "true"]]),
    ("a int; b string", '{"a": 1e2, "b": 12345678901234567890.5}\n{"a": "0x1f", "b": 1e2}', {},
     [["100", "12345678901234567890.5"], ["31", "1E+2"]]),
    ("a int; b string", 'x\n\n[3, "y"]\n  {"a": 4}  tail\n', {}, [[None] * 2, [None] * 2, ["3", "y"], ["4", None]]),
    ("a boolean; b double", '{"a": "TRUE", "b": "NaN"}\n{"a": 1, "b": "x"}\n{"a": null}\n', {},
     [["true", "NaN"], ["false", None], [None, None]]),
    ("a decimal(5,1); b bigint", '{"a": "1.25", "b": 9223372036854775807}\n{"a": 99999.9, "b": 9223372036854775808}\n',
     {}, [["1.3", "9223372036854775807"], [None, None]]),
    ("a date; b timestamp", '{"a": "2020-02-03T01:00", "b": "2020-01-01T00:00:00.123Z"}\n'
     '{"a": 18262, "b": "2020-01-01T02:00:00+0200"}\n{"a": "x", "b": 1577836800}\n{"b": 1577836800123}\n'
     '{"b": 1577836800.1239}\n{"b": "2020-01-01 00:00:00"}\n', {},
     [["2020-02-03", "2020-01-01 00:00:00.123"], ["2020-01-01", "2020-01-01 00:00:00.000"],
      [None, "2020-01-01 00:00:00.000"], [None, "2020-01-01 00:00:00.123"], [None, "2020-01-01 00:00:00.123"],
      [None, "2020-01-01 00:00:00.000"]]),
    ("a_b int; c string", '{"a.b": 1, "C": "x"}\n', {"dots.in.keys": "true"}, [["1", "x"]]),
    ("a int; ts string", '{"a": 1, "Time": "x"}\n', {"mapping.ts": "time"}, [["1", "x"]]),
    ("a int; b string", '{"A": 1, "b": "x"}\n', {"case.insensitive": "false"}, [[None, "x"]]),
    ("a int; b string", '{"a": 1, "b": "x"\n{"a": 2}\n', {"ignore.malformed.json": "true"},
     [[None, None], ["2", None]]),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "data", "properties", "rows"), OPENX)
def test_openx_json(
    world: World, columns: str, data: str, properties: dict[str, str], rows: list[list[str | None]]
) -> None:
    assert _cells(world, _table(world, JSON, columns, data, **properties)) == rows


def test_openx_json_nests(world: World) -> None:
    columns = "l array<int>; m map<string,int>; r struct<x:int,yY:string>; s string"
    data = (
        '{"l": [1, "2", null], "m": {"K": 1, "k": 2}, "r": {"X": 1, "yy": "z"}, "s": {"q": [1, 2.50]}}\n'
        '{"l": 7, "m": "", "r": [3, "w"], "s": [1]}\n{"l": ""}\n'
    )
    table = _table(world, JSON, columns, data)
    assert world.rows(f"SELECT * FROM {table}") == [
        ["[1, 2, null]", "{K=1, k=2}", "{x=1, yy=z}", '{"q":[1,2.50]}'],
        ["[7]", "", "{x=3, yy=w}", "[1]"],
        ["", "", "", ""],
    ]


JSON_ERRORS = [
    (JSON, "a int", '{"a": 1\n', "HIVE_CURSOR_ERROR: Row is not a valid JSON Object"),
    (JSON, "a int", '{"a": {}}\n', "HIVE_CURSOR_ERROR: Row is not a valid JSON Object"),
    (JSON, "m map<string,int>", '{"m": 1}\n', "HIVE_CURSOR_ERROR: Row is not a valid JSON Object"),
    (HCATALOG_JSON, "a int", '{"a": 1\n', "HIVE_CURSOR_ERROR: Row is not a valid JSON Object"),
    (HCATALOG_JSON, "a int", '{"a": 1}\n\n', "HIVE_CURSOR_ERROR: Row is not a valid JSON Object"),
    (HCATALOG_JSON, "a int", '{"a": "1"}\n', "HIVE_CURSOR_ERROR: Row is not a valid JSON Object"),
    (HCATALOG_JSON, "a string", '{"a": [1]}\n', "HIVE_CURSOR_ERROR: Row is not a valid JSON Object"),
    (HCATALOG_JSON, "a date", '{"a": "x"}\n', "HIVE_CURSOR_ERROR: Row is not a valid JSON Object"),
]


@pytest.mark.parametrize(("serde", "columns", "data", "text"), JSON_ERRORS)
def test_json_that_does_not_fit_ends_the_query(world: World, serde: str, columns: str, data: str, text: str) -> None:
    assert text in world.error(f"SELECT * FROM {_table(world, serde, columns, data)}")


def test_hives_json(world: World) -> None:
    data = '{"A": 1.9, "b": 2.50, "c": "true", "d": [1, null], "e": {"k": {"x": 1}}}\n{"a": null, "z": [1]}\n'
    columns = "a int; b string; c boolean; d array<int>; e map<string,struct<x:int>>"
    table = _table(world, HCATALOG_JSON, columns, data)
    assert world.rows(f"SELECT * FROM {table}") == [
        ["1", "2.50", "true", "[1, null]", "{k={x=1}}"],
        ["", "", "", "", ""],
    ]


def _zstd(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


PACKED = [("f.csv.gz", gzip.compress), ("f.bz2", bz2.compress), ("f.csv.zst", _zstd), ("f.csv", bytes)]


@pytest.mark.parametrize(("name", "pack"), PACKED, ids=[name for name, _ in PACKED])
@pytest.mark.parametrize(
    ("serde", "data"), [(CSV, '1,"x, y"\n2,\n'), (LAZY, "1\x01x, y\n2\x01\n")], ids=["csv", "lazy"]
)
def test_packed_files_are_unpacked_by_their_names(world: World, serde: str, data: str, name: str, pack: object) -> None:
    table = _table(world, serde, "a int; b string", pack(data.encode()), name)  # type: ignore[operator]
    assert world.rows(f"SELECT a, b FROM {table} ORDER BY a") == [["1", "x, y"], ["2", ""]]
    assert not list(world.ctx.temp.glob("unpacked-*"))


@pytest.mark.parametrize("name", ["f", "f.gz"])
@pytest.mark.parametrize("serde", [CSV, LAZY, JSON], ids=["csv", "lazy", "json"])
def test_a_line_may_be_longer_than_a_few_megabytes(world: World, serde: str, name: str) -> None:
    long = "x" * 5_000_000
    row = json.dumps({"a": long}) if serde == JSON else long
    data = f"{row}\n{row}".encode()
    table = _table(world, serde, "a string", gzip.compress(data) if name == "f.gz" else data, name)
    assert world.rows(f"SELECT length(a) FROM {table}") == [["5000000"], ["5000000"]]


@pytest.mark.parametrize("serde", [CSV, LAZY, JSON], ids=["csv", "lazy", "json"])
def test_texts_in_other_encodings_are_refused_by_name(world: World, serde: str) -> None:
    table = _table(world, serde, "a string", '{"a": "\xe4"}\n'.encode("latin-1"))
    assert world.error(f"SELECT * FROM {table}").startswith("NOT_SUPPORTED: A text file that is not encoded in UTF-8")


@pytest.mark.parametrize("name", ["f.gz", "f.bz2", "f.zst"])
def test_a_broken_packed_file_is_bad_data(world: World, name: str) -> None:
    table = _table(world, LAZY, "a int", b"no such packing", name)
    assert world.error(f"SELECT * FROM {table}").startswith("HIVE_BAD_DATA: A file of the table can't be read")
    assert not list(world.ctx.temp.glob("unpacked-*"))


def test_files_that_unpack_without_end_are_stopped(world: World, tmp_path: Path) -> None:
    (tmp_path / "f.bz2").write_bytes(bz2.compress(b"1" * 5000))
    unpacked = Unpacked(tmp_path, limit_bytes=4999)
    with pytest.raises(QueryFailure, match="EXCEEDED_LOCAL_MEMORY_LIMIT"):
        unpacked.add(str(tmp_path / "f.bz2"))
    unpacked.close()
    assert [each.name for each in tmp_path.iterdir()] == ["f.bz2"]


def test_an_error_tells_no_value_of_a_row_or_column_that_is_hidden(world: World) -> None:
    table = _table(world, CSV, "a string; b int", "x,1\ny,secret\n")
    world.grant_cells("rows", table, "mine", ["a"], "b = 1")
    assert "withheld" in world.error(f"SELECT a FROM {table}", "rows")
    table = _table(world, JSON, "a int; b string", '{"a": 1, "b": "secret"\n')
    world.grant_columns("columns", table, "a")
    assert "HIVE_CURSOR_ERROR" in world.error(f"SELECT * FROM {table}", "columns")
    assert "secret" not in world.error(f"SELECT * FROM {table}", "columns")


@pytest.mark.parametrize("ending", ["deflate", "lz4", "snappy", "lzo"])
def test_other_packings_are_refused_by_name(world: World, ending: str) -> None:
    table = _table(world, LAZY, "a int", "1\n", f"f.{ending}")
    assert "A text file packed with" in world.error(f"SELECT * FROM {table}")


ODD_PROPERTIES = [
    {"skip.footer.line.count": "1"},
    {"serialization.encoding": "ISO-8859-1"},
    {"line.delim": "|"},
    {"timestamp.formats": "yyyy"},
    {"serialization.last.column.takes.rest": "true"},
]


@pytest.mark.parametrize("properties", ODD_PROPERTIES, ids=[next(iter(each)) for each in ODD_PROPERTIES])
def test_properties_that_would_change_what_is_read_are_refused(world: World, properties: dict[str, str]) -> None:
    table = _table(world, LAZY, "a int", "1\n", **properties)
    assert world.error(f"SELECT * FROM {table}").startswith("NOT_SUPPORTED: The table property")


def test_a_large_csv_file_is_read_by_duckdb_where_that_is_right(world: World) -> None:
    plain = "".join(f'{n},"name, {n}"\n' for n in range(5000))
    table = _table(world, CSV, "a int; b string", plain)
    assert world.rows(f"SELECT count(*), max(b) FROM {table}") == [["5000", "name, 999"]]
    odd = plain + '5000,"over two\nlines"\n'
    table = _table(world, CSV, "a int; b string", odd)
    assert world.rows(f"SELECT count(*), sum(a) FROM {table}") == [["5002", "12502500"]]


def test_timestamps_of_parquet_files_are_rounded_to_milliseconds(world: World) -> None:
    fine, coarse = "TIMESTAMP '1969-12-31 23:59:59.123600'", "TIMESTAMP '1969-12-31 23:59:59.124'"
    world.parquet("moments/a.parquet", f"SELECT {fine} AS t, [{fine}] AS l, {{'x': {fine}}} AS r")
    world.parquet("moments/b.parquet", f"SELECT {coarse} AS t, [{coarse}] AS l, {{'x': {coarse}}} AS r")
    world.table("moments", {"t": "timestamp", "l": "array<timestamp>", "r": "struct<x:timestamp>"})
    assert world.rows("SELECT DISTINCT t, l, r FROM moments") == [
        ["1969-12-31 23:59:59.124", "[1969-12-31 23:59:59.124]", "{x=1969-12-31 23:59:59.124}"]
    ]
    assert world.rows("SELECT count(*) FROM moments WHERE t = TIMESTAMP '1969-12-31 23:59:59.124'") == [["2"]]


def test_no_macro_hides_another() -> None:
    every = [each.split("(")[0] for each in macros.every()]
    assert sorted(set(every)) == sorted(every)
