"""What a statement leaves: on disk before anybody can see it, then visible all at once, with the record of its success.

A statement works in two halves. The first asks for every right, runs the query and stages its files: they are on disk,
but no index names them. The second runs in the transaction that records the statement as SUCCEEDED: the files become
objects, the catalog gets its entry. So a process that is killed leaves a statement done and recorded, or not done at
all; the next start removes files that no index names.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_core.localaws.athena.executions import Outcome
from mesh_core.localaws.athena.failures import of_aws_error
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Objects

if TYPE_CHECKING:
    from mesh_core.localaws.s3.versions import Staged


class Landing:
    """Of one statement. As a context manager: what was staged is given up when the block raises."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._staged: list[Staged] = []
        self._finish: Callable[[], Outcome] = Outcome

    def then(self, finish: Callable[[], Outcome]) -> Landing:
        """Say what the second half is, the outcome included; it may still stage small files. Returns this landing."""
        self._finish = finish
        return self

    def stage(self, bucket: str, key: str, data: bytes | Path, caller: Caller | None, content_type: str) -> None:
        """Bring an object's bytes to disk. AwsError when the caller may not write it (None: the endpoint itself)."""
        self._staged.append(self._objects.stage(bucket, key, data, caller, content_type))

    def land(self) -> Outcome:
        """Inside the transaction that records the success. QueryFailure."""
        try:
            outcome = self._finish()
            self._objects.land(self._staged)
        except AwsError as error:
            raise of_aws_error(error) from error
        return outcome

    def __enter__(self) -> Landing:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self.drop()

    def drop(self) -> None:
        """Give it up: nothing has been seen by anybody."""
        self._objects.drop(self._staged)
