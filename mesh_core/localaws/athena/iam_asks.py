"""What a statement needs of its caller's identity policies besides Lake Formation's grants, as on AWS.

    a table, a view, a base   glue:GetTable on catalog, database and table; with partitions glue:GetPartitions as well
    information_schema        glue:GetDatabases; of each database glue:GetTables
    files that are vended     lakeformation:GetDataAccess

Compiled statements are kept, and policies change under them: each later run asks again what the first one asked.
"""

from __future__ import annotations

from functools import partial

from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.authorize import by_identity_policy
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.resources import resources

DATA_ACCESS = "lakeformation:GetDataAccess"
_Ask = tuple[Caller, str, tuple[tuple[str, str], ...]]


class IamAsks:
    """The questions of one statement."""

    def __init__(self, ctx: Context) -> None:
        self._authorize = by_identity_policy(ctx.iam, "glue", partial(resources, ctx))
        self._answers: dict[_Ask, bool] = {}

    def require(self, caller: Caller, operation: str, **params: str) -> None:
        """QueryFailure unless the caller may call an operation of Glue (`DatabaseName`, `Name`, ...)."""
        try:
            self._authorize(caller, operation, params)
        except AwsError as error:
            raise failure("PERMISSION_DENIED", error.message) from error
        self._answers[(caller, operation, tuple(params.items()))] = True

    def allows(self, caller: Caller, operation: str, **params: str) -> bool:
        """Whether the caller may: the statement is another one when he may not."""
        ask = (caller, operation, tuple(params.items()))
        self._answers[ask] = self._is_allowed(ask)
        return self._answers[ask]

    def tables(self, caller: Caller) -> frozenset[tuple[str, str]]:
        """The (database, table) pairs that the statement named on that caller's behalf."""
        named = [
            dict(params) for asker, operation, params in self._answers if asker == caller and operation == "GetTable"
        ]
        schemas = {("information_schema", "*") for _, operation, _ in self._answers if operation == "GetDatabases"}
        return frozenset((each["DatabaseName"], each["Name"]) for each in named) | schemas

    def still_hold(self) -> bool:
        """Whether what was allowed is allowed now, and what was not is not."""
        return all(self._is_allowed(ask) == answer for ask, answer in self._answers.items())

    def _is_allowed(self, ask: _Ask) -> bool:
        caller, operation, params = ask
        try:
            self._authorize(caller, operation, dict(params))
        except AwsError:
            return False
        return True


def require_data_access(ctx: Context, caller: Caller) -> None:
    """QueryFailure unless the caller may have Lake Formation hand out credentials on his behalf."""
    if not ctx.iam.allows(caller, DATA_ACCESS):
        raise failure(
            "PERMISSION_DENIED",
            f"Permission denied on the table's files in Amazon S3: {caller.principal} needs {DATA_ACCESS} in an"
            " identity policy",
        )
