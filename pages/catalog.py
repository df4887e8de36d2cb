"""Find data products: search as you type, facets with counts, cards or a table; everything in the URL."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import streamlit as st

from mesh_core.domain import catalog
from mesh_core.domain.catalog import Card, Search
from pages.parts import cards as drawing
from pages.parts import trouble
from pages.parts.session import portal, visitor
from pages.parts.text import plain

PAGE_SIZE = 24
LABELS = {
    "domain": "Domain",
    "status": "Status",
    "sensitivity": "Sensitivity",
    "personal": "Personal data",
    "access": "I can read",
}


def _draw() -> None:
    everything = portal().catalog.cards(visitor())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Catalog")
        st.space("stretch")
        view = st.segmented_control(
            "Show as",
            ["Cards", "Table"],
            default="Cards",
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
    if not everything:
        _draw_no_products()
        return
    query = _draw_query(everything)
    found = catalog.search(everything, query)
    if not found:
        _draw_nothing_found(query)
    elif view == "Table":
        _draw_table(found)
    else:
        _draw_cards(found)


def _draw_no_products() -> None:
    with st.container(border=True):
        st.markdown(":material/menu_book: **There is no data product yet.** Create one, or load the demo mesh.")
        with st.container(horizontal=True):
            st.page_link("pages/publish.py", label="Create product", icon=":material/add_box:")
            st.page_link("pages/mesh.py", label="Load the demo mesh", icon=":material/hub:")


def _draw_query(everything: tuple[Card, ...]) -> Search:
    """The search box and the facets; their counts are those of what is chosen in this very run."""
    text = st.text_input(
        "Search",
        key="q",
        bind="query-params",
        live=True,
        on_change=_first_page,
        type="search",
        icon=":material/search:",
        placeholder="Names, descriptions, columns, owners",
        label_visibility="collapsed",
    )
    offered = catalog.facet_counts(everything, Search())
    chosen: dict[str, tuple[str, ...]] = {}
    counters = {}
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for name, values in offered.items():
            if not values:
                continue
            with st.popover(LABELS[name], key=f"facet_{name}"):
                chosen[name] = _draw_facet(name, list(values))
                counters[name] = st.empty()
        if any(chosen.values()):
            st.markdown(f":small[{' · '.join(_in_words(chosen))}]", width="content")
        if text or any(chosen.values()):
            st.button("Clear", key="clear", icon=":material/close:", type="tertiary", on_click=_clear)
    query = Search(text or "", chosen)
    for name, counts in catalog.facet_counts(everything, query).items():
        if name in counters:
            counters[name].markdown(" · ".join(f"{plain(value)} **{number}**" for value, number in counts.items()))
    return query


def _in_words(chosen: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for name, values in chosen.items():
        if values:
            yield f"{LABELS[name]}: **{plain(', '.join(values))}**"


def _draw_facet(name: str, values: list[str]) -> tuple[str, ...]:
    picked = st.pills(
        LABELS[name], values, selection_mode="multi", key=name, bind="query-params", on_change=_first_page
    )
    return tuple(picked or ())


def _clear() -> None:
    st.session_state["q"] = ""
    for name in LABELS:
        st.session_state[name] = []
    _first_page()


def _first_page() -> None:
    st.session_state["page"] = 1


def _draw_nothing_found(query: Search) -> None:
    with st.container(border=True):
        looked = f"for **{plain(query.text)}**" if query.text else "with these filters"
        st.markdown(f":material/search_off: No data product was found {looked}.")
        st.button("Show all products", key="show_all", icon=":material/undo:", on_click=_clear)


def _draw_cards(found: tuple[Card, ...]) -> None:
    start, stop = _draw_pages(len(found))
    with st.grid(min_column_width=290):
        for card in found[start:stop]:
            drawing.draw_card(card, visitor().role)


def _draw_pages(total: int) -> tuple[int, int]:
    """What is shown, in words, and the page switch where there is more than one page; first and last row."""
    pages = math.ceil(total / PAGE_SIZE)
    at = 1
    with st.container(horizontal=True, vertical_alignment="center"):
        words = st.empty()
        if pages > 1:
            st.space("stretch")
            at = min(st.pagination(pages, key="page", bind="query-params"), pages)
    start, stop = (at - 1) * PAGE_SIZE, min(at * PAGE_SIZE, total)
    shown = f"{start + 1} to {stop} of {total}" if pages > 1 else str(total)
    words.markdown(f":small[{shown} data product{'s' if total != 1 else ''}]")
    return start, stop


def _draw_table(found: tuple[Card, ...]) -> None:
    start, stop = _draw_pages(len(found))
    chosen = st.dataframe(
        [drawing.row(card) for card in found[start:stop]],
        hide_index=True,
        key="products",
        on_select="rerun",
        selection_mode="single-row",
        column_config={"Rows": st.column_config.NumberColumn(format="localized")}
        | {"Bytes": st.column_config.NumberColumn(format="bytes")},
        alt=f"{stop - start} data products; choose a row to open the product",
    )
    st.markdown(":small[Choose a row to open the product.]")
    for at in chosen["selection"]["rows"]:
        st.switch_page("pages/product.py", query_params={"product": str(found[start + at].name)})


with trouble.caught():
    _draw()
