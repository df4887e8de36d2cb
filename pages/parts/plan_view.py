"""Draw a plan: what will be done, who gains and who loses what, and the one button that applies it."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from mesh_core.domain.access import Effect
from mesh_core.domain.plan import Plan
from mesh_core.domain.steps import short
from pages.parts import policy_view
from pages.parts.text import plain


def show(plan: Plan) -> None:
    """Notes, effects and steps; in words when there is nothing to do."""
    if plan.is_empty:
        st.info("Nothing to do: the world already is as you ask for.", icon=":material/check_circle:")
        return
    policy_view.draw(plan)
    for note in plan.notes:
        st.warning(plain(note), icon=":material/warning:")
    show_effects(plan.effects)
    st.markdown(f"**{len(plan.steps)} step{'s' if len(plan.steps) > 1 else ''}**")
    st.markdown("\n".join(f"{number}. {plain(line)}" for number, line in enumerate(plan.lines, 1)))


def show_effects(effects: Iterable[Effect]) -> None:
    """Who gains and who loses which columns; says so when nobody does."""
    found = tuple(effects)
    if not found:
        st.markdown(":material/balance: No change in anybody's effective access.")
        return
    st.markdown("**Who gains and who loses**")
    rows = [
        {
            "Role": short(effect.principal),
            "Product": effect.table,
            "Gains": ", ".join(effect.gained),
            "Loses": ", ".join(effect.lost),
            "Rows": "; ".join(map(str, effect.rows)),
        }
        for effect in found
    ]
    st.dataframe(rows, hide_index=True, width="stretch", alt="Who gains and who loses which columns")


def apply_button(plan: Plan, key: str, label: str = "Apply", enabled: bool = True) -> bool:
    """True in the run after a click. Not drawn for an empty plan, dead for one that a policy refuses."""
    if plan.is_empty:
        return False
    enabled = enabled and not policy_view.refuses(plan)
    return st.button(label, key=key, type="primary", icon=":material/play_arrow:", disabled=not enabled)
