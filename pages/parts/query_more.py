"""Below the result: the visitor's history, and the same statement as two roles."""

from __future__ import annotations

import streamlit as st

from mesh_core.services.ports_queries import QueryStatus
from pages.parts import query_run, session, sql_editor, trouble
from pages.parts.query_compare import draw_compare
from pages.parts.result_grid import seconds
from pages.parts.text import size

SHOWN = 50
_STATES = {
    "SUCCEEDED": "Answered",
    "FAILED": "Failed",
    "CANCELLED": "Stopped",
    "RUNNING": "Running",
    "QUEUED": "Waiting",
}


def draw_more() -> None:
    """Closed at first: what is in there is read when it is opened."""
    history = st.expander("History", key="query_history", icon=":material/history:", on_change="rerun")
    if history.open:
        with history, trouble.caught():
            _draw_history()
    if session.portal().visitors.can_choose:
        compare = st.expander("Compare as …", key="query_compare", icon=":material/compare:", on_change="rerun")
        if compare.open:
            with compare, trouble.caught():
                draw_compare()


def _draw_history() -> None:
    found = session.portal().queries.history(session.visitor(), SHOWN)
    if not found:
        st.markdown(f"{session.visitor().role} has run nothing yet.")
        return
    event = st.dataframe(
        [_row(one) for one in found],
        key="history_table",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "When": st.column_config.DatetimeColumn(format="D MMM, HH:mm:ss", width=120),
            "State": st.column_config.Column(width=80),
            "SQL": st.column_config.Column(width=460),
        },
        alt="The role's queries, newest first; choose one to run it again",
    )
    rows = event.selection.rows
    sql = found[rows[0]].sql if rows and rows[0] < len(found) else ""
    with st.container(horizontal=True):
        st.button("Run again", key="history_run", disabled=not sql, on_click=_run_again, args=(sql,))
        st.button("Put into the editor", key="history_edit", disabled=not sql, on_click=sql_editor.replace, args=(sql,))


def _row(one: QueryStatus) -> dict[str, object]:
    return {
        "When": one.submitted_at,
        "State": _STATES[one.state],
        "SQL": " ".join(one.sql.split()),
        "Time": seconds(one.total_ms),
        "Scanned": size(one.bytes_scanned),
        "Reason": one.reason,
    }


def _run_again(sql: str) -> None:
    sql_editor.replace(sql)
    query_run.submit(sql)
