"""SearchTables: over everything that the caller can see, as he sees it.

Text is looked for in names, descriptions, owners, column names and comments, and parameters. A quoted text matches a
whole member; else every word must be found somewhere. Filters name a member (`DatabaseName`, `Owner`, `UpdateTime`)
or a parameter.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

from mesh_core.localaws.aws_error import invalid
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.documents import Document, columns_of
from mesh_core.localaws.glue.paging import page_of
from mesh_core.localaws.glue.tables import with_registration
from mesh_core.localaws.glue.view import View
from mesh_core.localaws.protocol import Handler

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "EQUALS": operator.eq,
    "GREATER_THAN": operator.gt,
    "LESS_THAN": operator.lt,
    "GREATER_THAN_EQUALS": operator.ge,
    "LESS_THAN_EQUALS": operator.le,
}


class Search:
    """SearchTables."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def handlers(self) -> dict[str, Handler]:
        """By operation name."""
        return {"SearchTables": self.search}

    def search(self, caller: Caller, params: Document) -> Document:
        """Visible tables that match the text and all filters, sorted as asked, else by database and name."""
        found = [table for table in self._visible(caller, params) if _matches(table, params)]
        for criterion in reversed(params.get("SortCriteria", [])):
            field, downwards = criterion["FieldName"], criterion.get("Sort") == "DESC"
            found.sort(key=lambda table: _sortable(_member(table, field)), reverse=downwards)
        tables, more = page_of(params, 1000, found)
        registered = self._ctx.lake.registration()
        return {"TableList": [with_registration(registered, table) for table in tables], **more}

    def _visible(self, caller: Caller, params: Document) -> Iterator[Document]:
        if params.get("ResourceShareType") in ("FOREIGN", "FEDERATED"):
            return  # nothing is shared with this account
        for database in self._ctx.catalog.databases():
            tables = self._ctx.catalog.tables(database["Name"])
            access = self._ctx.lake.tables_access(caller, database["Name"], tables)
            for table in tables:
                if access[table["Name"]].permissions:
                    yield View(table, access[table["Name"]]).table(table)


def _matches(table: Document, params: Document) -> bool:
    text = params.get("SearchText", "")
    return _has_text(table, text) and all(_passes(table, one) for one in params.get("Filters", []))


def _has_text(table: Document, text: str) -> bool:
    words = [word.lower() for word in _texts(table)]
    if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1].lower() in words
    return all(any(part in word for word in words) for part in text.lower().split())


def _texts(table: Document) -> Iterator[str]:
    yield from (table[member] for member in ("Name", "DatabaseName", "Description", "Owner") if member in table)
    for column in columns_of(table):
        yield column["Name"]
        yield column.get("Comment", "")
    for key, value in table.get("Parameters", {}).items():
        yield key
        yield value


def _passes(table: Document, predicate: Document) -> bool:
    value, wanted = _member(table, predicate.get("Key", "")), predicate.get("Value", "")
    compare = _COMPARE[predicate.get("Comparator", "EQUALS")]
    if value is None:
        return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return compare(value, _number(wanted))
    return compare(str(value).lower(), wanted.lower())


def _member(table: Document, key: str) -> Any:
    """A member of the table by any case (`updateTime`), else one of its parameters."""
    members = {name.lower(): value for name, value in table.items() if isinstance(value, str | int | float)}
    return members.get(key.lower(), table.get("Parameters", {}).get(key))


def _sortable(value: Any) -> tuple[bool, bool, Any]:
    """Missing values last, numbers before texts."""
    text = isinstance(value, str)
    return value is None, text, value if value is not None else 0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise invalid(f"Filter value '{text}' is not a number (times are epoch seconds).") from error
