"""Operations on settings, registered locations and opt-ins: an administrator's business."""

from __future__ import annotations

import re
from typing import Any

from mesh_core.localaws.aws_error import denied, invalid
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.lakeformation import listing, opt_ins, pages, resources, settings
from mesh_core.localaws.lakeformation.delegation import Delegation
from mesh_core.localaws.lakeformation.targets import Target, parse
from mesh_core.localaws.protocol import Handler

Params = dict[str, Any]
_SERVICE_ROLE = (
    "arn:aws:iam::{}:role/aws-service-role/lakeformation.amazonaws.com/AWSServiceRoleForLakeFormationDataAccess"
)


class SettingsOperations:
    """PutDataLakeSettings and its kin, on one endpoint."""

    def __init__(self, ctx: Context) -> None:
        self._lake, self._account_id = ctx.lake, ctx.account_id

    def handlers(self) -> dict[str, Handler]:
        """Operation name -> handler."""
        return {
            "GetDataLakeSettings": self.get_settings,
            "PutDataLakeSettings": self.put_settings,
            "GetDataLakePrincipal": self.principal,
            "RegisterResource": self.register,
            "UpdateResource": self.update,
            "DeregisterResource": self.deregister,
            "DescribeResource": self.describe,
            "ListResources": self.resources,
            "CreateLakeFormationOptIn": self.opt_in,
            "DeleteLakeFormationOptIn": self.opt_out,
            "ListLakeFormationOptIns": self.opt_ins,
        }

    def get_settings(self, caller: Caller, params: Params) -> Params:
        """Open to whom IAM allows it, as on AWS."""
        with self._lake.changes.read() as db:
            return {"DataLakeSettings": settings.get(db)}

    def put_settings(self, caller: Caller, params: Params) -> None:
        """Replace the settings. The root may: somebody has to name the first administrator."""
        with self._lake.changes.write() as db:
            if not caller.is_root:
                self._require_admin(db, caller, "PutDataLakeSettings")
            settings.put(db, params["DataLakeSettings"])

    def principal(self, caller: Caller, params: Params) -> Params:
        """The name under which grants reach the caller."""
        return {"Identity": caller.principal}

    def register(self, caller: Caller, params: Params) -> None:
        """Put a location under Lake Formation."""
        role = params.get("RoleArn")
        if not role and not params.get("UseServiceLinkedRole"):
            raise invalid("RoleArn is needed unless UseServiceLinkedRole is true.")
        with self._lake.changes.write() as db:
            self._require_admin(db, caller, "RegisterResource")
            resources.register(db, self._info(params, role or _SERVICE_ROLE.format(self._account_id)))

    def update(self, caller: Caller, params: Params) -> None:
        """Change a location's role and mode."""
        with self._lake.changes.write() as db:
            self._require_admin(db, caller, "UpdateResource")
            before = resources.describe(db, resources.normal_arn(params["ResourceArn"]))
            resources.update(db, before | self._info({**before, **params}, params["RoleArn"]))

    def _info(self, params: Params, role: str) -> Params:
        if not re.fullmatch(rf"arn:aws:iam::{self._account_id}:role/[\w+=,.@/-]+", role):
            raise invalid(f"{role} is not the ARN of a role of account {self._account_id}.")
        return {
            "ResourceArn": resources.normal_arn(params["ResourceArn"]),
            "RoleArn": role,
            "LastModified": self._lake.now().timestamp(),
            "WithFederation": params.get("WithFederation", False),
            "HybridAccessEnabled": params.get("HybridAccessEnabled", False),
            "WithPrivilegedAccess": params.get("WithPrivilegedAccess", False),
        }

    def deregister(self, caller: Caller, params: Params) -> None:
        """Take a location out of Lake Formation: its data is then read with the callers' own rights in S3."""
        with self._lake.changes.write() as db:
            self._require_admin(db, caller, "DeregisterResource")
            resources.deregister(db, resources.normal_arn(params["ResourceArn"]))

    def describe(self, caller: Caller, params: Params) -> Params:
        """One location."""
        with self._lake.changes.read() as db:
            return {"ResourceInfo": resources.describe(db, resources.normal_arn(params["ResourceArn"]))}

    def resources(self, caller: Caller, params: Params) -> Params:
        """Locations, filtered and in pages."""
        with self._lake.changes.read() as db:
            found = [info for info in resources.every(db) if _passes(info, params.get("FilterConditionList", []))]
        page, more = pages.cut(params, found)
        return {"ResourceInfoList": page, **more}

    def opt_in(self, caller: Caller, params: Params) -> None:
        """Let Lake Formation decide for a principal where IAM_ALLOWED_PRINCIPALS holds ALL."""
        target, principal = self._opting(params)
        with self._lake.changes.write() as db:
            self._require_admin(db, caller, "CreateLakeFormationOptIn")
            self._require_there(target)
            info = {
                "Resource": listing.resource(target, self._account_id),
                "Principal": params["Principal"],
                "LastModified": self._lake.now().timestamp(),
                "LastUpdatedBy": caller.arn,
            }
            opt_ins.put(db, principal, target, info)

    def opt_out(self, caller: Caller, params: Params) -> None:
        """Leave the decision to IAM again."""
        target, principal = self._opting(params)
        with self._lake.changes.write() as db:
            self._require_admin(db, caller, "DeleteLakeFormationOptIn")
            opt_ins.remove(db, principal, target)

    def opt_ins(self, caller: Caller, params: Params) -> Params:
        """Opt-ins in pages: all of them for administrators, their own for others."""
        principal = params.get("Principal", {}).get("DataLakePrincipalIdentifier")
        target = parse(params["Resource"]) if params.get("Resource") else None
        with self._lake.changes.read() as db:
            rights = Delegation(self._lake, db, caller)
            found = [
                info
                for info in opt_ins.every(db, principal, target)
                if rights.sees_everything or info["Principal"]["DataLakePrincipalIdentifier"] in rights.principals
            ]
        page, more = pages.cut(params, found)
        return {"LakeFormationOptInsInfoList": page, **more}

    def _opting(self, params: Params) -> tuple[Target, str]:
        target, principal = parse(params["Resource"]), params["Principal"].get("DataLakePrincipalIdentifier")
        opt_ins.check(target)
        if not principal or params.get("Condition"):
            raise invalid("An opt-in needs a principal; conditions exist on AWS but not on the local endpoint.")
        return target, principal

    def _require_there(self, target: Target) -> None:
        if target.kind == "table" and target.name != "*":
            self._lake.catalog.table(target.database, target.name)
        elif target.kind != "catalog":
            self._lake.catalog.database(target.database)

    def _require_admin(self, db: Any, caller: Caller, operation: str) -> None:
        if not self._lake.is_admin(db, caller):
            raise denied(f"{operation} is for data lake administrators; {caller.principal} is none.")


_FIELDS = {"RESOURCE_ARN": "ResourceArn", "ROLE_ARN": "RoleArn"}


def _passes(info: Params, conditions: list[Params]) -> bool:
    return all(_holds(info, condition) for condition in conditions)


def _holds(info: Params, condition: Params) -> bool:
    name, values = condition.get("Field", "RESOURCE_ARN"), condition.get("StringValueList", [])
    if name not in _FIELDS:
        raise invalid(f"Filtering by {name} exists on AWS but not on the local endpoint.")
    actual: str = info[_FIELDS[name]]
    match condition.get("ComparisonOperator", "EQ"):
        case "EQ" | "IN":
            return actual in values
        case "NE":
            return actual not in values
        case "CONTAINS":
            return any(value in actual for value in values)
        case "NOT_CONTAINS":
            return not any(value in actual for value in values)
        case "BEGINS_WITH":
            return any(actual.startswith(value) for value in values)
        case other:
            raise invalid(f"{other} doesn't compare {name}.")
