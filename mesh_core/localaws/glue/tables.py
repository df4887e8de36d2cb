"""Glue's operations on tables, views and resource links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter

from mesh_core.localaws.aws_error import AwsError, invalid
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.batches import each
from mesh_core.localaws.glue.definers import refuse_view_action, with_definer
from mesh_core.localaws.glue.documents import Document, Stored, of_text
from mesh_core.localaws.glue.gate import Gate
from mesh_core.localaws.glue.locations import locations_of, require_locations
from mesh_core.localaws.glue.paging import after, chunks, page
from mesh_core.localaws.glue.patterns import name_pattern
from mesh_core.localaws.glue.requests import refuse_unsupported
from mesh_core.localaws.glue.validation import at_most
from mesh_core.localaws.glue.view import View
from mesh_core.localaws.protocol import Handler, Json

_CHUNK = 101  # the longest page, and the entry that tells whether another follows
_UNREGISTERED = (
    '"IsRegisteredWithLakeFormation":false'  # as every table is stored; in a text of the user's it has escapes
)
Registered = Callable[[str], bool]
_LINK_OWN = ("Name", "DatabaseName", "CatalogId", "TargetTable", "CreateTime", "UpdateTime", "CreatedBy", "VersionId")


class Tables:
    """CreateTable, GetTable(s), UpdateTable, DeleteTable, BatchDeleteTable."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._gate = ctx, Gate(ctx)

    def handlers(self) -> dict[str, Handler]:
        """By operation name."""
        return {
            "CreateTable": self.create,
            "GetTable": self.get,
            "GetTables": self.get_all,
            "UpdateTable": self.update,
            "DeleteTable": self.delete,
            "BatchDeleteTable": self.delete_batch,
        }

    def create(self, caller: Caller, params: Document) -> None:
        """Needs CREATE_TABLE on the database, and access to a registered location. The creator gets ALL on it."""
        wanted = _input(params)
        database = self._gate.require_database(caller, params["DatabaseName"], "CREATE_TABLE")
        require_locations(self._ctx.lake, caller, locations_of(wanted), database["Name"])
        wanted = with_definer(self._ctx, caller, database["Name"], wanted, None)
        with self._ctx.store.write():
            made = self._ctx.catalog.create_table(database["Name"], wanted, caller.arn)
            for index in params.get("PartitionIndexes", []):
                self._ctx.catalog.index_rows.create(made, index)
            self._ctx.lake.table_created(caller, database["Name"], made["Name"])

    def get(self, caller: Caller, params: Document) -> Document:
        """Needs any permission on the table; shows the columns that the caller may know of."""
        database = self._gate.real_database(caller, params["DatabaseName"]) if self._links(params) else None
        document, access = self._gate.table(caller, database or params["DatabaseName"], params["Name"])
        shown = self._shown(caller, document, View(document, access), self._ctx.lake.is_registered)
        return {"Table": _only(shown, _members(params.get("AttributesToGet")))}

    def get_all(self, caller: Caller, params: Document) -> Document:
        """The tables that the caller can see in a database that he can see."""
        members = _members(params.get("AttributesToGet"))
        found, more = page(params, 100, self._visible(caller, params), lambda each: str(each[0]["Name"]))
        registered = self._ctx.lake.registration()
        shown = [_as_stored(*each, registered) or self._shown(caller, *each, registered) for each in found]
        return {"TableList": shown if members is None else [_only(each, members) for each in shown], **more}

    def update(self, caller: Caller, params: Document) -> None:
        """Needs ALTER, and access to a registered location that the table did not have."""
        wanted = _input(params)
        refuse_view_action(params)
        before = self._gate.require_table(caller, params["DatabaseName"], wanted["Name"], "ALTER")
        require_locations(
            self._ctx.lake, caller, locations_of(wanted), before["DatabaseName"], held=locations_of(before)
        )
        wanted = with_definer(self._ctx, caller, before["DatabaseName"], wanted, before)
        self._ctx.catalog.update_table(
            before["DatabaseName"], wanted, params.get("SkipArchive", False), params.get("VersionId")
        )

    def delete(self, caller: Caller, params: Document) -> None:
        """Needs DROP. Grants and LF-tags on the table go with it; files in S3 stay."""
        self._delete(caller, params["DatabaseName"], params["Name"])

    def delete_batch(self, caller: Caller, params: Document) -> Document:
        """DeleteTable for up to 100 names, in one transaction."""
        at_most(params["TablesToDelete"], 100, "tablesToDelete")
        self._gate.database(caller, params["DatabaseName"])
        with self._ctx.store.write():
            errors = each(
                params["TablesToDelete"],
                lambda name: self._delete(caller, params["DatabaseName"], name),
                lambda name, error: {"TableName": name, "ErrorDetail": error},
            )
        return {"Errors": errors}

    def _delete(self, caller: Caller, database: str, name: str) -> None:
        document = self._gate.require_table(caller, database, name, "DROP")
        with self._ctx.store.write():
            self._ctx.catalog.delete_table(document["DatabaseName"], document["Name"])
            self._ctx.lake.table_dropped(document["DatabaseName"], document["Name"])

    def _links(self, params: Document) -> bool:
        try:
            return "TargetDatabase" in self._ctx.catalog.database(params["DatabaseName"])
        except AwsError:
            return False  # the table's own check says what is missing, or that it may not be known

    def _visible(self, caller: Caller, params: Document) -> Iterator[tuple[Stored, View]]:
        database = self._gate.real_database(caller, params["DatabaseName"])
        pattern, rows = name_pattern(params.get("Expression")), self._ctx.catalog.table_rows
        for chunk in chunks(
            lambda behind: rows.page(database, behind, _CHUNK), _CHUNK, itemgetter("Name"), after(params)
        ):
            named = [document for document in chunk if pattern.fullmatch(document["Name"])]
            access = self._ctx.lake.tables_access(caller, database, named)
            for document in named:
                if access[document["Name"]].permissions:
                    yield document, View(document, access[document["Name"]])

    def _shown(self, caller: Caller, document: Document, view: View, registered: Registered) -> Document:
        if "TargetTable" in document:
            return self._followed(caller, document, registered)
        return with_registration(registered, view.table(document))

    def _followed(self, caller: Caller, link: Document, registered: Registered) -> Document:
        """A resource link as its target looks to the caller; the bare link where he can't see the target."""
        try:
            target, access = self._gate.table(caller, link["TargetTable"]["DatabaseName"], link["TargetTable"]["Name"])
        except AwsError:
            return link
        shown = with_registration(registered, View(target, access).table(target))
        return {**shown, **{member: link[member] for member in _LINK_OWN}}


