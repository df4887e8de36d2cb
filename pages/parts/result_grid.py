"""A query's result: a typed grid, how much of it is shown, what it cost, downloads."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pyarrow.compute
import streamlit as st

from mesh_core.domain.query import list_price_usd
from mesh_core.domain.visitors import Visitor
from mesh_core.services.ports_queries import QueryStatus
from mesh_core.services.query import Result
from pages.parts import session
from pages.parts.text import count, size

EXACT = 2**53  # the largest whole number up to which a browser's numbers have no gaps


def draw_facts(status: QueryStatus, result: Result) -> None:
    """Rows shown of rows found, time, bytes scanned and their price."""
    shown = result.table.num_rows
    rows = f"**{count(shown)}** {'row' if shown == 1 else 'rows'}"
    if result.truncated:
        found = count(result.row_count) if result.row_count is not None else f"more than {count(shown)}"
        rows = f"**{count(shown)}** rows shown of **{found}** found"
    price = f"\\${list_price_usd(status.bytes_scanned):.5f}"
    st.markdown(
        f":material/table_rows: {rows} &nbsp; :material/timer: **{seconds(status.total_ms)}** &nbsp; "
        f":material/database: **{size(status.bytes_scanned)}** scanned &nbsp; "
        f":material/payments: **{price}** on Athena, at its list price of 5 US dollars a TB, 10 MB at least"
    )


def seconds(milliseconds: int) -> str:
    """`0.42 s`, `12 s`."""
    return f"{milliseconds / 1000:.2f} s" if milliseconds < 10_000 else f"{milliseconds / 1000:.0f} s"


def draw_grid(result: Result, key: str = "query_grid") -> None:
    """The rows, each column with its Athena type; NULL is written as such."""
    if not result.table.num_rows:
        st.info("The query ran and found no rows.", icon=":material/search_off:")
        return
    st.dataframe(
        _shown(result.table),
        key=key,
        hide_index=True,
        column_config=_config(result),
        placeholder="NULL",
        alt=f"The query's result: {result.table.num_rows} rows, {len(result.columns)} columns",
    )


def _config(result: Result) -> dict[str, Any]:
    """Each column's Athena type as its help; milliseconds and a decimal's zeros are shown."""
    config: dict[str, Any] = {}
    for field, column in zip(_shown(result.table).schema, result.columns, strict=True):
        scale = re.match(r"decimal128\(\d+, (\d+)\)", str(field.type))
        if column.type == "timestamp":
            config[field.name] = st.column_config.DatetimeColumn(help=column.type, format="YYYY-MM-DD HH:mm:ss.SSS")
        elif scale:
            config[field.name] = st.column_config.NumberColumn(help=column.type, format=f"%.{scale[1]}f")
        else:
            config[field.name] = st.column_config.Column(help=column.type)
    return config


def _shown(table: Any) -> Any:
    """As text what a browser's cell would spoil: booleans with NULLs, and numbers that a double can't hold exactly."""
    for at, field in enumerate(table.schema):
        column = table.column(at)
        if (field.type == "bool" and column.null_count) or _is_too_long(field.type, column):
            table = table.set_column(at, field.name, column.cast("string"))
    return table


def _is_too_long(kind: Any, column: Any) -> bool:
    if not str(kind).startswith(("decimal", "int64")):
        return False
    digits = 10 ** getattr(kind, "scale", 0)
    ends = pyarrow.compute.min_max(column).as_py().values()
    return any(end is not None and abs(end) * digits > EXACT for end in ends)


def draw_downloads(visitor: Visitor, query_id: str) -> None:
    """The whole result as files, made when they are asked for."""
    queries = session.portal().queries
    for kind, make, mime in (
        ("CSV", queries.csv, "text/csv"),
        ("Parquet", queries.parquet, "application/vnd.apache.parquet"),
    ):
        st.download_button(
            f"Download {kind}",
            partial(make, visitor, query_id),
            file_name=f"query-{query_id[:8]}.{kind.lower()}",
            mime=mime,
            key=f"download_{kind.lower()}",
            icon=":material/download:",
            on_click="ignore",
        )
