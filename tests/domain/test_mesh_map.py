"""Where domains and products stand on the map."""

import itertools
import math

import pytest

from mesh_core.domain.catalog import Card
from mesh_core.domain.mesh_map import Node, Shape, layout
from mesh_core.domain.names import ProductName

SHAPES: tuple[Shape, ...] = ("wide", "tall")


def card(name: str) -> Card:
    """A card of which only the name matters here."""
    return Card(ProductName.parse(name), "", "", "", "", False, (), "", (), "none")


def distance(one: Node, other: Node) -> float:
    return math.hypot(one.x - other.x, one.y - other.y)


def mesh(domains: int, products: int) -> tuple[list[str], list[Card]]:
    names = [f"d{number}" for number in range(domains)]
    return names, [card(f"{name}.p{number}") for name in names for number in range(products)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("domains", "products"), [(1, 1), (2, 3), (5, 4), (5, 12), (12, 4)])
def test_no_two_nodes_stand_in_the_same_place(shape: Shape, domains: int, products: int) -> None:
    nodes = layout(*mesh(domains, products), shape)
    assert len(nodes) == domains * (1 + products)
    assert min(distance(a, b) for a, b in itertools.combinations(nodes, 2)) > 3


def test_the_same_mesh_gives_the_same_picture_in_whatever_order_it_is_read() -> None:
    names, cards = mesh(4, 3)
    assert layout(names, cards) == layout(reversed(names), reversed(cards))


def test_both_shapes_list_the_same_nodes_in_the_same_order() -> None:
    wide, tall = (layout(*mesh(5, 4), shape) for shape in SHAPES)
    assert [(n.domain, n.product) for n in wide] == [(n.domain, n.product) for n in tall]


def test_a_wide_map_is_wider_than_tall_and_a_tall_one_taller_than_wide() -> None:
    def extent(shape: Shape) -> float:
        nodes = layout(*mesh(5, 4), shape)
        xs, ys = [n.x for n in nodes], [n.y for n in nodes]
        return (max(xs) - min(xs)) / (max(ys) - min(ys))

    assert extent("wide") > 1.4
    assert extent("tall") < 0.8


def test_a_domain_without_products_stands_alone_and_an_empty_mesh_has_no_nodes() -> None:
    assert layout(["sales"], []) == (Node("sales", "sales", "", 0.0, 0.0),)
    assert layout([], []) == ()
