"""What a grant is on: the API's Resource documents as targets, and which permissions each kind takes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mesh_core.localaws.aws_error import invalid
from mesh_core.localaws.lakeformation import expressions, tags
from mesh_core.localaws.lakeformation.resources import normal_arn

ALL_TABLES = "*"
_ALL_TABLES_LISTED = "ALL_TABLES"  # the name under which AWS lists the wildcard; taken back as it was listed
NOT_VALID = "Permissions modification is invalid."

_TABLE = frozenset({"ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"})
_DATABASE = frozenset({"ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"})
PERMISSIONS: dict[str, frozenset[str]] = {
    "catalog": frozenset({"CREATE_DATABASE", "CREATE_CATALOG", "CREATE_LF_TAG", "CREATE_LF_TAG_EXPRESSION"}),
    "database": _DATABASE,
    "table": _TABLE,
    "columns": frozenset({"SELECT"}),
    "filter": frozenset({"SELECT", "DESCRIBE", "DROP"}),
    "tag": frozenset({"DROP", "ALTER", "ASSOCIATE", "DESCRIBE", "GRANT_WITH_LF_TAG_EXPRESSION"}),
    "policy_database": _DATABASE,
    "policy_table": _TABLE,
    "tag_expression": frozenset({"ALTER", "DROP", "DESCRIBE", "GRANT_WITH_LF_TAG_EXPRESSION"}),
    "location": frozenset({"DATA_LOCATION_ACCESS"}),
}


@dataclass(frozen=True)
class Target:
    """One Resource of a request, normalised.

    kind        a key of PERMISSIONS
    database    its database, "" where there is none
    name        table (ALL_TABLES for the wildcard), tag key, saved expression, S3 ARN
    columns     kind columns: names listed; None = all but `excluded`
    item        filter's name, or a tag policy's expression
    values      kind tag: the values, perhaps "*"
    """

    kind: str
    database: str = ""
    name: str = ""
    columns: tuple[str, ...] | None = None
    excluded: tuple[str, ...] = ()
    item: str = ""
    values: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The resource in an error message."""
        return self.name.replace(ALL_TABLES, "ALL_TABLES") or self.database or "Catalog"


def parse(resource: dict[str, Any]) -> Target:
    """A Resource document as a Target. AwsError InvalidInputException when it names none or several things."""
    members = [member for member in resource if resource[member] is not None]
    if len(members) != 1:
        raise invalid(f"A resource has exactly one member; this one has {', '.join(members) or 'none'}.")
    member = members[0]
    if member not in _PARSERS:
        raise invalid(f"Permissions on {member} resources exist on AWS but not on the local endpoint.")
    return _PARSERS[member](resource[member])


def _catalog(document: dict[str, Any]) -> Target:
    return Target("catalog")


def _database(document: dict[str, Any]) -> Target:
    return Target("database", document["Name"].lower())


def _table(document: dict[str, Any]) -> Target:
    name, wildcard = document.get("Name"), document.get("TableWildcard")
    if (name or "").upper() == _ALL_TABLES_LISTED:
        return Target("table", document["DatabaseName"].lower(), ALL_TABLES)
    if name is None and wildcard is None:
        raise invalid("Table name and table wildcard cannot both be empty.")
    if name is not None and wildcard is not None:
        raise invalid("Table name and table wildcard cannot both be present.")
    return Target("table", document["DatabaseName"].lower(), ALL_TABLES if name is None else name.lower())


def _columns(document: dict[str, Any]) -> Target:
    names, wildcard = document.get("ColumnNames"), document.get("ColumnWildcard")
    if (not names) == (wildcard is None):
        raise invalid("TableWithColumns takes either ColumnNames or ColumnWildcard, and one of them is needed.")
    database, name = document["DatabaseName"].lower(), document["Name"].lower()
    if name.upper() == _ALL_TABLES_LISTED:
        name = ALL_TABLES
    if names:
        return Target("columns", database, name, tuple(tags.folded(names)))
    excluded = tags.folded((wildcard or {}).get("ExcludedColumnNames", []))
    return Target("columns", database, name, None, tuple(sorted(excluded)))


def _filter(document: dict[str, Any]) -> Target:
    for member in ("DatabaseName", "TableName", "Name"):
        if not document.get(member):
            raise invalid(f"DataCellsFilter needs {member}.")
    return Target("filter", document["DatabaseName"].lower(), document["TableName"].lower(), item=document["Name"])


def _tag(document: dict[str, Any]) -> Target:
    return Target("tag", name=document["TagKey"].lower(), values=tuple(tags.folded(document["TagValues"])))


def _policy(document: dict[str, Any]) -> Target:
    inline, saved = document.get("Expression"), document.get("ExpressionName")
    if (not inline) == (not saved):
        raise invalid("LFTagPolicy takes either Expression or ExpressionName, and one of them is needed.")
    kind = document["ResourceType"]
    if kind not in ("DATABASE", "TABLE"):
        raise invalid(f"ResourceType is DATABASE or TABLE, not {kind}.")
    item = expressions.SAVED + saved if saved else expressions.parse(inline or [])
    if not saved:
        expressions.check_inline(item)
    return Target(f"policy_{kind.lower()}", name=kind, item=item)


def _expression(document: dict[str, Any]) -> Target:
    return Target("tag_expression", name=document["Name"])


def _location(document: dict[str, Any]) -> Target:
    return Target("location", name=normal_arn(document["ResourceArn"]))


_PARSERS = {
    "Catalog": _catalog,
    "Database": _database,
    "Table": _table,
    "TableWithColumns": _columns,
    "DataCellsFilter": _filter,
    "LFTag": _tag,
    "LFTagPolicy": _policy,
    "LFTagExpression": _expression,
    "DataLocation": _location,
}


def check_permissions(target: Target, permissions: Iterable[str]) -> None:
    """AwsError InvalidInputException for a permission that the target's kind doesn't take."""
    wrong = sorted(set(permissions) - PERMISSIONS[target.kind])
    if wrong:
        raise invalid(f"{NOT_VALID} {', '.join(wrong)} can't be granted on this resource.")


Key = tuple[str, str, str, str]


def keys(target: Target, permission: str) -> list[Key]:
    """The (kind, database, name, item) under which a permission on a target is kept (see schema.py)."""
    database, name = target.database, target.name
    match target.kind:
        case "table":
            return [("all_columns" if permission == "SELECT" else "table", database, name, "")]
        case "columns" if target.columns is not None:
            return [("column", database, name, column) for column in target.columns]
        case "columns" if target.excluded:
            return [("excluded", database, name, json.dumps(target.excluded, separators=(",", ":")))]
        case "columns":
            return [("all_columns", database, name, "")]
        case "tag":
            return [("tag", "", name, value) for value in target.values]
        case "policy_database" | "policy_table":
            return [("tag_policy", "", name, target.item)]
        case _:
            return [(target.kind, database, name, target.item)]
