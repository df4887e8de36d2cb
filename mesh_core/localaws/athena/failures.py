"""Why a query fails, in Athena's own words.

DuckDB's messages name files, views and values that a caller may not see, so none of them leaves this module as it is:
`runtime_failure` maps each to Trino's error of the same kind.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mesh_core.localaws import full_disk
from mesh_core.localaws.aws_error import AwsError

SYSTEM_ERROR, USER_ERROR = 1, 2
_TYPES = {
    "SYNTAX_ERROR": 1001,
    "COLUMN_NOT_FOUND": 1006,
    "TABLE_NOT_FOUND": 1006,
    "SCHEMA_NOT_FOUND": 1006,
    "TYPE_MISMATCH": 1003,
    "FUNCTION_NOT_FOUND": 1002,
    "PERMISSION_DENIED": 1200,
    "NOT_SUPPORTED": 1100,
    "EXCEEDED_TIME_LIMIT": 1401,
}
_USER_TYPE, _DISK_FULL = 1000, 403
EXHAUSTED = "Query exhausted resources at this scale factor"
_EXHAUSTED_TYPE = 1  # Athena's error catalog gives this text to the types 0 to 8


class QueryFailure(Exception):
    """A statement fails. `message` is Athena's StateChangeReason, `category` 1 system, 2 user, 3 other.

    `code` is Trino's name of the error (COLUMN_NOT_FOUND) or EXHAUSTED, `type` Athena's number of it.
    """

    def __init__(self, message: str, category: int = USER_ERROR, type: int | None = None) -> None:
        super().__init__(message)
        self.message, self.category = message, category
        head = message.split(":", 1)[0]
        self.code = head if head == EXHAUSTED or re.match(r"[A-Z_]+:", message) else "GENERIC_USER_ERROR"
        self.type = _TYPES.get(self.code, _USER_TYPE) if type is None else type


class QueryCancelled(QueryFailure):
    """The statement was stopped by its owner."""

    def __init__(self) -> None:
        super().__init__("Query was canceled.", 3)


def failure(code: str, message: str) -> QueryFailure:
    """`CODE: message`."""
    return QueryFailure(f"{code}: {message}")


def exhausted(why: str) -> QueryFailure:
    """A statement that needs more than one query may have, in Athena's words; `why` says which limit of ours it met."""
    return QueryFailure(f"{EXHAUSTED}: {why}", USER_ERROR, _EXHAUSTED_TYPE)


class Place(str):
    """`line L:C` of a parsed node, looked for only when a message is written: most statements need none."""

    _sql: str
    _node: Any

    def __new__(cls, sql: str, node: Any) -> Place:
        made = super().__new__(cls, "")
        made._sql, made._node = sql, node
        return made

    def __str__(self) -> str:
        if not hasattr(self._node, "walk"):
            return place(self._sql, 0)
        from mesh_core.localaws.athena.positions import offset

        return place(self._sql, offset(self._sql, self._node))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def position(sql: str, node: Any) -> str:
    """`line L:C` of a parsed node (1:1 when nothing is known of its place)."""
    return Place(sql, node)


def place(sql: str, offset: int) -> str:
    """`line L:C` of an offset in characters."""
    before = sql[:offset]
    return f"line {before.count(chr(10)) + 1}:{offset - (before.rfind(chr(10)) + 1) + 1}"


def unsupported(what: str) -> QueryFailure:
    """What Athena can do and the local engine can't: refused by name, never approximated."""
    return failure("NOT_SUPPORTED", f"{what} runs on Athena but not on the local engine")


