"""Run SQL across domains as the visitor: editor, tree of tables, result, history."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.names import ProductName
from mesh_core.domain.query_tree import DatabaseNode
from pages.parts import query_outcome, query_run, query_saved, sql_editor, trouble
from pages.parts.query_more import draw_more
from pages.parts.session import portal, visitor
from pages.parts.text import plain


def _draw() -> None:
    st.title("Query")
    _take_link()
    nodes = portal().queries.tree(visitor())
    left, right = st.columns([3, 1], gap="small")
    with left:
        _draw_editor(nodes)
    with right:
        sql_editor.draw_tree(nodes)
    asked = query_run.current()
    if asked is None:
        _draw_examples()
    else:
        query_outcome.draw(asked)
    query_saved.draw()
    draw_more()


def _draw_editor(nodes: tuple[DatabaseNode, ...]) -> None:
    """No fragment: a click elsewhere that comes together with the editor's text would be lost on Streamlit 1.67."""
    sql_editor.draw(nodes, query_run.submit)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Run",
            key="run",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_run,
            shortcut="Ctrl+Enter" if st.session_state.get(sql_editor.PLAIN) else None,
        )
        st.button("Save", key="save_query", icon=":material/bookmark_add:", on_click=query_saved.open_box)
        st.button("Save as view", key="save_view", icon=":material/add_box:", on_click=_ask_to_save)
        if query_run.current() is not None:
            st.button("Examples", key="examples_again", icon=":material/lightbulb:", on_click=query_run.clear)
        st.space("stretch")
        st.toggle("Plain editor", key=sql_editor.PLAIN, help="A text field without colours and completion.")
    if st.session_state.pop("query_save", False):
        _save_as_view()


def _run() -> None:
    query_run.submit(sql_editor.chosen())


def _ask_to_save() -> None:
    st.session_state["query_save"] = True


def _save_as_view() -> None:
    """Create product takes it from here; only a statement that can be a view gets there."""
    with trouble.caught():
        portal().queries.check(visitor(), sql_editor.text())
        st.session_state["draft_view_sql"] = sql_editor.text()
        st.switch_page("pages/publish.py", query_params={"template": "cross-domain-view"})


def _take_link() -> None:
    """`?product=sales.baskets` opens a look at that product, once."""
    name = st.query_params.get("product", "")
    if name:
        product = ProductName.parse(name)
        sql_editor.replace(f"SELECT *\nFROM {product}\nLIMIT 100")
        query_run.clear()
        del st.query_params["product"]


def _draw_examples() -> None:
    found = portal().queries.examples(visitor())
    if not found:
        with st.container(border=True):
            st.markdown(":material/terminal: There is no table to query yet. Create a product, or load the demo mesh.")
            st.page_link("pages/publish.py", label="Create a product", icon=":material/add_box:")
        return
    with st.container(border=True, key="query_examples"):
        st.markdown(":material/lightbulb: **Write SQL above, or begin with one of these**")
        for number, example in enumerate(found):
            note = " (refused on purpose: see why)" if example.refused else ""
            icon = ":material/lock:" if example.refused else ":material/play_circle:"
            st.button(
                f"{plain(example.title)}{note}",
                key=f"example_{number}",
                type="tertiary",
                icon=icon,
                on_click=_run_example,
                args=(example.sql,),
            )


def _run_example(sql: str) -> None:
    sql_editor.replace(sql)
    query_run.submit(sql)


with trouble.caught():
    _draw()
