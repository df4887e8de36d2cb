"""One data product: what it is, its columns, a sample, its contract, who may read it, where it comes from."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.catalog import ProductView, sample_sql
from mesh_core.domain.names import ProductName
from mesh_core.domain.visitors import Visitor
from mesh_core.errors import InvalidNameError, MeshError, NotFoundError
from pages.parts import cards, lineage_view, product_tabs, request_form, trouble, why_view
from pages.parts.session import portal, visitor
from pages.parts.text import plain

TABS = ("Overview", "Schema", "Sample", "Contract", "Who can read it", "Lineage")


def _draw() -> None:
    name = st.query_params.get("product", "")
    if not name:
        _draw_way_back("No data product was chosen.")
        return
    who = visitor()
    try:
        view = portal().catalog.product(ProductName.parse(name), who)
    except (NotFoundError, InvalidNameError) as error:
        _draw_way_back(_lost(name, error))
        return
    _draw_header(view, who)
    tabs = st.tabs(TABS, key="tab", on_change="rerun", bind="query-params")
    for tab, title in zip(tabs, TABS, strict=True):
        if tab.open:
            with tab, trouble.caught():
                _draw_tab(title, view, who)


def _lost(name: str, error: MeshError) -> str:
    torn_down = [job for job in portal().jobs.all() if job.title.startswith("Tear down") and name in job.title]
    return f"The product {name} was torn down." if torn_down and isinstance(error, NotFoundError) else str(error)


def _draw_way_back(words: str) -> None:
    st.title("Product")
    with st.container(border=True):
        st.markdown(f":material/search_off: {plain(words)}")
        with st.container(horizontal=True):
            st.page_link("pages/catalog.py", label="Find one in the Catalog", icon=":material/menu_book:")
            st.page_link("pages/activity.py", label="See what was changed", icon=":material/history:")


def _draw_header(view: ProductView, who: Visitor) -> None:
    name = view.card.name
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.page_link("pages/catalog.py", label="Catalog", icon=":material/menu_book:")
        st.markdown("/", width="content")
        st.page_link("pages/catalog.py", label=plain(name.domain), query_params={"domain": name.domain})
        st.markdown(f"/ {plain(name.name)}", width="content")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(str(name)), width="content")
        st.space("stretch")
        if st.button("Query", key="query", type="primary", icon=":material/terminal:"):
            product_tabs.open_in_query(sample_sql(view))
        if who.may_change(name.domain) and st.button("Edit", key="edit", icon=":material/edit:"):
            st.switch_page("pages/publish.py", query_params={"edit": str(name)})
    st.markdown(plain(view.card.description))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(cards.badges(view.card), width="content")
        why_view.link("Why?", who.role, str(name))
    if view.verdict.amount != "all" and not view.verdict.open_to_iam:
        request_form.button(f"product_{name.domain}_{name.name}", tables=(view.table.full_name,))


def _draw_tab(title: str, view: ProductView, who: Visitor) -> None:
    match title:
        case "Schema":
            product_tabs.draw_schema(view)
        case "Sample":
            product_tabs.draw_sample(view, who)
        case "Contract":
            product_tabs.draw_contract(view)
        case "Who can read it":
            product_tabs.draw_readers(view)
        case "Lineage":
            lineage_view.draw(portal().catalog.lineage(view), view.table.full_name)
        case _:
            product_tabs.draw_overview(view)


with trouble.caught():
    _draw()
