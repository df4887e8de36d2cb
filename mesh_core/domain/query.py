"""SQL as data: what a statement reads, whether it is one read, where each result column comes from.

Pure: parsing only, with sqlglot's athena dialect. Nothing is executed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from mesh_core.errors import NotAReadError

USD_PER_TB = 5.0  # Athena's list price; https://aws.amazon.com/athena/pricing/
MB, TB = 2**20, 2**40
LEAST_BYTES = 10 * MB  # what a query is charged for at least


@dataclass(frozen=True)
class Reference:
    """A table or view that a statement reads, and the columns that it reads of it, in name order."""

    database: str
    table: str
    columns: tuple[str, ...]

    @property
    def full_name(self) -> str:
        """`database.table`."""
        return f"{self.database}.{self.table}"


def list_price_usd(bytes_scanned: int) -> float:
    """What Athena's list price asks for a query: by the MB begun, ten of them at least; US dollars."""
    megabytes = -(-bytes_scanned // MB)
    return max(megabytes * MB, LEAST_BYTES) / TB * USD_PER_TB


def parse_read(sql: str) -> exp.Query:
    """One SELECT (WITH, UNION and VALUES included); NotAReadError says what was found instead, and where."""
    try:
        statements = [one for one in sqlglot.parse(sql, dialect="athena") if one is not None]
    except SqlglotError as error:
        raise NotAReadError(f"This is not SQL that Athena can read: {_where(error)} Nothing was run.") from error
    if not statements:
        raise NotAReadError("There is no statement to run. Write a SELECT first.")
    if len(statements) != 1:
        raise NotAReadError(f"One statement can be run at a time; {len(statements)} were found. Nothing was run.")
    if not isinstance(statements[0], exp.Query):
        found = statements[0].key.upper()
        raise NotAReadError(f"Only a SELECT can be run here; {found} was found. Nothing was run.")
    return statements[0]


def _where(error: SqlglotError) -> str:
    details = getattr(error, "errors", None)
    if not details:
        return str(error).splitlines()[0].rstrip(". ") + "."
    first = details[0]
    description = str(first.get("description")).rstrip(". ")
    return f"line {first.get('line')}, column {first.get('col')}: {description}."


def tables_of(statement: exp.Query, database: str) -> tuple[tuple[str, str], ...]:
    """(database, table) of every table that a statement names, common table expressions left out; sorted."""
    found = set()
    for scope in traverse_scope(statement):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and source.name:
                found.add(((source.db or database).lower(), source.name.lower()))
    return tuple(sorted(found))


def references(sql: str, database: str, columns: Mapping[str, Sequence[str]]) -> tuple[Reference, ...]:
    """What a SELECT reads, column by column; `columns` gives the known tables' columns by `database.table`.

    A table that is unknown, or whose columns can't be told apart, is listed with all the columns known of it.
    """
    statement = parse_read(sql)
    named = tables_of(statement, database)
    known = {f"{d}.{t}": tuple(columns.get(f"{d}.{t}", ())) for d, t in named}
    used = _columns_used(statement, database, known)
    return tuple(Reference(d, t, used.get(f"{d}.{t}", known[f"{d}.{t}"])) for d, t in named)


def _columns_used(
    statement: exp.Query, database: str, known: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for full_name, names in known.items():
        db, table = full_name.split(".", 1)
        schema.setdefault(db, {})[table] = dict.fromkeys(names, "unknown")
    try:
        qualified = qualify(
            statement.copy(), dialect="athena", db=database, schema=schema, validate_qualify_columns=False
        )
    except SqlglotError:
        return {}
    used: dict[str, set[str]] = {name: set() for name in known}
    for scope in traverse_scope(qualified):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                used.setdefault(f"{(source.db or database).lower()}.{source.name.lower()}", set()).add(
                    column.name.lower()
                )
    return {name: tuple(sorted(c)) for name, c in used.items()}
