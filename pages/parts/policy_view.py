"""What a plan would break of the mesh's policies, with the rules' own words."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.plan import Plan
from mesh_core.domain.violations import Violation
from pages.parts import session
from pages.parts.text import plain

SHOWN = 5


def refuses(plan: Plan) -> bool:
    """Whether a rule refuses the plan."""
    return any(one.action == "refuse" for one in session.portal().policies.of(plan))


def draw(plan: Plan) -> None:
    """Nothing for a plan that breaks nothing."""
    found = session.portal().policies.of(plan)
    for action in ("refuse", "warn"):
        some = [one for one in found if one.action == action]
        if some:
            _draw(some, is_refused=action == "refuse")


def _draw(found: list[Violation], is_refused: bool) -> None:
    opening = "A policy refuses this plan." if is_refused else "This plan breaks a policy that only warns."
    lines = [f"- {plain(one.subject)} {plain(one.words)}. *{plain(one.text)}*" for one in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"- … and {len(found) - SHOWN} more")
    show, icon = (st.error, ":material/gavel:") if is_refused else (st.warning, ":material/policy:")
    show("\n".join([f"**{opening}**", "", *lines]), icon=icon)