_ENCODING = r"Invalid unicode|not utf-8 encoded"
_RUNTIME: tuple[tuple[str, str, str], ...] = (
    (
        _ENCODING,
        "NOT_SUPPORTED",
        "A text file that is not encoded in UTF-8 runs on Athena but not on the local engine",
    ),
    (r"Division by zero", "DIVISION_BY_ZERO", "Division by zero"),
    (r"\[athena (\w+)\] ([^\n]*?)(?:\[' to INT\d+.*)?(?:\n|$)", r"\1", r"\2"),
    (r"Overflow in subtraction of INT(\d+) \(0 - (-\d+)\)", "NUMERIC_VALUE_OUT_OF_RANGE", r"@\1 negation overflow: \2"),
    (r"Overflow in (\w+) of INT(\d+) \(([^)]*)\)", "NUMERIC_VALUE_OUT_OF_RANGE", r"@\2 \1 overflow: \3"),
    (r"Overflow in \w+ of (?:DECIMAL|HUGEINT|INT128)", "NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow"),
    (r"Overflow in", "NUMERIC_VALUE_OUT_OF_RANGE", "Value is out of range for its type"),
    (r"TRY can not be used", "NOT_SUPPORTED", "TRY of this expression runs on Athena but not on the local engine"),
    (r"Unknown TimeZone", "INVALID_CAST_ARGUMENT", "Unknown time zone"),
    (
        r"More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS",
        "Scalar sub-query has returned multiple rows",
    ),
    (r"[Mm]ap keys must be unique", "INVALID_FUNCTION_ARGUMENT", "Duplicate map keys are not allowed"),
    (r"Map keys can not be NULL", "INVALID_FUNCTION_ARGUMENT", "map key cannot be null"),
    (
        r"invalid perl operator|invalid escape sequence|invalid backreference",
        "NOT_SUPPORTED",
        "Look-around and back-references in a regular expression run on Athena but not on the local engine",
    ),
    (
        r"(?i)regex|missing \)|missing \]|no argument for repetition",
        "INVALID_FUNCTION_ARGUMENT",
        "Invalid regular expression",
    ),
    (r"(?:date|timestamp|time) field value", "INVALID_CAST_ARGUMENT", "Cannot cast value to the requested type"),
    (
        r"out of range|Out of Range|can't be cast because the value is out of range",
        "NUMERIC_VALUE_OUT_OF_RANGE",
        "Value is out of range for its type",
    ),
    (
        r"Could not (?:convert|cast)|[Cc]onversion|timestamp field value|date field value|Malformed JSON",
        "INVALID_CAST_ARGUMENT",
        "Cannot cast value to the requested type",
    ),
)
BAD_FILE = "A file of the table can't be read with the table's format and types"
_MEMORY = re.compile(
    r"temporary directory|max_temp_directory_size|Out of Memory|failed to (?:allocate|pin)|bad_alloc"
    r"|\[athena EXHAUSTED\]"
)
_DEEP = re.compile(r"[Mm]ax(?:imum)? expression depth|maximum nesting depth")
_FILE = re.compile(
    r"No files found|IO Error|Parquet|[Ff]ailed to (?:read|open) file|CSV Error|schema mismatch|magic bytes"
)


_INTEGERS = {"@8": "tinyint", "@16": "smallint", "@32": "integer", "@64": "bigint"}


def _expanded(found: re.Match[str], text: str) -> str:
    text = found.expand(text) if "\\" in text else text
    width = re.match(r"@\d+", text)
    return text.replace(width[0], _INTEGERS.get(width[0], "integer"), 1) if width else text


def runtime_failure(error: Exception) -> QueryFailure:
    """Athena's text for an error that DuckDB raised while it ran."""
    text = str(error)
    if _MEMORY.search(text):
        return out_of_memory()
    if _DEEP.search(text):
        return too_deep()
    if _FILE.search(text) and "Out of Range" not in text and not re.search(_ENCODING, text):
        return failure("HIVE_BAD_DATA", BAD_FILE)
    for pattern, code, message in _RUNTIME:
        if found := re.search(pattern, text):
            return failure(_expanded(found, code), _expanded(found, message))
    return QueryFailure("GENERIC_INTERNAL_ERROR: The local engine could not run this statement", category=1, type=0)


def out_of_memory() -> QueryFailure:
    """A statement that met the limits of memory or spilling."""
    return exhausted("it needs more memory and disk than the local engine gives one query")


def too_deep() -> QueryFailure:
    """A statement with more levels in it than can be analyzed."""
    return failure("STACK_OVERFLOW", "statement is too large (stack overflow during analysis)")


def of_aws_error(error: AwsError) -> QueryFailure:
    """A catalog's or a store's refusal, in the words of the Hive that runs Athena's DDL."""
    return QueryFailure(
        "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
        f"{error.code}(message:{error.message})"
    )


def disk_full(folder: Path) -> QueryFailure:
    """The endpoint's own fault: what a query writes, or spills, finds no place."""
    text = full_disk.words(folder, "The query left nothing", "run it again")
    return QueryFailure(f"GENERIC_INTERNAL_ERROR: {text}", SYSTEM_ERROR, _DISK_FULL)
