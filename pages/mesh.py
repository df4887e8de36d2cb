"""The map of the mesh: domains, their products, the views between them; and where to begin."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mesh_core.domain import mesh_map
from mesh_core.domain.catalog import Card, edges
from mesh_core.domain.workshop import WorkshopStep, workshop
from mesh_core.domain.world import World
from pages.parts import mesh_chart, trouble
from pages.parts.demo import draw_demo_offer
from pages.parts.session import portal, visitor
from pages.parts.text import count, size

DISMISSED, TORN_DOWN = "workshop_dismissed", "workshop_torn_down"
MAP_HEIGHT_PX = 510


def _draw() -> None:
    cards = portal().catalog.cards(visitor())
    domains = tuple(domain.name for domain in portal().domains.all())
    dismissed = bool(st.session_state.get(DISMISSED))
    with st.container(horizontal=True, vertical_alignment="center", gap="large"):
        st.title("Mesh", width="content")
        st.space("stretch")
        if domains:
            _draw_figures(len(domains), cards)
    if not domains:
        _draw_empty()
        return
    if dismissed:
        st.button("Show the workshop", key="workshop_show", icon=":material/school:", on_click=_dismiss, args=(False,))
    else:
        _draw_workshop()
    _draw_map(domains, cards)


def _draw_figures(domain_count: int, cards: tuple[Card, ...]) -> None:
    with st.container(horizontal=True, width="content", gap="large"):
        st.metric("Domains", count(domain_count), width="content")
        st.metric("Data products", count(len(cards)), width="content")
        st.metric("Rows", count(sum(card.row_count or 0 for card in cards)), width="content")
        st.metric("Stored", size(sum(card.size_bytes or 0 for card in cards)), width="content")


def _draw_empty() -> None:
    with st.container(border=True):
        st.markdown(
            ":material/hub: **The mesh is empty.** Create the first domain, or load the demo mesh to look around."
        )
        with st.container(horizontal=True):
            st.page_link("pages/domains.py", label="Create the first domain", icon=":material/domain_add:")
        draw_demo_offer()


def _draw_workshop() -> None:
    world = portal().reading.world()
    steps = workshop(world, _was_torn_down(world))
    with st.container(border=True, key="workshop", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**Workshop** – {sum(step.done for step in steps)} of {len(steps)} steps done", width="content"
            )
            st.space("stretch")
            st.button(
                "Dismiss",
                key="workshop_dismiss",
                icon=":material/close:",
                type="tertiary",
                on_click=_dismiss,
                args=(True,),
            )
        with st.grid(min_column_width=150):
            for number, step in enumerate(steps, 1):
                _draw_step(number, step)


def _was_torn_down(world: World) -> bool:
    """Whether anything was ever torn down. Reading all jobs costs a request each: they are read once a reading."""
    seen = st.session_state.get(TORN_DOWN)
    if seen is None or seen[0] is not world:
        torn_down = any(job.title.startswith("Tear down") and job.state == "done" for job in portal().jobs.all())
        seen = st.session_state[TORN_DOWN] = (world, torn_down)
    return bool(seen[1])


def _dismiss(dismissed: bool) -> None:
    st.session_state[DISMISSED] = dismissed


def _draw_step(number: int, step: WorkshopStep) -> None:
    icon = ":material/check_circle:" if step.done else ":material/radio_button_unchecked:"
    done = ":green[Done.] " if step.done else ""
    with st.container(gap=None):
        st.page_link(f"pages/{step.page}.py", label=f"**{number}. {step.title}**", icon=icon)
        st.markdown(f":small[{done}{step.todo}]")
        with st.popover("The calls behind it", key=f"workshop_calls_{number}", type="tertiary"):
            st.code(step.calls, language=None, wrap_lines=True)


def _draw_map(domains: tuple[str, ...], cards: tuple[Card, ...]) -> None:
    nodes = mesh_map.layout(domains, cards)
    arrows = edges(portal().reading.world())
    chosen = st.echarts_chart(
        mesh_chart.option(
            nodes, mesh_map.layout(domains, cards, "tall"), {str(card.name): card.access for card in cards}, arrows
        ),
        height=MAP_HEIGHT_PX,
        key="mesh_map",
        on_select="rerun",
        alt=f"Map of {len(domains)} domains with {len(cards)} data products and {len(arrows)} links between them",
    )
    st.markdown(f":small[{mesh_chart.LEGEND}]")
    _open_chosen(chosen, nodes)


def _open_chosen(chosen: Any, nodes: tuple[mesh_map.Node, ...]) -> None:
    """Selected is the union over series and data types; links are selected too, and lead nowhere."""
    for group in chosen["selection"]["selected"] if chosen else ():
        if group["data_type"] != "edge":
            for at in group["data_indices"]:
                _open(nodes[at])


def _open(node: mesh_map.Node) -> None:
    if node.product:
        st.switch_page("pages/product.py", query_params={"product": node.product})
    st.switch_page("pages/catalog.py", query_params={"domain": node.domain})


with trouble.caught():
    _draw()
