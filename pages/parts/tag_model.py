"""The picture of the federated governance model, and the same as a table."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mesh_core.domain.governance_map import COLUMNS, GovernanceMap, Kind, Node
from pages.parts import session

# White text on each of them, 4.5:1 and more; they stand out from both themes' backgrounds.
FILLS: dict[Kind, str] = {
    "steward": "#54646E",
    "domain": "#0B6B73",
    "key": "#5B3FA6",
    "value": "#7A5CC7",
    "expression": "#9A5413",
    "named": "#6B6358",
    "reader": "#2F7440",
    "open": "#B3261E",
}
ROW_PX, HEAD_PX = 40, 46
NARROW_PX = 620


def draw() -> None:
    """What defines, carries, selects and reads."""
    model, rules = session.portal().tags.model()
    st.markdown(
        "The steward defines LF-tags, domains carry their values, grants name values instead of tables, "
        "and readers see whatever matches. Hover over a box to follow its lines."
    )
    st.echarts_chart(
        spec(model),
        height=HEAD_PX + ROW_PX * model.rows,
        key="tags_model",
        alt=f"Governance model: {len(model.nodes)} boxes, {len(model.links)} links; the table below says the same",
    )
    st.subheader("Who reads by which expression", anchor=False)
    if not rules:
        st.info("No grant by LF-tags yet. Make one on Access.", icon=":material/key:")
    else:
        rows = [
            {
                "Role": one.role,
                "Reads everything with": one.expression,
                "Columns now": one.columns,
                "Tables now": one.tables,
            }
            for one in rules
        ]
        st.dataframe(rows, hide_index=True, width="stretch", alt="Roles, their tag expressions and what these reach")
    st.page_link("pages/access.py", label="Grant access", icon=":material/key:")


def spec(model: GovernanceMap) -> dict[str, Any]:
    """The chart: boxes on a grid of columns and rows; narrow screens get small boxes with wrapped text."""
    names = {node.id: node.label for node in model.nodes}
    narrow = {"symbolSize": [80, 34], "label": {"width": 76, "fontSize": 8.5, "lineHeight": 10}}
    return {
        "tooltip": {"trigger": "item", "confine": True},
        "grid": {"left": 4, "right": 4, "top": HEAD_PX - 8, "bottom": 4},
        "xAxis": {
            "type": "category",
            "data": list(COLUMNS),
            "position": "top",
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            "splitLine": {"show": False},
            "axisLabel": {"fontWeight": "bold", "interval": 0, "width": 176, "overflow": "break", "fontSize": 12},
        },
        "yAxis": {"type": "value", "min": 0, "max": model.rows, "inverse": True, "show": False},
        "series": [
            {
                "type": "graph",
                "coordinateSystem": "cartesian2d",
                "symbol": "roundRect",
                "symbolSize": [176, 28],
                "label": {
                    "show": True,
                    "position": "inside",
                    "color": "#FFFFFF",
                    "width": 168,
                    "overflow": "break",
                    "fontSize": 12,
                    "lineHeight": 13,
                },
                "lineStyle": {"color": "#8A979E", "opacity": 0.45, "width": 1.2},
                "emphasis": {"focus": "adjacency", "lineStyle": {"width": 2.5, "opacity": 1}},
                "data": [_box(node) for node in model.nodes],
                "links": [
                    {
                        "source": link.source,
                        "target": link.target,
                        "name": f"{names[link.source]} {link.words} {names[link.target]}",
                        "lineStyle": {"type": "dashed" if link.words == "defines" else "solid"},
                    }
                    for link in model.links
                ],
            }
        ],
        "media": [
            {
                "query": {"maxWidth": NARROW_PX},
                "option": {"series": [narrow], "xAxis": {"axisLabel": {"width": 78, "fontSize": 10, "lineHeight": 12}}},
            }
        ],
    }


def _box(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "name": node.words,
        "value": [node.x, node.y],
        "itemStyle": {"color": FILLS[node.kind]},
        "label": {"formatter": node.label, "fontWeight": "bold" if node.kind == "key" else "normal"},
    }
