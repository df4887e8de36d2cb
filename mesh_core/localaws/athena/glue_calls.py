"""The Glue Data Catalog as a statement's caller may use it: Glue's own checked operations, called in process."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.authorize import by_identity_policy
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.resources import resources

if TYPE_CHECKING:
    from mesh_core.localaws.glue.service import GlueService

_MISSING = "EntityNotFoundException"
_BATCH = 100


class Glue:
    """Every method raises the AwsError that Glue would answer the caller with."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._authorize = by_identity_policy(ctx.iam, "glue", partial(resources, ctx))

    @cached_property
    def _service(self) -> GlueService:
        # Late: services are made in any order with the same context.
        from mesh_core.localaws.glue.service import GlueService

        return GlueService(self._ctx)

    def call(self, caller: Caller, operation: str, **params: Any) -> dict[str, Any]:
        """One operation of Glue's API; needs the caller's own permission for it, as on AWS."""
        self._authorize(caller, operation, params)
        return self._service.call(caller, operation, params)

    def databases(self, caller: Caller) -> list[dict[str, Any]]:
        """The databases that the caller may see."""
        return self._all(caller, "GetDatabases", "DatabaseList")

    def database(self, caller: Caller, name: str) -> dict[str, Any]:
        """One database."""
        found: dict[str, Any] = self.call(caller, "GetDatabase", Name=name)["Database"]
        return found

    def tables(self, caller: Caller, database: str) -> list[dict[str, Any]]:
        """The tables and views of a database that the caller may see."""
        return self._all(caller, "GetTables", "TableList", DatabaseName=database)

    def table(self, caller: Caller, database: str, name: str) -> dict[str, Any]:
        """One table, narrowed to the columns that the caller may see."""
        found: dict[str, Any] = self.call(caller, "GetTable", DatabaseName=database, Name=name)["Table"]
        return found

    def table_or_none(self, caller: Caller, database: str, name: str) -> dict[str, Any] | None:
        """Like table, None when there is none."""
        try:
            return self.table(caller, database, name)
        except AwsError as error:
            if error.code == _MISSING:
                return None
            raise

    def partitions(self, caller: Caller, database: str, table: str) -> list[dict[str, Any]]:
        """All partitions of a table."""
        return self._all(caller, "GetPartitions", "Partitions", DatabaseName=database, TableName=table)

    def create_partitions(
        self, caller: Caller, database: str, table: str, inputs: list[dict[str, Any]]
    ) -> list[list[str]]:
        """Add partitions; returns the values of those that exist already. AwsError for the first other failure."""
        existing: list[list[str]] = []
        for start in range(0, len(inputs), _BATCH):
            answer = self.call(
                caller,
                "BatchCreatePartition",
                DatabaseName=database,
                TableName=table,
                PartitionInputList=inputs[start : start + _BATCH],
            )
            for failed in answer.get("Errors", []):
                detail = failed["ErrorDetail"]
                if detail["ErrorCode"] != "AlreadyExistsException":
                    raise AwsError(detail["ErrorCode"], detail["ErrorMessage"])
                existing.append(failed["PartitionValues"])
        return existing

    def _all(self, caller: Caller, operation: str, member: str, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            answer = self.call(caller, operation, **params)
            found += answer[member]
            if not answer.get("NextToken"):
                return found
            params["NextToken"] = answer["NextToken"]
