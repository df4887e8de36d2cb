"""The audit log: who did what, as which role, with which outcome; and whether the log itself is whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from mesh_core.domain.audit_chain import Entry
from mesh_core.domain.audit_filter import Wanted, as_csv, chosen
from mesh_core.domain.intents import PrepareMesh
from pages.parts import change_view, product_tabs, trouble
from pages.parts.session import portal, visitor
from pages.parts.text import count, plain

SPANS = {"Today": 1, "7 days": 7, "90 days": 90, "Everything": 0}
KINDS = ("change", "request", "decision", "run-as", "denied", "query", "policy", "disagreement")
ANYBODY, PAGE = "anybody", 200
EXAMPLE = "SELECT at, kind, actor, action, subject, outcome\nFROM mesh_system.audit\nORDER BY seq DESC\nLIMIT 100"


def _draw() -> None:
    st.title("Audit")
    who = visitor()
    scope = "everything" if who.is_steward else "what is about your domains, and your own" if who.owned else "your own"
    st.markdown(f"Changes, requests, decisions, looks as another role, queries and refusals. You see {scope}.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        span = st.selectbox("Since", list(SPANS), index=1, key="audit_since", width=150, bind="query-params")
        kinds = st.multiselect("Kind", KINDS, key="audit_kind", placeholder="Every kind", bind="query-params")
        text = st.text_input(
            "Words", key="audit_text", placeholder="A product, a role, a column …", bind="query-params"
        )
    days = SPANS[span]
    since = datetime.now(UTC) - timedelta(days=days) if days else None
    with st.spinner("Reading the log …"):
        seen = chosen(who, portal().audit.entries(since), Wanted())
    actors = (ANYBODY, *sorted({one.event.actor for one in seen}))
    actor = st.selectbox("Who", actors, key="audit_actor", width=240)
    found = chosen(who, seen, Wanted(tuple(kinds), "" if actor == ANYBODY else actor, text.strip()))
    if not found:
        with st.container(border=True):
            st.markdown(
                ":material/policy: Nothing was recorded yet."
                if not seen
                else ":material/filter_alt_off: No event is like that. Choose a longer time or fewer filters."
            )
    else:
        _draw_events(found)
    if who.is_steward:
        _draw_tables()
        _draw_chain()


def _draw_events(found: tuple[Entry, ...]) -> None:
    pages = -(-len(found) // PAGE)
    at = 1
    if pages > 1:
        at = int(st.number_input(f"Page of {pages}", 1, pages, 1, key="audit_page", width=140))
    shown = found[(at - 1) * PAGE : at * PAGE]
    rows = [
        {
            "When (UTC)": one.at[:19],
            "Who": one.event.actor,
            "Kind": one.event.kind,
            "Did": one.event.action,
            "To": one.event.subject,
            "Outcome": one.event.outcome,
        }
        for one in shown
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{count(len(found))} event{'s' if len(found) > 1 else ''}**, newest first", width="stretch")
        st.download_button(
            "Download as CSV",
            lambda: as_csv(found),
            file_name="audit.csv",
            mime="text/csv",
            key="audit_csv",
            icon=":material/download:",
            on_click="ignore",
        )
    picked = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height="content" if len(rows) <= 12 else 460,
        key="audit_table",
        on_select="rerun",
        selection_mode="single-row",
        alt=f"{len(found)} events of the audit log",
    )
    for row in picked.selection.rows:
        if row < len(shown):
            _draw_event(shown[row])


def _draw_event(entry: Entry) -> None:
    event = entry.event
    with st.container(border=True, key="audit_event"):
        st.subheader(f"Event {entry.seq}: {plain(event.action)}", anchor=False)
        facts = {
            "When": f"{entry.at} UTC",
            "Who": event.actor,
            "As": entry.role,
            "Kind": event.kind,
            "To": event.subject,
            "Outcome": event.outcome,
            "Before": event.before,
            "After": event.after,
            "Plan": event.plan_hash,
            **{name.replace("_", " "): text for name, text in sorted(event.detail.items())},
            "Hash": entry.hash,
        }
        st.table({name: plain(text) for name, text in facts.items() if text}, hide_header=True, border="horizontal")


def _draw_tables() -> None:
    """The way to the same as tables."""
    with st.expander("Query the records with SQL", icon=":material/table:", key="audit_sql", on_change="rerun") as box:
        if not box.open:
            return
        st.markdown(
            "Events, grants, requests and queries are tables of their own, brought up to now whenever you query them: "
            "`mesh_system.audit`, `mesh_system.grants`, `mesh_system.requests`, `mesh_system.queries`. Nobody but "
            "mesh\\-steward may read them."
        )
        if change_view.draw_job("audit_tables"):
            return
        if portal().system.is_ready():
            if st.button("Open in Query", key="audit_query", icon=":material/terminal:"):
                product_tabs.open_in_query(EXAMPLE)
            return
        st.markdown("This mesh was prepared before there were such tables.")
        change_view.draw_plan("audit_tables", PrepareMesh(), label="Make the tables")


def _draw_chain() -> None:
    with st.expander("Is the log whole?", icon=":material/link:", key="audit_chain", on_change="rerun") as box:
        if not box.open:
            return
        st.markdown(
            "Every event carries the hash of the one before it. A check reads all of them anew and names what was "
            "removed, altered, moved or cut off. Note the seal elsewhere: with it a check also finds a log that was "
            "written anew as a whole."
        )
        seal = portal().audit.seal()
        st.code(seal.seal if seal.seq else "no event yet", language=None)
        noted = st.text_input("A seal noted earlier", key="audit_noted", placeholder="optional")
        if st.button("Verify the chain", key="audit_verify", icon=":material/verified_user:"):
            bar = st.progress(0.0, "Reading every event …")
            with trouble.caught():
                checked = portal().audit.verify(noted, lambda part: bar.progress(min(part, 1.0)))
                bar.empty()
                if not checked.findings:
                    st.success(
                        f"All {count(checked.count)} events are as they were written.", icon=":material/verified:"
                    )
                for finding in checked.findings:
                    st.error(plain(finding.words), icon=":material/gpp_bad:")


with trouble.caught():
    _draw()
