"""Teardown as the page needs it: the live inventory before, the proof afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from mesh_core.domain import teardown as d
from mesh_core.domain import teardown_proof
from mesh_core.domain.intents import Teardown
from mesh_core.domain.inventory import KINDS, Inventory, inventory_of
from mesh_core.domain.names import STEWARD
from mesh_core.domain.plan import Plan
from mesh_core.domain.steps import describe_resource, short
from mesh_core.domain.teardown_scope import tables_in_scope
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import ColumnsResource, FilterResource, TableResource
from mesh_core.services.changes import Changes
from mesh_core.services.ports import StorageReader
from mesh_core.services.reading import Reading


@dataclass(frozen=True)
class Scope:
    """What can be torn down, and what the visitor types to confirm it."""

    intent: Teardown
    words: str
    confirm: str


@dataclass(frozen=True)
class Preview:
    """A teardown before it is confirmed.

    dependents   views elsewhere that read from the scope
    readers      named grants that go with it, in words
    kept         what stays because the portal did not make it, in sentences
    """

    plan: Plan
    inventory: Inventory
    dependents: tuple[str, ...]
    readers: tuple[str, ...]
    kept: tuple[str, ...] = ()


class Teardowns:
    """Inventories and proofs; the change itself goes through Changes."""

    def __init__(self, changes: Changes, reading: Reading, storage: StorageReader) -> None:
        self._changes, self._reading, self._storage = changes, reading, storage

    def scopes(self, visitor: Visitor) -> tuple[Scope, ...]:
        """What the visitor may tear down: products, domains, and for the steward the mesh."""
        world = self._reading.world()
        names = sorted({str(t.product) for t in world.tables if t.is_managed and t.product})
        products = [
            Scope(Teardown("product", n), f"Product {n}", n) for n in names if visitor.may_change(n.split(".")[0])
        ]
        managed = [d.name for d in world.databases if d.is_managed and visitor.may_change(d.name)]
        domains = [Scope(Teardown("domain", n), f"Domain {n}", n) for n in managed]
        mesh = [Scope(Teardown("mesh"), "The whole mesh", "mesh")] if visitor.is_steward and self._has_mesh() else []
        return (*products, *domains, *mesh)

    def _has_mesh(self) -> bool:
        return bool(teardown_proof.leftovers(self._reading.world(), Teardown("mesh")))

    def preview(self, visitor: Visitor, intent: Teardown) -> Preview:
        """Live: plan, inventory, dependents. PermissionDeniedError, NotFoundError."""
        plan = self._changes.preview(visitor, intent)
        world = self._reading.world()
        going = {(t.database, t.name) for t in tables_in_scope(world, intent)}
        readers = tuple(
            f"{short(g.principal)}: {', '.join(g.permissions)} on {describe_resource(g.resource)}"
            for g in world.grants
            if isinstance(g.resource, TableResource | ColumnsResource | FilterResource)
            and (g.resource.database, g.resource.table) in going
            and short(g.principal) not in (STEWARD, "mesh-portal")
        )
        return Preview(plan, inventory_of(plan), d.dependents(world, intent), readers, d.kept(world, intent))

    def proof(self, intent: Teardown) -> tuple[Inventory, tuple[str, ...]]:
        """A fresh inventory of what is left of a scope, and the leftovers by name: zeros and () after a teardown."""
        world = self._reading.world(max_age_s=0)
        left = teardown_proof.leftovers(world, intent)
        tally = Counter(kind for kind, _ in left)
        names = [f"{kind}: {name}" for kind, name in left]
        size = 0
        for bucket, prefix in teardown_proof.proof_targets(world, intent):
            listing = self._storage.listing(bucket, prefix)
            if listing.version_count:
                tally["Object versions"] += listing.version_count
                size += listing.size_bytes
                names.append(f"Object versions: {listing.version_count} under s3://{bucket}/{prefix}")
        return Inventory(tuple((kind, tally[kind]) for kind in KINDS), size), tuple(names)
