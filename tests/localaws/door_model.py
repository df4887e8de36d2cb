"""Who may see which cell and which name: Lake Formation's rules once more, small, pure and apart from the endpoint.

Written from AWS's guides (the developer guide on tag-based access control, data filters, named grants, hybrid access)
and, where they are silent, from docs/decisions/0004. A cell is (row, leaf); a leaf is a column, or a field of a struct
as a dotted path. Every grant opens a rectangle of leaves x rows, and what a principal sees is the union of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.localaws.door_rules import EVERYBODY, IAM_ALLOWED, Expression, Grant, Predicate, Rules, Table, true_for


@dataclass(frozen=True)
class Eyes:
    """What one principal sees."""

    rules: Rules
    principal: str

    def _granted(self) -> Iterator[Grant]:
        """What reaches the principal. Super for IAM_ALLOWED_PRINCIPALS is no grant but leaves the table to IAM."""
        mine = (g for g in self.rules.grants if g.to in (self.principal, EVERYBODY, IAM_ALLOWED))
        return (g for g in mine if not (g.to == IAM_ALLOWED and "ALL" in g.permissions))

    def iam_decides(self, table: Table) -> bool:
        """Super for IAM_ALLOWED_PRINCIPALS hands a table to IAM, but not for those who opted in."""
        by_iam = any(
            g.to == IAM_ALLOWED and "ALL" in g.permissions and g.kind == "table" and g.on == table.name
            for g in self.rules.grants
        )
        return by_iam and not {(self.principal, table.name), (self.principal, table.database)} & self.rules.opted_in

    def _matching(self, grant: Grant, table: Table) -> frozenset[str]:
        wanted = grant.expression if grant.kind == "policy" else self.rules.expressions.get(grant.names[0], ())
        outer = {**self.rules.tags.get((table.database, ""), {}), **self.rules.tags.get((table.name, ""), {})}
        return table.under(
            {c for c in table.columns if _fits(wanted, {**outer, **self.rules.tags.get((table.name, c), {})})}
        )

    def _rectangle(self, grant: Grant, table: Table) -> tuple[frozenset[str], Predicate | None]:
        match grant.kind:
            case "policy" | "saved" if grant.on == "TABLE":
                return self._matching(grant, table), None
            case "all_tables" if grant.on == table.database:
                return table.leaves, None
            case "table" if grant.on == table.name:
                return table.leaves, None
            case "columns" if grant.on == table.name:
                return _with_keys(table, table.under(grant.names)), None
            case "excluded" if grant.on == table.name:
                return _with_keys(table, table.leaves - table.under(grant.names)), None
            case "filter" if grant.on == table.name and (table.name, grant.names[0]) in self.rules.filters:
                made = self.rules.filters[table.name, grant.names[0]]
                named = table.leaves - table.under(made.excluded)
                return _with_keys(table, table.under(made.columns) if made.columns is not None else named), made.rows
        return frozenset(), None

    def _rectangles(self, table: Table) -> list[tuple[frozenset[str], Predicate | None]]:
        if self.iam_decides(table):
            return [(table.leaves, None)]
        return [self._rectangle(g, table) for g in self._granted() if {"SELECT", "ALL"} & set(g.permissions)]

    def granted_leaves(self, table: Table) -> frozenset[str]:
        """The leaves of which SELECT opens some row, even if no row is there."""
        return frozenset().union(*(leaves for leaves, _ in self._rectangles(table)))

    def granted_cells(self, table: Table) -> frozenset[tuple[int, str]]:
        """Cells of SELECT on the table itself, whatever a view may need besides."""
        return frozenset(
            (number, leaf)
            for leaves, predicate in self._rectangles(table)
            for number, row in enumerate(table.rows)
            if predicate is None or true_for(predicate, row)
            for leaf in leaves
        )

    def reads_all(self, table: Table) -> bool:
        """Whether every leaf is open for all rows, without a filter that happens to hide none."""
        open_to_all = [leaves for leaves, predicate in self._rectangles(table) if predicate is None]
        return self.readable(table) and frozenset().union(*open_to_all) == table.leaves

    def readable(self, table: Table) -> bool:
        """Whether queries on it run. In a hybrid location, who is left to IAM needs rights in S3: nobody has them."""
        if table.base is None:
            return bool(self.granted_leaves(table)) and not (table.hybrid and self.iam_decides(table))
        below = set(table.reads.values()) <= self.granted_leaves(table.base) and self.readable(table.base)
        return bool(self.granted_leaves(table)) and (table.definer or below)

    def cells(self, table: Table) -> frozenset[tuple[int, str]]:
        """Cells that a query shows: of a view those of its base, seen by its reader or by its definer (all of them)."""
        if not self.readable(table):
            return frozenset()
        if table.base is None or table.definer:
            return self.granted_cells(table)
        below = self.cells(table.base)
        return frozenset(cell for cell in self.granted_cells(table) if (cell[0], table.reads[cell[1]]) in below)

    def rows(self, table: Table) -> tuple[int, ...]:
        """The rows that a query returns: those with a visible cell. A view returns its base's."""
        if table.base is not None and self.readable(table):
            return tuple(range(len(table.rows))) if table.definer else self.rows(table.base)
        return tuple(sorted({row for row, _ in self.cells(table)}))

    def described(self, table: Table) -> frozenset[str]:
        """The leaves whose names are shown; none: the table is not there."""
        if self.iam_decides(table):
            return table.leaves
        return frozenset().union(*(self._rectangle(g, table)[0] for g in self._granted()))

    def databases(self) -> frozenset[str]:
        """The databases that are shown: those of visible tables, and those with a permission of their own."""
        shown = {table.database for table in self.rules.tables.values() if self.described(table)}
        for grant in self._granted():
            if grant.kind in ("database", "all_tables"):
                shown.add(grant.on)
            elif grant.on == "DATABASE":
                wanted = grant.expression if grant.kind == "policy" else self.rules.expressions.get(grant.names[0], ())
                every = {table.database for table in self.rules.tables.values()}
                shown |= {name for name in every if _fits(wanted, self.rules.tags.get((name, ""), {}))}
        return frozenset(shown)


def _fits(wanted: Expression, tags: Mapping[str, str]) -> bool:
    """AND over the keys, OR over the values; a key that is missing never matches."""
    return bool(wanted) and all(tags.get(key) in values for key, values in wanted)


def _with_keys(table: Table, leaves: frozenset[str]) -> frozenset[str]:
    """Partition keys can't be cut off by column lists."""
    return leaves | set(table.keys) if leaves else leaves
