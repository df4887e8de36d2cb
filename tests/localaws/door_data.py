"""The tables that the doors are tried on: every value says where it belongs, every name is nowhere else.

A leak is found by looking for values and names in whatever text comes out, so none of them may occur by chance:
text is `Mq` + table, row, column; whole numbers start with 987, fractions with 987., dates lie in the year 3000 and on;
names start with dat_, tab_, col_ or fld_.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.localaws.door_rules import Table, Value

DATABASES = ("dat_1", "dat_2")
LAKE, HYBRID = "mesh-doors-000000000000-us-east-1", "mesh-hybrid-000000000000-us-east-1"
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
CSV_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"

TYPES = {
    "col_a1": "string",
    "col_a2": "bigint",
    "col_a3": "double",
    "col_a4": "struct<fld_a1:string,fld_a2:bigint>",
    "col_a5": "date",
    "col_a6": "string",
    "col_b1": "string",
    "col_b2": "bigint",
    "col_bk": "string",
    "col_c1": "string",
    "col_c2": "bigint",
    "col_c3": "string",
    "col_v1": "string",
    "col_v2": "bigint",
    "col_w1": "string",
    "col_w2": "string",
}


def text(table: str, row: int, column: int) -> str:
    return f"Mq{table}{row}c{column}"


def whole(table: int, row: int, column: int) -> int:
    return 987_000_000 + table * 100_000 + row * 1_000 + column


A = Table(
    "dat_1.tab_a",
    dict.fromkeys(("col_a1", "col_a2", "col_a3"), ())
    | {"col_a4": ("fld_a1", "fld_a2")}
    | dict.fromkeys(("col_a5", "col_a6"), ()),
    rows=tuple(
        {
            "col_a1": text("a", row, 1),
            "col_a2": whole(1, row, 2),
            "col_a3": float(f"987.1{row}3"),
            "col_a4.fld_a1": text("a", row, 4),
            "col_a4.fld_a2": whole(1, row, 4),
            "col_a5": f"3{row}15-03-02",
            "col_a6": None if row == 1 else text("a", row, 6),
        }
        for row in range(4)
    ),
)
B = Table(
    "dat_1.tab_b",
    dict.fromkeys(("col_b1", "col_b2", "col_bk"), ()),
    keys=("col_bk",),
    rows=tuple(
        {"col_b1": text("b", row, 1), "col_b2": whole(2, row, 2), "col_bk": text("b", row // 2, 9)} for row in range(4)
    ),
)
C = Table(
    "dat_2.tab_c",
    dict.fromkeys(("col_c1", "col_c2", "col_c3"), ()),
    rows=tuple(
        {"col_c1": text("c", row, 1), "col_c2": whole(3, row, 2), "col_c3": text("c", row, 3)} for row in range(3)
    ),
    hybrid=True,
)
PLAIN = Table(
    "dat_2.tab_v",
    {"col_v1": (), "col_v2": ()},
    rows=tuple({"col_v1": row["col_a1"], "col_v2": row["col_a2"]} for row in A.rows),
    base=A,
    reads={"col_v1": "col_a1", "col_v2": "col_a2"},
)
PROTECTED = Table(
    "dat_2.tab_w",
    {"col_w1": (), "col_w2": ()},
    rows=tuple({"col_w1": row["col_b1"], "col_w2": row["col_bk"]} for row in B.rows),
    base=B,
    reads={"col_w1": "col_b1", "col_w2": "col_bk"},
    definer=True,
)
TABLES = {table.name: table for table in (A, B, C, PLAIN, PROTECTED)}
BASES = (A, B, C)


def shown(value: Value) -> str | None:
    """A value as Athena prints it."""
    return None if value is None else str(value)


MARKERS = frozenset(str(value) for table in TABLES.values() for row in table.rows for value in row.values() if value)
OLD_COLUMN = "col_a9"
"""A column that the first version of table A had."""
NAMES = (
    frozenset(DATABASES)
    | {table.name.partition(".")[2] for table in TABLES.values()}
    | {name for table in TABLES.values() for name in table.columns}
    | {part for table in TABLES.values() for parts in table.columns.values() for part in parts}
    | {OLD_COLUMN}
)
_MARKER = re.compile(r"(?=(Mq[a-c]\dc\d|987\.\d{3}|987\d{6}|3\d\d\d-\d\d-\d\d))")
_NAME = re.compile(r"(?:dat|tab|col|fld)_[a-z0-9]{1,2}(?![a-z0-9])")
_VIEW = re.compile(r"Presto View: ([A-Za-z0-9+/=]+)")


def markers_in(text_: str) -> frozenset[str]:
    """The values of the tables that a text holds."""
    return frozenset(_MARKER.findall(text_)) & MARKERS


def names_in(text_: str) -> frozenset[str]:
    """The names of the tables that a text holds."""
    return frozenset(_NAME.findall(text_)) & NAMES


def readable(body: bytes) -> str:
    """Bytes as text in which a search finds what a person would: unpacked, decoded, Parquet as its rows."""
    if body[:2] == b"\x1f\x8b":
        return readable(gzip.decompress(body))
    if body[:4] == b"PAR1":
        return _parquet(body)
    found = body.decode("latin-1")
    return found + "".join(base64.b64decode(code).decode() for code in _VIEW.findall(found))


def _parquet(body: bytes) -> str:
    import io

    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(body))
    return f"{table.schema}\n{json.dumps(table.to_pylist(), default=str)}"


@dataclass(frozen=True)
class File:
    """One object of the lake."""

    bucket: str
    key: str
    body: bytes


def files() -> list[File]:
    """The tables' data: A as Parquet, B as JSON by partition, C as CSV."""
    found = [File(LAKE, "one/part-0.parquet", parquet_of(A))]
    for key in sorted({str(row["col_bk"]) for row in B.rows}):
        lines = [json.dumps({k: v for k, v in row.items() if k != "col_bk"}) for row in B.rows if row["col_bk"] == key]
        found.append(File(LAKE, f"two/col_bk={key}/part-0.json", "\n".join(lines).encode()))
    lines = [",".join(str(value) for value in row.values()) for row in C.rows]
    return [*found, File(HYBRID, "three/part-0.csv", "\n".join(lines).encode())]


def parquet_of(table: Table) -> bytes:
    import datetime
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds: Mapping[str, pa.DataType] = {"bigint": pa.int64(), "double": pa.float64(), "date": pa.date32()}
    columns: dict[str, pa.Array] = {}
    for name, parts in table.columns.items():
        if parts:
            values = [{part: row[f"{name}.{part}"] for part in parts} for row in table.rows]
            columns[name] = pa.array(values, pa.struct([("fld_a1", pa.string()), ("fld_a2", pa.int64())]))
        elif TYPES[name] == "date":
            columns[name] = pa.array([datetime.date.fromisoformat(str(row[name])) for row in table.rows], pa.date32())
        else:
            columns[name] = pa.array([row[name] for row in table.rows], kinds.get(TYPES[name], pa.string()))
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()
