"""Row conditions of data cells filters: the part of PartiQL that Lake Formation takes, read, checked and turned to SQL.

A condition compares columns with constants: = <> != < > <= >=, [NOT] BETWEEN, [NOT] IN, [NOT] LIKE, IS [NOT] NULL,
joined by AND, OR, NOT and parentheses; or it is TRUE, which is every row. No functions, no arithmetic, no column
against a column. A struct's field is named with a dot; reserved words stand in double quotes, text in single ones.
Comparisons and LIKE tell capital letters from small ones. A row for which the condition is unknown (NULL) is out.

Source: Lake Formation developer guide, PartiQL support in row filter expressions.
"""

from __future__ import annotations

from dataclasses import dataclass

from mesh_core.domain.names import check_filter_name
from mesh_core.domain.row_filter_conditions import Condition, kind_of, quoted, sql_of
from mesh_core.domain.row_filter_reader import Reader
from mesh_core.domain.row_filter_tokens import RESERVED, refusal, tokens_of
from mesh_core.domain.world import DataFilter, Table
from mesh_core.errors import InvalidInputError, NotFoundError

LONGEST = 2047  # characters; AWS: fewer than 2,048
SAMPLE_ROWS = 20
NO_VALUE = ("IS NULL", "IS NOT NULL")
CHOICES = {
    "text": ("=", "<>", "IN", "NOT IN", "LIKE", "NOT LIKE", *NO_VALUE),
    "number": ("=", "<>", "<", "<=", ">", ">=", "BETWEEN", "IN", "NOT IN", *NO_VALUE),
    "boolean": ("=", *NO_VALUE),
}


@dataclass(frozen=True)
class Preview:
    """Three statements for Athena: rows that a filter lets through, rows that it hides, and (total, inside) counts."""

    inside: str
    outside: str
    counts: str


def check_row_filter(text: str, table: Table) -> None:
    """RowFilterError, with the position, unless Lake Formation would take the condition for that table."""
    parse_row_filter(text, table)


def parse_row_filter(text: str, table: Table) -> Condition:
    """The condition as data. RowFilterError, whose `position` counts characters from 1."""
    if not text.strip():
        raise refusal(1, "it is empty. Leave rows unfiltered instead, or write for example country = 'FI'.")
    if len(text) > LONGEST:
        raise refusal(LONGEST + 1, f"it has {len(text):,} characters; Lake Formation takes at most {LONGEST:,}.")
    return Reader(tokens_of(text), table).whole()


def check_filter(table: Table, one: DataFilter) -> None:
    """MeshError, with the reason, unless Lake Formation would make that filter on that table."""
    check_filter_name(one.name)
    if table.view_sql is not None:
        raise InvalidInputError(
            f"{table.full_name} is a view, and Lake Formation filters tables only. Nothing was changed. Filter what "
            "the view reads."
        )
    unknown = [name for name in (*one.columns, *one.excluded) if name.partition(".")[0] not in table.column_names]
    if unknown:
        raise NotFoundError(
            f"{table.full_name} has no column '{unknown[0]}'. Nothing was changed. Its columns may have changed: "
            "choose them again."
        )
    _check_columns(table, one)
    if one.row_filter:
        check_row_filter(one.row_filter, table)


def _check_columns(table: Table, one: DataFilter) -> None:
    keys = [name.name for name in table.partition_keys if name.name in one.excluded]
    reason = ""
    if one.columns and one.excluded:
        reason = "it names columns to show and columns to hide. Name one or the other."
    elif keys:
        reason = f"{keys[0]} is a partition key, which can't be hidden."
    elif set(one.excluded) >= set(table.column_names):
        reason = "it hides every column. Leave one to read."
    if reason:
        raise InvalidInputError(f"The filter {one.name} can't be used: {reason} Nothing was changed.")


def filter_columns(table: Table, data_filter: DataFilter) -> tuple[str, ...]:
    """The columns that a filter shows, in table order: partition keys always, a struct where a field of it is shown."""
    keys = {one.name for one in table.partition_keys}
    if data_filter.columns:
        named = {name.partition(".")[0] for name in data_filter.columns} | keys
        return tuple(name for name in table.column_names if name in named)
    return tuple(name for name in table.column_names if name not in data_filter.excluded)


def filter_preview_sql(table: Table, data_filter: DataFilter, limit: int = SAMPLE_ROWS) -> Preview:
    """What shows a filter's effect. RowFilterError; a row whose condition is unknown counts as hidden."""
    text = data_filter.row_filter
    condition = sql_of(parse_row_filter(text, table)) if text else "TRUE"
    source = f"{quoted(table.database)}.{quoted(table.name)}"
    shown = ", ".join(map(quoted, filter_columns(table, data_filter)))
    return Preview(
        f"SELECT {shown} FROM {source} WHERE {condition} LIMIT {limit}",
        f"SELECT * FROM {source} WHERE NOT coalesce({condition}, FALSE) LIMIT {limit}",
        f"SELECT count(*) AS total, count(CASE WHEN {condition} THEN 1 END) AS inside FROM {source}",
    )


def comparison_text(table: Table, column: str, operator: str, value: str) -> str:
    """One built comparison as text: values of IN are separated by commas, BETWEEN's two by AND. RowFilterError."""
    kind = next((kind_of(one.type) for one in table.all_columns if one.name == column), None)
    if kind is None or operator not in CHOICES[kind]:
        raise InvalidInputError(
            f"{column} {operator} is no comparison that a row filter takes. Nothing was changed. Choose another."
        )
    name = column if column.isidentifier() and column.upper() not in RESERVED else quoted(column)
    if operator in NO_VALUE:
        return f"{name} {operator}"
    text = f"{name} {operator} {_constants(operator, value, kind == 'text')}"
    check_row_filter(text, table)
    return text


def _constants(operator: str, value: str, is_text: bool) -> str:
    if operator in ("IN", "NOT IN"):
        return f"({', '.join(_constant(one, is_text) for one in value.split(',') if one.strip())})"
    if operator == "BETWEEN":
        low, _, high = value.upper().partition(" AND ")
        return f"{_constant(low, is_text)} AND {_constant(high, is_text)}"
    return _constant(value, is_text)


def _constant(value: str, is_text: bool) -> str:
    text = value.strip()
    return "'" + text.replace("'", "''") + "'" if is_text else text
