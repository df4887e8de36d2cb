"""Mend violations of policies: what must be said, then a plan like any other."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.violations import Choice, Violation
from pages.parts import change_view, session
from pages.parts.text import plain

JOB = "policies_fix"
BULK = ("personal-data", "classified")  # one plan mends many; the others are one product, or one grant, each


def draw_job() -> bool:
    """The change that mends, until it is closed."""
    return change_view.draw_job(JOB)


def draw(chosen: list[Violation]) -> None:
    """The answer that is needed, and the plan."""
    if not chosen:
        st.caption("Choose rows to see the change that mends them.")
        return
    kinds = {one.kind for one in chosen}
    if len(chosen) > 1 and (len(kinds) > 1 or kinds - set(BULK)):
        words = "Several at once can be mended where they break the same rule about columns."
        st.info(f"{words} Choose one row, or rows of one such rule.", icon=":material/rule:")
        return
    barred = sorted({one.domain or "the whole mesh" for one in chosen if not _may(one)})
    if barred:
        who = plain(session.visitor().role)
        words = f"{who} may not change {plain(', '.join(barred))}. Their owners and mesh\\-steward may."
        st.info(words, icon=":material/lock:")
        return
    _draw_plan(chosen)


def _may(one: Violation) -> bool:
    who = session.visitor()
    return who.may_change(one.domain) if one.domain else who.is_steward


def _draw_plan(chosen: list[Violation]) -> None:
    policies = session.portal().policies
    asked = policies.choice(chosen[0])
    answer = "" if asked is None else _answer(asked, chosen[0])
    if asked is not None and not answer:
        st.caption("Say it above to see the plan.")
        return
    change_view.draw_plan(JOB, policies.mended_by(chosen, answer), label="Mend")


def _answer(asked: Choice, one: Violation) -> str:
    key = f"policies_answer_{one.kind}_{one.subject}"
    if asked.options:
        index = asked.options.index(asked.default) if asked.default in asked.options else None
        return st.selectbox(asked.label, asked.options, index=index, key=key, width=360) or ""
    return st.text_input(asked.label, asked.default, key=key, width=360).strip()
