"""How far LF-tags cover the mesh, and tags for hundreds of columns in one plan."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.coverage import Gap
from mesh_core.domain.intents import ChangeAssignments
from pages.parts import change_view, session
from pages.parts.text import count, plain, rows_key

EVERY, JOB = "every kind", "tags_coverage"


def draw() -> None:
    """Counts by domain, the gaps, and one plan for those that are chosen."""
    domains, found = session.portal().tags.coverage()
    if not domains:
        st.info("There is no domain to look at yet.", icon=":material/sell:")
        return
    rows = [
        {
            "Domain": one.domain,
            "Columns": one.columns,
            "Covered": one.share,
            "Untagged": one.untagged,
            "Contradictory": one.contradictory,
            "Products that only inherit": one.inherited_only,
        }
        for one in domains
    ]
    share = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
    st.dataframe(rows, hide_index=True, width="stretch", column_config={"Covered": share}, alt="Coverage by domain")
    st.caption("Covered: a column with a value of every LF-tag of the vocabulary, its own or inherited.")
    if change_view.draw_job(JOB):
        return
    if not found:
        st.success("Every column carries a value of every LF-tag, and none contradict.", icon=":material/verified:")
        return
    _draw_gaps(found)


def _draw_gaps(found: tuple[Gap, ...]) -> None:
    with st.container(horizontal=True):
        kinds = sorted({gap.kind for gap in found})
        kind = st.selectbox("Kind", (EVERY, *kinds), key="coverage_kind", width=200)
        names = sorted({gap.target.database for gap in found})
        domain = st.selectbox("Domain", ("every domain", *names), key="coverage_domain", width=200)
        text = st.text_input("Name contains", key="coverage_text", width=240)
    shown = [
        gap
        for gap in found
        if kind in (EVERY, gap.kind)
        and domain in ("every domain", gap.target.database)
        and text.strip().lower() in str(gap.target)
    ]
    rows = [{"Resource": str(gap.target), "Kind": gap.kind, "What": gap.words} for gap in shown]
    picked = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        key=rows_key("coverage", (f"{gap.kind} {gap.target}" for gap in shown)),
        on_select="rerun",
        selection_mode="multi-row",
        alt=f"{len(shown)} gaps",
    )
    chosen = [shown[at].target for at in picked.selection.rows if at < len(shown)]
    if st.toggle(f"All {count(len(shown))} that are shown", key="coverage_all"):
        chosen = [gap.target for gap in shown]
    targets = tuple(dict.fromkeys(chosen))
    refused = sorted({one.database for one in targets if not session.visitor().may_change(one.database)})
    if refused:
        words = f"{plain(session.visitor().role)} may not change tags in {plain(', '.join(refused))}."
        st.info(f"{words} Their owners and mesh\\-steward may.", icon=":material/lock:")
        return
    with st.container(horizontal=True):
        vocabulary = session.portal().tags.assignable(session.visitor())
        key = st.selectbox("Set", list(vocabulary), key="coverage_key", width=200)
        value = st.selectbox("to", vocabulary[key], index=None, key=f"coverage_value_{key}", width=200)
    if not targets or value is None:
        st.caption("Choose rows and a value: one plan tags all of them, and says who gains and who loses.")
        return
    change_view.draw_plan(
        JOB,
        ChangeAssignments(session.portal().tags.changed(targets, {key: value})),
        label=f"Tag {count(len(targets))} resource{'' if len(targets) == 1 else 's'}",
    )
