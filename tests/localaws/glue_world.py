"""A catalog on a fresh store, with a clock that tests move, and short ways to say a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mesh_core.localaws.glue.catalog import Catalog
from mesh_core.localaws.store import Store

ACCOUNT = "000000000000"
MAKER = f"arn:aws:iam::{ACCOUNT}:role/maker"


class Clock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_s(self, seconds: int) -> None:
        self.moment += timedelta(seconds=seconds)


def make_catalog(folder: Path, clock: Clock | None = None) -> Catalog:
    return Catalog(Store(folder), ACCOUNT, clock or Clock())


def table_input(name: str, columns: str = "id int, name string", keys: str = "", **more: Any) -> dict[str, Any]:
    """A TableInput from `name type, name type` texts."""
    storage = {"Columns": column_list(columns), "Location": f"s3://mesh-lake/{name.lower()}/"}
    return {"Name": name, "StorageDescriptor": storage, "PartitionKeys": column_list(keys), **more}


def column_list(text: str) -> list[dict[str, str]]:
    pairs = [part.strip().split(" ", 1) for part in text.split(";" if ";" in text else ",") if part.strip()]
    return [{"Name": name, "Type": kind} for name, kind in pairs]
