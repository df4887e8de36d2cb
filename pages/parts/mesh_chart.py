"""The map of the mesh as an ECharts option: one graph, laid out for a screen and for a telephone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mesh_core.domain.access import Amount
from mesh_core.domain.mesh_map import Node

# One colour each, readable on the light and on the dark page alike; the sign says the same without colour.
DOMAIN, LINE = "#0B6B73", "#8A979E"
MARKS: dict[Amount, tuple[str, str]] = {"all": ("#3F8F4F", "circle"), "part": ("#D9822B", "diamond")}
MARKS["none"] = ("#8A979E", "emptyCircle")
WORDS: dict[Amount, str] = {
    "all": "I can read all of it",
    "part": "I can read part of it",
    "none": "I can't read it yet",
}
LEGEND = (
    "Green circle: I can read all of it. Orange diamond: part of it. Grey ring: not yet. "
    "Arrows lead from a product to the views that read it. Choose a product to open it."
)
NARROW_PX = 600
MARGIN_PX = {"left": 90, "right": 90, "top": 40, "bottom": 46}
NARROW_MARGIN_PX = {"left": 56, "right": 56, "top": 34, "bottom": 40}


@dataclass(frozen=True)
class Sizes:
    """All in pixels; longer names are cut, the tooltip shows them whole."""

    domain_px: int
    product_px: int
    font_px: int
    label_px: int


WIDE, NARROW = Sizes(68, 24, 12, 170), Sizes(58, 18, 10, 96)
Arrows = tuple[tuple[str, str], ...]


def option(wide: tuple[Node, ...], tall: tuple[Node, ...], access: dict[str, Amount], arrows: Arrows) -> dict[str, Any]:
    """`wide` and `tall` are the same nodes in the same order; `arrows` lead from base to view by full name."""
    series = {
        "type": "graph",
        "layout": "none",
        "preserveAspect": "contain",
        "roam": "move",
        "selectedMode": "single",
        "edgeSymbol": ["none", "arrow"],
        "edgeSymbolSize": 8,
        "lineStyle": {"color": LINE, "width": 1.5, "opacity": 0.8},
        "emphasis": {"focus": "adjacency"},
        "labelLayout": {"hideOverlap": False},
        "links": _links(wide, arrows),
    }
    narrow = {"series": [{"data": [_node(node, access, NARROW) for node in tall], **NARROW_MARGIN_PX}]}
    return {
        "baseOption": {
            "tooltip": {"trigger": "item"},
            "series": [{**series, **MARGIN_PX, "data": [_node(node, access, WIDE) for node in wide]}],
        },
        "media": [{"query": {"maxWidth": NARROW_PX}, "option": narrow}],
    }


def _node(node: Node, access: dict[str, Amount], sizes: Sizes) -> dict[str, Any]:
    place = {"x": node.x, "y": node.y}
    label = {"show": True, "formatter": node.label, "fontSize": sizes.font_px, "overflow": "truncate"}
    if not node.product:
        inside = {"position": "inside", "fontWeight": "bold", "color": "#FFFFFF", "width": sizes.domain_px - 4}
        return {
            **place,
            "id": f"domain {node.domain}",
            "name": f"Domain {node.domain}",
            "symbolSize": sizes.domain_px,
            "label": label | inside,
            "itemStyle": {"color": DOMAIN},
        }
    amount = access.get(node.product, "none")
    colour, symbol = MARKS[amount]
    return {
        **place,
        "id": node.product,
        "name": f"{node.product}: {WORDS[amount]}",
        "symbol": symbol,
        "symbolSize": sizes.product_px,
        "itemStyle": {"color": colour},
        "label": label | {"position": "bottom", "distance": 3, "width": sizes.label_px},
    }


def _links(nodes: tuple[Node, ...], arrows: Arrows) -> list[dict[str, Any]]:
    names = {node.product for node in nodes}
    belongs = [
        {
            "source": f"domain {node.domain}",
            "target": node.product,
            "symbol": ["none", "none"],
            "lineStyle": {"type": "dotted", "opacity": 0.6},
        }
        for node in nodes
        if node.product
    ]
    feeds = [{"source": a, "target": b, "lineStyle": {"curveness": 0.18}} for a, b in arrows if {a, b} <= names]
    return [*belongs, *feeds]
