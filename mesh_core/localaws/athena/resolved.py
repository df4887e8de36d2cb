"""What the names in a statement stood for when it was compiled: so long as they still do, it is compiled.

Every grant to anybody and every new table changes the state that decisions are made in. Looking the few tables of one
statement up again costs a tenth of compiling it.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context

if TYPE_CHECKING:
    from mesh_core.localaws.lakeformation.access import TableAccess


class Resolved:
    """The tables, views and links of one statement, on behalf of whom each was looked up, and what was found."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._found: dict[tuple[Caller, str, str], tuple[dict[str, Any], TableAccess]] = {}
        self._lasts = True

    def note(self, caller: Caller, name: tuple[str, str], table: dict[str, Any], access: TableAccess) -> None:
        """A database and a table's name in it stood for this."""
        self._found[(caller, *name)] = table, access

    def note_all(self) -> None:
        """The statement holds what any change may change: lists of tables, of partitions."""
        self._lasts = False

    @cached_property
    def seen(self) -> str | None:
        """All of it as one text, equal for what is equal; None where it does not last, or some of a table is hidden."""
        if not self._lasts or any(_is_cut(table, access) for table, access in self._found.values()):
            return None
        return json.dumps(
            sorted(
                [caller.principal, *name, json.dumps(table, sort_keys=True, default=str), access.governed]
                for (caller, *name), (table, access) in self._found.items()
            )
        )

    def still_stands(self) -> bool:
        """Whether everything that was found would be found again."""
        if not self._lasts:
            return False
        with self._ctx.store.read():  # one snapshot
            return all(self._is_found(*key, *found) for key, found in self._found.items())

    def _is_found(self, caller: Caller, database: str, name: str, table: dict[str, Any], access: TableAccess) -> bool:
        try:
            now = self._ctx.lake.table_access(caller, database, name)
            return now == access and self._ctx.catalog.table(database, name) == table
        except AwsError:
            return False


def _is_cut(table: dict[str, Any], access: TableAccess) -> bool:
    """Whether Lake Formation leaves out rows, cells, columns or fields."""
    columns = [*table.get("StorageDescriptor", {}).get("Columns", ()), *(table.get("PartitionKeys") or ())]
    whole = {each["Name"].lower() for each in columns} <= set(access.columns)
    return bool(access.cells or access.fields) or not whole
