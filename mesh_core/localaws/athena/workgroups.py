"""Work groups: where results go and whether a client may choose, how much a query may read, and their tags."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mesh_core.localaws.athena.executions import Stopped
from mesh_core.localaws.athena.paging import invalid_request, page
from mesh_core.localaws.athena.results import S3Path
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context

PRIMARY = "primary"
ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
NO_OUTPUT = (
    "No output location provided. You did not provide an output location for  your query results. Either specify an "
    "S3 bucket location or enable Athena managed query results in your workgroup settings."
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS athena_work_groups (
    name TEXT PRIMARY KEY, state TEXT NOT NULL, description TEXT, created_s REAL NOT NULL, configuration TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS athena_tags (
    arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key));
"""
# Settings that change where results go or who asks: taken silently, they would give another answer than Athena's.
_ELSEWHERE = {
    "ManagedQueryResultsConfiguration": "Enabled",
    "IdentityCenterConfiguration": "EnableIdentityCenter",
    "QueryResultsS3AccessGrantsConfiguration": "EnableS3AccessGrants",
}
_REMOVALS = {
    "RemoveBytesScannedCutoffPerQuery": "BytesScannedCutoffPerQuery",
    "RemoveCustomerContentEncryptionConfiguration": "CustomerContentEncryptionConfiguration",
}
_RESULT_REMOVALS = {
    "RemoveOutputLocation": "OutputLocation",
    "RemoveEncryptionConfiguration": "EncryptionConfiguration",
    "RemoveExpectedBucketOwner": "ExpectedBucketOwner",
    "RemoveAclConfiguration": "AclConfiguration",
}


@dataclass(frozen=True)
class WorkGroup:
    """`configuration` has the shape of Athena's WorkGroupConfiguration."""

    name: str
    state: str
    description: str
    created_s: float
    configuration: dict[str, Any]

    def check_bytes(self, bytes_scanned: int) -> None:
        """Stopped when a query read more than the group allows one query (BytesScannedCutoffPerQuery)."""
        limit = self.configuration.get("BytesScannedCutoffPerQuery")
        if limit is not None and bytes_scanned > limit:
            raise Stopped(
                f"Query cancelled! : Bytes scanned limit was exceeded: it read {bytes_scanned} bytes, work group "
                f"{self.name} allows {limit}"
            )

    def output_location(self, asked: str | None) -> str:
        """Where a query's result goes: the work group's place if it is enforced, else the client's, else the group's.

        AwsError InvalidRequestException when there is none or it is no S3 path.
        """
        own = self.configuration.get("ResultConfiguration", {}).get("OutputLocation")
        location: str | None = own if self.configuration["EnforceWorkGroupConfiguration"] else asked or own
        if not location:
            raise invalid_request(NO_OUTPUT)
        _check_location(location)
        return location


def _check_location(location: str) -> None:
    try:
        S3Path.parse(location)
    except ValueError as error:
        raise invalid_request("outputLocation is not a valid S3 path.") from error


