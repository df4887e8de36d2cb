"""Find data products: search, facets, cards; everything in the URL."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain import catalog
from pages.parts import trouble
from pages.parts.session import portal, visitor
from pages.parts.text import count, plain


def _draw() -> None:
    st.title("Catalog")
    text = st.text_input("Search", key="q", bind="query-params", live=True)
    found = catalog.search(portal().catalog.cards(visitor()), catalog.Search(text or ""))
    if not found:
        st.info("No product matches.", icon=":material/search_off:")
    with st.grid(min_column_width=300):
        for card in found[:24]:
            with st.container(border=True, height="stretch"):
                st.page_link("pages/product.py", label=plain(str(card.name)), query_params={"product": str(card.name)})
                st.markdown(
                    f"{plain(card.description)}\n\n{catalog.ACCESS_WORDS[card.access]} · {count(card.row_count)} rows"
                )


with trouble.caught():
    _draw()
