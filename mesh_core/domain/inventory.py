"""What a scope holds, counted by kind: shown before a teardown, and again after it as the proof."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import assert_never

from mesh_core.domain import steps as s
from mesh_core.domain.plan import Plan

KINDS = (
    "Grants",
    "Row filters",
    "LF-tag expressions",
    "LF-tag assignments",
    "LF-tag values",
    "Tables",
    "Views",
    "Databases",
    "Registered locations",
    "Work groups",
    "IAM roles",
    "Settings",
    "Buckets",
    "Object versions",
)


@dataclass(frozen=True)
class Inventory:
    """Counts by kind, in the order of KINDS, zeros included; size_bytes sums every version of every object."""

    counts: tuple[tuple[str, int], ...]
    size_bytes: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return not any(count for _, count in self.counts)


def inventory_of(plan: Plan) -> Inventory:
    """What a teardown plan, made on a fresh reading, found to remove."""
    tally: Counter[str] = Counter()
    size = 0
    for step in plan.steps:
        if isinstance(step, s.Purge):
            tally["Object versions"] += sum(t.object_count for t in step.targets)
            tally["Buckets"] += sum(not t.prefix for t in step.targets)
            size += sum(t.size_bytes for t in step.targets)
        else:
            tally[_kind(step)] += _weight(step)
    return Inventory(tuple((kind, tally[kind]) for kind in KINDS), size)


def _weight(step: s.Step) -> int:
    if isinstance(step, s.SetTagValues | s.AssignTags):
        return len(step.before) - len(step.after)
    if isinstance(step, s.PutExpression):
        return 0 if step.after else 1  # an expression that only loses a value stays
    return 0 if isinstance(step, s.GrantPermissions) else 1  # what is left of a grant whose revocation was counted


def _kind(step: s.Step) -> str:
    match step:
        case s.RevokePermissions() | s.GrantPermissions():
            return "Grants"
        case s.PutFilter():
            return "Row filters"
        case s.PutExpression():
            return "LF-tag expressions"
        case s.AssignTags():
            return "LF-tag assignments"
        case s.SetTagValues():
            return "LF-tag values"
        case s.CreateTable() | s.UpdateTable() | s.DeleteTable():
            return (
                "Views" if s.is_view(step.before if isinstance(step, s.UpdateTable) else step.definition) else "Tables"
            )
        case s.CreateDatabase() | s.UpdateDatabase() | s.DeleteDatabase():
            return "Databases"
        case s.RegisterLocation() | s.DeregisterLocation():
            return "Registered locations"
        case s.CreateWorkGroup() | s.DeleteWorkGroup():
            return "Work groups"
        case s.CreateRole() | s.DeleteRole():
            return "IAM roles"
        case s.PutLakeSettings():
            return "Settings"
        case s.CreateBucket():
            return "Buckets"
        case s.PutObject() | s.CopyObject() | s.Purge():
            return "Object versions"
    assert_never(step)
