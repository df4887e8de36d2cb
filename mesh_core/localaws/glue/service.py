"""AWS Glue's Data Catalog as an API: every operation behind Lake Formation."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Any

from mesh_core.localaws.authorize import by_identity_policy
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue import catalog_state
from mesh_core.localaws.glue.column_statistics import ColumnStatistics
from mesh_core.localaws.glue.databases import Databases
from mesh_core.localaws.glue.functions import Functions
from mesh_core.localaws.glue.partition_indexes import PartitionIndexes
from mesh_core.localaws.glue.partitions import Partitions
from mesh_core.localaws.glue.requests import check_request
from mesh_core.localaws.glue.resource_tags import ResourceTags
from mesh_core.localaws.glue.resources import resources
from mesh_core.localaws.glue.search import Search
from mesh_core.localaws.glue.tables import Tables
from mesh_core.localaws.glue.unfiltered import ACTIONS, Unfiltered
from mesh_core.localaws.glue.versions import Versions
from mesh_core.localaws.protocol import Handler, JsonApi, plain

_CONCERNS = (
    Databases,
    Tables,
    Versions,
    Search,
    Partitions,
    PartitionIndexes,
    ColumnStatistics,
    Functions,
    ResourceTags,
    Unfiltered,
)


class GlueService:
    """The operations on one endpoint's catalog, with the Context's lake asked first."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        found: dict[str, Handler] = catalog_state.handlers()
        for concern in _CONCERNS:
            found |= concern(ctx).handlers()
        self._wire = {name: self._checked(name, handler) for name, handler in found.items()}
        self.handlers = {name: _plainly(handler) for name, handler in self._wire.items()}

    def api(self) -> JsonApi:
        """The service on the wire, where IAM is asked before each operation."""
        asks = by_identity_policy(self._ctx.iam, "glue", partial(resources, self._ctx), ACTIONS)
        return JsonApi("glue", self._wire, asks)

    def call(self, caller: Caller, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """One operation on behalf of a caller by another service, which has asked IAM itself. AwsError."""
        return self.handlers[operation](caller, params) or {}

    def _checked(self, operation: str, handler: Handler) -> Handler:
        """A read sees one snapshot, so that a verdict is about the table that is shown, and asks the store less often.

        A write opens its own transaction: inside a read's it would be committed even when it is refused.
        """
        reads = operation.startswith(("Get", "BatchGet", "Search"))

        def checked(caller: Caller, params: dict[str, Any]) -> dict[str, Any] | None:
            check_request(self._ctx.account_id, params)
            with self._ctx.store.read() if reads else nullcontext():
                return handler(caller, params)

        return checked


def _plainly(handler: Handler) -> Handler:
    """For callers in this process: an answer that is documents through and through."""
    return lambda caller, params: plain(handler(caller, params) or {})
