r"""What the text values of a column are, and how they become values of a Hive type: SQL for DuckDB.

A `Reading` is one way to read a text: a pattern the whole value must match, and an expression that gives the value. A
column gets a type only when *every* value of the file matches; DuckDB's own casts are too kind (1.7 becomes the bigint
2, 1_000 becomes 1000, 00501 becomes 501), so nothing is cast before its pattern matched.

`{v}` in an expression is the trimmed text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from mesh_core.domain import hive_types
from mesh_core.domain.hive_types import Array, Decimal, Map, Scalar, Struct
from mesh_core.errors import InvalidInputError
from mesh_core.gateways.uploads_duckdb import quoted

# Words for "no value" that spreadsheets and R write. Compared in upper case.
MISSING_WORDS = ("NA", "N/A", "NULL", "#N/A", "NAN")
# A double holds 15 decimal digits exactly; more are kept only where the double prints as the very same text.
_EXACT_DIGITS = 15
_DAY = r"(0?[1-9]|[12]\d|3[01])"
_MONTH = r"(0?[1-9]|1[0-2])"
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_PLAIN = r"-?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?"


@dataclass(frozen=True)
class Reading:
    """One way to read text as `hive_type`."""

    name: str
    hive_type: str
    pattern: str
    expression: str

    def value(self, text: str) -> str:
        """SQL: the value of the SQL text `text`, NULL where it can't be read so."""
        trimmed = f"trim({text})"
        expression = self.expression.replace("{v}", trimmed)
        return f"CASE WHEN regexp_full_match({trimmed}, {quoted(self.pattern)}) THEN {expression} END"


def _double(plain: str) -> str:
    digits = f"length(ltrim(regexp_replace(regexp_replace({plain}, '[eE].*', ''), '[^0-9]', '', 'g'), '0'))"
    number = f"try_cast({plain} AS DOUBLE)"
    # The length alone decides nearly always, and costs a tenth of counting digits.
    short = f"length({plain}) <= {_EXACT_DIGITS}"
    exact = f"({digits} <= {_EXACT_DIGITS} OR {number}::VARCHAR = {plain})"
    return f"CASE WHEN NOT isfinite({number}) THEN NULL WHEN {short} THEN {number} WHEN {exact} THEN {number} END"


def _day_reading(name: str, pattern: str, form: str) -> Reading:
    return Reading(name, "date", pattern, f"try_strptime({{v}}, '{form}')::DATE")


