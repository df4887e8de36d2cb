"""One data product: what it is, its columns, who may read it."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.names import ProductName
from pages.parts import trouble
from pages.parts.session import portal, visitor
from pages.parts.text import plain


def _draw() -> None:
    name = st.query_params.get("product", "")
    if not name:
        st.info("No product was chosen.", icon=":material/search_off:")
        st.page_link("pages/catalog.py", label="Choose one in the Catalog")
        return
    view = portal().catalog.product(ProductName.parse(name), visitor())
    st.title(plain(name))
    st.markdown(plain(view.card.description))
    rows = [
        {"Column": c.column.name, "Type": c.column.type, "Description": c.column.description, "Not readable": c.reason}
        for c in view.columns
    ]
    st.dataframe(rows, hide_index=True)


with trouble.caught():
    _draw()
