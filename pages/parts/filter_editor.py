"""Row filters (Lake Formation's data cells filters): the list, and an editor that shows which rows are in and out."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.intents import ChangeFilter
from mesh_core.domain.world import DataFilter
from mesh_core.errors import MeshError, RowFilterError
from mesh_core.services.filters import FilterUse
from mesh_core.services.ports_queries import ResultPage
from pages.parts import change_view, session, trouble
from pages.parts.text import count, plain

NEW, ALL, ONLY, BUT = "A new filter", "All columns", "Only these", "All but these"


def draw() -> None:
    """The tab: what there is, then the form for one."""
    who, filters = session.visitor(), session.portal().filters
    tables = filters.tables(who)
    if not tables:
        st.info(
            f"{plain(who.role)} owns no table to filter. Owners filter their tables, mesh\\-steward every one.",
            icon=":material/lock:",
        )
        return
    found = filters.of(who)
    if found:
        st.dataframe([_row(one) for one in found], hide_index=True, width="stretch", alt=f"{len(found)} row filters")
    else:
        st.markdown(
            ":material/filter_alt: There is no row filter yet. One shows a role some rows of a table: make it here, "
            "then grant it with a request, or by its name."
        )
    if change_view.draw_job("filter"):
        return
    by_name = {f"{one.filter.database}.{one.filter.table}: {one.filter.name}": one.filter for one in found}
    chosen = st.selectbox("Edit", (NEW, *by_name), key="filter_edit")
    before = by_name.get(chosen or NEW)
    if before is not None and st.toggle("Delete it", key=f"filter_delete_{chosen}"):
        change_view.draw_plan("filter", ChangeFilter(before, delete=True), label="Delete the filter")
        return
    one = _draw_form(before, tables)
    if one is None:
        return
    draw_effect(one)
    change_view.draw_plan("filter", ChangeFilter(one), label="Save the filter")


def _row(use: FilterUse) -> dict[str, str]:
    one = use.filter
    columns = ", ".join(one.columns) or (f"all but {', '.join(one.excluded)}" if one.excluded else "all")
    return {
        "Table": f"{one.database}.{one.table}",
        "Filter": one.name,
        "Columns": columns,
        "Rows where": one.row_filter or "every row",
        "Granted to": ", ".join(use.roles) or "nobody",
    }


def _draw_form(before: DataFilter | None, tables: tuple[str, ...]) -> DataFilter | None:
    """The filter as filled in, None while something is missing."""
    key = f"{before.database}.{before.table}.{before.name}" if before else "new"
    table = f"{before.database}.{before.table}" if before else st.selectbox("Table", tables, key="filter_table")
    name = before.name if before else st.text_input("Name", key="filter_name", placeholder="for example only_finland")
    columns = session.portal().access.columns(table)
    begun = ONLY if before and before.columns else BUT if before and before.excluded else ALL
    mode = st.segmented_control("Columns", (ALL, ONLY, BUT), default=begun, key=f"filter_mode_{key}", required=True)
    some: list[str] = []
    if mode != ALL:
        begun_columns = [c for c in ((*before.columns, *before.excluded) if before else ()) if c in columns]
        some = st.multiselect("Which", columns, default=begun_columns, key=f"filter_columns_{key}_{table}")
    condition = st.text_area(
        "Rows where",
        before.row_filter if before else "",
        key=f"filter_rows_{key}",
        height=90,
        placeholder="country = 'FI' AND age >= 18",
        help="Columns against constants: = <> < > BETWEEN IN LIKE IS NULL, with AND, OR, NOT. Empty means every row.",
    )
    if not name.strip() or (mode != ALL and not some):
        st.caption("Give it a name, and columns where it has only some: the rows that it lets through appear here.")
        return None
    database, _, table_name = table.partition(".")
    only, hidden = (tuple(some) if mode == which else () for which in (ONLY, BUT))
    return DataFilter(database, table_name, name.strip(), only, hidden, condition.strip())


def draw_effect(one: DataFilter) -> None:
    """Rows in and rows out, read as the visitor; an error stands at the word that doesn't fit."""
    try:
        with st.spinner("Reading rows in and out …"):
            found = session.portal().filters.effect(session.visitor(), one)
    except RowFilterError as error:
        st.code(f"{one.row_filter}\n{' ' * (error.position - 1)}^", language=None)
        trouble.show(error)
        return
    except MeshError as error:
        trouble.show(error)
        return
    inside, outside = st.columns(2)
    with inside:
        st.markdown(f":green[:material/visibility:] **{count(found.inside_count)} rows are shown**")
        _draw_page(found.inside, "shown")
    with outside:
        st.markdown(f":red[:material/visibility_off:] **{count(found.outside_count)} rows are hidden**")
        _draw_page(found.outside, "hidden")
    st.caption("The first rows of each. A row for which the condition is unknown, since a value is NULL, is hidden.")


def _draw_page(page: ResultPage, what: str) -> None:
    if not page.rows:
        st.caption("None.")
        return
    names = [column.name for column in page.columns]
    rows = [dict(zip(names, row, strict=True)) for row in page.rows]
    st.dataframe(rows, hide_index=True, key=f"filter_{what}", placeholder="NULL", alt=f"Rows that are {what}")
