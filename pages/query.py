"""Run SQL across domains as the visitor."""

from __future__ import annotations

import streamlit as st

from pages.parts import trouble
from pages.parts.session import portal, visitor


def _draw() -> None:
    st.title("Query")
    sql = st.text_area("SQL", key="sql")
    if st.button("Run", key="run") and sql:
        status, page = portal().queries.run(visitor(), sql, 1000)
        st.dataframe([dict(zip([c.name for c in page.columns], row, strict=True)) for row in page.rows])
        st.caption(f"{status.engine_ms} ms, {status.bytes_scanned:,} bytes scanned")


with trouble.caught():
    _draw()