def _moment_reading(name: str, pattern: str, form: str) -> Reading:
    forms = ", ".join(f"'{form} {clock}'" for clock in ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f"))
    return Reading(name, "timestamp", f"{pattern} {_CLOCK}", f"try_strptime({{v}}, [{forms}])")


INTEGER = Reading("integer", "bigint", r"0|-?[1-9]\d*", "try_cast({v} AS BIGINT)")
NUMBER = Reading("number", "double", r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?", _double("{v}"))
COMMA_NUMBER = Reading(
    "decimal comma",
    "double",
    r"-?(0|[1-9]\d*|[1-9]\d{0,2}(\.\d{3})+)(,\d+)?",
    _double("replace(replace({v}, '.', ''), ',', '.')"),
)
GROUPED_NUMBER = Reading(
    "thousands comma", "double", r"-?(0|[1-9]\d*|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?", _double("replace({v}, ',', '')")
)
ZERO_LED = Reading("digits", "string", r"\d+", "{v}")
LONG_NUMBER = Reading("long number", "string", r"-?(0|[1-9]\d*)(\.\d+)?", "{v}")
BOOLEAN = Reading("true or false", "boolean", r"(?i)true|false", "lower({v}) = 'true'")
_DOTTED = rf"{_DAY}\.{_MONTH}\."
DATES = (
    _day_reading("YYYY-MM-DD", rf"\d{{4}}-{_MONTH}-{_DAY}", "%Y-%m-%d"),
    _day_reading("YYYY/MM/DD", rf"\d{{4}}/{_MONTH}/{_DAY}", "%Y/%m/%d"),
    _day_reading("DD.MM.YYYY", rf"{_DOTTED}\d{{4}}", "%d.%m.%Y"),
    _day_reading("DD.MM.YY", rf"{_DOTTED}\d\d", "%d.%m.%y"),
)
DAY_FIRST = (
    _day_reading("DD/MM/YYYY", rf"{_DAY}/{_MONTH}/\d{{4}}", "%d/%m/%Y"),
    _day_reading("DD-MM-YYYY", rf"{_DAY}-{_MONTH}-\d{{4}}", "%d-%m-%Y"),
    _day_reading("DD/MM/YY", rf"{_DAY}/{_MONTH}/\d\d", "%d/%m/%y"),
    _moment_reading("DD/MM/YYYY hh:mm", rf"{_DAY}/{_MONTH}/\d{{4}}", "%d/%m/%Y"),
)
MONTH_FIRST = (
    _day_reading("MM/DD/YYYY", rf"{_MONTH}/{_DAY}/\d{{4}}", "%m/%d/%Y"),
    _day_reading("MM-DD-YYYY", rf"{_MONTH}-{_DAY}-\d{{4}}", "%m-%d-%Y"),
    _day_reading("MM/DD/YY", rf"{_MONTH}/{_DAY}/\d\d", "%m/%d/%y"),
    _moment_reading("MM/DD/YYYY hh:mm", rf"{_MONTH}/{_DAY}/\d{{4}}", "%m/%d/%Y"),
)
_ISO = rf"\d{{4}}-\d\d-\d\d[T ]{_CLOCK}"
MOMENTS = (
    Reading("timestamp", "timestamp", _ISO, "try_cast({v} AS TIMESTAMP)"),
    Reading(
        "timestamp with zone",
        "timestamp",
        _ISO + r" ?(Z|[-+]\d\d(:?\d\d)?)",
        "try_cast(regexp_replace({v}, '([-+]\\d\\d)(\\d\\d)$', '\\1:\\2') AS TIMESTAMPTZ) AT TIME ZONE 'UTC'",
    ),
    _moment_reading("DD.MM.YYYY hh:mm", rf"{_DOTTED}\d{{4}}", "%d.%m.%Y"),
)
# In order of preference: the first that fits every value is taken.
CANDIDATES: tuple[Reading, ...] = (
    BOOLEAN,
    INTEGER,
    NUMBER,
    ZERO_LED,
    LONG_NUMBER,
    COMMA_NUMBER,
    GROUPED_NUMBER,
    *DATES,
    *DAY_FIRST,
    *MONTH_FIRST,
    *MOMENTS,
)
BY_NAME: Mapping[str, Reading] = {reading.name: reading for reading in CANDIDATES}
TEXT_ONLY = tuple(r for r in CANDIDATES if r.hive_type in ("date", "timestamp"))


def is_word(text: str) -> str:
    """SQL: whether `text` is one of the words for a missing value."""
    return f"upper(trim({text})) IN ({', '.join(quoted(word) for word in MISSING_WORDS)})"


def meaningful(text: str) -> str:
    """SQL: `text`, or NULL where it is blank or one of the words for a missing value."""
    # The length first: upper-casing every value of a large file takes seconds.
    longest = max(map(len, MISSING_WORDS))
    real = f"length({text}) > {longest} AND NOT starts_with({text}, ' ')"
    return f"CASE WHEN {real} THEN {text} WHEN trim({text}) = '' OR {is_word(text)} THEN NULL ELSE {text} END"


def from_text(text: str, hive_type: str, reading: str | None) -> str:
    """SQL: the SQL text `text` as `hive_type`, NULL where a value would be lost.

    `reading` names how the column's values were read (BY_NAME); None tries every unambiguous way. Raises
    InvalidInputError for nested types, which no text holds.
    """
    match hive_types.parse(hive_type):
        case Scalar(name="string"):
            return text
        case Scalar(name="varchar" | "char", length=length):
            return f"CASE WHEN length({text}) <= {length} THEN {text} END"
        case Scalar(name="binary"):
            return f"encode({text})"
        case Scalar(name="boolean"):
            return _boolean(text)
        case Scalar(name="date"):
            return _coalesced(text, "date", reading)
        case Scalar(name="timestamp"):
            return f"coalesce({_coalesced(text, 'timestamp', reading)}, {_coalesced(text, 'date', reading)}::TIMESTAMP)"
        case Scalar(name="float" | "double" as name):
            plain = _plain_number(text, reading)
            value = _double(plain) if name == "double" else f"try_cast({plain} AS FLOAT)"
            return f"CASE WHEN regexp_full_match({plain}, {quoted(_PLAIN)}) THEN {value} END"
        case Scalar(name=name):
            plain = _plain_number(text, reading)
            whole = f"regexp_replace({plain}, '\\.0*$', '')"
            return f"CASE WHEN regexp_full_match({plain}, '[-+]?\\d+(\\.0*)?') THEN try_cast({whole} AS {name}) END"
        case Decimal(precision=precision, scale=scale):
            plain = _plain_number(text, reading)
            fits = quoted(rf"[-+]?\d*\.?\d{{0,{scale}}}0*")
            value = f"try_cast({plain} AS DECIMAL({precision}, {scale}))"
            return f"CASE WHEN regexp_full_match({plain}, {fits}) THEN {value} END"
        case Array() | Map() | Struct():
            raise InvalidInputError(
                f"Text can't become {hive_type}. Nothing was written. Choose string for this column."
            )
        case never:
            assert_never(never)


def _boolean(text: str) -> str:
    word = f"lower(trim({text}))"
    yes, no = "('true', 't', 'yes', 'y', '1')", "('false', 'f', 'no', 'n', '0')"
    return f"CASE WHEN {word} IN {yes} THEN true WHEN {word} IN {no} THEN false END"


def _plain_number(text: str, reading: str | None) -> str:
    if reading == COMMA_NUMBER.name:
        return _grouping_removed(text, COMMA_NUMBER, "replace(replace({v}, '.', ''), ',', '.')")
    if reading == GROUPED_NUMBER.name:
        return _grouping_removed(text, GROUPED_NUMBER, "replace({v}, ',', '')")
    return f"trim({text})"


def _grouping_removed(text: str, reading: Reading, expression: str) -> str:
    return Reading(reading.name, "string", reading.pattern, expression).value(text)


def _coalesced(text: str, hive_type: str, reading: str | None) -> str:
    known = BY_NAME.get(reading or "")
    if known is not None and known.hive_type in ("date", "timestamp"):
        return known.value(text) if known.hive_type == hive_type else f"NULL::{hive_type}"
    ways: Sequence[Reading] = [r for r in (*DATES, *MOMENTS) if r.hive_type == hive_type]
    return f"coalesce({', '.join(r.value(text) for r in ways)})"
