"""Who may read what, and why: the portal's own decision, taken on a `World`.

It is independent of the endpoint's enforcement on purpose: the one explains, the other locks. Rules (Lake Formation
developer guide): grants only add; a tag expression is matched column by column on effective tags; an administrator's
rights don't include SELECT; where IAM_ALLOWED_PRINCIPALS holds ALL, Lake Formation is not asked; a view's reader needs
SELECT on the view and on what the view reads. The fast ground is `reach.py`, views are in `view_access.py`, the long
answer to "why" is in `explain.py`, what a change does in `effects.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mesh_core.domain import tags
from mesh_core.domain.cells import Cells, filter_paths
from mesh_core.domain.effects import Effect, RowChange, effects
from mesh_core.domain.reach import READING, Index, Reach, Shape, index_of, named_columns
from mesh_core.domain.view_access import Beneath, filters_beneath, view_references, whole_reach
from mesh_core.domain.words import describe_resource, short
from mesh_core.domain.world import FilterResource, Grant, Table, World

__all__ = [
    "READING",
    "Amount",
    "Cells",
    "Effect",
    "Reason",
    "RowChange",
    "Verdict",
    "amount",
    "decide",
    "effects",
    "openings",
    "view_references",
]

Amount = Literal["all", "part", "none"]


@dataclass(frozen=True)
class Reason:
    """Why a column may be read: the grant in words, and the tags that made it match."""

    grant: Grant
    words: str


@dataclass(frozen=True)
class Verdict:
    """What one principal may read of one table.

    columns   readable columns, in table order
    denied    the others, each with the sentence that says what is missing
    reasons   for each readable column the grants that open it
    filters   names of the row filters that narrow the rows (() when grants open every row); through a view's bases
              as `name on database.table`
    open_to_iam  IAM_ALLOWED_PRINCIPALS decides: Lake Formation is not asked
    cells     the rectangles of columns and rows where not every row is read whole: a cell that none covers is NULL, a
              row that none covers is left out
    fields    columns of which only some fields are read, as dotted paths
    """

    table: str
    columns: tuple[str, ...]
    denied: Mapping[str, str]
    reasons: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    open_to_iam: bool = False
    cells: tuple[Cells, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def amount(self) -> Amount:
        """all, part or none of the columns (rows that a filter hides, or fields of a struct, make it part)."""
        if not self.columns:
            return "none"
        return "part" if self.denied or self.filters or self.fields else "all"


def decide(world: World, principal: str, table: Table) -> Verdict:
    """The verdict for a principal (role ARN) on a table or view; bases of a view included."""
    index = index_of(world)
    reach, beneath = whole_reach(index, principal, table)
    shape = index.shape(table)
    if beneath.lacks:
        return _closed(table, principal, beneath)
    filters = (*sorted(one.name for one in reach.cells if one.row_filter), *filters_beneath(beneath.narrowed))
    if reach.open_to_iam:
        return Verdict(table.full_name, shape.names, {}, filters=filters, open_to_iam=True)
    return Verdict(
        table=table.full_name,
        columns=shape.named(reach.columns),
        denied=_denied(index, principal, shape, shape.everything & ~reach.columns),
        reasons=_reasons(index, principal, shape),
        filters=filters,
        cells=reach.cells,
        fields=_fields(shape, reach),
    )


def amount(world: World, principal: str, table: Table) -> Amount:
    """How much of a table may be read, without the words: for many cells at once."""
    index = index_of(world)
    if table.view_sql is None:
        reach, narrowed = index.reach(principal, table), False
    else:
        reach, beneath = whole_reach(index, principal, table)
        narrowed = bool(beneath.narrowed)
    if not reach.columns:
        return "none"
    return "all" if reach.every_row == index.shape(table).everything and not narrowed else "part"


def _closed(table: Table, principal: str, beneath: Beneath) -> Verdict:
    """A view of which a base may not be read: closed as a whole."""
    sentence = f"the view reads {'; '.join(lack.words(principal) for lack in beneath.lacks)}"
    return Verdict(table.full_name, (), dict.fromkeys(table.column_names, sentence))


def _reasons(index: Index, principal: str, shape: Shape) -> dict[str, tuple[Reason, ...]]:
    found: dict[str, list[Reason]] = {}
    for grant, columns in openings(index, principal, shape):
        reason = Reason(grant, f"{', '.join(grant.permissions)} on {describe_resource(grant.resource)}")
        for column in columns:
            found.setdefault(column, []).append(reason)
    return {column: tuple(reasons) for column, reasons in found.items()}


def openings(index: Index, principal: str, shape: Shape) -> list[tuple[Grant, tuple[str, ...]]]:
    """The grants that open columns of a table, each with the columns (some rows or fields of them at least)."""
    found = []
    for grant in index.on_table(principal, shape.table):
        if isinstance(grant.resource, FilterResource):
            one = index.filters.get((shape.table.database, shape.table.name, grant.resource.name))
            tops = {path.partition(".")[0] for path in filter_paths(shape.table, one)} if one else set()
            found.append((grant, tuple(name for name in shape.names if name in tops)))
        else:
            found.append((grant, shape.named(named_columns(shape, grant))))
    for grant, policy in index.holdings(principal).by_tags:
        found.append((grant, shape.named(index.matched_by(policy, shape))))
    return [(grant, columns) for grant, columns in found if columns]


def _fields(shape: Shape, reach: Reach) -> dict[str, tuple[str, ...]]:
    whole = {path for one in reach.cells for path in one.columns if "." not in path}
    found: dict[str, set[str]] = {}
    for one in reach.cells:
        for path in one.columns:
            top, dot, _ = path.partition(".")
            if dot and top in shape.bits and top not in whole:
                found.setdefault(top, set()).add(path)
    return {top: tuple(sorted(paths)) for top, paths in found.items()}


def _denied(index: Index, principal: str, shape: Shape, mask: int) -> dict[str, str]:
    """Each column that may not be read, with what would have to be different; worked out once a tag class."""
    if not mask:
        return {}
    words: dict[str, str] = {}
    for number, columns in shape.classes:
        if columns & mask:
            sentence = _missing(index, principal, shape.table, index.values[number])
            words.update(dict.fromkeys(shape.named(columns & mask), sentence))
    return {name: words[name] for name in shape.names if name in words}


def _missing(index: Index, principal: str, table: Table, values: Mapping[str, str]) -> str:
    """What is missing, nearest grant first: the grant on tags of which the fewest parts don't hold."""
    near = []
    for grant, policy in index.holdings(principal).by_tags:
        parts = tags.missing_for(policy.expression, values)
        near.append((len(parts), "; ".join(parts), describe_resource(grant.resource)))
    if near:
        _, parts_text, words = min(near)
        return f"the grant on {words} doesn't reach it: {parts_text}"
    return f"{short(principal)} holds no grant that reaches {table.full_name}"
