"""Glue's resource tags (not LF-tags), on databases. Reading takes sight of the database, changing ALTER."""

from __future__ import annotations

from mesh_core.localaws.aws_error import AwsError, invalid
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.arns import database_arn, glue_prefix
from mesh_core.localaws.glue.documents import Document
from mesh_core.localaws.glue.gate import Gate
from mesh_core.localaws.protocol import Handler

_MOST = 50  # tags of one resource on AWS


class ResourceTags:
    """TagResource, UntagResource, GetTags."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._gate = ctx, Gate(ctx)

    def handlers(self) -> dict[str, Handler]:
        """By operation name."""
        return {"TagResource": self.tag, "UntagResource": self.untag, "GetTags": self.get}

    def tag(self, caller: Caller, params: Document) -> None:
        """Add tags or replace their values."""
        arn = self._changeable(caller, params)
        with self._ctx.store.write():
            if len(self._ctx.catalog.tag_rows.get(arn) | params["TagsToAdd"]) > _MOST:
                raise invalid(f"{arn} would have more than {_MOST} tags. Nothing was changed.")
            self._ctx.catalog.tag_rows.put(arn, params["TagsToAdd"])

    def untag(self, caller: Caller, params: Document) -> None:
        """Remove tags by key."""
        self._ctx.catalog.tag_rows.remove(self._changeable(caller, params), params["TagsToRemove"])

    def get(self, caller: Caller, params: Document) -> Document:
        """A database's tags."""
        database = self._gate.database(caller, self._named(params))["Name"]
        return {"Tags": self._ctx.catalog.tag_rows.get(database_arn(self._ctx, database))}

    def _changeable(self, caller: Caller, params: Document) -> str:
        database = self._gate.require_database(caller, self._named(params), "ALTER")["Name"]
        return database_arn(self._ctx, database)

    def _named(self, params: Document) -> str:
        arn: str = params["ResourceArn"]
        prefix = glue_prefix(self._ctx)
        kind, _, name = arn.removeprefix(prefix).partition("/")
        if not arn.startswith(prefix):
            raise invalid(f"{arn} is not an ARN of this catalog: they begin with {prefix}.")
        if kind != "database" or not name or "/" in name:
            raise AwsError(
                "NotImplementedException", f"Tags on {arn} run on AWS; the local endpoint keeps tags of databases only."
            )
        return name