class WorkGroups:
    """The account's work groups. `primary` is always there."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        ctx.store.ensure(SCHEMA)
        with ctx.store.write() as db:
            db.execute(
                "INSERT OR IGNORE INTO athena_work_groups VALUES (?, 'ENABLED', '', ?, ?)",
                (PRIMARY, ctx.now().timestamp(), json.dumps(_configuration({"EnforceWorkGroupConfiguration": False}))),
            )

    def arn(self, name: str) -> str:
        """The ARN that policies and tags name."""
        return f"arn:aws:athena:{self._ctx.region}:{self._ctx.account_id}:workgroup/{name}"

    def get(self, name: str) -> WorkGroup:
        """AwsError InvalidRequestException when there is none of that name."""
        with self._ctx.store.read() as db:
            row = db.execute("SELECT * FROM athena_work_groups WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise invalid_request(f"WorkGroup {name} is not found.")
        return _work_group(row)

    def enabled(self, name: str) -> WorkGroup:
        """Like get, and AwsError when it is disabled."""
        found = self.get(name)
        if found.state == "DISABLED":
            raise invalid_request(f"WorkGroup {name} is disabled. Enable it, or use another work group.")
        return found

    def create(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """CreateWorkGroup."""
        configuration = _configuration(params.get("Configuration", {}))
        with self._ctx.store.write() as db:
            if db.execute("SELECT 1 FROM athena_work_groups WHERE name = ?", (params["Name"],)).fetchone():
                raise invalid_request(f"WorkGroup {params['Name']} is already created")
            db.execute(
                "INSERT INTO athena_work_groups VALUES (?, 'ENABLED', ?, ?, ?)",
                (
                    params["Name"],
                    params.get("Description", ""),
                    self._ctx.now().timestamp(),
                    json.dumps(configuration),
                ),
            )
            self._tag(self.arn(params["Name"]), params.get("Tags", []))
        return {}

    def describe(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """GetWorkGroup."""
        found = self.get(params["WorkGroup"])
        return {"WorkGroup": _summary(found) | {"Configuration": found.configuration}}

    def update(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """UpdateWorkGroup."""
        with self._ctx.store.write() as db:
            found = self.get(params["WorkGroup"])
            configuration = _updated(found.configuration, params.get("ConfigurationUpdates", {}))
            db.execute(
                "UPDATE athena_work_groups SET state = ?, description = ?, configuration = ? WHERE name = ?",
                (
                    params.get("State", found.state),
                    params.get("Description", found.description),
                    json.dumps(configuration),
                    found.name,
                ),
            )
        return {}

    def delete(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """DeleteWorkGroup. With named queries or prepared statements in it: only when RecursiveDeleteOption is set."""
        name = params["WorkGroup"]
        if name == PRIMARY:
            raise invalid_request("Primary workgroup can't be deleted")
        with self._ctx.store.write() as db:
            self.get(name)
            used = any(
                db.execute(f"SELECT 1 FROM {table} WHERE work_group = ?", (name,)).fetchone()
                for table in ("athena_named_queries", "athena_prepared_statements", "athena_executions")
            )
            if used and not params.get("RecursiveDeleteOption"):
                raise invalid_request(f"WorkGroup {name} is not empty. Set RecursiveDeleteOption to delete it.")
            for table in ("athena_named_queries", "athena_prepared_statements", "athena_executions"):
                db.execute(f"DELETE FROM {table} WHERE work_group = ?", (name,))
            db.execute("DELETE FROM athena_tags WHERE arn = ?", (self.arn(name),))
            db.execute("DELETE FROM athena_work_groups WHERE name = ?", (name,))
        return {}

    def list(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListWorkGroups, in name order."""
        with self._ctx.store.read() as db:
            rows = db.execute("SELECT * FROM athena_work_groups ORDER BY name").fetchall()
        found, following = page([_summary(_work_group(row)) for row in rows], params)
        return {"WorkGroups": found, **following}

    def tag(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """TagResource."""
        self._require_arn(params["ResourceARN"])
        with self._ctx.store.write():
            self._tag(params["ResourceARN"], params["Tags"])
        return {}

    def untag(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """UntagResource."""
        self._require_arn(params["ResourceARN"])
        with self._ctx.store.write() as db:
            for key in params["TagKeys"]:
                db.execute("DELETE FROM athena_tags WHERE arn = ? AND key = ?", (params["ResourceARN"], key))
        return {}

    def tags(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListTagsForResource."""
        self._require_arn(params["ResourceARN"])
        with self._ctx.store.read() as db:
            rows = db.execute(
                "SELECT key, value FROM athena_tags WHERE arn = ? ORDER BY key", (params["ResourceARN"],)
            ).fetchall()
        found, following = page([{"Key": row["key"], "Value": row["value"]} for row in rows], params, default=75)
        return {"Tags": found, **following}

    def _tag(self, arn: str, tags: Sequence[dict[str, str]]) -> None:
        with self._ctx.store.write() as db:
            for tag in tags:
                db.execute(
                    "INSERT INTO athena_tags VALUES (?, ?, ?) "
                    "ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value",
                    (arn, tag["Key"], tag.get("Value", "")),
                )

    def _require_arn(self, arn: str) -> None:
        kind, _, name = arn.rpartition(":")[2].partition("/")
        if kind == "workgroup" and arn == self.arn(name):
            self.get(name)
        elif kind != "datacatalog":
            raise invalid_request(f"{arn} is no work group or data catalog of this account and region.")


def _work_group(row: Any) -> WorkGroup:
    return WorkGroup(
        row["name"], row["state"], row["description"] or "", row["created_s"], json.loads(row["configuration"])
    )


def _summary(group: WorkGroup) -> dict[str, Any]:
    return {
        "Name": group.name,
        "State": group.state,
        "Description": group.description,
        "CreationTime": group.created_s,
        "EngineVersion": ENGINE,
    }


def _configuration(asked: dict[str, Any]) -> dict[str, Any]:
    for member, switch in _ELSEWHERE.items():
        if asked.get(member, {}).get(switch):
            raise invalid_request(f"{member} runs on Athena but not on the local endpoint.")
    location = asked.get("ResultConfiguration", {}).get("OutputLocation")
    if location:
        _check_location(location)
    return {
        "ResultConfiguration": {},
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": False,
        "RequesterPaysEnabled": False,
        **asked,
        "EngineVersion": ENGINE,
    }


def _updated(current: dict[str, Any], updates: dict[str, Any]) -> dict[str, Any]:
    updates = dict(updates)
    if "ManagedQueryResultsConfigurationUpdates" in updates:
        updates["ManagedQueryResultsConfiguration"] = updates.pop("ManagedQueryResultsConfigurationUpdates")
    for flag, member in _REMOVALS.items():
        if updates.pop(flag, False):
            current.pop(member, None)
    result_updates = dict(updates.pop("ResultConfigurationUpdates", {}))
    result = current.get("ResultConfiguration", {})
    for flag, member in _RESULT_REMOVALS.items():
        if result_updates.pop(flag, False):
            result.pop(member, None)
    return _configuration({**current, **updates, "ResultConfiguration": {**result, **result_updates}})
