"""What a decision says: the permissions, columns and rows that one caller has on one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

TABLE_PERMISSIONS = frozenset({"SELECT", "INSERT", "DELETE", "ALTER", "DROP", "DESCRIBE"})
DATABASE_PERMISSIONS = frozenset({"ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"})
NOTHING: Mapping[str, frozenset[str]] = MappingProxyType({})


@dataclass(frozen=True)
class Cells:
    """One rectangle of readable cells: columns x rows.

    columns      names; a struct of which only some fields are readable stands here as "address.zip", "address.city"
    row_filter   the predicate of a data cells filter, PartiQL text as it was given; None = every row
    """

    columns: frozenset[str]
    row_filter: str | None


@dataclass(frozen=True)
class TableAccess:
    """The verdict on one table.

    permissions        effective, ALL expanded; empty = the caller can't see the table
    columns            readable (SELECT) columns in the table's order, partition keys last; () = none
    cells              empty = every row of `columns`; else the readable cells are the union of the rectangles, and
                       cells outside of them are NULL (rows outside of all of them are not returned)
    metadata_columns   the columns that Glue, DESCRIBE and information_schema show
    governed           False: IAM_ALLOWED_PRINCIPALS holds ALL and the caller has not opted in: IAM alone decides
    fields             struct column -> its readable field paths ("zip", "geo.lat"), where not the whole is readable
    """

    permissions: frozenset[str]
    columns: tuple[str, ...]
    cells: tuple[Cells, ...]
    metadata_columns: tuple[str, ...]
    governed: bool
    fields: Mapping[str, frozenset[str]] = field(default_factory=lambda: NOTHING)


def ungoverned(columns: tuple[str, ...]) -> TableAccess:
    """Everything: Lake Formation leaves the decision to IAM."""
    return TableAccess(TABLE_PERMISSIONS, columns, (), columns, governed=False)
