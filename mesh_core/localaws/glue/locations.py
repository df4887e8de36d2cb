"""Where in S3 a database, table or partition points, and whether the caller may make it point there.

A registered path needs DATA_LOCATION_ACCESS, unless the database's own location covers it (the database's maker
needed it in his turn). Below a registered path that the table has already, nothing more is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.glue.documents import Document

if TYPE_CHECKING:
    from mesh_core.localaws.lakeformation.lake import Lake

_TEMPLATE = "storage.location.template"


def locations_of(document: Document) -> list[str]:
    """Every S3 path of a table or partition: its location, further ones, and the fixed part of a projection's."""
    storage = document.get("StorageDescriptor", {})
    template = document.get("Parameters", {}).get(_TEMPLATE, "")
    found = [storage.get("Location", ""), *storage.get("AdditionalLocations", []), template.partition("${")[0]]
    return [path for path in found if path]


def is_below(path: str, parent: str) -> bool:
    """Whether a path is the parent or lies in it; schemes s3, s3a and s3n are the same."""
    return _folder(path).startswith(_folder(parent))


def require_locations(
    lake: Lake, caller: Caller, paths: Iterable[str], database: str | None = None, held: Sequence[str] = ()
) -> None:
    """AwsError AccessDeniedException for a registered path that neither `database` nor the `held` paths cover."""
    for path in paths:
        if not any(is_below(path, parent) and lake.is_registered(parent) for parent in held):
            lake.require_location(caller, path, database)


def _folder(path: str) -> str:
    scheme, separator, rest = path.partition("://")
    if separator and scheme.lower() in ("s3", "s3a", "s3n"):
        path = f"s3://{rest}"
    return path.rstrip("/") + "/"
