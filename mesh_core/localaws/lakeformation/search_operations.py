"""Operations that find databases and tables by their effective tags."""

from __future__ import annotations

import sqlite3
from typing import Any

from mesh_core.localaws.aws_error import denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.lakeformation import expressions, held, pages, tags
from mesh_core.localaws.lakeformation.decide import Expression, effective, matches, matching_columns
from mesh_core.localaws.lakeformation.delegation import Delegation
from mesh_core.localaws.lakeformation.tag_operations import visible_values
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
            wanted, found = self._expression(db, caller, params), []
            for database in self._lake.catalog.databases():
                own = tags.assigned(db, database["Name"], "", "")
                if matches(wanted, own) and self._lake.database_access(caller, database["Name"]):
                    named = {"CatalogId": self._account_id, "Name": database["Name"]}
                    found.append({"Database": named, "LFTags": self._shown(own)})
        page, more = pages.cut(params, found)
        return {"DatabaseList": page, **more}

    def tables(self, caller: Caller, params: Params) -> Params:
        """The tables, of those that the caller sees, of which a column matches; with the columns that do."""
        with self._lake.changes.read() as db:
            wanted, found = self._expression(db, caller, params), []
            for database in self._lake.catalog.databases():
                found += self._tables_of(db, caller, database["Name"], wanted)
        page, more = pages.cut(params, found)
        return {"TableList": page, **more}

    def _tables_of(self, db: sqlite3.Connection, caller: Caller, database: str, wanted: Expression) -> list[Params]:
        facts, tables = held.Facts(), self._lake.catalog.tables(database)
        held.read_tags(db, database, None, facts)
        access, found = self._lake.tables_access(caller, database, tables), []
        for table in tables:
            shape = facts.shape(table)
            columns = matching_columns(wanted, shape) & set(access[table["Name"]].metadata_columns)
            on_table = effective(shape.database_tags, shape.table_tags)
            if access[table["Name"]].permissions and (columns or (not shape.columns and matches(wanted, on_table))):
                shown = {
                    "LFTagOnDatabase": self._shown(shape.database_tags),
                    "LFTagsOnTable": self._shown(on_table),
                    "LFTagsOnColumns": [
                        {"Name": name, "LFTags": self._shown(effective(on_table, shape.column_tags.get(name, {})))}
                        for name in shape.columns
                        if name in columns
                    ],
                }
                named = {"CatalogId": self._account_id, "DatabaseName": database, "Name": table["Name"]}
                found.append({"Table": named, **{member: value for member, value in shown.items() if value}})
        return found

    def _expression(self, db: sqlite3.Connection, caller: Caller, params: Params) -> Expression:
        body = expressions.parse(params["Expression"])
        expressions.require_known(db, body)
        rights = Delegation(self._lake, db, caller)
        for key, values in expressions.compiled(body):
            if not set(values) - {"*"} <= set(visible_values(rights, key, list(values))):
                raise denied(f"Insufficient Lake Formation permission(s): Required Describe on LF-tag {key}")
        return expressions.compiled(body)

    def _shown(self, found: Any) -> list[Params]:
        return [{"CatalogId": self._account_id, "TagKey": key, "TagValues": [found[key]]} for key in sorted(found)]
