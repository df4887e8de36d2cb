"""The SQL editor (CodeMirror 6) and the tree of tables beside it, as Streamlit components.

The editor's code is one static file (`static/sql_editor.v1.js`, built by `npm run build` in this folder) that a small
inline loader imports, so that a visit costs a kilobyte of websocket. Where it can't be loaded the page falls back to
Streamlit's text area; `PLAIN` in the session state asks for that by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from mesh_core.domain.query_tree import DatabaseNode, completion

HERE = Path(__file__).parent
PLAIN = "sql_plain"
TEXT, REV, SELECTION = (
    "sql_text",
    "sql_rev",
    "sql_selection",
)  # in the session state, so that text outlives a page switch
_EDITOR, _AREA = "sql_editor", "sql_area"
_HEIGHT = "13rem"


def _read(name: str) -> str:
    return (HERE / "src" / name).read_text(encoding="utf-8")


_draw_editor = st.components.v2.component(
    "mesh_sql_editor", html="<div data-sql-editor></div>", css=_read("host.css"), js=_read("loader.js")
)
_draw_tree = st.components.v2.component(
    "mesh_sql_tree", html="<div data-sql-tree></div>", css=_read("tree.css"), js=_read("tree.js")
)


def text() -> str:
    """What the editor holds."""
    _take(_state("doc"))
    return str(st.session_state.get(TEXT, ""))


def chosen() -> str:
    """What is to be run: the selection where there is one, else everything."""
    whole = text()
    return str(st.session_state.get(SELECTION, "")).strip() or whole


def replace(sql: str) -> None:
    """Put another statement into the editor."""
    st.session_state[TEXT], st.session_state[SELECTION] = sql, ""
    st.session_state[REV] = st.session_state.get(REV, 0) + 1
    st.session_state[_AREA] = sql


def draw(nodes: tuple[DatabaseNode, ...], on_run: Callable[[str], None]) -> None:
    """The editor; `on_run` is called with the text to run on Ctrl+Enter."""
    if st.session_state.get(PLAIN):
        st.session_state[_AREA] = text()
        st.text_area("SQL", key=_AREA, height=210, on_change=_take_area, placeholder="SELECT …")
        return
    _draw_editor(
        key=_EDITOR,
        data={
            "text": text(),
            "rev": st.session_state.get(REV, 0),
            "schema": completion(nodes),
            "minHeight": _HEIGHT,
            "label": "SQL. Ctrl+Enter runs it, Ctrl+Space completes.",
        },
        on_doc_change=lambda: _take(_state("doc")),
        on_run_change=lambda: _take_run(on_run),
        on_failed_change=_fall_back,
    )


def draw_tree(nodes: tuple[DatabaseNode, ...]) -> None:
    """Databases, tables and columns; a click puts a name into the editor."""
    _draw_tree(key="sql_tree", data={"nodes": [_compact(node) for node in nodes]})


def _compact(node: DatabaseNode) -> dict[str, Any]:
    tables = [
        {
            "name": table.name,
            "kind": "view" if table.is_view else "table",
            "owner": table.owner,
            "closed": table.closed,
            "columns": [[c.name, c.type, c.reason] for c in table.columns],
        }
        for table in node.tables
    ]
    return {"name": node.name, "tables": tables}


def _state(name: str) -> Any:
    """One of the component's values, None where the plain area stands in or nothing has come yet."""
    return None if st.session_state.get(PLAIN) else getattr(st.session_state.get(_EDITOR), name, None)


def _take(doc: Any) -> None:
    """Remember what the browser sent, unless the text has been replaced since.

    Callbacks of one rerun come in no order: whoever needs the text asks for the component's own state first.
    """
    if doc and doc["rev"] == st.session_state.get(REV, 0):
        st.session_state[TEXT], st.session_state[SELECTION] = str(doc["text"]), str(doc["selection"])


def _take_run(on_run: Callable[[str], None]) -> None:
    asked = _state("run")
    if asked:
        _take(asked)
        on_run(str(asked["selection"]).strip() or str(asked["text"]))


def _take_area() -> None:
    st.session_state[TEXT], st.session_state[SELECTION] = st.session_state[_AREA], ""


def _fall_back() -> None:
    if _state("failed"):
        st.session_state[PLAIN] = True
