"""What a query engine that filters itself is told: a table whole, and which columns and rows its user may read.

Open to engines that the data lake settings trust (lakeformation/engines.py); to others only for tables that they may
read as a whole. IAM is asked for the action of the filtered operation (glue:GetTable, ...), as on AWS.
Refused by name: fields of structs (NESTED_PERMISSION), and reading a base on behalf of a view (ParentResourceArn).
Source: Glue API reference, GetUnfilteredTableMetadata and its kin.
"""

from __future__ import annotations

from mesh_core.localaws.aws_error import AwsError, invalid
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.documents import Document
from mesh_core.localaws.glue.paging import page
from mesh_core.localaws.glue.partitions import MOST, partition_key, wanted_partitions
from mesh_core.localaws.glue.tables import with_registration
from mesh_core.localaws.lakeformation.access import TABLE_PERMISSIONS, TableAccess
from mesh_core.localaws.lakeformation.decide import expand
from mesh_core.localaws.lakeformation.engines import Engines
from mesh_core.localaws.protocol import Handler

ACTIONS = {
    "GetUnfilteredTableMetadata": "GetTable",
    "GetUnfilteredPartitionMetadata": "GetPartition",
    "GetUnfilteredPartitionsMetadata": "GetPartitions",
}
"""Operation -> the IAM action that allows it."""
_TOLD = ("ALTER", "DELETE", "DROP", "INSERT", "SELECT")
_EVERY_ROW = "TRUE"


class Unfiltered:
    """GetUnfilteredTableMetadata, GetUnfilteredPartition(s)Metadata."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._engines = ctx, Engines(ctx)

    def handlers(self) -> dict[str, Handler]:
        """By operation name."""
        return {
            "GetUnfilteredTableMetadata": self.table,
            "GetUnfilteredPartitionMetadata": self.partition,
            "GetUnfilteredPartitionsMetadata": self.partitions,
        }

    def table(self, caller: Caller, params: Document) -> Document:
        """The whole definition, with the filters that the engine has to apply."""
        table, access = self._opened(caller, params, params["Name"], params.get("Permissions") or ["SELECT"])
        rows = _any_of([cells.row_filter for cells in access.cells])
        view = table.get("ViewDefinition")
        return {
            "Table": with_registration(self._ctx.lake.is_registered, table),
            "AuthorizedColumns": list(access.columns),
            "IsRegisteredWithLakeFormation": self._is_registered(table),
            "CellFilters": cell_filters(access),
            "Permissions": [permission for permission in _TOLD if permission in access.permissions],
            "IsMultiDialectView": bool(view),
            "IsProtected": bool(view and view.get("IsProtected")),
            **({} if rows == _EVERY_ROW else {"RowFilter": rows}),
        }

    def partition(self, caller: Caller, params: Document) -> Document:
        """One partition, whole."""
        table, access = self._of_partitions(caller, params)
        return self._shown(self._ctx.catalog.partition_rows.get(table, params["PartitionValues"]), access)

    def partitions(self, caller: Caller, params: Document) -> Document:
        """Partitions in pages, as GetPartitions selects them."""
        table, access = self._of_partitions(caller, params)
        found, more = page(params, MOST, wanted_partitions(self._ctx, table, params), partition_key)
        return {"UnfilteredPartitions": [self._shown(each, access) for each in found], **more}

    def _of_partitions(self, caller: Caller, params: Document) -> tuple[Document, TableAccess]:
        # the values of partition keys are data: whoever may only write does not see them
        return self._opened(caller, params, params["TableName"], ["SELECT"])

    def _opened(
        self, caller: Caller, params: Document, name: str, permissions: list[str]
    ) -> tuple[Document, TableAccess]:
        for member in ("ParentResourceArn", "RootResourceArn"):
            if member in params:
                text = f"{member}: reading on behalf of a view runs on AWS but not on the local endpoint."
                raise AwsError("NotImplementedException", text)
        asked = expand(permissions, TABLE_PERMISSIONS)
        if not asked <= TABLE_PERMISSIONS:
            raise invalid(f"{', '.join(sorted(asked - TABLE_PERMISSIONS))} can't be held on a table.")
        named = (params["DatabaseName"].lower(), name.lower())
        table, access = self._engines.opened(caller, named, asked, params["SupportedPermissionTypes"])
        if "TargetTable" in table:
            raise invalid(f"{name} is a resource link: ask for its target.")
        if access.fields:
            raise AwsError(
                "NotImplementedException",
                "Filters on fields of structs are told to engines on AWS but not by the local endpoint: use Athena.",
            )
        return table, access

    def _is_registered(self, document: Document) -> bool:
        location = document.get("StorageDescriptor", {}).get("Location")
        return bool(location) and self._ctx.lake.is_registered(location)

    def _shown(self, partition: Document, access: TableAccess) -> Document:
        return {
            "Partition": partition,
            "AuthorizedColumns": list(access.columns),
            "IsRegisteredWithLakeFormation": self._is_registered(partition),
        }


def cell_filters(access: TableAccess) -> list[Document]:
    """For each readable column the rows in which it is readable: an OR of predicates, or TRUE. [] = every row."""
    return [
        {
            "ColumnName": column,
            "RowFilterExpression": _any_of([cells.row_filter for cells in access.cells if column in cells.columns]),
        }
        for column in (access.columns if access.cells else ())
    ]


def _any_of(predicates: list[str | None]) -> str:
    known = [each for each in predicates if each is not None]
    return _EVERY_ROW if len(known) < len(predicates) or not known else " OR ".join(f"({each})" for each in known)
