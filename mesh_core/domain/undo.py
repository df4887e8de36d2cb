"""How each step is taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from mesh_core.domain.steps import (
    AssignTags,
    CopyObject,
    CreateBucket,
    CreateDatabase,
    CreateRole,
    CreateTable,
    CreateWorkGroup,
    DeleteDatabase,
    DeleteRole,
    DeleteTable,
    DeleteWorkGroup,
    DeregisterLocation,
    GrantPermissions,
    Purge,
    PurgeTarget,
    PutExpression,
    PutFilter,
    PutLakeSettings,
    PutObject,
    RegisterLocation,
    RevokePermissions,
    SetTagValues,
    Step,
    UpdateDatabase,
    UpdateTable,
)


def inverse(step: Step) -> Step | None:
    """The step that takes this one back; None when nothing can."""
    match step:
        case CreateBucket(bucket):
            return Purge((PurgeTarget(bucket),))
        case PutObject(bucket, key, _):
            return Purge((PurgeTarget(bucket, key),))
        case CopyObject(_, _, bucket, key, size):
            return Purge((PurgeTarget(bucket, key, 1, size),))
        case RegisterLocation(uri, role):
            return DeregisterLocation(uri, role)
        case DeregisterLocation(uri, role):
            return RegisterLocation(uri, role)
        case CreateDatabase(name, definition):
            return DeleteDatabase(name, definition)
        case UpdateDatabase(name, before, after):
            return UpdateDatabase(name, after, before)
        case DeleteDatabase(name, definition):
            return CreateDatabase(name, definition)
        case CreateTable(database, name, definition, partitions):
            return DeleteTable(database, name, definition, partitions)
        case UpdateTable(database, name, before, after):
            return UpdateTable(database, name, after, before)
        case DeleteTable(database, name, definition, partitions):
            return CreateTable(database, name, definition, partitions)
        case SetTagValues(key, before, after):
            return SetTagValues(key, after, before)
        case AssignTags(target, before_tags, after_tags):
            return AssignTags(target, after_tags, before_tags)
        case GrantPermissions(grant):
            return RevokePermissions(grant)
        case RevokePermissions(grant):
            return GrantPermissions(grant)
        case PutFilter(before_filter, after_filter):
            return PutFilter(after_filter, before_filter)
        case PutExpression(name, before_pairs, after_pairs):
            return PutExpression(name, after_pairs, before_pairs)
        case CreateRole(name, description, trust, policy):
            return DeleteRole(name, description, trust, policy)
        case DeleteRole(name, description, trust, policy):
            return CreateRole(name, description, trust, policy)
        case CreateWorkGroup(name, uri):
            return DeleteWorkGroup(name, uri)
        case DeleteWorkGroup(name, uri):
            return CreateWorkGroup(name, uri)
        case PutLakeSettings(before, after):
            return PutLakeSettings(after, before)
        case Purge():
            return None
    assert_never(step)


def undo_of(steps: Iterable[Step]) -> tuple[Step, ...] | None:
    """The steps that take back what was done, in reverse order; None when one of them can't be taken back."""
    backwards = [inverse(step) for step in reversed(tuple(steps))]
    if any(step is None for step in backwards):
        return None
    return tuple(step for step in backwards if step is not None)
