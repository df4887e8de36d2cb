"""Operations that find databases and tables by their effective tags."""

from __future__ import annotations

import sqlite3
from typing import Any

from mesh_core.localaws.aws_error import denied, not_found
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.lakeformation import expressions, held, pages, tags
from mesh_core.localaws.lakeformation.decide import Expression, effective, matches, matching_columns
from mesh_core.localaws.lakeformation.delegation import Delegation
from mesh_core.localaws.lakeformation.tag_operations import KnownTags
from mesh_core.localaws.protocol import Handler

Params = dict[str, Any]


class SearchOperations:
    """SearchTablesByLFTags and SearchDatabasesByLFTags, on one endpoint."""

    def __init__(self, ctx: Context) -> None:
        self._lake, self._account_id = ctx.lake, ctx.account_id

    def handlers(self) -> dict[str, Handler]:
        """Operation name -> handler."""
        return {"SearchDatabasesByLFTags": self.databases, "SearchTablesByLFTags": self.tables}

    def databases(self, caller: Caller, params: Params) -> Params:
        """The databases, of those that the caller sees, whose own tags match."""
        with self._lake.changes.read() as db:
            known = KnownTags(Delegation(self._lake, db, caller), tags.every(db), self._account_id)
            wanted, found = _expression(known, params), []
            for database in self._lake.catalog.databases():
                own = tags.assigned(db, database["Name"], "", "")
                if matches(wanted, own) and self._lake.database_access(caller, database["Name"]):
                    named = {"CatalogId": self._account_id, "Name": database["Name"]}
                    found.append({"Database": named, "LFTags": known.pairs(own)})
        page, more = pages.cut(params, found)
        return {"DatabaseList": page, **more}

    def tables(self, caller: Caller, params: Params) -> Params:
        """The tables, of those that the caller sees, of which a column matches; with the columns that do."""
        with self._lake.changes.read() as db:
            known = KnownTags(Delegation(self._lake, db, caller), tags.every(db), self._account_id)
            wanted, found = _expression(known, params), []
            for database in self._lake.catalog.databases():
                found += self._tables_of(db, caller, database["Name"], (wanted, known))
        page, more = pages.cut(params, found)
        return {"TableList": page, **more}

    def _tables_of(
        self, db: sqlite3.Connection, caller: Caller, database: str, search: tuple[Expression, KnownTags]
    ) -> list[Params]:
        wanted, known = search
        facts, tables = held.Facts(), self._lake.catalog.tables(database)
        held.read_tags(db, database, None, facts)
        access, found = self._lake.tables_access(caller, database, tables), []
        for table in tables:
            shape = facts.shape(table)
            columns = matching_columns(wanted, shape) & set(access[table["Name"]].metadata_columns)
            on_table = effective(shape.database_tags, shape.table_tags)
            if access[table["Name"]].permissions and (columns or (not shape.columns and matches(wanted, on_table))):
                shown = known.members("LFTagOnDatabase", shape.database_tags)
                shown |= known.members("LFTagsOnTable", on_table)
                on_columns = {
                    name: known.pairs(effective(on_table, shape.column_tags.get(name, {})))
                    for name in shape.columns
                    if name in columns
                }
                if on_columns:
                    shown["LFTagsOnColumns"] = [{"Name": name, "LFTags": on} for name, on in on_columns.items()]
                named = {"CatalogId": self._account_id, "DatabaseName": database, "Name": table["Name"]}
                found.append({"Table": named, **shown})
        return found


def _expression(known: KnownTags, params: Params) -> Expression:
    """What is searched for; of `*` the values that the caller may know of.

    AwsError AccessDeniedException for a tag that he may not know of, EntityNotFoundException for one that is missing,
    if he sees all.
    """
    wanted = []
    for key, values in expressions.compiled(expressions.parse(params["Expression"])):
        visible = known.values(key)
        if not visible or not values - {"*"} <= visible:
            if known.sees_everything:
                raise not_found(tags.UNKNOWN)
            raise denied(f"Insufficient Lake Formation permission(s): Required Describe on LF-tag {key}")
        wanted.append((key, frozenset(visible) if "*" in values else values))
    return tuple(wanted)
