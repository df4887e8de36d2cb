"""Partition values are text; comparisons follow the key's type. Types that Glue can't compare are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mesh_core.localaws.aws_error import AwsError, invalid

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
_INTEGRAL = ("tinyint", "smallint", "int", "integer", "bigint", "long")
_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?")

Cast = Callable[[str], Any]


def base_type(column_type: str) -> str:
    """`decimal(10,2)` -> `decimal`."""
    return column_type.strip().lower().partition("(")[0].strip()


def cast_of(column_type: str) -> Cast:
    """Text -> comparable value of a key's type; the cast raises ValueError. AwsError InvalidInputException."""
    name = base_type(column_type)
    if name in _INTEGRAL:
        return _integer
    casts: dict[str, Cast] = {
        "decimal": _decimal,
        "string": str,
        "varchar": str,
        "char": str,
        "date": _date,
        "timestamp": _timestamp,
    }
    if name not in casts:
        raise invalid(f"Unknown type : '{column_type}'")
    return casts[name]


def literal(cast: Cast, text: str) -> Any:
    """A value of the expression. AwsError InvalidInputException when the key's type can't hold it."""
    try:
        return cast(text)
    except ValueError as error:
        raise invalid(str(error)) from error


def stored(cast: Cast, text: str) -> Any:
    """A partition's value, None for Hive's null. AwsError InvalidStateException when it is not of the key's type."""
    if text == HIVE_NULL:
        return None
    try:
        return cast(text)
    except ValueError as error:
        raise AwsError("InvalidStateException", str(error)) from error


def require_like(column_type: str) -> None:
    """AwsError InvalidInputException when LIKE means nothing for the type."""
    name = base_type(column_type)
    if name in ("string", "varchar", "char"):
        return
    shown = "Integral" if name in _INTEGRAL else name.capitalize()
    raise invalid(f"{shown} data type doesn't support operation 'LIKE'")


def _integer(text: str) -> int:
    if not re.fullmatch(r"\s*[+-]?\d+\s*", text):
        raise ValueError(f'"{text}" is not an integer.')
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError(f"{text} is not a decimal.") from error


def _date(text: str) -> date:
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").date()
    except ValueError as error:
        raise ValueError(f"{text} is not a date.") from error


def _timestamp(text: str) -> tuple[datetime, str]:
    """Seconds and the nine digits behind them: a datetime alone would lose nanoseconds."""
    match = _TIMESTAMP.fullmatch(text.strip())
    problem = f"Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff] {text} is not a timestamp."
    if match is None:
        raise ValueError(problem)
    try:
        return datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S"), (match[2] or "").ljust(9, "0")
    except ValueError as error:
        raise ValueError(problem) from error
