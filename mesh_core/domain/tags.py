"""LF-tags: where a tag comes from, what an expression matches, what the mesh's vocabulary is.

Inheritance as Lake Formation has it: database -> table -> column, the nearer wins, key by key. A missing key never
matches. Source: Lake Formation developer guide, tag-based access control.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mesh_core.domain.world import Target, World

SENSITIVITY = ("public", "internal", "confidential", "restricted")
VOCABULARY: Mapping[str, tuple[str, ...]] = {"sensitivity": SENSITIVITY, "pii": ("false", "true")}
DATABASE_DEFAULTS: Mapping[str, str] = {"sensitivity": "internal", "pii": "false"}

Expression = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class EffectiveTag:
    """A tag that holds for a resource, and the target that it is assigned at."""

    key: str
    value: str
    source: Target
    inherited: bool


def lineage_of(target: Target) -> tuple[Target, ...]:
    """The target and what it inherits from, the farthest first."""
    chain = [Target(target.database)]
    if target.table:
        chain.append(Target(target.database, target.table))
    if target.column:
        chain.append(target)
    return tuple(chain)


def effective(world: World, target: Target) -> tuple[EffectiveTag, ...]:
    """The tags that hold for a target, by key, each with its provenance."""
    found: dict[str, EffectiveTag] = {}
    for source in lineage_of(target):
        for key, value in world.assigned.get(source, {}).items():
            found[key] = EffectiveTag(key, value, source, inherited=source != target)
    return tuple(found[key] for key in sorted(found))


def effective_values(world: World, target: Target) -> dict[str, str]:
    """The same as plain values."""
    values: dict[str, str] = {}
    for source in lineage_of(target):
        values.update(world.assigned.get(source, {}))
    return values


def matches(expression: Expression, values: Mapping[str, str]) -> bool:
    """AND over keys, OR over values; `*` is any value of the key, and a missing key never matches."""
    return all(key in values and (values[key] in wanted or "*" in wanted) for key, wanted in expression)


def missing_for(expression: Expression, values: Mapping[str, str]) -> tuple[str, ...]:
    """In words, which parts of an expression don't hold (`pii is true, not false`)."""
    parts = []
    for key, wanted in expression:
        if key not in values:
            parts.append(f"{key} is not set")
        elif values[key] not in wanted and "*" not in wanted:
            parts.append(f"{key} is {values[key]}, not {' or '.join(wanted)}")
    return tuple(parts)
