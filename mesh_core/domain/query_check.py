"""What a statement would meet before a byte is scanned: which grants are missing, and what `SELECT *` leaves out.

Pure. It explains, Lake Formation locks: a visitor may run the statement anyway. Lake Formation's rules that matter here
(developer guide): a column that is named must be granted; `SELECT *` gives the granted columns only, without a word; a
table that is granted in no column at all does not exist for the reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from mesh_core.domain.access import Verdict, decide
from mesh_core.domain.query import parse_read, tables_of
from mesh_core.domain.reach import index_of
from mesh_core.domain.world import Column, Table, World

TAG = "at"  # marks the parts of a statement that can be left out


@dataclass(frozen=True)
class Lack:
    """Columns of one table that a principal may not read, with the owner who could grant them.

    columns   the columns concerned, in table order; of a table that is closed as a whole, all of them
    closed    nothing of the table may be read
    """

    table: str
    owner: str
    columns: tuple[str, ...]
    reason: str
    closed: bool = False


@dataclass(frozen=True)
class Check:
    """The portal's own verdict on a statement for one principal.

    lacks     why it would be refused; () when it may run
    left_out  what `SELECT *` will not show
    narrowed  (table, filter names) of tables whose rows a filter narrows
    without   the same statement without the columns that are lacking, "" where leaving them out doesn't help
    """

    lacks: tuple[Lack, ...] = ()
    left_out: tuple[Lack, ...] = ()
    narrowed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    without: str = ""

    @property
    def is_allowed(self) -> bool:
        """Whether every column that the statement names may be read."""
        return not self.lacks


@dataclass(frozen=True)
class _Use:
    """One table of a statement: the columns it names, and whether a star shows the others."""

    table: Table
    verdict: Verdict
    named: frozenset[str]
    starred: bool


def check(world: World, principal: str, sql: str, database: str = "") -> Check:
    """The verdict on one SELECT; NotAReadError for anything else. Unknown tables are left to Athena to refuse."""
    statement = parse_read(sql)
    uses = _uses(world, principal, sql, database)
    lacks = tuple(lack for use in uses if (lack := _lack(world, use)))
    return Check(
        lacks=lacks,
        left_out=tuple(_left_out(world, use) for use in uses if use.starred and _hidden(use)),
        narrowed=tuple((use.table.full_name, use.verdict.filters) for use in uses if use.verdict.filters),
        without=_without(world, principal, statement, database, uses) if lacks else "",
    )


def owner_of(world: World, table: Table) -> str:
    """Who can grant a table: its own owner, else its domain's; "" where nobody is named."""
    databases = (one.owner for one in world.databases if one.name == table.database)
    return table.parameters.get("mesh.owner", "") or next(databases, "")


def _lack(world: World, use: _Use) -> Lack | None:
    verdict, full_name, owner = use.verdict, use.table.full_name, owner_of(world, use.table)
    if not verdict.columns:
        columns = use.table.column_names
        reason = next(iter(verdict.denied.values()), "")
        return Lack(full_name, owner, columns, reason, closed=True)
    columns = tuple(c for c in use.table.column_names if c in use.named and c in verdict.denied)
    return Lack(full_name, owner, columns, verdict.denied[columns[0]]) if columns else None


def _left_out(world: World, use: _Use) -> Lack:
    hidden = _hidden(use)
    return Lack(use.table.full_name, owner_of(world, use.table), hidden, use.verdict.denied[hidden[0]])


def _hidden(use: _Use) -> tuple[str, ...]:
    return tuple(use.verdict.denied) if use.verdict.columns else ()


def lacks_of(world: World, principal: str, sql: str, database: str = "") -> tuple[Lack, ...]:
    """Why a statement would be refused, () when it may run: `check` for many statements at once. NotAReadError."""
    return tuple(lack for use in _uses(world, principal, sql, database) if (lack := _lack(world, use)))


def _uses(world: World, principal: str, sql: str, database: str) -> tuple[_Use, ...]:
    known = {name: table for name in _named(sql, database) if (table := index_of(world).tables.get(name)) is not None}
    columns = tuple((name, table.column_names) for name, table in sorted(known.items()))
    return tuple(
        _Use(known[name], decide(world, principal, known[name]), named, starred)
        for name, named, starred in _reads(sql, database, columns)
    )


