"""Operations on data cells filters."""

from __future__ import annotations

import sqlite3
from typing import Any

from mesh_core.localaws.aws_error import AwsError, denied, invalid
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.lakeformation import filters, pages
from mesh_core.localaws.lakeformation.delegation import Delegation
from mesh_core.localaws.lakeformation.targets import Target
from mesh_core.localaws.protocol import Handler

Params = dict[str, Any]


class FilterOperations:
    """CreateDataCellsFilter and its kin, on one endpoint."""

    def __init__(self, ctx: Context) -> None:
        self._lake, self._now = ctx.lake, ctx.now

    def handlers(self) -> dict[str, Handler]:
        """Operation name -> handler."""
        return {
            "CreateDataCellsFilter": self.create,
            "UpdateDataCellsFilter": self.update,
            "GetDataCellsFilter": self.get,
            "ListDataCellsFilter": self.every,
            "DeleteDataCellsFilter": self.delete,
        }

    def create(self, caller: Caller, params: Params) -> None:
        """A new filter, by those who may pass on SELECT on the whole table."""
        database, name, data = _named(params["TableData"])
        with self._lake.changes.write() as db:
            self._require_all(db, caller, database, name)
            table = self._lake.catalog.table(database, name)
            filters.create(db, database, name, filters.parse(table, {**data, "VersionId": self._version("0")}))

    def update(self, caller: Caller, params: Params) -> None:
        """Replace a filter; grants on it change with it. AwsError ConcurrentModificationException: it has changed."""
        database, name, data = _named(params["TableData"])
        with self._lake.changes.write() as db:
            self._require_all(db, caller, database, name)
            table = self._lake.catalog.table(database, name)
            current = filters.get(db, database, name, data["Name"])["given"]["VersionId"]
            if data.get("VersionId", current) != current:
                raise AwsError(
                    "ConcurrentModificationException",
                    f"Filter {data['Name']} is at version {current}, not {data['VersionId']}: it was changed meanwhile."
                    " Nothing was changed. Read it again.",
                )
            filters.update(db, database, name, filters.parse(table, {**data, "VersionId": self._version(current)}))

    def _version(self, previous: str) -> str:
        """A number that no earlier version of the filter had."""
        return str(max(int(self._now().timestamp() * 1000), int(previous) + 1))

    def get(self, caller: Caller, params: Params) -> Params:
        """One filter as it was given."""
        database, name, data = _named(params)
        with self._lake.changes.read() as db:
            if not self._sees(Delegation(self._lake, db, caller), database, name, data["Name"]):
                raise denied(f"Insufficient Lake Formation permission(s): Required Describe on {data['Name']}")
            return {"DataCellsFilter": filters.get(db, database, name, data["Name"])["given"]}

    def every(self, caller: Caller, params: Params) -> Params:
        """The filters (of one table, if it is given) that the caller may know of, in pages."""
        wanted = params.get("Table") or {}
        database, name = wanted.get("DatabaseName"), wanted.get("Name")
        with self._lake.changes.read() as db:
            rights = Delegation(self._lake, db, caller)
            found = [
                given
                for given in filters.every(db, database and database.lower(), name and name.lower())
                if self._sees(rights, given["DatabaseName"].lower(), given["TableName"].lower(), given["Name"])
            ]
        page, more = pages.cut(params, found)
        return {"DataCellsFilters": page, **more}

    def delete(self, caller: Caller, params: Params) -> None:
        """Remove a filter and the grants on it."""
        database, name, data = _named(params)
        with self._lake.changes.write() as db:
            rights = Delegation(self._lake, db, caller)
            if not rights.holds(Target("filter", database, name, item=data["Name"]), "DROP"):
                self._require_all(db, caller, database, name)
            filters.delete(db, database, name, data["Name"])

    def _sees(self, rights: Delegation, database: str, name: str, filter_name: str) -> bool:
        target = Target("filter", database, name, item=filter_name)
        return (
            rights.sees_everything
            or any(rights.holds(target, permission) for permission in ("SELECT", "DESCRIBE", "DROP"))
            or rights.reads_all(database, name)
        )

    def _require_all(self, db: sqlite3.Connection, caller: Caller, database: str, name: str) -> None:
        if not Delegation(self._lake, db, caller).reads_all(database, name):
            raise denied(
                "Insufficient Lake Formation permission(s): Required Select with grant option on all columns of"
                f" {database}.{name}"
            )


def _named(data: Params) -> tuple[str, str, Params]:
    for member in ("DatabaseName", "TableName", "Name"):
        if not data.get(member):
            raise invalid(f"{member} is missing.")
    return data["DatabaseName"].lower(), data["TableName"].lower(), data
