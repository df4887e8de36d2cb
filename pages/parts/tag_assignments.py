"""What carries which LF-tag, assigned there or inherited; changed as a plan that says who gains and who loses."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.intents import ChangeAssignments
from mesh_core.domain.tags import EffectiveTag
from mesh_core.domain.world import Target
from mesh_core.services.tags import Assignment
from pages.parts import change_view, session, tag_origin
from pages.parts.text import plain

KEEP, INHERIT = "leave as it is", "none of its own (inherit)"
WHOLE, JOB = "all tables", "tags_assignments"


def draw() -> None:
    """Choose a domain, perhaps a table; the table of tags; the form."""
    view = session.portal().tags
    with st.container(horizontal=True):
        domain = st.selectbox("Domain", view.domains(), key="tags_domain", bind="query-params")
        if domain is None:
            st.info("There is nothing to tag yet.", icon=":material/sell:")
            return
        tables = (WHOLE, *view.tables(domain))
        if st.session_state.get("tags_table") not in tables:
            st.session_state["tags_table"] = WHOLE
        table = st.selectbox("Product", tables, key="tags_table", bind="query-params")
    found = view.assignments(domain, "" if table == WHOLE else table)
    keys = tuple(view.vocabulary())
    rows = [{"Resource": _name(one.target), **{key: _words(one, key) for key in keys}} for one in found]
    config = {"Resource": st.column_config.TextColumn(pinned=True, width="medium")}
    st.dataframe(rows, hide_index=True, width="stretch", column_config=config, alt=f"LF-tags in {domain}")
    st.caption(
        "● assigned here, ○ inherited from the resource named, – not set: no expression with that key matches. By whom "
        "and when is told where a change of the portal's did it."
    )
    if not session.visitor().may_change(domain):
        owner = session.portal().reading.world().database(domain).owner or "nobody"
        st.info(
            f"{plain(session.visitor().role)} may not change tags in {plain(domain)}. "
            f"{plain(owner)} and mesh\\-steward may.",
            icon=":material/lock:",
        )
        return
    _draw_form(found)


def _name(target: Target) -> str:
    return f"{target.level} {target.column or target.table or target.database}"


def _words(one: Assignment, key: str) -> str:
    tag = next((tag for tag in one.effective if tag.key == key), None)
    return "–" if tag is None else _with_source(tag)


def _with_source(tag: EffectiveTag) -> str:
    who = tag_origin.words(tag)
    return f"○ {tag.value}, from {tag.source.level} {tag.source}{who}" if tag.inherited else f"● {tag.value}{who}"


def _draw_form(found: tuple[Assignment, ...]) -> None:
    st.subheader("Change tags", anchor=False)
    if change_view.draw_job(JOB):
        return
    by_name = {_name(one.target): one.target for one in found}
    scope = str(found[0].target)
    chosen = st.multiselect(
        "Of", list(by_name), key=f"tags_targets_{scope}", placeholder="Databases, tables, columns …"
    )
    wanted: dict[str, str | None] = {}
    with st.grid(min_column_width=200):
        for key, values in session.portal().tags.assignable(session.visitor()).items():
            value = st.selectbox(key, (KEEP, *values, INHERIT), key=f"tags_set_{scope}_{key}")
            if value != KEEP:
                wanted[key] = None if value == INHERIT else value
    if not chosen or not wanted:
        st.caption("Choose what to tag and a value: the plan shows who gains and who loses which columns.")
        return
    targets = tuple(by_name[name] for name in chosen)
    change_view.draw_plan(JOB, ChangeAssignments(session.portal().tags.changed(targets, wanted)), label="Change tags")
