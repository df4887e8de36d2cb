"""The vocabulary of LF-tags and where it is assigned."""

from __future__ import annotations

import streamlit as st

from pages.parts import trouble
from pages.parts.session import portal


def _draw() -> None:
    st.title("Tags")
    world = portal().reading.world()
    st.dataframe([{"LF-tag": key, "Values": ", ".join(values)} for key, values in world.tags.items()], hide_index=True)


with trouble.caught():
    _draw()
