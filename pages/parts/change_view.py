"""Preview, apply and follow one change on a page: the same three acts everywhere."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.intents import Intent
from pages.parts import job_view, plan_view, trouble
from pages.parts.session import portal, visitor


def draw(key: str, intent: Intent, label: str = "Apply") -> bool:
    """The plan of `intent` with its button; once applied, its job. True when the job is done.

    The job belongs to the intent it was started for: another intent shows its own plan.
    """
    kept = st.session_state.get(f"job_{key}")
    if kept is not None and kept[0] == intent:
        return _follow(key, kept[1])
    with trouble.caught():
        plan = portal().changes.preview(visitor(), intent)
        plan_view.show(plan)
        if plan_view.apply_button(plan, f"apply_{key}", label):
            st.session_state[f"job_{key}"] = (intent, portal().changes.apply(visitor(), plan))
            st.rerun()
    return False


def _follow(key: str, job_id: str) -> bool:
    with trouble.caught():
        record = job_view.follow(portal().jobs, job_id, visitor())
        st.button("Close", key=f"close_{key}", on_click=_forget, args=(key,))
        return record.state == "done"
    return False


def _forget(key: str) -> None:
    st.session_state.pop(f"job_{key}", None)
