"""What was changed, by whom and when; what failed, with the way on and the way back; who was denied what."""

from __future__ import annotations

import streamlit as st

from mesh_core.services.journal import JobRecord
from pages.parts import job_view, trouble
from pages.parts.session import portal, visitor
from pages.parts.text import plain, when

OPEN = "activity_job"
_MARKS = {
    "waiting": ":blue[:material/hourglass_empty:]",
    "running": ":blue[:material/pending:]",
    "undoing": ":blue[:material/pending:]",
    "done": ":green[:material/check_circle:]",
    "undone": ":gray[:material/undo:]",
    "failed": ":red[:material/error:]",
    "cancelled": ":orange[:material/stop_circle:]",
    "interrupted": ":orange[:material/power_off:]",
}

_COLUMNS = {
    "When": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm:ss", timezone="UTC", width="medium"),
    "Reason": st.column_config.TextColumn(width="large"),
}
SHOWN_JOBS = 50


def _draw() -> None:
    st.title("Activity")
    changes, denied = st.tabs(["Changes", "Denied reads"], key="activity_tab", on_change="rerun")
    if changes.open:
        with changes:
            _draw_changes()
    if denied.open:
        with denied:
            _draw_denied()


def _draw_changes() -> None:
    jobs = portal().jobs.all()
    if not jobs:
        with st.container(border=True):
            st.markdown(":material/history: Nothing has been changed yet. Plans that you apply appear here.")
        return
    stuck = [job for job in jobs if job.can_resume]
    if stuck:
        st.warning(f"{len(stuck)} of them did not finish: open one to resume or undo it.", icon=":material/warning:")
    for job in jobs[:SHOWN_JOBS]:
        _draw_job(job)
    if len(jobs) > SHOWN_JOBS:
        st.caption(f"The newest {SHOWN_JOBS} of {len(jobs)} changes are shown.")


def _draw_job(job: JobRecord) -> None:
    words = f"{_MARKS[job.state]} {plain(job.title)} – {plain(job.actor)}, {when(job.started_at)}"
    box = st.expander(words, key=f"job-{job.id}", expanded=False, on_change="rerun")
    if box.open:
        with box, trouble.caught():
            if job.effects:
                st.markdown("\n".join(f"- {plain(line)}" for line in job.effects))
            job_view.follow(portal().jobs, job.id, visitor())


def _draw_denied() -> None:
    with trouble.caught(), st.spinner("Reading the query history …"):
        found = portal().queries.denied(visitor())
    if not found:
        st.info("No query was denied lately.", icon=":material/check_circle:")
        return
    rows = [{"When": one.submitted_at, "Who": one.work_group, "Reason": one.reason, "SQL": one.sql} for one in found]
    st.dataframe(rows, hide_index=True, width="stretch", column_config=_COLUMNS, alt="Denied queries")
    st.caption(
        "mesh-steward sees everybody's, others their own. For whom the columns are open, and why, is on Access."
        if visitor().is_steward
        else "These are your own; mesh-steward sees everybody's."
    )
    st.page_link("pages/access.py", label="See who may read what", icon=":material/key:")


_draw()
