"""Preview and apply: what a page calls to change anything."""

from __future__ import annotations

from collections.abc import Callable

from mesh_core.domain.delegation import check_delegated
from mesh_core.domain.intents import Intent, Teardown
from mesh_core.domain.names import STEWARD
from mesh_core.domain.plan import Plan
from mesh_core.domain.undo import undo_of
from mesh_core.domain.visitors import Visitor, check_may
from mesh_core.errors import GainsRefusedError, PermissionDeniedError
from mesh_core.services.apply import Control
from mesh_core.services.jobs import Jobs
from mesh_core.services.journal import JobRecord
from mesh_core.services.planning import Planner
from mesh_core.services.reading import Reading

Judge = Callable[[Visitor, Plan], None]


class Changes:
    """The visitor is checked before planning and again before applying; judge raises for a plan that may not be."""

    def __init__(self, planner: Planner, jobs: Jobs, reading: Reading, judge: Judge) -> None:
        self._planner, self._jobs, self._reading, self._judge = planner, jobs, reading, judge

    def preview(self, visitor: Visitor, intent: Intent) -> Plan:
        """The plan, on a fresh reading. PermissionDeniedError and whatever planning refuses."""
        self._check(visitor, intent)
        return self._planner.plan(intent)

    def _check(self, visitor: Visitor, intent: Intent) -> None:
        check_may(visitor, intent)
        check_delegated(self._reading.world(), visitor, intent)

    def plan(self, intent: Intent) -> Plan:
        """The same without asking who: for proofs, which change nothing."""
        return self._planner.plan(intent)

    def apply(self, visitor: Visitor, plan: Plan, refuse_gains: bool = False) -> str:
        """Start applying a plan in the background; the job's id. PolicyRefusedError where a policy forbids it.

        refuse_gains  GainsRefusedError where anybody sees more by it. It holds for what is applied as well: a plan
                      that is made anew before the first step must have the same effects.
        """
        self._check(visitor, plan.intent)
        gains = [str(one) for one in plan.effects if one.gains]
        if refuse_gains and gains:
            raise GainsRefusedError(plan.title, gains)
        self._judge(visitor, plan)
        return self._jobs.start(plan, visitor.role)

    def apply_now(self, visitor: Visitor, intent: Intent, control: Control = Control()) -> JobRecord | None:
        """Plan and apply in the foreground; None when there was nothing to do. PolicyRefusedError as above."""
        plan = self.preview(visitor, intent)
        self._judge(visitor, plan)
        return None if plan.is_empty else self._jobs.run(plan, visitor.role, control)

    def resume(self, visitor: Visitor, job_id: str) -> None:
        """Go on with a job that stopped. NotFoundError; PermissionDeniedError for who may not ask for it any more.

        Rules that were saved meanwhile are not asked: half a change is worse than the change.
        """
        self._may_again(visitor, self._jobs.get(job_id))
        self._jobs.resume(job_id, visitor.role)

    def undo(self, visitor: Visitor, job_id: str) -> None:
        """Take back what a job did. As above, and PolicyRefusedError where that would break a rule anew."""
        record = self._jobs.get(job_id)
        self._may_again(visitor, record)
        back = undo_of(record.steps[: max(record.done, record.attempted)])
        if back and not isinstance(record.intent, Teardown):
            self._judge(visitor, Plan(f"Undo: {record.title}", record.subject, record.intent, back))
        self._jobs.undo(job_id, visitor.role)

    def _may_again(self, visitor: Visitor, record: JobRecord) -> None:
        if visitor.role != record.actor and not visitor.is_steward:
            raise PermissionDeniedError(
                f"{visitor.role} may not touch this change: {record.actor} began it. Nothing was changed. "
                f"Act as {record.actor}, or ask {STEWARD}."
            )
        # A domain that is half gone is owned by nobody any more: who began to tear it down may finish.
        if record.intent is not None and not isinstance(record.intent, Teardown):
            self._check(visitor, record.intent)
