"""Preview, apply and follow one change on a page: the same three acts everywhere.

A section first asks `draw_job`: while its last change is shown, its form is not, since what the form was about may be
gone with the change.
"""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.intents import Intent
from pages.parts import job_view, plan_view, radius_view, session, trouble


def draw_job(key: str) -> bool:
    """Draw the change that was applied in a section, until it is closed; False when there is none."""
    job_id = st.session_state.get(f"job_{key}")
    if job_id is None:
        return False
    with trouble.caught():
        record = job_view.follow(session.portal().jobs, job_id, session.visitor())
        if record.state in job_view.LIVE:
            return True
    st.button("Close", key=f"close_{key}", icon=":material/close:", on_click=_forget, args=(key,))
    return True


def draw_plan(key: str, intent: Intent, label: str = "Apply") -> None:
    """The plan of `intent` with its button; a click starts the job that `draw_job` shows."""
    with trouble.caught():
        plan = session.portal().changes.preview(session.visitor(), intent)
        plan_view.show(plan)
        radius_view.draw(plan)
        strict = bool(plan.effects) and st.checkbox(
            "Refuse if anyone gains",
            key=f"strict_{key}",
            help="For clean-ups: the change is made only if it gives nobody more than before.",
        )
        if plan_view.apply_button(plan, f"apply_{key}", label):
            st.session_state[f"job_{key}"] = session.portal().changes.apply(session.visitor(), plan, strict)
            st.rerun()


def _forget(key: str) -> None:
    st.session_state.pop(f"job_{key}", None)
