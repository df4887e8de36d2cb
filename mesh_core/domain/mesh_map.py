"""Where everything stands on the map of the mesh. Computed, so that the same mesh always gives the same picture.

Domains stand on an ellipse, in name order; a domain's products in a fan around it that opens outwards, so that
the middle stays free for the arrows. x and y are in one unit, y growing downwards; a wide map fits a screen, a tall one
a telephone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mesh_core.domain.catalog import Card

Shape = Literal["wide", "tall"]
RADII: dict[Shape, tuple[float, float]] = {"wide": (140.0, 68.0), "tall": (52.0, 130.0)}
ORBIT, GAP, CROWD = 32.0, 8.0, 6
WIDEST, FAN = math.radians(70), math.radians(300)


@dataclass(frozen=True)
class Node:
    """A domain (product is "") or one of its products (`sales.baskets`)."""

    label: str
    domain: str
    product: str
    x: float
    y: float


def layout(domains: Iterable[str], cards: Iterable[Card], shape: Shape = "wide") -> tuple[Node, ...]:
    """Nodes of all domains and products, domains first; the order is the same for both shapes."""
    names, found = sorted(domains), tuple(cards)
    most = max((sum(card.name.domain == name for card in found) for name in names), default=0)
    orbit = ORBIT * max(1.0, most / CROWD)
    places = _ellipse(len(names), *RADII[shape], 2 * orbit + GAP)
    nodes = [Node(name, name, "", round(x, 1), round(y, 1)) for name, (x, y) in zip(names, places, strict=True)]
    for home in tuple(nodes):
        nodes += _products(home, orbit, [card for card in found if card.name.domain == home.domain])
    return tuple(nodes)


def _ellipse(count: int, across: float, down: float, apart: float) -> list[tuple[float, float]]:
    """Places on an ellipse of these radii, made larger where neighbours would be nearer than `apart`."""
    if count < 2:
        return [(0.0, 0.0)] * count
    angles = [-math.pi / 2 + 2 * math.pi * at / count for at in range(count)]
    places = [(across * math.cos(angle), down * math.sin(angle)) for angle in angles]
    nearest = min(math.dist(one, other) for one, other in zip(places, places[1:] + places[:1], strict=True))
    growth = max(1.0, apart / nearest)
    return [(x * growth, y * growth) for x, y in places]


def _products(home: Node, radius: float, cards: list[Card]) -> list[Node]:
    outwards = math.atan2(home.y, home.x)
    nodes = []
    for at, card in enumerate(sorted(cards, key=lambda one: one.name)):
        angle = outwards + (at - (len(cards) - 1) / 2) * min(WIDEST, FAN / len(cards))
        x, y = home.x + radius * math.cos(angle), home.y + radius * math.sin(angle)
        nodes.append(Node(card.name.name, card.name.domain, str(card.name), round(x, 1), round(y, 1)))
    return nodes
