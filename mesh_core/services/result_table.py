"""A query's result as typed columns: Athena gives text, people want numbers that sort and dates that compare.

Types follow Athena's (user guide, data types). Decimals stay exact; what has no plain type of its own (arrays, maps,
rows, JSON, times with a zone) stays the text that Athena gives; so does a column whose text doesn't read as its type.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from mesh_core.services.ports_queries import ResultColumn, ResultPage

_PLAIN = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "real": pa.float32(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
_DECIMAL = re.compile(r"decimal\((\d+), ?(\d+)\)")


def arrow_type(athena_type: str) -> Any:
    """The Arrow type that holds an Athena type without loss; text where there is none."""
    decimal = _DECIMAL.fullmatch(athena_type)
    if decimal:
        return pa.decimal128(int(decimal[1]), int(decimal[2]))
    return _PLAIN.get(athena_type, pa.string())


def display_names(columns: Sequence[ResultColumn]) -> tuple[str, ...]:
    """The columns' names, each once: a second `id` becomes `id (2)`."""
    given = {column.name for column in columns}
    names: list[str] = []
    for column in columns:
        name, number = column.name, 1
        while name in names or (number > 1 and name in given):
            number += 1
            name = f"{column.name} ({number})"
        names.append(name)
    return tuple(names)


def table_of(page: ResultPage) -> Any:
    """A page of rows as a pyarrow Table; NULL is null."""
    arrays = [
        _typed(pa.array([row[at] for row in page.rows], pa.string()), column.type)
        for at, column in enumerate(page.columns)
    ]
    return pa.Table.from_arrays(arrays, names=list(display_names(page.columns)))


def _typed(text: Any, athena_type: str) -> Any:
    try:
        return text.cast(arrow_type(athena_type))
    except pa.ArrowInvalid:
        return text


def parquet_of(csv: bytes, columns: Sequence[ResultColumn]) -> bytes:
    """Athena's whole result file as one Parquet file; only an unquoted empty field is NULL."""
    names = list(display_names(columns))
    if not csv.strip():
        whole = pa.table({name: pa.array([], pa.string()) for name in names})
    else:
        whole = pyarrow.csv.read_csv(
            io.BytesIO(csv),
            read_options=pyarrow.csv.ReadOptions(column_names=names, skip_rows_after_names=1),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    typed = [_typed(whole.column(at), column.type) for at, column in enumerate(columns)]
    target = io.BytesIO()
    pyarrow.parquet.write_table(pa.Table.from_arrays(typed, names=names), target, compression="zstd")
    return target.getvalue()
