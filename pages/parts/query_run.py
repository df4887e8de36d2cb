"""What the Query page is doing for this browser session: asked, under way or answered."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from mesh_core.domain.query_check import Check
from mesh_core.errors import MeshError
from pages.parts import session

_KEY = "query_now"


@dataclass(frozen=True)
class Asked:
    """A statement of one role. Without a query id it was not started: refused before the scan, or no statement."""

    sql: str
    role: str
    query_id: str = ""
    check: Check | None = None
    error: str = ""
    started_s: float = 0.0


def current() -> Asked | None:
    """What was asked last, None at first."""
    found = st.session_state.get(_KEY)
    return found if isinstance(found, Asked) else None


def submit(sql: str) -> None:
    """Check a statement, and start it unless the check refuses it."""
    who = session.visitor()
    try:
        verdict = session.portal().queries.check(who, sql)
        if verdict.is_allowed:
            start(sql)
            return
        session.portal().queries.refused(who, sql, verdict)
        _remember(Asked(sql, who.role, check=verdict))
    except MeshError as error:
        _remember(Asked(sql, who.role, error=str(error)))


def start(sql: str) -> None:
    """Start a statement, whatever the check says."""
    who = session.visitor()
    try:
        query_id = session.portal().queries.start(who, sql)
        _remember(Asked(sql, who.role, query_id, started_s=time.time()))
    except MeshError as error:
        _remember(Asked(sql, who.role, error=str(error)))


def clear() -> None:
    """Back to the empty page."""
    st.session_state.pop(_KEY, None)


def _remember(asked: Asked) -> None:
    st.session_state[_KEY] = asked
