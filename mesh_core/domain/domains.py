"""Domains as visitors see them: owner, products, size, health."""

from __future__ import annotations

from dataclasses import dataclass

from mesh_core.domain.world import IAM_ALLOWED, ColumnsResource, DatabaseResource, Grant, Table, TableResource, World


@dataclass(frozen=True)
class DomainView:
    """One domain. row_count and size_bytes are sums over its products as counted when published; views hold none.

    open_to_iam   databases and tables in it that IAM_ALLOWED_PRINCIPALS opens: Lake Formation is not asked there
    foreign       tables in its database that the portal did not make
    """

    name: str
    description: str
    owner: str
    products: tuple[str, ...]
    row_count: int
    size_bytes: int
    open_to_iam: tuple[str, ...]
    foreign: tuple[str, ...]
    view_count: int = 0


def domain_views(world: World) -> tuple[DomainView, ...]:
    """All domains, by name."""
    return tuple(_view(world, d.name) for d in sorted(world.databases, key=lambda d: d.name) if d.is_managed)


def _view(world: World, name: str) -> DomainView:
    database = world.database(name)
    tables = [t for t in world.tables if t.database == name]
    ours = [t for t in tables if t.is_managed and t.product]
    return DomainView(
        name=name,
        description=database.description,
        owner=database.owner,
        products=tuple(sorted({str(t.product) for t in ours})),
        row_count=sum(_number(t, "mesh.row_count") for t in ours),
        size_bytes=sum(_number(t, "mesh.size_bytes") for t in ours),
        open_to_iam=tuple(sorted({where for g in world.grants if (where := _opened(g, name))})),
        foreign=tuple(sorted(t.name for t in tables if not t.is_managed)),
        view_count=sum(t.view_sql is not None for t in ours),
    )


def _number(table: Table, key: str) -> int:
    text = table.parameters.get(key, "")
    return int(text) if text.isdigit() else 0


def _opened(grant: Grant, database: str) -> str:
    """What of a database a grant opens to IAM alone, "" for nothing."""
    if grant.principal != IAM_ALLOWED:
        return ""
    match grant.resource:
        case DatabaseResource(name) if name == database:
            return name
        case TableResource(name, table) | ColumnsResource(name, table) if name == database:
            return f"{name}.{table}"
        case _:
            return ""
