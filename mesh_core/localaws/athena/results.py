"""Results in S3: where they go, their files in Athena's format, and reading them back in pages.

A query's result is `<id>.csv` (every value quoted, NULL is nothing between the commas), a DDL statement's is `<id>.txt`
(one line a row); `<file>.metadata` beside it describes the columns.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any

from mesh_core.localaws.athena.executions import Execution
from mesh_core.localaws.athena.failures import USER_ERROR, QueryFailure
from mesh_core.localaws.athena.landing import Landing
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.protocol import Json

MAX_ROWS = 1000
_OUTPUT_DENIED = 1301
_CHUNK_BYTES = 1 << 16
_FIELD = re.compile(rb'(?:"((?:[^"]|"")*)")?(,|\r?\n)')
_TYPE = re.compile(r"(?P<base>[a-z]+)(?:\((?P<arguments>[\d, ]+)\))?(?P<zone> with time zone)?")
_PRECISION = {
    "tinyint": 3,
    "smallint": 5,
    "integer": 10,
    "bigint": 19,
    "float": 17,
    "double": 17,
    "varchar": 2147483647,
    "time": 3,
    "timestamp": 3,
    "varbinary": 1073741824,
}


@dataclass(frozen=True)
class S3Path:
    """A bucket and a key or prefix."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> S3Path:
        """Raises ValueError unless it is `s3://bucket/...`."""
        match = re.fullmatch(r"s3[an]?://([^/]+)/?(.*)", uri, re.S)
        if match is None:
            raise ValueError(f"{uri} is not a valid S3 path")
        return cls(match.group(1), match.group(2))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def under(self, name: str) -> S3Path:
        """A name in this folder."""
        folder = self.key if not self.key or self.key.endswith("/") else f"{self.key}/"
        return S3Path(self.bucket, f"{folder}{name}")


def output_name(substatement_type: str, statement_type: str, execution_id: str) -> str:
    """The result's name under the output location, as Athena forms it."""
    match substatement_type, statement_type:
        case "CREATE_TABLE_AS_SELECT", _:
            return f"tables/{execution_id}"
        case "INSERT" | "UNLOAD", _:
            return execution_id
        case "EXPLAIN", _:
            return f"{execution_id}.txt"
        case _, "DML":
            return f"{execution_id}.csv"
        case _:
            return f"{execution_id}.txt"


def require_output(ctx: Context, caller: Caller, output: S3Path) -> None:
    """QueryFailure, in Athena's words, unless the caller may write his result there."""
    try:
        ctx.objects.require(caller, "s3:PutObject", output.bucket, output.key)
    except AwsError as error:
        raise QueryFailure(
            f"Access denied when writing output to url: {output} . Please ensure you are allowed to access the "
            f"S3 bucket. ({error.message})",
            USER_ERROR,
            _OUTPUT_DENIED,
        ) from error


def publish(landing: Landing, caller: Caller, output: S3Path, body: bytes | Path) -> None:
    """Stage one result file as the caller; QueryFailure in Athena's words when S3 refuses."""
    try:
        landing.stage(output.bucket, output.key, body, caller, "application/octet-stream")
    except AwsError as error:
        raise QueryFailure(
            f"Unable to write output to url: {output} . {error.message}", USER_ERROR, _OUTPUT_DENIED
        ) from error


def metadata(execution_id: str, columns: tuple[tuple[str, str], ...]) -> bytes:
    """The body of the `.metadata` file: a protocol buffer with the execution's id and its columns."""
    parts = [_text(1, execution_id)]
    for name, column_type in columns:
        info = column_info(name, column_type)
        column = b"".join(
            (
                _text(1, "hive"),
                _text(4, name),
                _text(5, name),
                _text(6, info["Type"]),
                _number(7, info["Precision"]),
                _number(8, info["Scale"]),
                _number(9, 3),  # nullable: unknown
                _number(10, int(info["CaseSensitive"])),
            )
        )
        parts.append(b"\x22" + _varint(len(column)) + column)
    return b"".join(parts)


def _text(number: int, value: str) -> bytes:
    data = value.encode()
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def column_info(name: str, column_type: str) -> dict[str, Any]:
    """ColumnInfo of GetQueryResults for a Trino type (`decimal(12,2)`) or `string`, the type of DDL's columns."""
    base, precision, scale = _parsed(column_type)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": base,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": base in ("varchar", "char"),
    }


