"""Who may: the questions that Glue's operations put to Lake Formation before they touch the catalog.

Sources: the Lake Formation permission reference (metadata access control, implicit permissions, data locations). Where
AWS publishes no rule, the narrower reading is taken:

    reading partitions, statistics    SELECT on every row: their values are data
    adding, changing partitions       ALTER or INSERT
    dropping partitions               ALTER or DELETE
    a name that is free               told only to who may create it or see it; others hear that they lack Describe
"""

from __future__ import annotations

from mesh_core.localaws.aws_error import AwsError, denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.documents import Document
from mesh_core.localaws.glue.view import View
from mesh_core.localaws.lakeformation.access import TableAccess


class Gate:
    """The catalog behind Lake Formation, for one endpoint."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def database(self, caller: Caller, name: str) -> Document:
        """A database that the caller can see. AwsError AccessDeniedException, EntityNotFoundException."""
        document = self._existing_database(caller, name)
        if not self._ctx.lake.database_access(caller, document["Name"]):
            raise _lacks("Describe", document["Name"])
        return document

    def real_database(self, caller: Caller, name: str) -> str:
        """The database whose tables a visible one lists: its own name, or the target of a resource link."""
        target = self.database(caller, name).get("TargetDatabase")
        return target["DatabaseName"].lower() if target else name.lower()

    def table(self, caller: Caller, database: str, name: str) -> tuple[Document, TableAccess]:
        """A table that the caller can see. AwsError AccessDeniedException, EntityNotFoundException."""
        document = self._existing_table(caller, database, name)
        access = self._ctx.lake.table_access(caller, document["DatabaseName"], document["Name"])
        if not access.permissions:
            raise _lacks("Describe", document["Name"])
        return document, access

    def readable(self, caller: Caller, database: str, name: str) -> tuple[Document, View]:
        """A table, links followed, of which the caller may read every row: his partitions and statistics are data."""
        document, access = self._target(caller, database, name)
        keys = {key["Name"].lower() for key in document["PartitionKeys"]}
        if access.governed and ("SELECT" not in access.permissions or not keys <= every_row(access)):
            raise _lacks("Select", document["Name"])
        return document, View(document, access)

    def statistics(self, caller: Caller, database: str, name: str) -> tuple[Document, frozenset[str]]:
        """A table, links followed, and its columns (lower case) of which the caller may read every row."""
        document, access = self._target(caller, database, name)
        if access.governed and "SELECT" not in access.permissions:
            raise _lacks("Select", document["Name"])
        return document, every_row(access)

    def changeable(self, caller: Caller, database: str, name: str, *permissions: str) -> Document:
        """A table on which the caller holds one of the permissions; refused in the name of the first."""
        document, access = self.table(caller, database, name)
        if not access.governed or access.permissions & set(permissions):
            return document
        raise _lacks(permissions[0].capitalize(), document["Name"])

    def require_table(self, caller: Caller, database: str, name: str, permission: str) -> Document:
        """A table on which the caller holds a permission. AwsError AccessDeniedException, EntityNotFoundException."""
        document = self._existing_table(caller, database, name, permission)
        self._ctx.lake.require_table(caller, document["DatabaseName"], document["Name"], permission)
        return document

    def require_database(self, caller: Caller, name: str, permission: str) -> Document:
        """A database on which the caller holds a permission. AwsError as above."""
        document = self._existing_database(caller, name, permission)
        self._ctx.lake.require_database(caller, document["Name"], permission)
        return document

    def _target(self, caller: Caller, database: str, name: str) -> tuple[Document, TableAccess]:
        document, access = self.table(caller, self.real_database(caller, database), name)
        link = document.get("TargetTable")
        return self.table(caller, link["DatabaseName"], link["Name"]) if link else (document, access)

    def _existing_database(self, caller: Caller, name: str, permission: str = "DESCRIBE") -> Document:
        """A missing one is refused as if it was forbidden, unless the caller may know that it is not there."""
        try:
            return self._ctx.catalog.database(name)
        except AwsError:
            self._ctx.lake.require_database(caller, name.lower(), permission)
            raise

    def _existing_table(self, caller: Caller, database: str, name: str, permission: str = "DESCRIBE") -> Document:
        try:
            return self._ctx.catalog.table(database, name)
        except AwsError:
            self._ctx.lake.require_table(caller, database.lower(), name.lower(), permission)
            raise


def every_row(access: TableAccess) -> frozenset[str]:
    """The columns, in lower case, of which a caller may read every row."""
    if not access.governed or not access.cells:
        return frozenset(name.lower() for name in access.columns)
    return frozenset(name.lower() for cells in access.cells if cells.row_filter is None for name in cells.columns)


def _lacks(permission: str, name: str) -> AwsError:
    return denied(f"Insufficient Lake Formation permission(s): Required {permission} on {name}")
