"""From a statement's text to what DuckDB is told: compiled for one caller and one state of the grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mesh_core.localaws.athena import macros, scan
from mesh_core.localaws.athena.analyse import Compiler
from mesh_core.localaws.athena.failures import QueryFailure, failure, too_deep
from mesh_core.localaws.athena.file_columns import named
from mesh_core.localaws.athena.guard import Dialect, parse, parse_value
from mesh_core.localaws.athena.iam_asks import IamAsks
from mesh_core.localaws.athena.parquet_schemas import ParquetSchemas
from mesh_core.localaws.athena.resolved import Resolved
from mesh_core.localaws.athena.scope import Query
from mesh_core.localaws.athena.tables import NO_PERMISSION, TableNames, Use, relation, wanted
from mesh_core.localaws.athena.text_files import Unpacked
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context


@dataclass(frozen=True)
class Plan:
    """A compiled statement: its query, the uses of tables that it names, and what IAM had to allow and names stood for.

    wanted: of each use the columns that the query reads, None for all.
    """

    query: Query
    uses: tuple[Use, ...]
    wanted: tuple[frozenset[str] | None, ...]
    asks: IamAsks
    resolved: Resolved

    @property
    def filtered(self) -> bool:
        """Whether some of the rows that DuckDB reads are hidden from the caller."""
        return any(each.filtered for each in self.uses)


@dataclass(frozen=True)
class Reading:
    """What a plan reads now: its tables as relations, and the files."""

    relations: tuple[str, ...]
    files: tuple[str, ...]
    temporary: Unpacked

    def close(self) -> None:
        """Remove what was unpacked for this reading."""
        self.temporary.close()

    def complete(self, query: Query) -> Query:
        """The plan's query with the relations that it names."""
        if not self.relations:
            return query
        # One WITH for both: DuckDB forgets the inner one of `WITH a ... (WITH b ... SELECT ...)`.
        word = "WITH RECURSIVE " if query.sql.startswith("WITH RECURSIVE ") else "WITH "
        own = f", {query.sql.removeprefix(word)}" if query.sql.startswith(word) else f" {query.sql}"
        return Query(f"{word}{', '.join(self.relations)}{own}", query.fields)


def compile_query(ctx: Context, caller: Caller, sql: str, database: str, wide: bool = False) -> Plan:
    """Parse, check and compile. QueryFailure with Athena's text."""
    tables = TableNames(ctx, caller, database)
    tables.wide = wide
    try:
        query = Compiler(sql, tables, wide).query(parse(sql), None)
    except RecursionError as error:
        raise too_deep() from error
    macros.expansion().check(query.sql)
    for each in tables.uses:
        if not each.access.columns:  # DESCRIBE only: not even a count of rows
            raise QueryFailure(NO_PERMISSION)
    if not query.fields:
        raise failure("SYNTAX_ERROR", "line 1:8: SELECT * not allowed from relation that has no columns")
    uses = tuple(tables.uses)
    for each in uses:
        each.of_file = named(query.sql)
    return Plan(query, uses, tuple(wanted(each, query.sql) for each in uses), tables.asks, tables.resolved)


def reading(ctx: Context, plan: Plan, schemas: ParquetSchemas | None) -> Reading:
    """List the files of a plan's tables, and write their relations. schemas None: Parquet by name, always."""
    relations: list[str] = []
    files: list[str] = []
    temporary = Unpacked(ctx.temp)
    try:
        with ctx.store.read():  # one snapshot for all of them
            for use, columns in zip(plan.uses, plan.wanted, strict=True):
                found = scan.source(ctx, use, schemas, columns, temporary)
                relations.append(relation(use, found.sql, narrow=columns is not None))
                files += found.files
    except BaseException:
        temporary.close()
        raise
    return Reading(tuple(relations), tuple(dict.fromkeys(files)), temporary)


def with_parameters(sql: str, values: Sequence[str]) -> str:
    """The text with each `?` replaced by its value, a SQL literal. QueryFailure on a wrong number."""
    marks = [each for each in Dialect().tokenize(sql) if _is_mark(each)] if "?" in sql else []
    if len(marks) != len(values):
        raise failure(
            "INVALID_PARAMETER_USAGE", f"Incorrect number of parameters: expected {len(marks)} but found {len(values)}"
        )
    parts, end = [], 0
    for mark, value in zip(marks, values, strict=True):
        parse_value(value)
        parts += [sql[end : mark.start], value.strip()]
        end = mark.end + 1
    return "".join([*parts, sql[end:]])


def _is_mark(token: Any) -> bool:
    return bool(token.token_type.name == "PLACEHOLDER")
