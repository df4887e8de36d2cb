"""Operations that hand out credentials for the data of a table, a partition or a location.

Callers are query engines (engines.py says which); IAM is asked for lakeformation:GetDataAccess. The credentials bear
the name of the role that registered the location, reach the prefix and the permissions that were asked for, and hold
until they expire, whatever is revoked meanwhile. Contexts for the audit trail are taken and not kept: there is none
here. Permissions that are left out mean SELECT.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from mesh_core.localaws.aws_error import AwsError, denied, invalid, not_found
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.lakeformation.access import TABLE_PERMISSIONS, TableAccess
from mesh_core.localaws.lakeformation.decide import expand
from mesh_core.localaws.lakeformation.engines import Engines
from mesh_core.localaws.lakeformation.vending import OPENING, Prefix, scope
from mesh_core.localaws.protocol import Handler

Params = dict[str, Any]
Table = dict[str, Any]
DEFAULT_S, SHORTEST_S = 3600, 900
LONGEST_S, LONGEST_LOCATION_S = 21_600, 43_200
ACTION = "GetDataAccess"


class CredentialOperations:
    """GetTemporaryGlueTableCredentials and its kin, on one endpoint."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._lake, self._engines = ctx, ctx.lake, Engines(ctx)

    def handlers(self) -> dict[str, Handler]:
        """Operation name -> handler."""
        return {
            "GetTemporaryGlueTableCredentials": self.table,
            "GetTemporaryGluePartitionCredentials": self.partition,
            "GetTemporaryDataLocationCredentials": self.location,
        }

    def table(self, caller: Caller, params: Params) -> Params:
        """Credentials for a table's location, or for a folder in it (S3Path)."""
        lifetime = _lifetime(params, LONGEST_S)
        table, permissions = self._opened(caller, params)
        own = Prefix.of(table["StorageDescriptor"]["Location"])
        wanted = Prefix.of(params["S3Path"]) if params.get("S3Path") else own
        if not own.covers(wanted):
            raise denied(f"Access is not allowed. {wanted} is not in the location of the table, {own}.")
        return {**self._vend([wanted], permissions, lifetime), "VendedS3Path": [str(wanted)]}

    def partition(self, caller: Caller, params: Params) -> Params:
        """Credentials for the location of one partition."""
        lifetime = _lifetime(params, LONGEST_S)
        table, permissions = self._opened(caller, params)
        found = self._ctx.catalog.partition(table["DatabaseName"], table["Name"], params["Partition"]["Values"])
        location = found.get("StorageDescriptor", {}).get("Location") or table["StorageDescriptor"]["Location"]
        self._require_vended(self._access(caller, table), location)
        return self._vend([Prefix.of(location)], permissions, lifetime)

    def _opened(self, caller: Caller, params: Params) -> tuple[Table, frozenset[str]]:
        """The table of a request, and the permissions on it that the caller holds and asks for."""
        asked = expand(params.get("Permissions") or ["SELECT"], TABLE_PERMISSIONS)
        if not asked & OPENING or not asked <= TABLE_PERMISSIONS:
            named = ", ".join(sorted(asked))
            raise invalid(f"{named}: a table's data is opened by {', '.join(sorted(OPENING))} or ALL.")
        supported = params.get("SupportedPermissionTypes", [])
        table, access = self._engines.opened(caller, self._named(params["TableArn"]), asked, supported)
        self._require_vended(access, (table.get("StorageDescriptor") or {}).get("Location") or "")
        return table, asked

    def _named(self, arn: str) -> tuple[str, str]:
        prefix = f"arn:aws:glue:{self._ctx.region}:{self._ctx.account_id}:table/"
        parts = arn.removeprefix(prefix).lower().split("/")
        if not arn.startswith(prefix) or len(parts) != 2 or not all(parts):
            raise invalid(f"{arn!r} is not the ARN of a table of this account and region: {prefix}DATABASE/TABLE.")
        return parts[0], parts[1]

    def _access(self, caller: Caller, table: Table) -> TableAccess:
        return self._lake.table_access(caller, table["DatabaseName"], table["Name"])

    def _require_vended(self, access: TableAccess, location: str) -> None:
        if not location:
            raise invalid("The table has no data of its own: it is a view or a resource link. Ask for what it reads.")
        if not self._lake.is_registered(location):
            raise not_found(f"{location} is not registered with Lake Formation: read it with your own rights in S3.")
        if not self._lake.vends(access, location):
            raise denied(
                f"Access is not allowed. {location} is in hybrid access mode and IAM decides for this caller: read it"
                " with your own rights in S3, or opt in."
            )

    def location(self, caller: Caller, params: Params) -> Params:
        """Credentials for folders in S3 that are tables' locations, or lie in them."""
        lifetime = _lifetime(params, LONGEST_LOCATION_S)
        self._engines.require_whole_table(caller)
        wanted = [Prefix.of(path) for path in params.get("DataLocations") or ()]
        if not wanted:
            raise invalid("DataLocations needs a location.")
        rights = [self._of_location(caller, prefix) for prefix in wanted]
        writable = all(held >= TABLE_PERMISSIONS for held in rights)
        given = params.get("CredentialsScope") or ("READWRITE" if writable else "READ")
        if given == "READWRITE" and not writable:
            raise denied("Insufficient Lake Formation permission(s): Required Super on the table for READWRITE.")
        issued = self._vend(wanted, OPENING if given == "READWRITE" else {"SELECT"}, lifetime)
        paths = [str(prefix) for prefix in wanted]
        return {"Credentials": issued, "AccessibleDataLocations": paths, "CredentialsScope": given}

    def _of_location(self, caller: Caller, prefix: Prefix) -> frozenset[str]:
        """The caller's permissions on the table to which a folder belongs. What stands there is told to those who see
        it; others are only told that it is not theirs."""
        found = self._tables_at(prefix)
        visible = (
            self._lake.sees_everything(caller)
            or bool(found)
            and all(self._access(caller, table).permissions for table in found)
        )
        if not visible:
            raise denied(f"Insufficient Lake Formation permission(s): Required Select on the table at {prefix}")
        if not found:
            raise not_found(f"No Glue table lies at {prefix} or above it.")
        if len(found) > 1:
            names = ", ".join(f"{table['DatabaseName']}.{table['Name']}" for table in found)
            raise AwsError("ConflictException", f"Several tables lie at {prefix}: {names}. Ask for one of them by ARN.")
        named = (found[0]["DatabaseName"], found[0]["Name"])
        _, access = self._engines.opened(caller, named, ["SELECT"], ())
        self._require_vended(access, str(prefix))
        return access.permissions

    def _tables_at(self, prefix: Prefix) -> list[Table]:
        """The tables whose location is the innermost one that covers a folder."""
        found: dict[str, list[Table]] = {}
        for database in self._ctx.catalog.databases():
            for table in self._ctx.catalog.tables(database["Name"]):
                location = (table.get("StorageDescriptor") or {}).get("Location") or ""
                if location.startswith("s3") and Prefix.of(location).covers(prefix):
                    found.setdefault(Prefix.of(location).keys, []).append(table)
        return found[max(found, key=len)] if found else []

    def _vend(self, prefixes: list[Prefix], permissions: Iterable[str], lifetime: timedelta) -> Params:
        # One session has one role: the innermost registered location's of the first folder.
        role = self._lake.registered_role(str(prefixes[0]))
        name = f"AWSLF-00-LF-{self._ctx.account_id}-{secrets.token_urlsafe(6)}"
        expires_at = self._ctx.now().replace(microsecond=0) + lifetime
        issued = self._ctx.iam.vend(role, name, scope(prefixes, permissions), expires_at)
        return {
            "AccessKeyId": issued.access_key_id,
            "SecretAccessKey": issued.secret,
            "SessionToken": issued.token,
            "Expiration": issued.expires_at.timestamp(),
        }


def _lifetime(params: Params, longest_s: int) -> timedelta:
    seconds = int(params.get("DurationSeconds", DEFAULT_S))
    if not SHORTEST_S <= seconds <= longest_s:
        raise invalid(f"DurationSeconds is {seconds}; it can be {SHORTEST_S} to {longest_s}.")
    return timedelta(seconds=seconds)
