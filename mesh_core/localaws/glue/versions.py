"""Glue's operations on the versions of a table."""

from __future__ import annotations

from mesh_core.localaws.aws_error import not_found
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.batches import each
from mesh_core.localaws.glue.documents import Document
from mesh_core.localaws.glue.gate import Gate
from mesh_core.localaws.glue.paging import page_of
from mesh_core.localaws.glue.tables import with_registration
from mesh_core.localaws.glue.validation import at_most
from mesh_core.localaws.glue.view import View
from mesh_core.localaws.protocol import Handler


class Versions:
    """GetTableVersion(s), DeleteTableVersion, BatchDeleteTableVersion. Deleting needs DROP on the table."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._gate = ctx, Gate(ctx)

    def handlers(self) -> dict[str, Handler]:
        """By operation name."""
        return {
            "GetTableVersion": self.get,
            "GetTableVersions": self.get_all,
            "DeleteTableVersion": self.delete,
            "BatchDeleteTableVersion": self.delete_batch,
        }

    def get(self, caller: Caller, params: Document) -> Document:
        """One version, the current one when none is named; narrowed as the table is."""
        versions = self._shown(caller, params)
        wanted = params.get("VersionId", versions[0]["VersionId"])
        found = [version for version in versions if version["VersionId"] == wanted]
        if not found:
            raise not_found("Version not found.")
        return {"TableVersion": found[0]}

    def get_all(self, caller: Caller, params: Document) -> Document:
        """All versions, newest first; narrowed as the table is."""
        found, more = page_of(params, 100, self._shown(caller, params))
        return {"TableVersions": found, **more}

    def delete(self, caller: Caller, params: Document) -> None:
        """Forget an old version."""
        table = self._gate.require_table(caller, params["DatabaseName"], params["TableName"], "DROP")
        self._ctx.catalog.table_rows.delete_version(table["DatabaseName"], table["Name"], params["VersionId"])

    def delete_batch(self, caller: Caller, params: Document) -> Document:
        """Forget up to 100 old versions."""
        at_most(params["VersionIds"], 100, "versionIds")
        table = self._gate.require_table(caller, params["DatabaseName"], params["TableName"], "DROP")
        errors = each(
            params["VersionIds"],
            lambda version: self._ctx.catalog.table_rows.delete_version(table["DatabaseName"], table["Name"], version),
            lambda version, error: {"TableName": table["Name"], "VersionId": version, "ErrorDetail": error},
        )
        return {"Errors": errors}

    def _shown(self, caller: Caller, params: Document) -> list[Document]:
        table, access = self._gate.table(caller, params["DatabaseName"], params["TableName"])
        view = View(table, access)
        return [
            {
                "Table": with_registration(self._ctx.lake.is_registered, view.table(version)),
                "VersionId": version["VersionId"],
            }
            for version in self._ctx.catalog.table_rows.versions(table["DatabaseName"], table["Name"])
        ]
