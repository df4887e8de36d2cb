"""Glue's operations on databases."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from mesh_core.localaws.aws_error import invalid
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.arns import database_arn
from mesh_core.localaws.glue.documents import Document
from mesh_core.localaws.glue.gate import Gate
from mesh_core.localaws.glue.locations import require_locations
from mesh_core.localaws.glue.paging import after, chunks, page
from mesh_core.localaws.glue.requests import refuse_unsupported
from mesh_core.localaws.protocol import Handler

_CHUNK = 101  # the longest page, and the entry that tells whether another follows


class Databases:
    """CreateDatabase, GetDatabase(s), UpdateDatabase, DeleteDatabase."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._gate = ctx, Gate(ctx)

    def handlers(self) -> dict[str, Handler]:
        """By operation name."""
        return {
            "CreateDatabase": self.create,
            "GetDatabase": self.get,
            "GetDatabases": self.get_all,
            "UpdateDatabase": self.update,
            "DeleteDatabase": self.delete,
        }

    def create(self, caller: Caller, params: Document) -> None:
        """Needs CREATE_DATABASE, and access to a registered location. The creator gets all permissions on it."""
        wanted = params["DatabaseInput"]
        refuse_unsupported(wanted)
        self._ctx.lake.require_catalog(caller, "CREATE_DATABASE")
        require_locations(self._ctx.lake, caller, _location(wanted))
        with self._ctx.store.write():
            made = self._ctx.catalog.create_database(wanted, caller.arn)
            self._ctx.lake.database_created(caller, made["Name"])
            if params.get("Tags"):
                self._ctx.catalog.tag_rows.put(database_arn(self._ctx, made["Name"]), params["Tags"])

    def get(self, caller: Caller, params: Document) -> Document:
        """Needs any permission on the database or on something in it."""
        return {"Database": self._gate.database(caller, params["Name"])}

    def get_all(self, caller: Caller, params: Document) -> Document:
        """The databases that the caller can see."""
        found, more = page(params, 100, self._visible(caller, params), itemgetter("Name"))
        members = _members(params.get("AttributesToGet"))
        return {"DatabaseList": [_only(database, members) for database in found], **more}

    def update(self, caller: Caller, params: Document) -> None:
        """Needs ALTER, and access to a registered location that changes."""
        wanted = params["DatabaseInput"]
        refuse_unsupported(wanted)
        before = self._gate.require_database(caller, params["Name"], "ALTER")
        require_locations(self._ctx.lake, caller, _location(wanted), held=_location(before))
        self._ctx.catalog.update_database(params["Name"], wanted)

    def delete(self, caller: Caller, params: Document) -> None:
        """Needs DROP. Takes the tables along, whoever made them, with their grants and LF-tags."""
        name = self._gate.require_database(caller, params["Name"], "DROP")["Name"]
        with self._ctx.store.write():
            self._ctx.catalog.delete_database(name)
            self._ctx.lake.database_dropped(name)
            self._ctx.catalog.tag_rows.forget(database_arn(self._ctx, name))

    def _visible(self, caller: Caller, params: Document) -> Iterator[Document]:
        if params.get("ResourceShareType") in ("FOREIGN", "FEDERATED"):
            return  # nothing is shared with this account
        rows = self._ctx.catalog.database_rows
        for chunk in chunks(lambda behind: rows.page(behind, _CHUNK), _CHUNK, itemgetter("Name"), after(params)):
            yield from (found for found in chunk if self._ctx.lake.database_access(caller, found["Name"]))


def _location(database: Document) -> list[str]:
    return [database["LocationUri"]] if database.get("LocationUri") else []


def _members(attributes: list[str] | None) -> frozenset[str] | None:
    known = {"NAME": "Name", "TARGET_DATABASE": "TargetDatabase"}
    if attributes is None:
        return None
    if not set(attributes) <= set(known):
        raise invalid(f"AttributesToGet: {sorted(set(attributes) - set(known))} can't be asked for here.")
    return frozenset(known[name] for name in attributes)


def _only(document: Document, members: frozenset[str] | None) -> Document:
    return document if members is None else {key: value for key, value in document.items() if key in members}
