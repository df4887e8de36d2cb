"""Find products and look at one: the reading side of the mesh."""

from __future__ import annotations

from mesh_core.domain import catalog as d
from mesh_core.domain.lineage import Lineage, lineage_of
from mesh_core.domain.names import ProductName, split_s3_uri
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import World
from mesh_core.errors import NotFoundError
from mesh_core.services.ports import StorageReader
from mesh_core.services.reading import Reading


class Catalog:
    """Names, descriptions, columns and owners are visible to everybody; what one may read is told with them."""

    def __init__(self, reading: Reading, storage: StorageReader) -> None:
        self._reading, self._storage = reading, storage
        self._cards: dict[str, tuple[World, tuple[d.Card, ...]]] = {}

    def cards(self, visitor: Visitor) -> tuple[d.Card, ...]:
        """All products, with the visitor's access."""
        world = self._reading.world()
        kept = self._cards.get(visitor.arn)
        if kept is None or kept[0] is not world:
            kept = self._cards[visitor.arn] = (world, d.cards(world, visitor.arn))
        return kept[1]

    def product(self, name: ProductName, visitor: Visitor) -> d.ProductView:
        """One product; NotFoundError."""
        world = self._reading.world()
        ports = world.ports(name)
        if not ports:
            raise NotFoundError(
                f"There is no product '{name}'. It may have been torn down. Look for it in the Catalog."
            )
        return d.product_view(world, ports[0], visitor.arn)

    def lineage(self, view: d.ProductView) -> Lineage:
        """Column by column, up and down, through views."""
        return lineage_of(self._reading.world(), view.table)

    def contract(self, view: d.ProductView) -> str:
        """The product's ODCS contract as YAML; NotFoundError when there is none or the document is gone."""
        uri = view.table.parameters.get("mesh.contract", "")
        if not uri:
            raise NotFoundError(f"The product '{view.card.name}' has no contract. Edit the product to write one.")
        bucket, key = split_s3_uri(uri)
        text = self._storage.get_text(bucket, key)
        if text is None:
            raise NotFoundError(f"The contract s3://{bucket}/{key} is gone. Edit the product to write it again.")
        return text
