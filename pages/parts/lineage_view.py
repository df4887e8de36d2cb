"""The lineage of a product as a picture and as a table."""

from __future__ import annotations

import json

import streamlit as st

from mesh_core.domain.lineage import Lineage
from pages.parts.text import plain

# Readable on the light and on the dark page alike: both themes show the same picture.
HERE, OTHER, LINE = "#0B6B73", "#4A5B66", "#8A979E"


def draw(lineage: Lineage, table: str) -> None:
    """Columns on the left feed columns on the right; the table says the same in words."""
    if lineage.is_empty:
        with st.container(border=True):
            st.markdown(
                f":material/account_tree: No view reads **{plain(table)}** yet, and it reads none. "
                "Save a query as a view to see where its columns come from."
            )
            st.page_link("pages/query.py", label="Write a query", icon=":material/terminal:")
        return
    words = f"Lineage of {table}: {len(lineage.flows)} links between columns of {len(_names(lineage))} tables and views"
    st.graphviz_chart(_dot(lineage, table), alt=words)
    if lineage.unreadable:
        st.warning(
            f"The SQL of {plain(', '.join(lineage.unreadable))} couldn't be followed column by column; "
            "its tables are shown without columns.",
            icon=":material/warning:",
        )
    rows = [
        {"From": f"{f.source}.{f.source_column}", "To": f"{f.target}.{f.target_column}", "How": "its value"}
        for f in lineage.flows
    ]
    rows += [
        {"From": f"{base}.{column}", "To": view, "How": "to join, filter or group by"}
        for view, base, column in lineage.also_read
    ]
    st.dataframe(rows, hide_index=True, alt=words)


def _names(lineage: Lineage) -> list[str]:
    return sorted({name for pair in lineage.tables for name in pair})


def _dot(lineage: Lineage, table: str) -> str:
    lines = [
        "digraph lineage {",
        'rankdir=LR; bgcolor="transparent"; nodesep=0.35; ranksep=1.3;',
        f'node [shape=record, style="filled,rounded", color="{LINE}", fontcolor="#FFFFFF", fontsize=12];',
        'node [fontname="sans-serif"];',
        f'edge [color="{LINE}", arrowsize=0.7];',
    ]
    ports = {name: _columns(lineage, name) for name in _names(lineage)}
    for name, columns in ports.items():
        fields = "|".join([_field(name), *(f"<c{at}> {_field(column)}" for at, column in enumerate(columns))])
        lines.append(f'{json.dumps(name)} [label="{fields}", fillcolor="{HERE if name == table else OTHER}"];')
    for flow in lineage.flows:
        start, end = ports[flow.source].index(flow.source_column), ports[flow.target].index(flow.target_column)
        lines.append(f"{json.dumps(flow.source)}:c{start}:e -> {json.dumps(flow.target)}:c{end}:w;")
    joined = {(flow.source, flow.target) for flow in lineage.flows}
    for base, view in lineage.tables:
        if (base, view) not in joined:
            lines.append(f"{json.dumps(base)} -> {json.dumps(view)} [style=dashed];")
    return "\n".join([*lines, "}"])


def _columns(lineage: Lineage, name: str) -> list[str]:
    found = {f.source_column for f in lineage.flows if f.source == name}
    return sorted(found | {f.target_column for f in lineage.flows if f.target == name})


def _field(text: str) -> str:
    """Text as it may stand in a record label, where braces, bars, brackets and blanks have a meaning."""
    return "".join(f"\\{c}" if c in '{}|<>"\\ ' else c for c in text)
