"""The offer to load the demo mesh, and its progress: for an empty mesh."""

from __future__ import annotations

import streamlit as st

from mesh_core.services.demo_offer import DemoRun
from pages.parts import session
from pages.parts.text import plain

POLL_S = 0.5


def draw_demo_offer() -> None:
    """A button that loads the demo mesh in the background; its progress while it runs."""
    run = session.portal().demo.current()
    if run is None or run.is_over:
        if run is not None and run.error:
            st.error(plain(run.error), icon=":material/error:")
        st.button("Load the demo mesh", key="demo_load", icon=":material/download:", on_click=_load)
        return
    _follow(run)


def _load() -> None:
    session.portal().demo.start("all")


def _follow(run: DemoRun) -> None:
    live = not run.is_over

    @st.fragment(run_every=POLL_S if live else None)
    def _draw() -> None:
        now = session.portal().demo.current() or run
        st.progress(now.fraction, text=f"Loading the demo mesh: {plain(now.words)}")
        if live and now.is_over:
            st.rerun()

    _draw()
