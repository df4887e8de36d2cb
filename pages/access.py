"""Who may read what: the matrix, why in each cell, and grants by LF-tag or by name, always as a plan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from mesh_core.domain.access import Verdict
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.steps import describe_resource, short
from mesh_core.domain.world import IAM_ALLOWED
from pages.parts import change_view, filter_editor, grant_form, request_form, run_as_view, trouble, why_view
from pages.parts.session import portal, visitor
from pages.parts.text import plain

MATRIX, COLUMN, COLUMNS, SHORT = "access_matrix", "access_column", "access_columns", 15
DAYS = 7
SYMBOLS = {"all": "● all", "part": "◐ part", "none": "○ none"}


def _draw() -> None:
    st.title("Access")
    matrix = portal().access.matrix()
    if not matrix.products:
        with st.container(border=True):
            st.markdown(":material/key: There is nothing to grant yet: the mesh has no data products.")
            st.page_link("pages/publish.py", label="Create the first product", icon=":material/add_box:")
        return
    _draw_disagreements()
    titles = ["Who may read what", "Grants", "Grant access", "Row filters"]
    who, grants, new, rows = st.tabs(titles, key="access_tab", on_change="rerun")
    with who:
        if who.open:
            _draw_matrix()
    with grants:
        if grants.open:
            _draw_grants()
    with new:
        if new.open:
            _draw_new()
    with rows:
        if rows.open:
            filter_editor.draw()


def _draw_disagreements() -> None:
    """For the steward: where Athena decided otherwise than these pages say. That is a fault of the portal's."""
    if not visitor().is_steward:
        return
    entries = portal().audit.entries(datetime.now(UTC) - timedelta(days=DAYS))
    found = [one for one in entries if one.event.kind == "disagreement"]
    if found:
        one, many = found[0].event, f" and {len(found) - 1} more" if len(found) > 1 else ""
        st.error(
            f"In the last {DAYS} days Athena decided otherwise than the portal: {plain(one.subject)} for "
            f"{plain(one.actor)}, {plain(one.outcome)}{many}. Athena is right; please report it with the event.",
            icon=":material/running_with_errors:",
        )
        address = {"audit_kind": "disagreement"}
        st.page_link("pages/audit.py", label="See the events", icon=":material/policy:", query_params=address)


def _draw_matrix() -> None:
    matrix = portal().access.matrix()
    rows = [
        {"Product": product, **{role: SYMBOLS[matrix.cells[(role, product)]] for role in matrix.roles}}
        for product in matrix.products
    ]
    st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height="content" if len(rows) <= SHORT else "auto",
        column_config={"Product": st.column_config.TextColumn(pinned=True)},
        key=MATRIX,
        on_select=_pick_cell,
        selection_mode="single-cell",
        alt="Roles by products: all, part or none",
    )
    st.caption(
        "● all columns and rows, ◐ some of them, ○ none. Views count what they read, too. "
        "Choose a cell, or a role and a product below, for the reasons column by column."
    )
    with st.container(horizontal=True):
        role = st.selectbox("Role", matrix.roles, key="access_role", bind="query-params")
        product = st.selectbox("Product", portal().access.tables(), key="access_product", bind="query-params")
        columns = portal().access.columns(product) if product else ()
        column = st.selectbox("Column", columns, index=None, placeholder="All of them", key=COLUMN, bind="query-params")
    if role and product:
        _draw_cell(role, product, column or "")


def _pick_cell() -> None:
    """A chosen cell is a chosen role and product."""
    matrix = portal().access.matrix()
    for row, role in st.session_state[MATRIX].selection.cells:
        if row < len(matrix.products):
            st.session_state["access_product"] = matrix.products[row]
            st.session_state.pop(COLUMN, None)
            if role in matrix.roles:
                st.session_state["access_role"] = role


def _draw_cell(role: str, product: str, column: str) -> None:
    verdict = portal().access.verdict(role, product)
    st.subheader(f"Why: {plain(role)} on {plain(product)}{plain('.' + column) if column else ''}", anchor=False)
    with st.container(border=True, key="why"):
        why_view.draw(portal().access.explanation(role, product, column))
    denied = column in verdict.denied if column else bool(verdict.denied)
    if role == visitor().role and denied and not verdict.open_to_iam:
        key = f"cell_{product}_{column}".replace(".", "_")
        request_form.draw(key, tables=(product,), columns=(column,) if column else ())
    if verdict.open_to_iam:
        st.error("IAM_ALLOWED_PRINCIPALS opens it to everybody whom IAM lets in: Lake Formation is not asked.")
        return
    names = portal().access.columns(product)
    st.dataframe(
        [_column_row(verdict, name) for name in names],
        hide_index=True,
        width="stretch",
        height="content" if len(names) <= SHORT else "auto",
        column_config={"Why": st.column_config.TextColumn(width="large")},
        key=COLUMNS,
        on_select=_pick_column,
        selection_mode="single-row",
        alt=f"Columns of {product} for {role}",
    )
    run_as_view.draw(role, product)


def _column_row(verdict: Verdict, name: str) -> dict[str, str]:
    readable, partly = name in verdict.columns, name in verdict.fields
    reasons = "; ".join(reason.words for reason in verdict.reasons.get(name, ()))
    return {
        "Column": name,
        "Readable": "in part" if partly else "yes" if readable else "no",
        "Rows": _rows(verdict, name) if readable else "",
        "Why": reasons if readable else verdict.denied.get(name, ""),
    }


def _rows(verdict: Verdict, name: str) -> str:
    if not verdict.cells:
        return ", ".join(verdict.filters) or "every row"
    cells = [one for one in verdict.cells if one.touches(name)]
    if any(not one.row_filter for one in cells):
        return "every row"
    return " or ".join(dict.fromkeys(one.row_filter for one in cells))


def _pick_column() -> None:
    """A chosen row of the columns is a chosen column."""
    names = portal().access.columns(st.session_state["access_product"])
    for row in st.session_state[COLUMNS].selection.rows:
        if row < len(names):
            st.session_state[COLUMN] = names[row]


def _draw_grants() -> None:
    if change_view.draw_job("revoke"):
        return
    found = portal().access.grants(visitor())
    if not found:
        st.info("No grants that you may see. The steward sees all of them.", icon=":material/key_off:")
        return
    rows = [
        {
            "Principal": short(g.principal),
            "May": ", ".join(g.permissions),
            "On": describe_resource(g.resource),
            "May grant on": ", ".join(g.grantable),
        }
        for g in found
    ]
    if any(g.principal == IAM_ALLOWED for g in found):
        st.error("IAM_ALLOWED_PRINCIPALS is among them: what it names is not governed by Lake Formation.")
    picked = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        key="grants_table",
        on_select="rerun",
        selection_mode="multi-row",
        alt="All grants",
    )
    chosen = tuple(found[at] for at in picked.selection.rows if at < len(found))
    if not chosen:
        st.caption("Select grants to revoke them.")
        return
    change_view.draw_plan("revoke", ChangeGrants(revokes=chosen), label="Revoke")


def _draw_new() -> None:
    if not visitor().is_steward and not visitor().owned:
        st.info(
            f"{plain(visitor().role)} may not grant access. Owners grant on their domains, mesh-steward on everything.",
            icon=":material/lock:",
        )
        return
    if change_view.draw_job("grant"):
        return
    grant = grant_form.draw()
    if grant is not None:
        change_view.draw_plan("grant", ChangeGrants(grants=(grant,)), label="Grant")


with trouble.caught():
    _draw()
