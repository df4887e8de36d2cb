"""Portals, drafts and worlds with few visible values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mesh_core.bootstrap import Outside, Portal, assemble
from mesh_core.domain.intents import CreateDomain, CreatePersona, Draft, DraftFile, PrepareMesh, PublishProduct
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import Column
from mesh_core.settings import Settings
from tests.fakes import FakeAws, FakeRunners

COLUMNS = (Column("id", "bigint", "Key"), Column("email", "string", "E-mail"))


def portal_on(aws: FakeAws, runners: FakeRunners | None = None) -> Portal:
    """A whole portal on an account in memory."""
    return assemble(Settings(), aws.naming, Outside(aws.writers, runners or FakeRunners()))


def steward(portal: Portal) -> Visitor:
    """Who may change everything."""
    return portal.visitors.visitor("mesh-steward")


def draft(name: str = "orders", domain: str = "sales", **changes: Any) -> Draft:
    """A draft of a file product with a tagged column, staged under `drafts/d/`."""
    whole = Draft(
        template="from-file",
        domain=domain,
        name=name,
        description="Orders",
        owner="sales-owner",
        columns=COLUMNS,
        files=(DraftFile("drafts/d/data.parquet", 4, 2),),
        column_tags={"email": {"pii": "true", "sensitivity": "confidential"}},
    )
    return replace(whole, **changes)


def view_draft(name: str = "recent", domain: str = "sales", sql: str = "SELECT id FROM sales.orders") -> Draft:
    """A draft of a view."""
    return draft(
        name, domain, template="cross-domain-view", view_sql=sql, columns=COLUMNS[:1], files=(), column_tags={}
    )


def mesh_with(portal: Portal, aws: FakeAws, *drafts: Draft) -> None:
    """Prepare a mesh with the domain sales, the role analyst and the drafts published."""
    who = steward(portal)
    for intent in (PrepareMesh(), CreateDomain("sales", "Sales"), CreatePersona("analyst")):
        portal.changes.apply_now(who, intent)
    stage(aws)
    for one in drafts:
        portal.changes.apply_now(who, PublishProduct(one))


def stage(aws: FakeAws) -> None:
    """Put the builder's data file where drafts are staged."""
    aws.objects.setdefault(aws.naming.control_bucket, {})["drafts/d/data.parquet"] = [b"rows"]
