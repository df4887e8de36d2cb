"""Principals, resources, sizes and tag expressions as people name them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from mesh_core.domain.world import (
    CatalogResource,
    ColumnsResource,
    DatabaseResource,
    ExpressionResource,
    FilterResource,
    LocationResource,
    NamedExpressionResource,
    Resource,
    TableResource,
    TagResource,
)


def short(principal: str) -> str:
    """A principal as people name it: the role's name."""
    return principal.rpartition("/")[2] or principal


def in_bytes(size: int) -> str:
    """`1.5 MB`: decimal units, as S3's own console counts."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def in_words(expression: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """`domain=sales AND pii=false|true`."""
    return " AND ".join(f"{key}={'|'.join(values)}" for key, values in expression)


def describe_resource(resource: Resource) -> str:
    """A resource as people name it."""
    match resource:
        case CatalogResource():
            return "the catalog"
        case DatabaseResource(database):
            return f"database {database}"
        case TableResource(database, "*"):
            return f"all tables of {database}"
        case TableResource(database, table):
            return f"{database}.{table}"
        case ColumnsResource(database, table, columns, excluded):
            if columns:
                return f"{database}.{table} ({', '.join(columns)})"
            return f"{database}.{table}" + (f" without {', '.join(excluded)}" if excluded else "")
        case FilterResource(database, table, name):
            return f"filter {name} on {database}.{table}"
        case ExpressionResource(resource_type, _):
            return f"every {resource_type.lower()} with {resource}"
        case NamedExpressionResource(resource_type, name):
            return f"every {resource_type.lower()} with the expression {name}"
        case LocationResource(uri):
            return uri
        case TagResource(key, values):
            return f"LF-tag {key}={'|'.join(values)}"
    assert_never(resource)
