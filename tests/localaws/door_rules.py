"""What can be said to Lake Formation, as the model of its rules takes it: tables, grants, filters, predicates, tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EVERYBODY, IAM_ALLOWED = "everybody", "IAM_ALLOWED_PRINCIPALS"
Value = str | int | float | None
Leaf = tuple[str, ...]
Predicate = tuple  # type: ignore[type-arg]  # ("=", leaf, value), ("and", predicate, predicate), ...
Expression = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, eq=False)
class Table:
    """A table or view. `columns` -> names of a struct's fields; `reads` maps a view's columns to a base's leaves."""

    name: str
    columns: Mapping[str, tuple[str, ...]]
    keys: tuple[str, ...] = ()
    rows: tuple[Mapping[str, Value], ...] = ()
    base: Table | None = None
    reads: Mapping[str, str] = field(default_factory=dict)
    definer: bool = False
    hybrid: bool = False

    @property
    def database(self) -> str:
        return self.name.partition(".")[0]

    @property
    def leaves(self) -> frozenset[str]:
        return self.under(self.columns)

    def under(self, paths: object) -> frozenset[str]:
        """The leaves of these columns and fields."""
        every = {f"{column}.{part}" for column, parts in self.columns.items() for part in parts}
        every |= {column for column, parts in self.columns.items() if not parts}
        named = set(paths)  # type: ignore[call-overload]
        return frozenset(leaf for leaf in every if leaf in named or leaf.partition(".")[0] in named)


@dataclass(frozen=True)
class Grant:
    """kind: database, table, all_tables, columns, excluded, filter, policy, saved.

    on      a table's or a database's name; for policy and saved the resource type: TABLE or DATABASE
    names   columns, or the one name of a filter or of a saved expression
    """

    to: str
    kind: str
    on: str
    names: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ("SELECT",)
    expression: Expression = ()


@dataclass(frozen=True)
class Filter:
    """`columns` None: all but `excluded`; `rows` None: every row."""

    columns: tuple[str, ...] | None
    excluded: tuple[str, ...] = ()
    rows: Predicate | None = None


@dataclass
class Rules:
    """All that was granted and tagged. `tags` by (database or table name, column or "")."""

    tables: Mapping[str, Table]
    grants: list[Grant] = field(default_factory=list)
    tags: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    filters: dict[tuple[str, str], Filter] = field(default_factory=dict)
    expressions: dict[str, Expression] = field(default_factory=dict)
    opted_in: set[tuple[str, str]] = field(default_factory=set)


def true_for(predicate: Predicate, row: Mapping[str, Value]) -> bool | None:
    """SQL's three-valued answer."""
    match predicate:
        case ("not", inner):
            found = true_for(inner, row)
            return None if found is None else not found
        case ("and" | "or" as word, *parts):
            found_all, ends = [true_for(part, row) for part in parts], word == "or"
            return ends if ends in found_all else None if None in found_all else not ends
        case ("null", leaf):
            return row[leaf] is None
        case (_, leaf, *_) if row[leaf] is None:
            return None
        case ("in", leaf, *values):
            return row[leaf] in values
        case ("between", leaf, low, high):
            return bool(low <= row[leaf] <= high)
        case ("like", leaf, start):
            return str(row[leaf]).startswith(start)
        case (sign, leaf, value):
            here = row[leaf]
            return bool({"=": here == value, "<>": here != value, "<": here < value, ">=": here >= value}[sign])
    raise ValueError(f"{predicate} is no predicate")
