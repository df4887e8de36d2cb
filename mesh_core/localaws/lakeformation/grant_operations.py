"""Operations that grant, revoke and list permissions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from mesh_core.localaws.aws_error import AwsError, invalid
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.lakeformation import listing, pages, resources
from mesh_core.localaws.lakeformation.delegation import Delegation
from mesh_core.localaws.lakeformation.granting import Granting
from mesh_core.localaws.lakeformation.listing import Entry, Wanted
from mesh_core.localaws.lakeformation.opt_ins import OptedIn
from mesh_core.localaws.lakeformation.settings import IAM_ALLOWED
from mesh_core.localaws.lakeformation.targets import ALL_TABLES, Target, parse
from mesh_core.localaws.protocol import Handler

MAX_BATCH = 20
Params = dict[str, Any]
_Change = Callable[[sqlite3.Connection, Caller, Params], None]


class GrantOperations:
    """GrantPermissions and its kin, on one endpoint."""

    def __init__(self, ctx: Context) -> None:
        self._lake, self._account_id = ctx.lake, ctx.account_id
        self._granting = Granting(ctx.lake, ctx.iam.principal_exists)

    def handlers(self) -> dict[str, Handler]:
        """Operation name -> handler."""
        return {
            "GrantPermissions": self.grant,
            "RevokePermissions": self.revoke,
            "BatchGrantPermissions": lambda caller, params: self._batch(caller, params, self._granting.grant),
            "BatchRevokePermissions": lambda caller, params: self._batch(caller, params, self._granting.revoke),
            "ListPermissions": self.permissions,
            "GetEffectivePermissionsForPath": self.permissions_for_path,
        }

    def grant(self, caller: Caller, params: Params) -> None:
        """Give permissions to a principal."""
        with self._lake.changes.write() as db:
            self._granting.grant(db, caller, params)

    def revoke(self, caller: Caller, params: Params) -> None:
        """Take permissions from a principal."""
        with self._lake.changes.write() as db:
            self._granting.revoke(db, caller, params)

    def _batch(self, caller: Caller, params: Params, change: _Change) -> Params:
        """Every entry that can be done is done; the others are reported."""
        given, failures = params["Entries"], []
        if len(given) > MAX_BATCH:
            raise invalid(f"{len(given)} entries; a batch has at most {MAX_BATCH}.")
        if len({entry["Id"] for entry in given}) < len(given):
            raise invalid("The entries' Ids must differ.")
        with self._lake.changes.write() as db:
            for entry in given:
                try:
                    change(db, caller, entry)
                except AwsError as error:
                    reason = {"ErrorCode": error.code, "ErrorMessage": error.message}
                    failures.append({"RequestEntry": entry, "Error": reason})
        return {"Failures": failures}

    def permissions(self, caller: Caller, params: Params) -> Params:
        """Grants in pages: administrators see all, others their own and those that they could make."""
        wanted = self._wanted(params)
        self._require_there(caller, wanted.target)
        with self._lake.changes.read() as db:
            found = self._visible(db, caller, wanted, self._place(params))
            page, behind = listing.first(found, pages.size(params))
        documents = [listing.document(entry, self._account_id) for entry in page]
        return {"PrincipalResourcePermissions": documents, **pages.token(behind)}

    def _place(self, params: Params) -> tuple[str, ...]:
        where = pages.place(params)
        if where and (len(where) != 6 or not where[5].isdecimal()):
            raise invalid("NextToken is not one that this operation gave.")
        return where

    def _wanted(self, params: Params) -> Wanted:
        principal = params.get("Principal", {}).get("DataLakePrincipalIdentifier")
        if principal and not params.get("Resource"):
            raise invalid("Resource is mandatory if Principal is set in the input.")
        target = parse(params["Resource"]) if params.get("Resource") else None
        if target is not None and target.kind == "columns":
            raise invalid("Permissions can't be listed on TableWithColumns: list those on the Table.")
        related = params.get("IncludeRelated", "").upper() == "TRUE"
        if related and principal:
            raise invalid("Principal can't be given together with IncludeRelated.")
        return Wanted(principal, None, target, params.get("ResourceType"), related)

    def _require_there(self, caller: Caller, target: Target | None) -> None:
        """AwsError EntityNotFoundException, but only for who may know: to others nothing is granted on it."""
        if target is None or not target.database or not self._lake.may_know_of(caller, target.database):
            return
        if target.kind in ("table", "filter") and target.name != ALL_TABLES:
            self._lake.catalog.table(target.database, target.name)
        else:
            self._lake.catalog.database(target.database)

    def _visible(
        self, db: sqlite3.Connection, caller: Caller, wanted: Wanted, after: tuple[str, ...] = ()
    ) -> Iterator[Entry]:
        rights = Delegation(self._lake, db, caller)
        if not rights.sees_everything and not rights.passes_on_something:
            wanted = replace(wanted, among=rights.principals)
        opted_in = OptedIn(db, rights.principals)
        for entry in listing.entries(db, wanted, after):
            stands = entry.principal != IAM_ALLOWED or not opted_in.reaches(entry.target)
            if rights.sees_everything or (stands and entry.principal in rights.principals):
                yield entry
                continue
            known = frozenset(p for p in entry.permissions if rights.may_pass_on(entry.target, p))
            if known:
                yield replace(entry, permissions=known, grantable=entry.grantable & known)

    def permissions_for_path(self, caller: Caller, params: Params) -> Params:
        """Grants on the databases and tables that lie at an S3 path or below it, and on the path as a data location."""
        arn = resources.normal_arn(params["ResourceArn"])
        with self._lake.changes.read() as db:
            found: list[Entry] = []
            for target in self._at(arn):
                found += self._visible(db, caller, Wanted(target=target))
            locations = self._visible(db, caller, Wanted(resource_type="DATA_LOCATION"))
            found += [entry for entry in locations if resources.covers(entry.target.name, arn)]
        page, more = pages.cut(params, found)
        return {"Permissions": [listing.document(entry, self._account_id) for entry in page], **more}

    def _at(self, arn: str) -> Iterator[Target]:
        for database in self._lake.catalog.databases():
            name = database["Name"]
            if _lies(database.get("LocationUri"), arn):
                yield Target("database", name)
            for table in self._lake.catalog.tables(name):
                if _lies(table.get("StorageDescriptor", {}).get("Location"), arn):
                    yield Target("table", name, table["Name"])


def _lies(location: str | None, arn: str) -> bool:
    own = resources.arn_of(location or "")
    return own is not None and resources.covers(arn, own)
