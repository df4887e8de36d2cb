"""Follow a job live: its steps, Cancel while it runs, Resume and Undo when it stopped."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from mesh_core.domain.visitors import Visitor
from mesh_core.errors import MeshError
from mesh_core.services.jobs import Jobs
from mesh_core.services.journal import JobRecord
from pages.parts import session, trouble
from pages.parts.text import plain

LIVE = ("waiting", "running", "undoing")
POLL_S = 0.4
_STATES = {
    "waiting": "Waiting for its turn",
    "running": "Under way",
    "done": "Done and verified",
    "failed": "Failed",
    "cancelled": "Stopped",
    "undoing": "Being taken back",
    "undone": "Taken back",
    "interrupted": "Interrupted",
}


def follow(jobs: Jobs, job_id: str, visitor: Visitor) -> JobRecord:
    """Draw a job; polls only while it runs, then reruns the page once. Returns the job as it stands."""
    record = jobs.get(job_id)
    live = record.state in LIVE

    @st.fragment(run_every=POLL_S if live else None)
    def _draw() -> None:
        now = jobs.get(job_id)
        draw(jobs, now, visitor)
        if live != (now.state in LIVE):
            st.rerun()  # over: no more polling; or under way again, after Resume or Undo

    _draw()
    return record


def draw(jobs: Jobs, record: JobRecord, visitor: Visitor) -> None:
    """One job: state, progress, steps and what can be done about it."""
    total = len(record.steps)
    st.progress(record.done / total if total else 1.0, text=f"{_STATES[record.state]}: {record.done} of {total} steps")
    if record.error and record.state not in LIVE:
        st.error(plain(record.error), icon=":material/error:")
    st.markdown("\n".join(_line(record, at) for at in range(total)))
    _buttons(jobs, record, visitor)


def _line(record: JobRecord, at: int) -> str:
    text = plain(record.lines[at])
    if at < record.done:
        return f"- :green[:material/check_circle:] {text}"
    if at < record.attempted:
        icon = ":red[:material/error:]" if record.state == "failed" else ":blue[:material/pending:]"
        return f"- {icon} {text}"
    return f"- :gray[:material/radio_button_unchecked:] {text}"


def _buttons(jobs: Jobs, record: JobRecord, visitor: Visitor) -> None:
    if visitor.role != record.actor and not visitor.is_steward:
        return
    with st.container(horizontal=True):
        if record.state in ("waiting", "running"):
            st.button(
                "Cancel", key=f"cancel-{record.id}", icon=":material/stop:", on_click=jobs.cancel, args=(record.id,)
            )
        if record.can_resume:
            st.button(
                "Resume",
                key=f"resume-{record.id}",
                icon=":material/resume:",
                on_click=_again,
                args=("resume", record.id),
            )
        if record.can_undo:
            st.button(
                "Undo",
                key=f"undo-{record.id}",
                icon=":material/undo:",
                on_click=_again,
                args=("undo", record.id),
            )
    problem = st.session_state.pop(f"again-{record.id}", None)
    if problem is not None:
        trouble.show(problem)


def _again(what: Literal["resume", "undo"], job_id: str) -> None:
    changes, who = session.portal().changes, session.visitor()
    try:
        changes.resume(who, job_id) if what == "resume" else changes.undo(who, job_id)
    except MeshError as error:
        st.session_state[f"again-{job_id}"] = error
