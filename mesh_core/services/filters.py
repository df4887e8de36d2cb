"""Data cells filters as their owners work on them: which there are, who holds them, and which rows one lets through."""

from __future__ import annotations

from dataclasses import dataclass

from mesh_core.domain.row_filters import check_filter, filter_preview_sql
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.words import short
from mesh_core.domain.world import DataFilter
from mesh_core.errors import PermissionDeniedError
from mesh_core.services.ports_queries import ResultPage
from mesh_core.services.query import Queries
from mesh_core.services.reading import Reading

SAMPLE_ROWS = 10


@dataclass(frozen=True)
class FilterUse:
    """A filter, and the roles that a grant on it names."""

    filter: DataFilter
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Effect:
    """Rows that a filter lets through and rows that it hides, at most SAMPLE_ROWS of each, and how many in all."""

    inside: ResultPage
    outside: ResultPage
    inside_count: int
    total_count: int

    @property
    def outside_count(self) -> int:
        """Rows that are hidden; those for which the condition is unknown (NULL) among them."""
        return self.total_count - self.inside_count


class Filters:
    """The reading side of filters; they are changed through Changes."""

    def __init__(self, reading: Reading, queries: Queries) -> None:
        self._reading, self._queries = reading, queries

    def of(self, visitor: Visitor) -> tuple[FilterUse, ...]:
        """Those of the domains that the visitor may change, by table and name."""
        world = self._reading.world()
        mine = [one for one in world.filters if visitor.may_change(one.database)]
        held: dict[object, set[str]] = {}
        for grant in world.grants:
            held.setdefault(grant.resource, set()).add(short(grant.principal))
        return tuple(
            FilterUse(one, tuple(sorted(held.get(one.resource, ()))))
            for one in sorted(mine, key=lambda one: (one.database, one.table, one.name))
        )

    def tables(self, visitor: Visitor) -> tuple[str, ...]:
        """The tables that the visitor may filter; Lake Formation filters no views."""
        tables = self._reading.world().tables
        return tuple(sorted(t.full_name for t in tables if t.view_sql is None and visitor.may_change(t.database)))

    def effect(self, visitor: Visitor, one: DataFilter) -> Effect:
        """What a filter would do, read with the visitor's own credentials. Nothing is made.

        RowFilterError, with the position; PermissionDeniedError; NotFoundError; QueryError.
        """
        if not visitor.may_change(one.database):
            raise PermissionDeniedError(
                f"{visitor.role} may not filter what is in {one.database}. Nothing was read. "
                "Ask its owner or the steward."
            )
        table = self._reading.world().table(one.database, one.table)
        check_filter(table, one)
        sql = filter_preview_sql(table, one, SAMPLE_ROWS)
        _, inside = self._queries.run(visitor, sql.inside, SAMPLE_ROWS)
        _, outside = self._queries.run(visitor, sql.outside, SAMPLE_ROWS)
        _, counts = self._queries.run(visitor, sql.counts, 1)
        total, within = (int(text or 0) for text in counts.rows[0])
        return Effect(inside, outside, within, total)
