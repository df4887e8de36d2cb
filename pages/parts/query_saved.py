"""Saved queries on the Query page: keep what stands in the editor, open, change and delete what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from mesh_core.errors import MeshError, NameTakenError
from mesh_core.services.ports_queries import SavedQuery
from mesh_core.services.saved_queries import MAX_DESCRIPTION, MAX_NAME
from pages.parts import query_run, session, sql_editor, trouble
from pages.parts.text import plain, rows_key

BOX, DELETED = "query_saved", "saved_deleted"
TOLD, TAKEN, PROBLEM = "saved_told", "saved_taken", "saved_problem"


def open_box() -> None:
    """Show the form: the button beside Run."""
    st.session_state[BOX] = True


def draw() -> None:
    """Closed at first: what is in there is read when it is opened."""
    box = st.expander("Saved queries", key=BOX, icon=":material/bookmark:", on_change="rerun")
    if box.open:
        with box, trouble.caught():
            _draw()


def _draw() -> None:
    told = st.session_state.pop(TOLD, "")
    if told:
        st.success(told, icon=":material/check_circle:")
    problem = st.session_state.pop(PROBLEM, None)
    if problem is not None:
        trouble.show(problem)
    _draw_undo()
    found = session.portal().saved_queries.mine(session.visitor())
    _draw_form()
    if not found:
        st.caption("Nothing is saved yet. What stands in the editor is kept under the name that you give it.")
        return
    rows = [{"Name": one.name, "Description": one.description, "SQL": " ".join(one.sql.split())} for one in found]
    event = st.dataframe(
        rows,
        key=rows_key("saved", (one.id for one in found)),
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="single-row",
        alt="The role's saved queries; choose one to open, change or delete it",
    )
    at = event.selection.rows
    _draw_actions(found[at[0]] if at and at[0] < len(found) else None)


def _draw_actions(chosen: SavedQuery | None) -> None:
    off = chosen is None
    with st.container(horizontal=True):
        st.button("Run", key="saved_run", icon=":material/play_arrow:", disabled=off, on_click=_run, args=(chosen,))
        st.button("Put into the editor", key="saved_edit", disabled=off, on_click=_put, args=(chosen,))
        st.button(
            "Save the editor's text as this",
            key="saved_over",
            disabled=off,
            on_click=_save_over,
            args=(chosen,),
            help="Its text becomes what stands in the editor; name and description stay.",
        )
        st.button(
            "Delete", key="saved_delete", icon=":material/delete:", disabled=off, on_click=_delete, args=(chosen,)
        )


def _draw_form() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", key="saved_name", max_chars=MAX_NAME, width=240, placeholder="Weekly sales")
        st.text_input("Description", key="saved_description", max_chars=MAX_DESCRIPTION, width="stretch")
        taken = st.session_state.get(TAKEN)
        over = bool(taken) and taken == st.session_state.get("saved_name")
        label = "Write over it" if over else "Save"
        st.button(label, key="saved_save", icon=":material/bookmark_add:", on_click=_save, args=(over,))
    if over:
        st.warning(
            f"You have a saved query '{plain(str(taken))}' already. Write over it, or type another name.",
            icon=":material/warning:",
        )


def _save(over: bool) -> None:
    name = st.session_state.get("saved_name", "")
    query = SavedQuery("", name, sql_editor.text(), description=st.session_state.get("saved_description", ""))
    try:
        session.portal().saved_queries.save(session.visitor(), query, over)
    except NameTakenError:
        st.session_state[TAKEN] = name
    except MeshError as error:
        st.session_state[PROBLEM] = error
    else:
        st.session_state[TOLD] = f"Saved as {plain(name)}."
        st.session_state["saved_name"] = st.session_state["saved_description"] = ""
        st.session_state.pop(TAKEN, None)


def _save_over(chosen: SavedQuery) -> None:
    if _did(lambda: session.portal().saved_queries.save(session.visitor(), replace(chosen, sql=sql_editor.text()))):
        st.session_state[TOLD] = f"{plain(chosen.name)} has the editor's text now."


def _run(chosen: SavedQuery) -> None:
    sql_editor.replace(chosen.sql)
    query_run.submit(chosen.sql)


def _put(chosen: SavedQuery) -> None:
    sql_editor.replace(chosen.sql)


def _delete(chosen: SavedQuery) -> None:
    if _did(lambda: session.portal().saved_queries.delete(session.visitor(), chosen.id)):
        st.session_state[DELETED] = (session.visitor().role, chosen)


def _draw_undo() -> None:
    role, gone = st.session_state.get(DELETED, ("", None))
    if gone is None or role != session.visitor().role:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/delete: {plain(gone.name)} is deleted.", width="content")
        st.button("Undo", key="saved_undo", type="tertiary", icon=":material/undo:", on_click=_restore, args=(gone,))


def _restore(gone: SavedQuery) -> None:
    if _did(lambda: session.portal().saved_queries.save(session.visitor(), replace(gone, id=""))):
        st.session_state.pop(DELETED, None)


def _did(work: Callable[[], object]) -> bool:
    """Whether it worked; what went wrong is drawn with the list."""
    try:
        work()
    except MeshError as error:
        st.session_state[PROBLEM] = error
        return False
    return True