@lru_cache(maxsize=4096)
def _named(sql: str, database: str) -> tuple[str, ...]:
    return tuple(f"{d}.{t}" for d, t in tables_of(parse_read(sql), database))


@lru_cache(maxsize=4096)
def _reads(
    sql: str, database: str, known: tuple[tuple[str, tuple[str, ...]], ...]
) -> tuple[tuple[str, frozenset[str], bool], ...]:
    """What a statement reads of each known table (name, columns): the columns that it names, and whether by star."""
    columns = dict(known)
    tables = [_bare(name, names) for name, names in known]
    named: dict[str, set[str]] = {name: set() for name in columns}
    starred: set[str] = set()
    for scope in traverse_scope(qualified(parse_read(sql), database, tables)):
        starred |= {name for name in _starred(scope, database) if name in columns}
        for column in scope.columns:
            for name in _tables_behind(scope, column, database):
                if name in columns and column.name.lower() in columns[name]:
                    named[name].add(column.name.lower())
    return tuple((name, frozenset(named[name]), name in starred) for name in columns)


def _bare(name: str, columns: tuple[str, ...]) -> Table:
    database, _, table = name.partition(".")
    return Table(database, table, tuple(Column(one, "unknown") for one in columns))


def qualified(statement: exp.Query, database: str, tables: Iterable[Table]) -> exp.Query:
    """A copy whose columns say which table they are of; stars are left, since what they show differs by reader."""
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for table in tables:
        schema.setdefault(table.database, {})[table.name] = dict.fromkeys(table.column_names, "unknown")
    copy = statement.copy()
    try:
        found = qualify(
            copy, dialect="athena", db=database, schema=schema, expand_stars=False, validate_qualify_columns=False
        )
    except SqlglotError:
        return statement.copy()
    return found if isinstance(found, exp.Query) else copy


def _full_name(table: exp.Table, database: str) -> str:
    return f"{table.db or database}.{table.name}".lower()


def _tables_behind(scope: Scope, column: exp.Column, database: str) -> Iterator[str]:
    """The tables that a column may come from: its own source, or the stars inside a subquery."""
    names = [column.table] if column.table else list(scope.sources)
    for name in names:
        source = scope.sources.get(name)
        if isinstance(source, exp.Table):
            yield _full_name(source, database)
        elif isinstance(source, Scope):
            yield from _starred(source, database)


def _starred(scope: Scope, database: str) -> Iterator[str]:
    """Full names of the tables that a star in this scope shows, through subqueries too."""
    if isinstance(scope.expression, exp.SetOperation):
        for part in scope.set_operation_scopes:
            yield from _starred(part, database)
        return
    if not isinstance(scope.expression, exp.Select):
        return
    for projection in scope.expression.selects:
        if not projection.is_star:
            continue
        of = projection.table if isinstance(projection, exp.Column) else ""
        for name, (_, source) in scope.selected_sources.items():
            if of and name != of:
                continue
            if isinstance(source, exp.Table):
                yield _full_name(source, database)
            elif isinstance(source, Scope):
                yield from _starred(source, database)


def _without(world: World, principal: str, statement: exp.Query, database: str, uses: tuple[_Use, ...]) -> str:
    """The statement without what names a denied column, "" where that isn't enough or changes its meaning."""
    if any(not use.verdict.columns for use in uses) or next(statement.find_all(exp.SetOperation), None):
        return ""
    marked = statement.copy()
    parts = _mark(marked)
    unwanted = _unwanted(marked, database, uses)
    if unwanted is None or not _drop(parts, unwanted):
        return ""
    rewritten = marked.sql(dialect="athena", pretty=True)
    again = _uses(world, principal, rewritten, database)
    helps = not any(_lack(world, use) for use in again) and _resolves(rewritten, database, again)
    return rewritten if helps else ""


