"""A plan: what will be done, for whom it changes what, and the reading of the world that it was made for.

`intent` is what the visitor asked for, as a frozen dataclass of the feature that plans it (`domain/<feature>.py`): the
same intent planned again on the changed world gives no steps, which is how an apply is verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mesh_core.domain import access
from mesh_core.domain.names import NOT_PEOPLE
from mesh_core.domain.projection import after
from mesh_core.domain.steps import Purge, PurgeTarget, Step, describe
from mesh_core.domain.world import World


@dataclass(frozen=True)
class Plan:
    """Frozen: steps in order, effects on access, notes the visitor should read before confirming.

    subject is the thing that is changed (`sales.transactions`, `domain sales`): one apply at a time for each. A plan is
    outdated when planning its intent again gives another plan; unrelated changes of the world don't outdate it.
    """

    title: str
    subject: str
    intent: Any
    steps: tuple[Step, ...]
    effects: tuple[access.Effect, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing to do: the world is already as asked for."""
        return not self.steps

    @property
    def is_final(self) -> bool:
        """Whether it ends in a step that can't be undone."""
        return any(isinstance(step, Purge) for step in self.steps)

    def is_same_as(self, other: Plan) -> bool:
        """Whether another planning of the intent came to the same; counts of what is purged may differ."""
        return (self.effects, _uncounted(self.steps)) == (other.effects, _uncounted(other.steps))

    @property
    def lines(self) -> tuple[str, ...]:
        """One line a step, in the visitor's words."""
        return tuple(describe(step) for step in self.steps)


def _uncounted(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(
        Purge(tuple(PurgeTarget(t.bucket, t.prefix) for t in step.targets)) if isinstance(step, Purge) else step
        for step in steps
    )


def make_plan(
    title: str, subject: str, intent: Any, steps: Iterable[Step], world: World, notes: Iterable[str] = ()
) -> Plan:
    """A plan with its effects on every principal's access worked out."""
    done = tuple(steps)
    principals = tuple(p.arn for p in world.principals if p.name not in NOT_PEOPLE)
    changed = access.effects(world, after(world, done), principals) if done else ()
    return Plan(title, subject, intent, done, changed, tuple(notes))
