"""The wizard's tables: columns edited cell by cell, and the first rows of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from mesh_core.errors import MeshError

SHOWN = "wizard_sample"


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


def first_rows(key: str, read: Callable[[], list[dict[str, Any]]]) -> None:
    """The first rows as they will be; remembered until `key` changes. Nothing where they can't be read (yet)."""
    remembered = st.session_state.get(SHOWN)
    if remembered is None or remembered[0] != key:
        try:
            remembered = st.session_state[SHOWN] = (key, read())
        except MeshError:
            return  # what is wrong with the columns is said where they are edited
    st.markdown("**First rows**")
    if remembered[1]:
        st.dataframe(remembered[1], hide_index=True, width="stretch", height=240, alt="First rows of the data")
    else:
        st.caption("No row fits these columns and types yet.")
