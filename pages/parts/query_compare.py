"""The same statement as two roles, side by side. For laptops, where a visitor may act as any role."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from mesh_core.domain.query_compare import Answer, Comparison, Side, compare
from mesh_core.domain.visitors import Visitor
from mesh_core.errors import MeshError
from mesh_core.services.ports_queries import QueryStatus
from mesh_core.services.query import MAX_ROWS, Result
from pages.parts import query_denial, session, sql_editor, trouble
from pages.parts.result_grid import seconds
from pages.parts.text import count, plain, size

POLL_S = 0.5
_KEY = "query_compared"


@dataclass(frozen=True)
class Compared:
    """One statement, started as two roles."""

    sql: str
    roles: tuple[str, str]
    query_ids: tuple[str, str]


def draw_compare() -> None:
    """Choose two roles, run, see the differences."""
    roles = session.portal().visitors.roles()
    mine = session.visitor().role
    with st.container(horizontal=True, vertical_alignment="bottom"):
        left = st.selectbox("As", roles, index=roles.index(mine), key="compare_left", width=220)
        others = [role for role in roles if role != left]
        right = st.selectbox("and as", others, key="compare_right", width=220)
        st.button("Compare", key="compare_run", icon=":material/compare_arrows:", on_click=_start, args=(left, right))
    problem = st.session_state.get("compare_error", "")
    found = st.session_state.get(_KEY)
    if problem:
        st.error(plain(problem), icon=":material/error:")
    elif found is None:
        st.markdown("The statement in the editor is run as both roles, each with its own credentials.")
    else:
        _follow(found)


def _start(left: str, right: str) -> None:
    st.session_state["compare_error"] = ""
    sql = sql_editor.chosen()
    try:
        portal = session.portal()
        ids = [portal.queries.start(portal.visitors.visitor(role), sql) for role in (left, right)]
        st.session_state[_KEY] = Compared(sql, (left, right), (ids[0], ids[1]))
    except MeshError as error:
        st.session_state["compare_error"] = str(error)


def _follow(compared: Compared) -> None:
    """Polls only while one of the two is running."""
    live = not all(state.is_over for _, state in _states(compared))

    @st.fragment(run_every=POLL_S if live else None)
    def _poll() -> None:
        found = _states(compared)
        waiting = [plain(one.role) for one, state in found if not state.is_over]
        if waiting:
            st.markdown(f":material/hourglass_top: Running as {' and '.join(waiting)}")
        elif live:
            st.rerun()
        else:
            with trouble.caught():
                _draw_both(found)

    _poll()


def _states(compared: Compared) -> list[tuple[Visitor, QueryStatus]]:
    portal = session.portal()
    who = [portal.visitors.visitor(role) for role in compared.roles]
    return [(one, portal.queries.status(one, q)) for one, q in zip(who, compared.query_ids, strict=True)]


def _draw_both(ends: list[tuple[Visitor, QueryStatus]]) -> None:
    queries = session.portal().queries
    results = [queries.result(one, state.query_id) if state.state == "SUCCEEDED" else None for one, state in ends]
    left, right = results
    found = compare(_answer(left), _answer(right)) if left and right else None
    _draw_headline(found)
    sides: list[Side | None] = [found.left, found.right] if found else [None, None]
    for column, (one, state), result, side in zip(st.columns(2), ends, results, sides, strict=True):
        with column:
            _draw_side(one, state, result, side)


def _answer(result: Result) -> Answer:
    """Compared by what is shown; dates and decimals read the same on both sides."""
    rows = list(zip(*(column.to_pylist() for column in result.table.columns), strict=True))
    text = [tuple(None if value is None else str(value) for value in row) for row in rows]
    return Answer(result.table.column_names, text)


def _draw_headline(found: Comparison | None) -> None:
    if found is None:
        st.markdown(":material/difference: **One of the two got no result.**")
    elif found.is_equal:
        st.markdown(":material/equal: **Both see the same columns and rows.**")
    else:
        st.markdown(
            ":material/difference: **The answers differ**, as marked: ✱ a column that the other lacks, "
            "≠ a row that the other lacks or sees otherwise."
        )


def _draw_side(who: Visitor, state: QueryStatus, result: Result | None, side: Side | None) -> None:
    st.markdown(f"**{plain(who.role)}**")
    if result is None:
        check = session.portal().queries.check(who, state.sql, state.database)
        if check.lacks:
            query_denial.draw_lacks(check.lacks)
            query_denial.draw_whys(check.lacks, who.role)
        st.code(state.reason or state.state, language=None, wrap_lines=True)
        return
    rows = result.table.num_rows
    found = result.row_count if result.row_count is not None else rows
    st.markdown(f"{count(found)} rows, {seconds(state.total_ms)}, {size(state.bytes_scanned)} scanned")
    if side and side.extra:
        st.markdown(f"✱ Columns only here: {plain(', '.join(side.extra))}")
    if result.truncated:
        st.caption(f"The first {count(MAX_ROWS)} rows are compared.")
    _draw_grid(who, result, side)


def _draw_grid(who: Visitor, result: Result, side: Side | None) -> None:
    table, names = result.table, result.table.column_names
    config = {name: st.column_config.Column(f"✱ {name}") for name in (side.extra if side else ())}
    if side and any(side.marks):
        marks = [f"≠ {mark}" if mark else "" for mark in side.marks]
        table = table.add_column(0, "≠" if "≠" not in names else "≠ ", [marks])
    st.dataframe(
        table,
        key=f"compare_grid_{who.role}",
        hide_index=True,
        column_config=config,
        placeholder="NULL",
        alt=f"The result as {who.role}",
    )
