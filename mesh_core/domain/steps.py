"""The closed list of things that the portal may do to the world, as data.

Each step is idempotent when it is applied (`services/apply.py`) and has an inverse, but for `Purge`, which plans put
last. `definition` and `policy` fields are JSON text in the shape of the AWS API's own input, so that undoing a deletion
brings back exactly what was there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from mesh_core.domain.words import describe_resource as describe_resource
from mesh_core.domain.words import in_bytes as in_bytes
from mesh_core.domain.words import in_words as in_words
from mesh_core.domain.words import short as short
from mesh_core.domain.world import DataFilter, Grant, Target


@dataclass(frozen=True)
class CreateBucket:
    """A private, encrypted, versioned bucket whose policy lets only the portal and Lake Formation in."""

    bucket: str


@dataclass(frozen=True)
class PutObject:
    """A small document. Its key is new, so undoing it is purging it."""

    bucket: str
    key: str
    text: str


@dataclass(frozen=True)
class CopyObject:
    """Data from a draft (control bucket) to its place. The target key is new."""

    source_bucket: str
    source_key: str
    bucket: str
    key: str
    size_bytes: int = 0


@dataclass(frozen=True)
class RegisterLocation:
    """Register an S3 location (URI) with Lake Formation under a role."""

    uri: str
    role_arn: str


@dataclass(frozen=True)
class DeregisterLocation:
    """The inverse of RegisterLocation."""

    uri: str
    role_arn: str


@dataclass(frozen=True)
class CreateDatabase:
    """A Glue database; definition is a DatabaseInput."""

    name: str
    definition: str


@dataclass(frozen=True)
class UpdateDatabase:
    """Replace a Glue database's definition."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class DeleteDatabase:
    """Delete an empty Glue database."""

    name: str
    definition: str


@dataclass(frozen=True)
class CreateTable:
    """A Glue table or view; definition is a TableInput, partitions are PartitionInputs."""

    database: str
    name: str
    definition: str
    partitions: tuple[str, ...] = ()


@dataclass(frozen=True)
class UpdateTable:
    """Replace a Glue table's definition."""

    database: str
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class DeleteTable:
    """Delete a Glue table or view with its partitions. Its data stays."""

    database: str
    name: str
    definition: str
    partitions: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetTagValues:
    """The vocabulary: an LF-tag's allowed values. before () creates it, after () deletes it."""

    key: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class AssignTags:
    """The LF-tags assigned at one target itself; keys absent from `after` are removed."""

    target: Target
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GrantPermissions:
    """Lake Formation permissions that the principal doesn't hold yet."""

    grant: Grant


@dataclass(frozen=True)
class RevokePermissions:
    """Lake Formation permissions that the principal holds."""

    grant: Grant


@dataclass(frozen=True)
class PutFilter:
    """A data cells filter: before None creates it, after None deletes it; both are the same filter by name."""

    before: DataFilter | None
    after: DataFilter | None


@dataclass(frozen=True)
class PutExpression:
    """A saved LF-tag expression: before () creates it, after () deletes it, and with it the grants by its name."""

    name: str
    before: tuple[tuple[str, tuple[str, ...]], ...]
    after: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class CreateRole:
    """An IAM role with one inline policy; both documents are JSON."""

    name: str
    description: str
    trust: str
    policy: str


@dataclass(frozen=True)
class DeleteRole:
    """The inverse of CreateRole."""

    name: str
    description: str
    trust: str
    policy: str


@dataclass(frozen=True)
class CreateWorkGroup:
    """An Athena work group whose result location (URI) is enforced."""

    name: str
    results_uri: str


@dataclass(frozen=True)
class DeleteWorkGroup:
    """The inverse of CreateWorkGroup; its history goes with it."""

    name: str
    results_uri: str


@dataclass(frozen=True)
class PutLakeSettings:
    """Lake Formation's settings, whole (DataLakeSettings as JSON)."""

    before: str
    after: str


@dataclass(frozen=True)
class PurgeTarget:
    """A key prefix with every version under it; "" is the whole bucket, which is then deleted as well."""

    bucket: str
    prefix: str = ""
    object_count: int = 0
    size_bytes: int = 0


@dataclass(frozen=True)
class Purge:
    """Delete objects, every version, for good. Can't be undone, so it is always the last step of its plan."""

    targets: tuple[PurgeTarget, ...]


Step = (
    CreateBucket
    | PutObject
    | CopyObject
    | RegisterLocation
    | DeregisterLocation
    | CreateDatabase
    | UpdateDatabase
    | DeleteDatabase
    | CreateTable
    | UpdateTable
    | DeleteTable
    | SetTagValues
    | AssignTags
    | GrantPermissions
    | RevokePermissions
    | PutFilter
    | PutExpression
    | CreateRole
    | DeleteRole
    | CreateWorkGroup
    | DeleteWorkGroup
    | PutLakeSettings
    | Purge
)