def _mark(statement: exp.Query) -> dict[int, exp.Expression]:
    """Number what can be left out: what a SELECT gives, and what it groups and orders by."""
    parts: dict[int, exp.Expression] = {}
    for select in statement.find_all(exp.Select):
        lists = [select.expressions]
        lists += [clause.expressions for name in ("group", "order") if (clause := select.args.get(name))]
        for part in (one for some in lists for one in some):
            part.meta[TAG] = len(parts)
            parts[len(parts)] = part
    return parts


def _unwanted(marked: exp.Query, database: str, uses: tuple[_Use, ...]) -> set[int] | None:
    """Numbers of the parts that name a denied column; None when one is named where it can't be left out."""
    denied = {use.table.full_name: set(use.verdict.denied) for use in uses}
    found: set[int] = set()
    gone: dict[int, set[str]] = {}  # by scope: names that its SELECT doesn't give any more
    for scope in traverse_scope(qualified(marked, database, [use.table for use in uses])):  # inner scopes come first
        for column in scope.columns:
            if not _is_denied(scope, column, denied, database) and not _is_gone(scope, column, gone):
                continue
            number = _number(column)
            if number is None:
                return None
            found.add(number)
        gone[id(scope)] = _names_of(scope, found)
        found |= _ordered_by(scope, gone[id(scope)])
    return found


def _is_denied(scope: Scope, column: exp.Column, denied: dict[str, set[str]], database: str) -> bool:
    return any(column.name.lower() in denied.get(name, ()) for name in _tables_behind(scope, column, database))


def _is_gone(scope: Scope, column: exp.Column, gone: dict[int, set[str]]) -> bool:
    source = scope.sources.get(column.table)
    return isinstance(source, Scope) and column.name.lower() in gone.get(id(source), ())


def _names_of(scope: Scope, numbers: set[int]) -> set[str]:
    selects = scope.expression.selects if isinstance(scope.expression, exp.Select) else []
    return {one.alias_or_name.lower() for one in selects if one.unalias().meta.get(TAG, one.meta.get(TAG)) in numbers}


def _ordered_by(scope: Scope, names: set[str]) -> set[int]:
    """Numbers of what is ordered by a name that the SELECT doesn't give any more."""
    order = scope.expression.args.get("order")
    columns = (column for column in order.find_all(exp.Column)) if order else ()
    hits = (_number(column) for column in columns if not column.table and column.name.lower() in names)
    return {number for number in hits if number is not None}


def _number(node: exp.Expression | None) -> int | None:
    while node is not None:
        if isinstance(node, exp.Select):
            return None
        if TAG in node.meta:
            return int(node.meta[TAG])
        node = node.parent
    return None


def _drop(parts: dict[int, exp.Expression], unwanted: set[int]) -> bool:
    """Take parts out of the statement; False when a SELECT or a clause would be left wrong."""
    selects = {id(s): s for n in unwanted if isinstance(s := parts[n].find_ancestor(exp.Select), exp.Select)}
    if any(_has_ordinals(select) for select in selects.values()):
        return False
    for number in unwanted:
        parts[number].pop()
    for select in selects.values():
        if not select.expressions:
            return False
        for name in ("group", "order"):
            clause = select.args.get(name)
            if clause is not None and not clause.expressions:
                if name == "group":  # no group left would turn rows by group into one row
                    return False
                select.set(name, None)
    return True


def _has_ordinals(select: exp.Select) -> bool:
    clauses = (select.args.get(name) for name in ("group", "order"))
    items = (one.this if isinstance(one, exp.Ordered) else one for c in clauses if c for one in c.expressions)
    return any(isinstance(one, exp.Literal) for one in items)


def _resolves(sql: str, database: str, uses: tuple[_Use, ...]) -> bool:
    """Whether every column of a statement is found among those that may be read."""
    schema: dict[str, dict[str, dict[str, str]]] = {}
    for use in uses:
        schema.setdefault(use.table.database, {})[use.table.name] = dict.fromkeys(use.verdict.columns, "unknown")
    try:
        qualify(parse_read(sql), dialect="athena", db=database, schema=schema)
    except SqlglotError:
        return False
    return True
