"""Who may do what on a table: pure functions from grants and effective LF-tags to a TableAccess.

Grants only add: there is no deny and no priority. A tag expression is AND over its keys and OR over each key's values,
evaluated column by column on effective tags (database, overridden per key by table, overridden by column); a key that a
column does not carry never matches. An expression that matches only some of the columns gives SELECT on those, and
downgrades every other permission to DESCRIBE.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from mesh_core.localaws.lakeformation.access import (
    DATABASE_PERMISSIONS,
    NOTHING,
    TABLE_PERMISSIONS,
    Cells,
    TableAccess,
)

Tags = Mapping[str, str]
Expression = tuple[tuple[str, frozenset[str]], ...]
NO_TAGS: Tags = {}


@dataclass(frozen=True)
class Policy:
    """A grant on everything whose tags match `expression`."""

    expression: Expression
    permissions: frozenset[str]


@dataclass(frozen=True)
class CellFilter:
    """A granted data cells filter. `columns` None = all but `excluded`; `row_filter` None = all rows.

    A nested column stands as its dotted path ("address.zip"). A struct of which a field is excluded is excluded itself,
    and `kept` are the fields that are left of it.
    """

    columns: frozenset[str] | None
    excluded: frozenset[str]
    row_filter: str | None
    kept: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Held:
    """The grants of one caller that name one table (or ALL_TABLES of its database).

    permissions   on the table as a whole, SELECT (every column) among them
    included      columns named by grants; excluded: one set for each grant on "all columns but"
    """

    permissions: frozenset[str] = frozenset()
    included: frozenset[str] = frozenset()
    excluded: tuple[frozenset[str], ...] = ()
    filters: tuple[CellFilter, ...] = ()


@dataclass(frozen=True)
class Shape:
    """What the decision needs to know of a table: its columns in order (partition keys last) and its own tags."""

    columns: tuple[str, ...]
    partition_keys: frozenset[str] = frozenset()
    database_tags: Tags = field(default_factory=dict)
    table_tags: Tags = field(default_factory=dict)
    column_tags: Mapping[str, Tags] = field(default_factory=dict)


def effective(*levels: Tags) -> Tags:
    """Tags of a resource: outer levels first, each key overridden by the inner ones."""
    merged: dict[str, str] = {}
    for level in levels:
        merged.update(level)
    return merged


def matches(expression: Expression, tags: Tags) -> bool:
    """AND over the keys, OR over each key's values; "*" is any value of a key that is there."""
    return bool(expression) and all(
        key in tags and (tags[key] in values or "*" in values) for key, values in expression
    )


def matching_columns(expression: Expression, shape: Shape) -> frozenset[str]:
    """The columns whose effective tags match."""
    table = effective(shape.database_tags, shape.table_tags)
    plain = matches(expression, table)
    if not shape.column_tags:
        return frozenset(shape.columns) if plain else frozenset()
    return frozenset(
        column
        for column in shape.columns
        if (matches(expression, {**table, **own}) if (own := shape.column_tags.get(column)) else plain)
    )


def expand(permissions: Iterable[str], everything: frozenset[str]) -> frozenset[str]:
    """ALL replaced by the permissions that it stands for."""
    found = frozenset(permissions)
    return (found - {"ALL"}) | everything if "ALL" in found else found


@dataclass(frozen=True)
class Reach:
    """What grants give on a table before DESCRIBE is implied: `whole` on the table, `readable` with every row,
    `described` columns by partial matches, `filters` with some rows."""

    whole: frozenset[str]
    readable: frozenset[str]
    described: frozenset[str]
    filters: tuple[CellFilter, ...]


def reach(shape: Shape, held: Held, policies: Collection[Policy]) -> Reach:
    """The union of the named grants and of the tag policies of type TABLE."""
    whole = set(expand(held.permissions, TABLE_PERMISSIONS))
    readable, described = _named_columns(shape, held), set[str]()
    for policy in policies:
        _add_policy(policy, shape, whole, readable, described)
    if "SELECT" in whole:
        readable = set(shape.columns)
    return Reach(frozenset(whole), frozenset(readable), frozenset(described), held.filters)


def _named_columns(shape: Shape, held: Held) -> set[str]:
    readable = set(held.included & set(shape.columns))
    for excluded in held.excluded:
        readable |= set(shape.columns) - excluded
    return readable | shape.partition_keys if readable else readable


