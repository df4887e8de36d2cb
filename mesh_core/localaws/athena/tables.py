"""What the names in FROM mean for one caller: tables and views of Glue as Lake Formation shows them to him.

Each table that a statement names becomes one relation of a WITH around it (`v1`, `v2`, ...), of the readable columns
and rows and over the explicit files only. What a caller may not see is absent: the same text as for what does not
exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.athena import file_columns, scan, views
from mesh_core.localaws.athena.analyse import Compiler
from mesh_core.localaws.athena.failures import EXHAUSTED, QueryFailure, failure, unsupported
from mesh_core.localaws.athena.guard import parse
from mesh_core.localaws.athena.iam_asks import IamAsks
from mesh_core.localaws.athena.projection import is_projected
from mesh_core.localaws.athena.resolved import Resolved
from mesh_core.localaws.athena.rewrite_casts import cast, castable
from mesh_core.localaws.athena.row_filter import columns_of, condition_of
from mesh_core.localaws.athena.scope import Field, Query, Typed, unique_names
from mesh_core.localaws.athena.size import check_relations
from mesh_core.localaws.athena.type_texts import UnknownTypeError, parse_type
from mesh_core.localaws.athena.types import Type, quoted, row_fields
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.view import View

if TYPE_CHECKING:
    from mesh_core.localaws.lakeformation.access import TableAccess

CATALOG = "awsdatacatalog"
NO_PERMISSION = (
    "Insufficient permissions to execute the query. Principal does not have any privilege on specified resource"
)


@dataclass
class Use:
    """One table in one place of a statement: its name in DuckDB, what it reads, and which partitions are left.

    callers: on whose behalf it is read (the definer, inside of his view), and who asked. of_file: which of
    file_columns the statement names.
    """

    view: str
    table: dict[str, Any]
    access: TableAccess
    callers: tuple[Caller, Caller]
    columns: tuple[tuple[str, Type], ...]
    keys: tuple[tuple[str, Type], ...]
    conditions: list[tuple[str, str, tuple[Any, ...]]] = field(default_factory=list)
    of_file: frozenset[str] = frozenset()

    @property
    def filtered(self) -> bool:
        """Whether rows or cells are hidden."""
        return bool(self.access.cells)


class TableNames:
    """The tables of one statement, for one caller and his current database."""

    def __init__(
        self, ctx: Context, caller: Caller, database: str, uses: list[Use] | None = None, path: tuple[str, ...] = ()
    ) -> None:
        self.ctx, self.caller, self.database, self.path = ctx, caller, database.lower(), path
        self.uses: list[Use] = [] if uses is None else uses
        self.asks, self.resolved = IamAsks(ctx), Resolved(ctx)
        self.named = [0]  # how many relations were named, views within views among them
        self.asker = caller
        self.bases: frozenset[tuple[str, str]] | None = None
        self.wide = False

    def session(self, name: str) -> str:
        """What current_user, current_catalog and current_schema say."""
        return {"CurrentUser": self.caller.arn, "CurrentCatalog": CATALOG}.get(name, self.database)

    def relation(self, parts: tuple[str, ...], where: str, sample: str | None) -> Query:
        """A table, a view or a table of information_schema as a query."""
        self.named[0] += 1
        check_relations(self.named[0])
        database, name = self._qualified(parts, where)
        if self.bases is not None and (database, name.removesuffix("$partitions")) not in self.bases:
            raise self._missing(database, name, where)  # a protected view reads what its definition lists
        if database == "information_schema":
            from mesh_core.localaws.athena.information_schema import table

            self.resolved.note_all()
            return table(self.ctx, self.caller, self.asks, name, where)
        if name.endswith("$partitions"):
            return self._partitions(*self._visible(database, name.removesuffix("$partitions"), where), where)
        found, access = self._visible(database, name, where)
        if views.is_view(found):
            return self._view(found, access, where)
        return self._table(found, access)

    def _qualified(self, parts: tuple[str, ...], where: str) -> tuple[str, str]:
        if len(parts) == 3 and parts[0] != CATALOG:
            raise failure("CATALOG_NOT_FOUND", f"{where}: Catalog '{parts[0]}' does not exist")
        if len(parts) > 3:
            raise failure("SYNTAX_ERROR", f"{where}: Too many dots in table name: {'.'.join(parts)}")
        return (parts[-2] if len(parts) > 1 else self.database), parts[-1]

    def _visible(self, database: str, name: str, where: str) -> tuple[dict[str, Any], TableAccess]:
        self.asks.require(self.caller, "GetTable", DatabaseName=database, Name=name)
        try:
            found, access = self._found(database, name)
            if not access.permissions:
                raise self._missing(database, name, where)
            if link := found.get("TargetTable"):
                database, name = link["DatabaseName"].lower(), link["Name"].lower()
                self.asks.require(self.caller, "GetTable", DatabaseName=database, Name=name)
                found, access = self._found(database, name)
                if not access.permissions:
                    raise self._missing(database, name, where)
        except AwsError as error:
            raise self._missing(database, name, where) from error
        return found, access

    def _found(self, database: str, name: str) -> tuple[dict[str, Any], TableAccess]:
        access = self.ctx.lake.table_access(self.caller, database, name)
        found = self.ctx.catalog.table(database, name)
        self.resolved.note(self.caller, (database, name), found, access)
        return found, access

    def _missing(self, database: str, name: str, where: str) -> QueryFailure:
        if not self.ctx.lake.database_access(self.caller, database):
            return failure("SCHEMA_NOT_FOUND", f"{where}: Schema '{database}' does not exist")
        return failure("TABLE_NOT_FOUND", f"{where}: Table '{CATALOG}.{database}.{name}' does not exist")

    # tables

    def _partitions(self, table: dict[str, Any], access: TableAccess, where: str) -> Query:
        """`t$partitions`: the values of the partitions that Glue knows."""
        keys = typed_keys(table)
        if not keys or views.is_view(table):
            raise self._missing(table["DatabaseName"], f"{table['Name']}$partitions", where)
        if access.cells or not {name for name, _ in keys} <= set(access.columns):
            raise QueryFailure(NO_PERMISSION)
        if is_projected(table):
            raise unsupported(f'{where}: "$partitions" of a table with partition projection')
        self._ask_partitions(table)
        self.resolved.note_all()
        rows = [each["Values"] for each in self.ctx.catalog.partitions(table["DatabaseName"], table["Name"])]
        return scan.partition_rows(keys, rows)

    def _ask_partitions(self, table: dict[str, Any]) -> None:
        self.asks.require(self.caller, "GetPartitions", DatabaseName=table["DatabaseName"], TableName=table["Name"])

    def _table(self, table: dict[str, Any], access: TableAccess) -> Query:
        scan.refuse_unreadable(table)
        columns, keys = typed_columns(table), typed_keys(table)
        if keys and not is_projected(table):
            self._ask_partitions(table)
        use = Use(f"v{len(self.uses) + 1}", table, access, (self.caller, self.asker), columns, keys)
        self.uses.append(use)
        granted = set(access.columns)
        partitioned = {name for name, _ in keys}
        fields = [
            Field(
                name,
                self._narrowed(name, of, access),
                quoted(name),
                source=(use, name) if name in partitioned else None,
            )
            for name, of in [*columns, *keys]
            if name in granted
        ]
        if fields and partitioned <= granted:  # a path holds the partition's values
            fields += (Field(name, of, quoted(name), hidden=True) for name, of in file_columns.there(bool(keys)))
        return Query(f"SELECT * FROM {quoted(use.view)}", tuple(fields))

    def _narrowed(self, name: str, of: Type, access: TableAccess) -> Type:
        return columns_of(of, access.fields.get(name))

    # views

    def _view(self, table: dict[str, Any], access: TableAccess, where: str) -> Query:
        name = f"{table['DatabaseName']}.{table['Name']}".lower()
        if "SELECT" not in access.permissions:
            raise QueryFailure(NO_PERMISSION)
        if name in self.path:
            raise failure("VIEW_IS_RECURSIVE", f"{where}: Statement is recursive: view '{CATALOG}.{name}' reads itself")
        try:
            view = views.decode(table)
        except views.BadViewError as error:
            raise failure("INVALID_VIEW", f"{where}: {error}") from error
        caller = self.caller if view.definer is None else self.ctx.lake.definer_caller(view.definer)
        inner = TableNames(self.ctx, caller, view.database, self.uses, (*self.path, name))
        inner.asks, inner.asker, inner.resolved = self.asks, self.asker, self.resolved
        inner.bases = view.bases
        inner.named = self.named
        compiler = Compiler(view.sql, inner, wide=self.wide, prefix=f"w{len(self.uses)}_{len(self.path)}_")
        try:
            body = compiler.query(parse(view.sql), None)
        except QueryFailure as error:
            why = _why_broken(error, name, view, tells=View(table, access).whole)
            raise error if why is None else failure("INVALID_VIEW", f"{where}: {why}") from error
        return self._as_declared(body, view, table, access)

    def _as_declared(self, body: Query, view: views.View, table: dict[str, Any], access: TableAccess) -> Query:
        declared = [(name.lower(), parse_type(of)) for name, of in view.columns] or [
            (each["Name"].lower(), parse_type(each["Type"])) for each in table["StorageDescriptor"]["Columns"]
        ]
        if len(declared) != len(body.fields) or any(
            not castable(b.type, of) for b, (_, of) in zip(body.fields, declared, strict=True)
        ):
            raise failure(
                "VIEW_IS_STALE",
                f"View '{CATALOG}.{table['DatabaseName']}.{table['Name']}' is stale or in invalid "
                f"state: its columns have changed; it must be re-created",
            )
        granted = set(access.columns)
        names = unique_names([name for name, _ in declared])
        kept = [
            (Field(name, of, text), cast(Typed(each.sql, each.type), of))
            for (name, of), text, each in zip(declared, names, body.fields, strict=True)
            if name in granted
        ]
        if not kept:
            raise QueryFailure(NO_PERMISSION)
        shown = ", ".join(f"{sql} AS {one.sql}" for one, sql in kept)
        return Query(f"SELECT {shown} FROM ({body.sql}) AS s", tuple(one for one, _ in kept))


def _why_broken(error: QueryFailure, name: str, view: views.View, tells: bool) -> str | None:
    """What may be said of a view that can't be read, None: the error itself.

    tells: its text is the reader's to see, with the names in it
    """
    if error.code == EXHAUSTED:
        return None
    if view.definer is not None or not tells:
        behalf = " on behalf of its definer" if view.definer is not None else ""
        return f"Failed analyzing stored view '{CATALOG}.{name}'{behalf}"
    if error.code in ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"):
        # the view's text names its bases: the question is not whether they are there but whether they may be read
        return f"'{CATALOG}.{name}' reads what is gone or forbidden: {NO_PERMISSION}"
    return f"Failed analyzing stored view '{CATALOG}.{name}': {error.message}"


def wanted(use: Use, text: str) -> frozenset[str] | None:
    """The readable columns that a compiled statement names; None where only all of them are sure to
    be enough: cells are cut by other columns, and a `*` names none."""
    if use.access.cells or use.access.fields or f"SELECT * FROM {quoted(use.view)}" in text:
        return None
    found = [name for name in use.access.columns if quoted(name) in text]
    return frozenset(found or use.access.columns[:1])


def relation(use: Use, source: str, narrow: bool) -> str:
    """The relation of one use as an item of WITH, over `source`: a query of readable columns where `narrow`, else of
    all columns of the table under their names.

    Not a view of the catalog: DuckDB would open the files to bind it, and once more to bind the query.
    """
    return f"{quoted(use.view)} AS NOT MATERIALIZED ({source if narrow else _visible(use, source)})"


def _visible(use: Use, source: str) -> str:
    """The columns, cells and rows of a source that may be read."""
    granted = [(name, of) for name, of in [*use.columns, *use.keys] if name in set(use.access.columns)]
    conditions = {each: condition_of(each.row_filter, [*use.columns, *use.keys]) for each in use.access.cells}
    parts = [f"{_cell(use, name, of, conditions)} AS {quoted(name)}" for name, of in granted]
    where = ""
    if conditions and None not in conditions.values():
        where = " WHERE " + " OR ".join(f"({each})" for each in conditions.values())
    parts += (f"{_of_file(use, conditions, quoted(name))} AS {quoted(name)}" for name in use.of_file)
    return f"SELECT {', '.join(parts)} FROM ({source}) AS s{where}"


def _of_file(use: Use, conditions: dict[Any, str | None], sql: str) -> str:
    """What is said of a file, where every partition key may be read: their values are in its address."""
    if not conditions:
        return sql
    tests = [[test for cells, test in conditions.items() if name in cells.columns] for name, _ in use.keys]
    needed = [_any_of(each) or "false" for each in tests if None not in each]
    return f"CASE WHEN {' AND '.join(f'({each})' for each in needed)} THEN {sql} END" if needed else sql


def _cell(use: Use, name: str, of: Type, conditions: dict[Any, str | None]) -> str:
    readable = use.access.fields.get(name)
    if not conditions:
        return quoted(name) if readable is None else project_row(quoted(name), of, readable)
    return _part(name, quoted(name), of, [(cells.columns, test) for cells, test in conditions.items()])


def _part(path: str, sql: str, of: Type, rectangles: list[tuple[frozenset[str], str | None]]) -> str:
    """A column, or a field of it, where a rectangle covers it, else NULL; a row is made anew from its visible fields.

    Hidden values are NULL before any expression of the user's sees them, wherever DuckDB moves it.
    """
    whole = [test for columns, test in rectangles if _within(columns, path)]
    inside = [test for columns, test in rectangles if any(each.startswith(f"{path}.") for each in columns)]
    if None in whole or not inside:
        return sql if None in whole else f"CASE WHEN {_any_of(whole)} THEN {sql} END"
    parts = [
        f"{quoted(name)} := {_part(f'{path}.{name}', f'({sql}).{quoted(name)}', kind, rectangles)}"
        for name, kind in row_fields(of)
        if any(_touches(columns, f"{path}.{name}") for columns, _ in rectangles)
    ]
    shown = "" if None in inside else f" AND ({_any_of([*whole, *inside])})"
    return f"CASE WHEN {sql} IS NOT NULL{shown} THEN struct_pack({', '.join(parts)}) END"


def _any_of(tests: list[str | None]) -> str:
    return " OR ".join(f"({each})" for each in dict.fromkeys(tests))


def _within(columns: frozenset[str], path: str) -> bool:
    """Whether a rectangle has a column, or the field at a path, as a whole."""
    parts = path.split(".")
    return any(".".join(parts[:length]) in columns for length in range(1, len(parts) + 1))


def _touches(columns: frozenset[str], path: str) -> bool:
    return _within(columns, path) or any(each.startswith(f"{path}.") for each in columns)


def typed_columns(table: dict[str, Any]) -> tuple[tuple[str, Type], ...]:
    """A table's own columns, typed. QueryFailure for a type that Trino does not have."""
    return tuple((each["Name"].lower(), _type(each)) for each in table["StorageDescriptor"].get("Columns") or ())


def typed_keys(table: dict[str, Any]) -> tuple[tuple[str, Type], ...]:
    """A table's partition keys, typed."""
    return tuple((each["Name"].lower(), _type(each)) for each in table.get("PartitionKeys") or ())


def _type(column: dict[str, Any]) -> Type:
    try:
        return parse_type(column.get("Type") or "string")
    except UnknownTypeError as error:
        raise failure(
            "HIVE_INVALID_METADATA", f"Unknown column type: {column.get('Type')} of column {column['Name']}"
        ) from error


def project_row(sql: str, of: Type, readable: frozenset[str], prefix: str = "") -> str:
    """A row with its readable fields only."""
    parts = []
    for name, kind in row_fields(of):
        path, inner = f"{prefix}{name}", f"({sql}).{quoted(name)}"
        if path in readable:
            parts.append(f"{quoted(name)} := {inner}")
        elif any(each.startswith(f"{path}.") for each in readable):
            parts.append(f"{quoted(name)} := {project_row(inner, kind, readable, path + '.')}")
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE struct_pack({', '.join(parts)}) END"
