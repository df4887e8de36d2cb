"""Where everything stands on the map of the mesh. Computed, so that the same mesh always gives the same picture.

Domains stand on a circle, in name order; a domain's products on a small circle around it. Coordinates are in a square
of about -100 to 100, y growing downwards.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from mesh_core.domain.catalog import Card

RADIUS, ORBIT = 70.0, 24.0


@dataclass(frozen=True)
class Node:
    """A domain (product is "") or one of its products (`sales.baskets`)."""

    label: str
    domain: str
    product: str
    x: float
    y: float


def layout(domains: Iterable[str], cards: Iterable[Card]) -> tuple[Node, ...]:
    """Nodes of all domains and products, domains first."""
    names = sorted(domains)
    found = tuple(cards)
    places = {
        name: _on_circle(at, len(names), RADIUS if len(names) > 1 else 0.0, -math.pi / 2)
        for at, name in enumerate(names)
    }
    nodes = [Node(name, name, "", *places[name]) for name in names]
    for name in names:
        nodes += _products(places[name], [card for card in found if card.name.domain == name])
    return tuple(nodes)


def _products(centre: tuple[float, float], cards: list[Card]) -> list[Node]:
    outwards = math.atan2(centre[1], centre[0])
    nodes = []
    for at, card in enumerate(sorted(cards, key=lambda one: one.name)):
        x, y = _on_circle(at, len(cards), ORBIT + 2.0 * max(0, len(cards) - 6), outwards)
        nodes.append(
            Node(card.name.name, card.name.domain, str(card.name), round(centre[0] + x, 1), round(centre[1] + y, 1))
        )
    return nodes


def _on_circle(at: int, count: int, radius: float, start: float) -> tuple[float, float]:
    angle = start + 2 * math.pi * at / max(count, 1)
    return round(radius * math.cos(angle), 1), round(radius * math.sin(angle), 1)
