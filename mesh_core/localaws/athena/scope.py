"""What names mean at one place of a query: fields, scopes, and the notes that grouping needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mesh_core.localaws.athena.size import check_columns, check_text
from mesh_core.localaws.athena.types import Type, quoted


@dataclass(frozen=True)
class Typed:
    """A compiled expression: DuckDB's text and Trino's type."""

    sql: str
    type: Type

    def __post_init__(self) -> None:
        check_text(len(self.sql))


@dataclass(frozen=True)
class Field:
    """One column in reach.

    name    as the query may call it, lower-case (None: it has none)
    sql     how DuckDB is told: `"t1"."a"`, or the column's own name within a Query
    owners  the ways to qualify it: (alias,), (table,), (database, table)
    hidden  reachable by name only, not by `*` (`$path`)
    source  the table's use and key when it is a partition key, for pruning
    """

    name: str | None
    type: Type
    sql: str
    owners: tuple[tuple[str, ...], ...] = ()
    hidden: bool = False
    source: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Query:
    """A compiled query: its text and its columns; each column's `sql` is its quoted, unique name in the text."""

    sql: str
    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        check_text(len(self.sql))
        check_columns(len(self.fields))


@dataclass(frozen=True)
class Relation:
    """A compiled item of FROM, with its alias in the text, and the columns that it brings."""

    sql: str
    fields: tuple[Field, ...]


@dataclass
class Frame:
    """What one clause of a SELECT may do, and what it did.

    keys        SQL texts of the GROUP BY keys (None: no grouping)
    loose       columns met outside of aggregates and keys: (SQL, node)
    grouping    whether the SELECT has a GROUP BY
    grouped     keys with a query inside, by their trees: the text of such a query is another one each time
    clause      set where aggregates and windows are forbidden: the clause's name
    """

    keys: frozenset[str] | None = None
    loose: list[tuple[str, Any]] = field(default_factory=list)
    grouping: bool = False
    grouped: dict[Any, Typed] = field(default_factory=dict)
    clause: str | None = None
    aggregates: int = 0
    in_aggregate: bool = False
    in_window: bool = False


@dataclass
class Scope:
    """The fields of one SELECT, and the scope around it.

    closed: no query inside may refer to it. outer: the nodes of columns that were found in a scope around it.
    """

    fields: list[Field]
    parent: Scope | None = None
    frame: Frame = field(default_factory=Frame)
    outputs: list[Field] = field(default_factory=list)
    windows: dict[str, Any] = field(default_factory=dict)
    closed: bool = False
    outer: list[Any] = field(default_factory=list)

    def find(self, name: str, owner: tuple[str, ...]) -> list[Field]:
        """Fields of this level that a (qualified) name reaches; in ORDER BY the output columns come first."""
        if not owner and (found := [each for each in self.outputs if each.name == name]):
            return found
        return [each for each in self.fields if each.name == name and (not owner or owner in each.owners)]


def unique_names(names: Iterable[str | None]) -> list[str]:
    """Names for DuckDB's columns, quoted and all different; the nameless are `_col0`, ... by position."""
    taken: dict[str, int] = {}
    result = []
    for index, name in enumerate(names):
        base = known = name or f"_col{index}"
        count = taken.get(base.lower(), 0)
        while known.lower() in taken:
            count += 1
            known = f"{base}_{count}"
        taken[base.lower()] = count
        taken.setdefault(known.lower(), 0)
        result.append(quoted(known))
    return result