def describe(step: Step) -> str:
    """One line in the visitor's words."""
    match step:
        case CreateBucket(bucket):
            return f"Create the private bucket {bucket}"
        case PutObject(bucket, key, _):
            return f"Write the document s3://{bucket}/{key}"
        case CopyObject(_, _, bucket, key, size):
            return f"Store data as s3://{bucket}/{key} ({in_bytes(size)})"
        case RegisterLocation(uri, _):
            return f"Register {uri} with Lake Formation"
        case DeregisterLocation(uri, _):
            return f"Deregister {uri} from Lake Formation"
        case CreateDatabase(name, _):
            return f"Create the Glue database {name}"
        case UpdateDatabase(name, _, _):
            return f"Change the Glue database {name}"
        case DeleteDatabase(name, _):
            return f"Delete the Glue database {name}"
        case CreateTable(database, name, definition, _):
            return f"Create the {_kind(definition)} {database}.{name}"
        case UpdateTable(database, name, before, _):
            return f"Change the {_kind(before)} {database}.{name}"
        case DeleteTable(database, name, definition, _):
            return f"Delete the {_kind(definition)} {database}.{name}"
        case SetTagValues():
            return _describe_values(step)
        case AssignTags():
            return _describe_assignment(step)
        case GrantPermissions(grant):
            return f"Grant {_held(grant)} to {short(grant.principal)}"
        case RevokePermissions(grant):
            return f"Revoke {_held(grant)} from {short(grant.principal)}"
        case PutFilter(before, after):
            return _describe_filter(before, after)
        case PutExpression(name, before, after):
            verb = "Delete" if not after else "Change" if before else "Save"
            return f"{verb} the LF-tag expression {name}" + (f": {in_words(after)}" if after else "")
        case CreateRole(name, _, _, _):
            return f"Create the IAM role {name}"
        case DeleteRole(name, _, _, _):
            return f"Delete the IAM role {name}"
        case CreateWorkGroup(name, _):
            return f"Create the Athena work group {name}"
        case DeleteWorkGroup(name, _):
            return f"Delete the Athena work group {name}"
        case PutLakeSettings():
            return _describe_settings(step)
        case Purge(targets):
            objects, size = sum(t.object_count for t in targets), sum(t.size_bytes for t in targets)
            where = ", ".join(f"s3://{t.bucket}/{t.prefix}" for t in targets)
            return f"Delete {objects:,} objects ({in_bytes(size)}) for good under {where}"
    assert_never(step)


def _describe_filter(before: DataFilter | None, after: DataFilter | None) -> str:
    one = after or before
    if one is None:
        return "Leave the row filters as they are"
    verb = "Delete" if after is None else "Change" if before else "Create"
    return f"{verb} the filter {one.name} on {one.database}.{one.table}" + (f": {_cells(after)}" if after else "")


def _cells(one: DataFilter) -> str:
    columns = ", ".join(one.columns) or ("all columns" + (f" but {', '.join(one.excluded)}" if one.excluded else ""))
    return f"{columns} of {f'rows where {one.row_filter}' if one.row_filter else 'all rows'}"


def _held(grant: Grant) -> str:
    option = " with grant option" if grant.grantable else ""
    return f"{', '.join(grant.permissions)} on {describe_resource(grant.resource)}{option}"


def is_view(definition: str) -> bool:
    """Whether a TableInput is a view's."""
    return bool(json.loads(definition).get("TableType") == "VIRTUAL_VIEW")


def _kind(definition: str) -> str:
    return "view" if is_view(definition) else "table"


def _describe_values(step: SetTagValues) -> str:
    if not step.before:
        return f"Create the LF-tag {step.key} ({', '.join(step.after)})"
    if not step.after:
        return f"Delete the LF-tag {step.key}"
    added = [f"+{value}" for value in step.after if value not in step.before]
    removed = [f"-{value}" for value in step.before if value not in step.after]
    return f"Change the LF-tag {step.key}: {', '.join(added + removed)}"


def _describe_assignment(step: AssignTags) -> str:
    parts = [f"{key}={value}" for key, value in sorted(step.after.items()) if step.before.get(key) != value]
    parts += [f"no {key} of its own" for key in sorted(step.before) if key not in step.after]
    return f"Tag {step.target}: {', '.join(parts)}"


def _describe_settings(step: PutLakeSettings) -> str:
    before, after = json.loads(step.before), json.loads(step.after)
    parts = []
    for field_name, words in (
        ("CreateDatabaseDefaultPermissions", "new databases"),
        ("CreateTableDefaultPermissions", "new tables"),
    ):
        if before.get(field_name) != after.get(field_name):
            parts.append(f"{words} {'open to IAM' if after.get(field_name) else 'governed by Lake Formation'}")
    if before.get("DataLakeAdmins") != after.get("DataLakeAdmins"):
        names = [short(one["DataLakePrincipalIdentifier"]) for one in after.get("DataLakeAdmins", [])]
        parts.append(f"administrators {', '.join(names)}")
    return f"Change Lake Formation's settings: {'; '.join(parts) or 'no visible difference'}"