def _add_policy(policy: Policy, shape: Shape, whole: set[str], readable: set[str], described: set[str]) -> None:
    columns = matching_columns(policy.expression, shape)
    table_matches = matches(policy.expression, effective(shape.database_tags, shape.table_tags))
    if table_matches and len(columns) == len(shape.columns):
        whole |= expand(policy.permissions, TABLE_PERMISSIONS)
        return
    described |= columns
    if policy.permissions & {"SELECT", "ALL"}:
        readable |= columns


def decide(shape: Shape, held: Held, policies: Collection[Policy], sees_metadata: bool = False) -> TableAccess:
    """The verdict where Lake Formation decides. `sees_metadata`: an administrator's DESCRIBE on everything."""
    got = reach(shape, held, policies)
    rectangles = _rectangles(shape, got) if got.filters else ()
    visible = frozenset(name for cells in rectangles for name in cells.columns) if got.filters else got.readable
    tops = frozenset(name.partition(".")[0] for name in visible) if got.filters else visible
    permissions = set(got.whole) - {"SELECT"}
    if visible:
        permissions.add("SELECT")
    if permissions or got.described or sees_metadata:
        permissions.add("DESCRIBE")
    return TableAccess(
        permissions=frozenset(permissions),
        columns=_ordered(shape, tops),
        cells=() if _all_rows(rectangles) else rectangles,
        metadata_columns=shape.columns if sees_metadata or got.whole else _ordered(shape, tops | got.described),
        governed=True,
        fields=_fields(visible, shape) if got.filters else NOTHING,
    )


def _rectangles(shape: Shape, got: Reach) -> tuple[Cells, ...]:
    """The readable cells as a small union: one rectangle for all rows, then one for each different row filter."""
    everywhere, by_filter = set(got.readable), dict[str, set[str]]()
    for cell_filter in got.filters:
        columns = _filter_columns(shape, cell_filter)
        if cell_filter.row_filter is None:
            everywhere |= columns
        else:
            by_filter.setdefault(cell_filter.row_filter, set()).update(columns)
    everywhere = _without_parts(everywhere)
    found = [Cells(frozenset(everywhere), None)] if everywhere else []
    for row_filter, columns in by_filter.items():
        rest = {name for name in _without_parts(columns) if not _covered(name, everywhere)}
        if rest:
            found.append(Cells(frozenset(_without_parts(columns)), row_filter))
    return tuple(found)


def _filter_columns(shape: Shape, cell_filter: CellFilter) -> set[str]:
    known = set(shape.columns)
    if cell_filter.columns is None:
        cut = {name.partition(".")[0] for name in cell_filter.excluded}
        kept = {name for name in cell_filter.kept if name.partition(".")[0] in known}
        return (known - cut) | kept | shape.partition_keys
    named = {name for name in cell_filter.columns if name.partition(".")[0] in known}
    return named | shape.partition_keys if named else named


def _covered(name: str, columns: Collection[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:length]) in columns for length in range(1, len(parts) + 1))


def _without_parts(columns: set[str]) -> set[str]:
    """Drop a struct's field where the struct itself (or an outer field) is there."""
    return {name for name in columns if "." not in name or not _covered(name.rpartition(".")[0], columns)}


def _fields(visible: Collection[str], shape: Shape) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name in visible:
        top, _, path = name.partition(".")
        if path and top not in visible and top in shape.columns:
            found.setdefault(top, set()).add(path)
    return {top: frozenset(paths) for top, paths in found.items()} if found else NOTHING


def _all_rows(rectangles: tuple[Cells, ...]) -> bool:
    return all(cells.row_filter is None for cells in rectangles)


def _ordered(shape: Shape, names: Collection[str]) -> tuple[str, ...]:
    return shape.columns if len(names) == len(shape.columns) else tuple(c for c in shape.columns if c in names)


def decide_database(tags: Tags, named: Iterable[str], policies: Collection[Policy]) -> frozenset[str]:
    """Effective permissions on a database; any of them implies DESCRIBE."""
    found = reach_database(tags, named, policies)
    return found | {"DESCRIBE"} if found else found


def reach_database(tags: Tags, named: Iterable[str], policies: Collection[Policy]) -> frozenset[str]:
    """What is granted on a database: by name, and by tag policies of type DATABASE, on its own tags only."""
    found = set(expand(named, DATABASE_PERMISSIONS))
    for policy in policies:
        if matches(policy.expression, tags):
            found |= expand(policy.permissions, DATABASE_PERMISSIONS)
    return frozenset(found)
