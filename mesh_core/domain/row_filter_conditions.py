"""Row conditions as data: what columns are compared with, and the same as SQL for Athena."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from mesh_core.domain import hive_types
from mesh_core.errors import InvalidInputError

Kind = Literal["text", "number", "boolean"]
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("string", "char", "varchar"), "text"),
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint", "float", "double"), "number"),
    "boolean": "boolean",
}


@dataclass(frozen=True)
class Everything:
    """TRUE or FALSE as a whole condition."""

    is_true: bool = True


@dataclass(frozen=True)
class Comparison:
    """One column (a path of names) against constants, which are SQL text.

    operator  = <> < > <= >=, BETWEEN (two constants), IN (any number), LIKE (one), IS NULL (none)
    """

    column: tuple[str, ...]
    operator: str
    constants: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True)
class Not:
    """The opposite."""

    part: Condition


@dataclass(frozen=True)
class Both:
    """AND over the parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """OR over the parts."""

    parts: tuple[Condition, ...]


Condition = Everything | Comparison | Not | Both | Either


def kind_of(hive_type: str) -> Kind | None:
    """What constants a column of a type is compared with; None where row filters don't take the type."""
    try:
        parsed = hive_types.parse(hive_type)
    except InvalidInputError:
        return None
    if isinstance(parsed, hive_types.Decimal):
        return "number"
    return _KINDS.get(parsed.name) if isinstance(parsed, hive_types.Scalar) else None


def sql_of(condition: Condition) -> str:
    """The condition as SQL for Athena: every name quoted, every part in parentheses."""
    match condition:
        case Everything(is_true):
            return "TRUE" if is_true else "FALSE"
        case Comparison():
            return _comparison_sql(condition)
        case Not(part):
            return f"NOT ({sql_of(part)})"
        case Both(parts):
            return " AND ".join(f"({sql_of(one)})" for one in parts)
        case Either(parts):
            return " OR ".join(f"({sql_of(one)})" for one in parts)
    assert_never(condition)


def _comparison_sql(one: Comparison) -> str:
    name = ".".join(quoted(part) for part in one.column)
    negation = "NOT " if one.negated else ""
    match one.operator:
        case "IS NULL":
            return f"{name} IS {negation}NULL"
        case "IN":
            return f"{name} {negation}IN ({', '.join(one.constants)})"
        case "BETWEEN":
            return f"{name} {negation}BETWEEN {one.constants[0]} AND {one.constants[1]}"
        case "LIKE":
            return f"{name} {negation}LIKE {one.constants[0]}"
        case operator:
            return f"{name} {operator} {one.constants[0]}"


def quoted(name: str) -> str:
    """A name between double quotes."""
    return '"' + name.replace('"', '""') + '"'
