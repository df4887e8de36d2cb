"""A table that is edited cell by cell, beginning with what is stored each time it comes into view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st


def edit(
    rows: list[dict[str, Any]], key: str, fixed: list[str], columns: Mapping[str, Any], alt: str
) -> list[dict[str, Any]]:
    """The rows as edited. `fixed` columns can't be edited; `columns` configures the others.

    The first content must stay the same while it is edited, since edits are kept as differences from it; when the table
    comes into view again, its edits are part of what is stored, and a new content begins.
    """
    base = f"{key}_base"
    if key not in st.session_state or base not in st.session_state:
        st.session_state[base] = rows
    return list(
        st.data_editor(
            st.session_state[base],
            key=key,
            hide_index=True,
            width="stretch",
            num_rows="fixed",
            disabled=fixed,
            column_config=dict(columns),
            alt=alt,
        )
    )
