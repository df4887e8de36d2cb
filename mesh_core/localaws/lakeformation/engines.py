"""Query engines of others that ask for metadata and credentials on their users' behalf (application integration).

Off in a new account. The data lake settings open it in two ways:

    AllowFullTableExternalDataAccess   to anybody, for tables of which he may read every column and row
    AllowExternalDataFiltering         to sessions of the accounts in ExternalDataFilteringAllowList that carry the
                                       session tag LakeFormationAuthorizedCaller with a value that is in
                                       AuthorizedSessionTagValueList; such an engine filters itself, as far as it says
                                       that it can

What kind of filtering a table needs is one of LEVELS; each includes those before it. An engine that can do less is
refused (PermissionTypeMismatchException).
Source: Lake Formation guide, "Using Lake Formation application integration"; Glue API, GetUnfilteredTableMetadata.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mesh_core.localaws.aws_error import AwsError, denied
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.glue.documents import columns_of
from mesh_core.localaws.lakeformation import settings
from mesh_core.localaws.lakeformation.access import TableAccess

Table = dict[str, Any]
TAG = "LakeFormationAuthorizedCaller"
LEVELS = ("", "COLUMN_PERMISSION", "CELL_FILTER_PERMISSION", "NESTED_PERMISSION", "NESTED_CELL_PERMISSION")
_CLOSED = (
    "Access is not allowed. Lake Formation gives metadata and credentials to query engines only where the data lake"
    " settings say so: AllowFullTableExternalDataAccess for tables that the caller may read as a whole, or"
    f" AllowExternalDataFiltering with this account and the session tag {TAG} of an engine that filters. Ask an"
    " administrator for PutDataLakeSettings."
)


def level_of(access: TableAccess, column_count: int) -> str:
    """What an engine must be able to filter for a reader of a table with so many columns; "" = nothing."""
    if not access.governed:
        return ""
    if access.fields:
        return "NESTED_CELL_PERMISSION" if len(access.cells) > 1 else "NESTED_PERMISSION"
    if access.cells:
        return "CELL_FILTER_PERMISSION"
    return "" if len(access.columns) == column_count else "COLUMN_PERMISSION"


class Engines:
    """Which callers are engines, and whether they may have a table."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def opened(
        self, caller: Caller, named: tuple[str, str], permissions: Collection[str], supported: Collection[str]
    ) -> tuple[Table, TableAccess]:
        """A table (database, name) on which the caller holds the permissions, for an engine that filters `supported`.

        AwsError AccessDeniedException, EntityNotFoundException, PermissionTypeMismatchException.
        """
        filters = self._filters(caller)
        if not filters:
            self.require_whole_table(caller)
        for permission in sorted(permissions):
            self._ctx.lake.require_table(caller, *named, permission)
        table = self._ctx.catalog.table(*named)
        access = self._ctx.lake.table_access(caller, *named)
        if "SELECT" in permissions:
            _require_level(filters, level_of(access, len(columns_of(table))), supported)
        return table, access

    def require_whole_table(self, caller: Caller) -> None:
        """AwsError AccessDeniedException unless the settings open whole tables to engines without a tag."""
        if not self._settings().get("AllowFullTableExternalDataAccess"):
            raise denied(_CLOSED)

    def _settings(self) -> dict[str, Any]:
        with self._ctx.lake.changes.read() as db:
            return settings.get(db)

    def _filters(self, caller: Caller) -> bool:
        current = self._settings()
        allowed = [each.get("DataLakePrincipalIdentifier") for each in current["ExternalDataFilteringAllowList"]]
        return (
            bool(current.get("AllowExternalDataFiltering"))
            and caller.account_id in allowed
            and self._ctx.iam.session_tags(caller).get(TAG) in current["AuthorizedSessionTagValueList"]
        )


def _require_level(filters: bool, level: str, supported: Collection[str]) -> None:
    if not level:
        return
    if not filters:
        raise denied(
            "Access is not allowed. The caller may read only some columns or rows of the table, and is no engine that"
            f" Lake Formation trusts to filter them (session tag {TAG}). Read it with Athena."
        )
    if max((LEVELS.index(each) for each in supported), default=0) < LEVELS.index(level):
        raise AwsError(
            "PermissionTypeMismatchException",
            f"The table needs {level} for this caller; the engine supports {', '.join(supported) or 'none'}.",
        )
