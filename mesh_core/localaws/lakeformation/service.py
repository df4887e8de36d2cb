"""AWS Lake Formation as an API: every operation asks what its caller may do before it reads or changes anything."""

from __future__ import annotations

from typing import Any

from mesh_core.localaws.authorize import any_resource, by_identity_policy
from mesh_core.localaws.aws_error import not_found
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.lakeformation import credential_operations
from mesh_core.localaws.lakeformation.credential_operations import CredentialOperations
from mesh_core.localaws.lakeformation.filter_operations import FilterOperations
from mesh_core.localaws.lakeformation.grant_operations import GrantOperations
from mesh_core.localaws.lakeformation.search_operations import SearchOperations
from mesh_core.localaws.lakeformation.settings_operations import SettingsOperations
from mesh_core.localaws.lakeformation.tag_operations import TagOperations
from mesh_core.localaws.lakeformation.tagging_operations import TaggingOperations
from mesh_core.localaws.protocol import Handler, JsonApi

_FAMILIES = (
    SettingsOperations,
    GrantOperations,
    TagOperations,
    TaggingOperations,
    SearchOperations,
    FilterOperations,
    CredentialOperations,
)
_CATALOG_MEMBERS = ("CatalogId", "TableCatalogId", "Catalog")


class LakeFormationService:
    """The operations on one endpoint's Lake Formation."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._actions = dict.fromkeys(CredentialOperations(ctx).handlers(), credential_operations.ACTION)
        found: dict[str, Handler] = {}
        for family in _FAMILIES:
            found |= family(ctx).handlers()
        self.handlers = {name: self._checked(handler) for name, handler in found.items()}

    def api(self) -> JsonApi:
        """The service on the wire, where IAM is asked before each operation."""
        asks = by_identity_policy(self._ctx.iam, "lakeformation", any_resource, self._actions)
        return JsonApi("lakeformation", self.handlers, asks)

    def call(self, caller: Caller, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """One operation for a caller, without the wire. AwsError."""
        return self.handlers[operation](caller, params) or {}

    def _checked(self, handler: Handler) -> Handler:
        def checked(caller: Caller, params: dict[str, Any]) -> dict[str, Any] | None:
            _require_own_catalog(params, self._ctx.account_id)
            return handler(caller, params)

        return checked


def _require_own_catalog(value: Any, account_id: str) -> None:
    """AwsError EntityNotFoundException when a request names another account's catalog, at whatever depth."""
    if isinstance(value, list):
        for item in value:
            _require_own_catalog(item, account_id)
    elif isinstance(value, dict):
        for member, item in value.items():
            named = item.get("Id", account_id) if member == "Catalog" and isinstance(item, dict) else item
            if member in _CATALOG_MEMBERS and named != account_id:
                raise not_found(f"Catalog {named} is not found: the local endpoint has account {account_id} only.")
            _require_own_catalog(item, account_id)
