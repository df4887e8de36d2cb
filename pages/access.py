"""Who may read what: a matrix of roles and products."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain import catalog
from mesh_core.domain.names import NOT_PEOPLE
from pages.parts import trouble
from pages.parts.session import portal


def _draw() -> None:
    st.title("Access")
    world = portal().reading.world()
    rows = []
    for principal in world.principals:
        if principal.name not in NOT_PEOPLE:
            cells = {str(c.name): catalog.ACCESS_WORDS[c.access] for c in catalog.cards(world, principal.arn)}
            rows.append({"Role": principal.name, **cells})
    st.dataframe(rows, hide_index=True)


with trouble.caught():
    _draw()
