"""What LF-tags don't cover, and what contradicts."""

from __future__ import annotations

from mesh_core.domain.coverage import coverage, gaps
from mesh_core.domain.names import MANAGED, Naming
from mesh_core.domain.world import Column, Database, Table, Target, World

OWN = {MANAGED: "true"}
ORDERS = Table("sales", "orders", (Column("id", "bigint"), Column("email", "string")), parameters=OWN)
STORES = Table("sales", "stores", (Column("id", "bigint"),), parameters=OWN)
FOREIGN = Table("sales", "adopted", (Column("id", "bigint"),))
VOCABULARY = {"pii": ("false", "true"), "sensitivity": ("public", "internal")}


def world(**assigned: dict[str, str]) -> World:
    places = {Target(*name.split("_")): own for name, own in assigned.items()}
    return World(
        Naming("000000000000", "us-east-1"),
        (Database("sales", parameters=OWN),),
        (ORDERS, STORES, FOREIGN),
        tags=VOCABULARY,
        assigned=places,
    )


def told(found: World) -> list[tuple[str, str]]:
    return [(str(gap.target), gap.kind) for gap in gaps(found)]


def test_a_column_without_a_value_of_some_key_is_untagged_and_says_which() -> None:
    found = gaps(world(sales={"pii": "false"}, sales_orders={"sensitivity": "internal"}, sales_stores={"pii": "false"}))
    assert [(str(gap.target), gap.kind, gap.words) for gap in found] == [
        ("sales.stores.id", "untagged", "no value of sensitivity")
    ]


def test_a_product_without_a_tag_of_its_own_only_inherits() -> None:
    everything = {"pii": "false", "sensitivity": "internal"}
    assert told(world(sales=everything, sales_orders_id={"pii": "false"})) == [("sales.stores", "inherited only")]


def test_personal_data_that_is_public_contradicts_wherever_either_comes_from() -> None:
    found = world(
        sales={"sensitivity": "public", "pii": "false"},
        sales_orders_email={"pii": "true"},
        sales_stores={"pii": "false"},
    )
    (gap,) = gaps(found)
    assert (str(gap.target), gap.kind) == ("sales.orders.email", "contradictory")
    assert "pii=true is assigned at sales.orders.email, sensitivity=public at sales" in gap.words


def test_domains_are_counted_and_tables_of_others_left_out() -> None:
    found = world(sales={"pii": "false"})
    (one,) = coverage(found, gaps(found))
    assert (one.domain, one.columns, one.covered, one.untagged, one.inherited_only) == ("sales", 3, 0, 3, 2)
    assert one.share == 0
