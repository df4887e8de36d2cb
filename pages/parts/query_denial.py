"""Why a query may not be run, or what it leaves out: the missing grant, the owner, and what can be done."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.query_check import Check, Lack
from pages.parts import query_run, request_form, sql_editor, why_view
from pages.parts.text import plain


def draw_refusal(check: Check, role: str, sql: str) -> None:
    """Before the scan: what is missing, with the ways on."""
    with st.container(border=True, key="query_denied"):
        st.markdown(f":orange[:material/lock:] **{plain(role)} may not run this query.** Nothing was scanned.")
        draw_lacks(check.lacks)
        draw_whys(check.lacks, role)
        with st.container(horizontal=True):
            if check.without:
                st.button(
                    "Run without these columns",
                    key="run_without",
                    type="primary",
                    icon=":material/remove_selection:",
                    on_click=_run_without,
                    args=(check.without, sql),
                )
            st.button(
                "Run anyway",
                key="run_anyway",
                icon=":material/play_arrow:",
                on_click=query_run.start,
                args=(sql,),
                help="The portal explains, Lake Formation decides: it will give its own answer.",
            )
        request_form.button("denied", sql)


def draw_lacks(lacks: tuple[Lack, ...]) -> None:
    """One line for each table: columns, the missing grant, who can give it."""
    st.markdown("\n".join(f"- {_line(lack)}" for lack in lacks))


def draw_whys(lacks: tuple[Lack, ...], role: str) -> None:
    """For each table a link to the explanation of its first column that is lacking."""
    with st.container(horizontal=True):
        for lack in lacks:
            column = "" if lack.closed else lack.columns[0]
            why_view.link(f"Why not {plain(column or lack.table)}?", role, lack.table, column)


def draw_left_out(check: Check, role: str, sql: str) -> None:
    """What `SELECT *` did not show, and which rows a filter hid."""
    if check.left_out:
        with st.container(border=True, key="query_left_out"):
            st.markdown(":orange[:material/visibility_off:] **`SELECT *` left out columns that you may not read.**")
            draw_lacks(check.left_out)
            draw_whys(check.left_out, role)
            request_form.button("left_out", sql)
    for table, filters in check.narrowed:
        names = plain(", ".join(filters))
        st.info(
            f"Only some rows of {plain(table)} are shown: the filter {names} narrows them.",
            icon=":material/filter_alt:",
        )


def _line(lack: Lack) -> str:
    what = "the whole table" if lack.closed else ", ".join(f"`{name}`" for name in lack.columns)
    owner = f"Its owner **{plain(lack.owner)}** can grant it." if lack.owner else "It names no owner; ask the steward."
    return f"Missing: SELECT on **{plain(lack.table)}**, {what}. Why: {plain(lack.reason)}. {owner}"


def _run_without(rewritten: str, sql: str) -> None:
    if sql.strip() == sql_editor.text().strip():
        sql_editor.replace(rewritten)
    query_run.submit(rewritten)
