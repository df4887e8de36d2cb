"""Operations that assign LF-tags to databases, tables and columns, and show them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from mesh_core.localaws.aws_error import AwsError, denied, invalid, not_found
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.documents import columns_of
from mesh_core.localaws.lakeformation import tags
from mesh_core.localaws.lakeformation.decide import effective
from mesh_core.localaws.lakeformation.delegation import Delegation
from mesh_core.localaws.lakeformation.tag_operations import KnownTags
from mesh_core.localaws.lakeformation.targets import ALL_TABLES, Target, parse
from mesh_core.localaws.protocol import Handler

Params = dict[str, Any]
Pair = tuple[str, str]
_Change = Callable[[sqlite3.Connection, str, str, str, Pair], None]


class TaggingOperations:
    """AddLFTagsToResource and its kin, on one endpoint."""

    def __init__(self, ctx: Context) -> None:
        self._lake, self._account_id = ctx.lake, ctx.account_id

    def handlers(self) -> dict[str, Handler]:
        """Operation name -> handler."""
        return {
            "AddLFTagsToResource": lambda caller, params: self._change(caller, params, tags.assign),
            "RemoveLFTagsFromResource": lambda caller, params: self._change(caller, params, tags.unassign),
            "GetResourceLFTags": self.get,
        }

    def _change(self, caller: Caller, params: Params, change: _Change) -> Params:
        """Assign or take tags one by one; those that fail are reported, the others are done."""
        target, pairs = _taggable(parse(params["Resource"])), _pairs(params["LFTags"])
        failures = []
        with self._lake.changes.write() as db:
            rights = Delegation(self._lake, db, caller)
            if not rights.may_tag(target):
                raise denied(
                    f"Insufficient Lake Formation permission(s): tagging {target.shown} needs to be its creator,"
                    " Super with grant option on it, or a data lake administrator."
                )
            places = self._places(target)
            for key, value in pairs:
                try:
                    _require_associate(db, rights, key, value)
                    for place in places:
                        change(db, *place, (key, value))
                except AwsError as error:
                    reason = {"ErrorCode": error.code, "ErrorMessage": error.message}
                    failures.append({"LFTag": self._shown(key, value), "Error": reason})
        return {"Failures": failures}

    def _places(self, target: Target) -> list[tuple[str, str, str]]:
        """(database, table or "", column or "") of what is to be tagged. AwsError EntityNotFoundException."""
        if target.kind == "database":
            self._lake.catalog.database(target.database)
            return [(target.database, "", "")]
        table = self._lake.catalog.table(target.database, target.name)
        if target.kind == "table":
            return [(target.database, target.name, "")]
        known = {column["Name"].lower() for column in columns_of(table)}
        for column in target.columns or ():
            if column not in known:
                raise not_found(f"Column {column} does not exist in table {target.name}.")
        return [(target.database, target.name, column) for column in target.columns or ()]

    def get(self, caller: Caller, params: Params) -> Params:
        """Tags of a resource: effective ones, or with ShowAssignedLFTags those assigned to just it and its columns.

        Only tags that the caller may know of are shown.
        """
        target, assigned_only = _taggable(parse(params["Resource"])), params.get("ShowAssignedLFTags", False)
        if target.kind == "database":
            self._lake.require_database(caller, target.database, "DESCRIBE")
        else:
            self._lake.require_table(caller, target.database, target.name, "DESCRIBE")
        self._places(target)
        with self._lake.changes.read() as db:
            shown = KnownTags(Delegation(self._lake, db, caller), tags.every(db), self._account_id)
            if target.kind == "database":
                return shown.members("LFTagOnDatabase", tags.assigned(db, target.database, "", ""))
            return self._on_table(db, caller, target, assigned_only, shown)

    def _on_table(
        self, db: sqlite3.Connection, caller: Caller, target: Target, assigned_only: bool, shown: KnownTags
    ) -> Params:
        database, name = target.database, target.name
        on_database = {} if assigned_only else tags.assigned(db, database, "", "")
        on_table = tags.assigned(db, database, name, "")
        columns = target.columns or self._lake.table_access(caller, database, name).metadata_columns
        on_columns = []
        for column in columns:
            own = tags.assigned(db, database, name, column)
            found = shown.pairs(own if assigned_only else effective(on_database, on_table, own))
            if found:
                on_columns.append({"Name": column, "LFTags": found})
        result = shown.members("LFTagOnDatabase", on_database)
        if target.kind == "table" or not assigned_only:
            result |= shown.members("LFTagsOnTable", effective(on_database, on_table))
        return result | ({"LFTagsOnColumns": on_columns} if on_columns else {})

    def _shown(self, key: str, value: str) -> Params:
        return {"CatalogId": self._account_id, "TagKey": key, "TagValues": [value]}


def _taggable(target: Target) -> Target:
    if target.kind == "columns" and not target.columns:
        raise invalid("Columns are tagged by name: give ColumnNames, or tag the table.")
    if target.kind not in ("database", "table", "columns") or target.name == ALL_TABLES:
        raise invalid("LF-tags are assigned to a database, a table, or columns named in TableWithColumns.")
    return target


def _pairs(given: list[Params]) -> list[Pair]:
    keys = [tag["TagKey"].lower() for tag in given]
    if len(set(keys)) < len(keys):
        raise invalid("Provided list of tags contains duplicate tag key")
    for tag in given:
        if len(tag["TagValues"]) != 1 or "*" in tag["TagValues"]:
            raise invalid("Tag value wild card was found or input tag value list has size not equal to 1")
    return [(key, tag["TagValues"][0].lower()) for key, tag in zip(keys, given, strict=True)]


def _require_associate(db: sqlite3.Connection, rights: Delegation, key: str, value: str) -> None:
    if not rights.on_tag(key, value, "ASSOCIATE"):
        raise denied(f"Insufficient Lake Formation permission(s): Required Associate on {key}={value}")
    tags.require(db, key, [value])
