"""The demo mesh's specification, read from `mesh.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mesh_core.domain.names import ProductName

_FILE = Path(__file__).with_name("mesh.yaml")


@dataclass(frozen=True)
class ProductSpec:
    """One product: a file of the package, rows from `sql` (DuckDB, over these files), or a view's SQL (Athena)."""

    name: ProductName
    description: str
    purpose: str
    columns: Mapping[str, str]
    file: str = ""
    sql: str = ""
    view: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    personal: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    contact: str = ""
    retention_days: int = 0
    late: bool = False


@dataclass(frozen=True)
class GrantSpec:
    """SELECT on every table that an expression matches."""

    to: str
    expression: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class MeshSpec:
    """The whole demo mesh."""

    domains: Mapping[str, str]
    personas: Mapping[str, str]
    grants: tuple[GrantSpec, ...]
    products: tuple[ProductSpec, ...]


@cache
def spec() -> MeshSpec:
    """The specification as shipped."""
    document: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    grants = tuple(
        GrantSpec(one["to"], tuple((key, tuple(values)) for key, values in sorted(one["expression"].items())))
        for one in document["grants"]
    )
    products = tuple(_product(one, document) for one in document["products"])
    return MeshSpec(document["domains"], document["personas"], grants, products)


def _product(one: dict[str, Any], document: dict[str, Any]) -> ProductSpec:
    name = ProductName.parse(one["name"])
    return ProductSpec(
        name=name,
        description=one["description"],
        purpose=one["purpose"],
        columns=one["columns"],
        file=one.get("file", ""),
        sql=one.get("sql", ""),
        view=one.get("view", ""),
        tags=one.get("tags", {}),
        personal=tuple(one.get("personal", ())),
        labels=tuple(one.get("labels", (document["label"],))),
        contact=document["contact"].format(domain=name.domain),
        retention_days=one.get("retention_days", document["retention_days"]),
        late=one.get("late", False),
    )
