"""The map of the mesh: domains, their products, the views between them; and where to begin."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mesh_core.domain import mesh_map
from mesh_core.domain.catalog import Card, edges
from mesh_core.domain.workshop import WorkshopStep, workshop
from pages.parts import trouble
from pages.parts.demo import draw_demo_offer
from pages.parts.session import portal, visitor
from pages.parts.text import count, size

MARKS = {"all": "#3F8F4F", "part": "#D9822B", "none": "#8A979E"}
WORDS = {"all": "all of it is readable", "part": "part of it is readable", "none": "not readable yet"}


def _draw() -> None:
    st.title("Mesh")
    cards = portal().catalog.cards(visitor())
    domains = portal().domains.all()
    if not domains:
        _draw_empty()
        return
    _draw_workshop()
    with st.container(horizontal=True):
        st.metric("Domains", count(len(domains)), border=True)
        st.metric("Data products", count(len(cards)), border=True)
        st.metric("Rows", count(sum(card.row_count or 0 for card in cards)), border=True)
        st.metric("Stored", size(sum(card.size_bytes or 0 for card in cards)), border=True)
    _draw_map(tuple(domain.name for domain in domains), cards)


def _draw_empty() -> None:
    with st.container(border=True):
        st.markdown(
            ":material/hub: **The mesh is empty.** Create the first domain, or load the demo mesh to look around."
        )
        with st.container(horizontal=True):
            st.page_link("pages/domains.py", label="Create the first domain", icon=":material/domain_add:")
        draw_demo_offer()


def _draw_workshop() -> None:
    if st.session_state.get("workshop_dismissed"):
        return
    torn_down = any(job.title.startswith("Tear down") and job.state == "done" for job in portal().jobs.all())
    steps = workshop(portal().reading.world(), torn_down)
    with st.container(border=True, key="workshop"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Workshop** – {sum(step.done for step in steps)} of {len(steps)} steps done")
            st.space("stretch")
            st.button("Dismiss", key="workshop_dismiss", icon=":material/close:", type="tertiary", on_click=_dismiss)
        with st.grid(min_column_width=190):
            for number, step in enumerate(steps, 1):
                _draw_step(number, step)


def _dismiss() -> None:
    st.session_state["workshop_dismissed"] = True


def _draw_step(number: int, step: WorkshopStep) -> None:
    mark = ":green[:material/check_circle:]" if step.done else ":gray[:material/radio_button_unchecked:]"
    with st.container(gap="xsmall"):
        st.markdown(f"{mark} **{number}. {step.title}**\n\n{step.todo}")
        st.page_link(f"pages/{step.page}.py", label="Go there", icon=":material/arrow_forward:")
        with st.popover("The calls behind it", key=f"workshop_calls_{number}", type="tertiary"):
            st.code(step.calls, language="python")


def _draw_map(domains: tuple[str, ...], cards: tuple[Card, ...]) -> None:
    nodes = mesh_map.layout(domains, cards)
    access = {str(card.name): card.access for card in cards}
    arrows = edges(portal().reading.world())
    chosen = st.echarts_chart(
        _spec(nodes, access, arrows),
        height=620,
        key="mesh_map",
        on_select="rerun",
        alt=f"Map of {len(domains)} domains with {len(cards)} data products and {len(arrows)} links between them",
    )
    st.caption(
        "Green: I can read all of it. Orange: part of it. Grey: not yet. Arrows lead from a product to the views "
        "that read it. Choose a product to open it."
    )
    _open_chosen(chosen, nodes)


def _open_chosen(chosen: Any, nodes: tuple[mesh_map.Node, ...]) -> None:
    picked = chosen.get("selection", {}) if chosen else {}
    for one in picked.get("items", picked.get("points", [])) if isinstance(picked, dict) else picked:
        if one.get("data_type", "node") == "node":
            for index in one.get("data_indices", []):
                if nodes[index].product:
                    st.switch_page("pages/product.py", query_params={"product": nodes[index].product})


def _spec(
    nodes: tuple[mesh_map.Node, ...], access: dict[str, Any], arrows: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    names = {node.product for node in nodes}
    links = [{"source": a, "target": b, "lineStyle": {"curveness": 0.18}} for a, b in arrows if {a, b} <= names]
    homes = [
        {
            "source": f"domain {node.domain}",
            "target": node.product,
            "symbol": ["none", "none"],
            "lineStyle": {"type": "dotted", "opacity": 0.5},
        }
        for node in nodes
        if node.product
    ]
    return {
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "graph",
                "layout": "none",
                "roam": True,
                "selectedMode": "single",
                "edgeSymbol": ["none", "arrow"],
                "edgeSymbolSize": 7,
                "labelLayout": {"hideOverlap": True},
                "data": [_node(node, access) for node in nodes],
                "links": [*homes, *links],
            }
        ],
    }


def _node(node: mesh_map.Node, access: dict[str, Any]) -> dict[str, Any]:
    place = {"x": node.x, "y": node.y}
    if not node.product:
        label = {"show": True, "position": "inside", "fontWeight": "bold", "color": "#FFFFFF", "formatter": node.label}
        return {
            **place,
            "id": f"domain {node.domain}",
            "name": f"Domain {node.domain}",
            "symbolSize": 74,
            "label": label,
            "itemStyle": {"color": "#0B6B73"},
        }
    readable = access.get(node.product, "none")
    return {
        **place,
        "id": node.product,
        "name": f"{node.product}: {WORDS[readable]}",
        "symbolSize": 26,
        "itemStyle": {"color": MARKS[readable]},
        "label": {"show": True, "position": "bottom", "formatter": node.label},
    }


with trouble.caught():
    _draw()
