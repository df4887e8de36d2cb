"""What became of a query: refused, under way, failed, stopped, or its result."""

from __future__ import annotations

import time

import streamlit as st

from mesh_core.domain.visitors import Visitor
from mesh_core.errors import MeshError
from mesh_core.services.ports_queries import QueryStatus
from mesh_core.services.query import Result
from pages.parts import query_denial, query_run, request_form, result_grid, session
from pages.parts.query_run import Asked
from pages.parts.text import plain, size

POLL_S = 0.5


def draw(asked: Asked) -> None:
    """Whatever there is to show; results belong to the role that asked."""
    who = session.visitor()
    if asked.role != who.role:
        _draw_other_role(asked, who)
    elif asked.error:
        st.error(plain(asked.error), icon=":material/error:")
    elif asked.check is not None:
        query_denial.draw_refusal(asked.check, asked.role, asked.sql)
    else:
        status = session.portal().queries.status(who, asked.query_id)
        if status.is_over:
            _draw_end(who, status)
        else:
            _follow(who, asked)


def _draw_other_role(asked: Asked, who: Visitor) -> None:
    with st.container(border=True):
        st.markdown(
            f":material/switch_account: The last result was {plain(asked.role)}'s. You now act as {plain(who.role)}."
        )
        st.button(
            f"Run it as {plain(who.role)}",
            key="run_as_me",
            icon=":material/play_arrow:",
            on_click=query_run.submit,
            args=(asked.sql,),
        )


def _follow(who: Visitor, asked: Asked) -> None:
    @st.fragment(run_every=POLL_S)
    def _poll() -> None:
        now = session.portal().queries.status(who, asked.query_id)
        if now.is_over:
            st.rerun()
        elapsed_s = max(0, time.time() - asked.started_s)
        doing = "Waiting at Athena" if now.state == "QUEUED" else "Running"
        scanned = f", {size(now.bytes_scanned)} scanned so far" if now.bytes_scanned else ""
        with st.container(border=True, key="query_running", horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/hourglass_top: {doing} for {elapsed_s:.0f} s{scanned}")
            st.button(
                "Cancel", key="cancel_query", icon=":material/stop:", on_click=_cancel, args=(who, asked.query_id)
            )

    _poll()


def _cancel(who: Visitor, query_id: str) -> None:
    try:
        session.portal().queries.cancel(who, query_id)
    except MeshError as error:
        st.session_state["query_cancel_error"] = str(error)


def _draw_end(who: Visitor, status: QueryStatus) -> None:
    problem = st.session_state.pop("query_cancel_error", "")
    if problem:
        st.error(plain(problem), icon=":material/error:")
    fault = session.portal().queries.disagreement(who, status)
    if fault:
        st.warning(plain(fault), icon=":material/bug_report:")
    match status.state:
        case "SUCCEEDED":
            _draw_result(who, status)
        case "CANCELLED":
            st.info("The query was stopped. Run it again when you like.", icon=":material/stop_circle:")
        case _:
            _draw_failure(who, status)


def _draw_failure(who: Visitor, status: QueryStatus) -> None:
    if session.portal().queries.is_denied(who, status):
        verdict = session.portal().queries.check(who, status.sql, status.database)
        with st.container(border=True, key="query_refused"):
            st.markdown(f":orange[:material/lock:] **Lake Formation refused this query to {plain(who.role)}.**")
            query_denial.draw_lacks(verdict.lacks)
            query_denial.draw_whys(verdict.lacks, who.role)
            if verdict.lacks:
                request_form.button("refused", status.sql)
            st.caption("Athena's own words")
            st.code(status.reason, language=None, wrap_lines=True)
        return
    with st.container(border=True, key="query_failed"):
        st.markdown(":red[:material/error:] **Athena could not run this query.**")
        st.code(status.reason, language=None, wrap_lines=True)


def _draw_result(who: Visitor, status: QueryStatus) -> None:
    with st.spinner("Reading the first rows of the result …"):
        result = session.portal().queries.result(who, status.query_id)
    query_denial.draw_left_out(session.portal().queries.check(who, status.sql, status.database), who.role, status.sql)
    result_grid.draw_facts(status, result)
    table, chart = st.tabs(["Table", "Chart"], key="query_view", on_change="rerun")
    if table.open:
        with table:
            result_grid.draw_grid(result)
    if chart.open:
        with chart:
            _draw_chart(result)
    with st.container(horizontal=True):
        result_grid.draw_downloads(who, status.query_id)


def _draw_chart(result: Result) -> None:
    from pages.parts import chart  # Plotly takes most of a second to import: only for those who ask for a chart

    chart.draw(result)