def _as_stored(document: Stored, view: View, registered: Registered) -> Json | None:
    """The text of a table of which everything is shown: it needs no writing. None for others, and for links."""
    if not view.whole or "TargetTable" in document:
        return None
    if not _is_registered(registered, document):
        return Json(document.text)
    return Json(document.text.replace(_UNREGISTERED, _UNREGISTERED.replace("false", "true"), 1))


def with_registration(registered: Registered, document: Document) -> Document:
    """A table's document that says whether Lake Formation vends the credentials for its location."""
    return {**document, "IsRegisteredWithLakeFormation": _is_registered(registered, document)}


def _is_registered(registered: Registered, document: Document) -> bool:
    location = document.get("StorageDescriptor", {}).get("Location")
    return bool(location) and registered(location)


def _input(params: Document) -> Document:
    """The TableInput of a request. AwsError when there is none, or when it asks for what only AWS runs."""
    if "TableInput" not in params:
        raise invalid("TableInput is required.")
    wanted: Document = params["TableInput"]
    refuse_unsupported(wanted)
    if "Name" in params and params["Name"].lower() != wanted["Name"].lower():
        raise invalid(f"Name {params['Name']} is not the name in TableInput, {wanted['Name']}: a table keeps its name.")
    return wanted


def _members(attributes: list[str] | None) -> frozenset[str] | None:
    known = {"NAME": "Name", "TABLE_TYPE": "TableType"}
    if attributes is None:
        return None
    if "NAME" not in attributes or not set(attributes) <= set(known):
        raise invalid(f"AttributesToGet must hold NAME, and may hold TABLE_TYPE; got {attributes}.")
    return frozenset({"DatabaseName", *(known[name] for name in attributes)})


def _only(shown: Document | Json, members: frozenset[str] | None) -> Document:
    document: Document = of_text(shown) if isinstance(shown, Json) else shown
    return document if members is None else {key: value for key, value in document.items() if key in members}
