"""Results that are given again (ResultReuseByAgeConfiguration), where nobody can see more by it than by asking anew.

A result is given again to the principal who got it, in the same work group, for the same text with the same parameters,
while every table and view in it is defined as it was and open to him as it was. As on Athena not where Lake Formation
leaves out rows, cells or columns, not for what differs from run to run, and only while the file is there. That the data
changed in between is not looked at: reuse asks for that.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.athena.executions import Execution, Job, Outcome
from mesh_core.localaws.athena.history import History
from mesh_core.localaws.athena.results import S3Path, result_file
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.context import Context

if TYPE_CHECKING:
    from mesh_core.localaws.athena.plan import Plan

_USUAL_MINUTES = 60
_CHANGING = re.compile(
    r"\b(?:now|rand|random|uuid|shuffle|tablesample|localtime\w*|current_(?:date|time|timestamp)\w*)\b", re.I
)


def basis(plan: Plan, text: str) -> str:
    """What a result rests on, as a hash: equal for two runs when the second may be given the first one's. "": never."""
    seen = plan.resolved.seen
    if seen is None or _CHANGING.search(text) or _CHANGING.search(plan.query.sql):
        return ""
    return hashlib.sha256("\0".join((text, plan.query.sql, seen)).encode()).hexdigest()


def minutes(asked: dict[str, Any] | None) -> int | None:
    """How old a result may be; None where reuse was not asked for."""
    by_age = (asked or {}).get("ResultReuseByAgeConfiguration", {})
    return int(by_age.get("MaxAgeInMinutes", _USUAL_MINUTES)) if by_age.get("Enabled") else None


class Reuse:
    """Looks for results that may be given again."""

    def __init__(self, ctx: Context, history: History) -> None:
        self._ctx, self._history = ctx, history

    def earlier(self, job: Job, rests_on: str) -> Execution | None:
        """The newest execution with such a basis whose result is there and may be read; None when there is none."""
        age = minutes(job.execution.reuse)
        if age is None or not rests_on:
            return None
        since_s = self._ctx.now().timestamp() - age * 60
        found = self._history.with_basis(job.execution.work_group, job.execution.principal, rests_on, since_s)
        try:
            if found is not None:
                result_file(self._ctx, job.caller, S3Path.parse(found.output))
        except AwsError:
            return None
        return found if found is None or _folder(found) == _folder(job.execution) else None

    @staticmethod
    def take(job: Job, earlier: Execution) -> Outcome:
        """Let a job have an earlier result: nothing is scanned or written, the file stays where it is."""
        job.execution.output, job.execution.reused = earlier.output, True
        columns = tuple((name, of) for name, of in earlier.columns)
        return Outcome(columns, earlier.row_count, 0, 0, earlier.output_bytes)


def _folder(execution: Execution) -> str:
    return execution.output.rpartition("/")[0]