def _parsed(column_type: str) -> tuple[str, int, int]:
    match = _TYPE.match(column_type.lower())
    if match is None:
        return column_type, 0, 0
    base = {"real": "float", "int": "integer"}.get(match["base"], match["base"])
    arguments = [int(text) for text in (match["arguments"] or "").split(",") if text]
    precision = arguments[0] if arguments and base in ("decimal", "varchar", "char") else _PRECISION.get(base, 0)
    scale = arguments[1] if base == "decimal" and len(arguments) > 1 else 0
    return base + (match["zone"] or ""), precision, scale


def page(ctx: Context, caller: Caller, execution: Execution, limit: int, token: str | None) -> dict[str, Any]:
    """GetQueryResults' answer for a finished execution: up to `limit` rows from where the token says."""
    shape = {"ColumnInfo": [column_info(name, kind) for name, kind in execution.columns]}
    rows: list[list[str | None]] = []
    following = None
    if execution.output.endswith((".csv", ".txt")):
        rows, following = _rows(
            result_file(ctx, caller, S3Path.parse(execution.output)), execution, limit, _offset(token)
        )
    answer: dict[str, Any] = {
        "UpdateCount": execution.update_count,
        "ResultSet": Json(f'{{"Rows":[{",".join(map(_row, rows))}],"ResultSetMetadata":{json.dumps(shape)}}}'),
    }
    return answer | ({"NextToken": _token(following)} if following is not None else {})


def _row(cells: list[str | None]) -> str:
    """A Row as JSON: a page has up to a thousand, and is written three times as fast as through dictionaries."""
    data = ["{}" if cell is None else f'{{"VarCharValue":{encode_basestring_ascii(cell)}}}' for cell in cells]
    return f'{{"Data":[{",".join(data)}]}}'


def result_file(ctx: Context, caller: Caller, output: S3Path) -> Path:
    """The file of a result. AwsError when the caller may not read it, or it is gone."""
    try:
        ctx.objects.require(caller, "s3:GetObject", output.bucket, output.key)
        found = ctx.objects.files(output.bucket, output.key)
    except AwsError as error:
        raise AwsError(
            "AccessDeniedException", f"Access denied when reading the query's result {output}: {error.message}"
        ) from error
    file = next((file for file in found if file.key == output.key), None)
    if file is None or not file.is_whole():
        raise AwsError(
            "InvalidRequestException", f"The query's result {output} is not there any more. Run the query again."
        )
    return file.path


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"row@{offset}".encode()).decode()


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("row@"))
    except ValueError as error:
        raise AwsError("InvalidRequestException", f"Malformed nextToken: {token}") from error


def _rows(path: Path, execution: Execution, limit: int, offset: int) -> tuple[list[list[str | None]], int | None]:
    """Up to `limit` rows from a byte offset, and the offset of the next one (None at the end)."""
    is_csv, width = execution.output.endswith(".csv"), len(execution.columns)
    rows: list[list[str | None]] = []
    for cells, end in _csv_rows(path, offset, width) if is_csv else _text_rows(path, offset):
        if len(rows) == limit:
            return rows, offset
        rows.append(cells)
        offset = end
    return rows, None


def _text_rows(path: Path, offset: int) -> Iterator[tuple[list[str | None], int]]:
    with path.open("rb") as file:
        file.seek(offset)
        for line in file:
            yield [line.decode().removesuffix("\n")], file.tell()


def _csv_rows(path: Path, offset: int, width: int) -> Iterator[tuple[list[str | None], int]]:
    """Rows with the byte offset behind each. A value is quoted, also over line ends; NULL is nothing at all."""
    with path.open("rb") as file:
        file.seek(offset)
        data, at, cells = b"", 0, list[str | None]()
        while True:
            if not cells and (line := _simple_line(data, at, width)):
                at += len(line) + 1
                yield [*line[1:-1].decode().split('","')], offset + at
                continue
            match = _FIELD.match(data, at)
            if match is None or match.end() == len(data):
                more = file.read(_CHUNK_BYTES)
                if more:
                    data, at, offset = data[at:] + more, 0, offset + at
                    continue
                if match is None:
                    return
            value = match.group(1)
            cells.append(None if value is None else value.replace(b'""', b'"').decode())
            at = match.end()
            if match.group(2) != b",":
                yield cells, offset + at
                cells = []


def _simple_line(data: bytes, at: int, width: int) -> bytes | None:
    """The row at a place when a line is all of it: every value is there, and none has a quote or a line's end in it.

    A quote in a value is doubled. So without two in a row each `"` of the line opens or closes a value, and only a
    whole row has as many `","` between its first `"` and its last. Five times as fast as value by value.
    """
    end = data.find(b"\n", at)
    line = data[at:end]
    if end - at < 2 or line[:1] != b'"' or line[-1:] != b'"' or b'""' in line:
        return None
    return line if line.count(b'","', 1, -1) == width - 1 else None
