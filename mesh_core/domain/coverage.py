"""How far LF-tags cover the mesh: columns without a value, values that contradict, tables that only inherit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mesh_core.domain.tags import SENSITIVITY, effective
from mesh_core.domain.world import Table, Target, World

Kind = Literal["untagged", "contradictory", "inherited only"]


@dataclass(frozen=True)
class Gap:
    """One thing to look at. words say what it is; a table's gap is `inherited only`, the others are columns'."""

    target: Target
    kind: Kind
    words: str


@dataclass(frozen=True)
class DomainCoverage:
    """One domain: its columns, and how many carry a value of every key of the vocabulary."""

    domain: str
    columns: int
    covered: int
    untagged: int
    contradictory: int
    inherited_only: int

    @property
    def share(self) -> float:
        """Covered columns, 0 to 1; 1 where there are none."""
        return self.covered / self.columns if self.columns else 1.0


def gaps(world: World) -> tuple[Gap, ...]:
    """Every gap of the portal's own tables, by domain, table and column."""
    tables = sorted((t for t in world.tables if t.is_managed), key=lambda t: t.full_name)
    return tuple(gap for table in tables for gap in _of(world, table))


def _of(world: World, table: Table) -> Iterator[Gap]:
    targets = [Target(table.database, table.name), *(_column(table, name) for name in table.column_names)]
    if not any(world.assigned.get(target) for target in targets):
        words = f"neither it nor a column of it carries a tag of its own: all comes from the domain {table.database}"
        yield Gap(targets[0], "inherited only", words)
    for target in targets[1:]:
        own = {tag.key: tag for tag in effective(world, target)}
        missing = [key for key in sorted(world.tags) if key not in own]
        if missing:
            yield Gap(target, "untagged", f"no value of {', '.join(missing)}")
        personal, sensitivity = own.get("pii"), own.get("sensitivity")
        if personal and sensitivity and personal.value == "true" and sensitivity.value == SENSITIVITY[0]:
            where = (
                f"pii=true is assigned at {personal.source}, sensitivity={sensitivity.value} at {sensitivity.source}"
            )
            yield Gap(target, "contradictory", f"personal data that is public: {where}")


def _column(table: Table, name: str) -> Target:
    return Target(table.database, table.name, name)


def coverage(world: World, found: tuple[Gap, ...]) -> tuple[DomainCoverage, ...]:
    """The same counted by domain, in name order; `found` are the gaps of that world."""
    counted = []
    for domain in sorted(d.name for d in world.databases if d.is_managed):
        columns = sum(len(t.column_names) for t in world.tables if t.is_managed and t.database == domain)
        mine = [gap for gap in found if gap.target.database == domain]
        untagged, contradictory, inherited = (
            sum(gap.kind == kind for gap in mine) for kind in ("untagged", "contradictory", "inherited only")
        )
        counted.append(DomainCoverage(domain, columns, columns - untagged, untagged, contradictory, inherited))
    return tuple(counted)
