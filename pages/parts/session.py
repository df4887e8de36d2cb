"""The one portal of this process, and the visitor of this browser session."""

from __future__ import annotations

import os

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from mesh_core.bootstrap import Portal, portal_from
from mesh_core.domain.visitors import Visitor
from pages.parts import trouble
from pages.parts.text import plain

ROLE = "acting_as"


@st.cache_resource(show_spinner="Starting the mesh's endpoint …")
def portal() -> Portal:
    """The services, made once a process."""
    found = portal_from(os.environ)
    if found.settings.demo:
        found.demo.start("late")  # what `make portal` left for after the start
    found.start_background()
    return found


def visitor() -> Visitor:
    """Whom this session acts as."""
    visitors = portal().visitors
    return visitors.visitor(st.session_state.get(ROLE) or visitors.first())


def draw_page(page: StreamlitPage) -> None:
    """The sidebar's identity, then the page; an error anywhere becomes a sentence."""
    with trouble.caught():
        portal().stay_up()
        _draw_identity()
        page.run()


def _draw_identity() -> None:
    visitors = portal().visitors
    with st.sidebar:
        if visitors.can_choose:
            roles = visitors.roles()
            if st.session_state.get(ROLE) not in roles:
                st.session_state[ROLE] = visitors.first()
            st.selectbox(
                "Acting as", roles, key=ROLE, persist_state="session", help="Every page shows what this role sees."
            )
        _draw_waiting()
        description = visitor().description
        if not visitors.can_choose:
            st.markdown(f"Acting as **{plain(visitor().role)}**")
        if description:
            st.caption(plain(description))


def _draw_waiting() -> None:
    """What waits for the visitor, where anything does."""
    count = len(portal().requests.needing(visitor()))
    if count:
        words = "request needs" if count == 1 else "requests need"
        st.page_link("pages/requests.py", label=f"{count} {words} your action", icon=":material/notifications:")
