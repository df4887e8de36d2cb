"""What a change reaches beyond columns: past queries, views and open requests that come out differently."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.plan import Plan
from mesh_core.domain.radius import Radius
from pages.parts import session
from pages.parts.text import count, plain

SHOWN = 50


def draw(plan: Plan, deciding: str = "") -> None:
    """Nothing for a plan that changes no governance. deciding: the request that the plan is the answer to."""
    with st.spinner("Deciding the queries of the last 90 days again …"):
        found = session.portal().radius.of(plan)
    if found is None:
        return
    with st.container(border=True, key="radius"):
        st.markdown(f":material/radar: **Blast radius.** {_summary(found)}")
        for words in found.kept_by[:5]:
            st.caption(f"No change in effective access: {plain(words)}.")
        _draw_queries(found)
        for view, role in found.views[:SHOWN]:
            st.markdown(f"- The view **{plain(view)}** breaks for {plain(role)}.")
        for one in [other for other in found.requests if other.request_id != deciding][:SHOWN]:
            words = "can't be granted any more" if one.becomes == "breaks" else "asks for what this gives already"
            st.markdown(f"- An open request of {plain(one.role)} for **{plain(one.table)}** {words}.")


def _summary(found: Radius) -> str:
    gain, lose = ({one.principal for one in some} for some in (found.gains, found.loses))
    fails = sum(one.becomes == "fails" for one in found.queries)
    parts = [
        f"{_roles(len(gain))} gain{'s' if len(gain) == 1 else ''}",
        f"{_roles(len(lose))} lose{'s' if len(lose) == 1 else ''}",
        f"{count(fails)} of {count(found.looked_at)} queries of the last 90 days that it touches would fail",
        f"{count(len(found.queries) - fails)} would newly succeed",
    ]
    saved = [sum(one.becomes == becomes for one in found.saved) for becomes in ("fails", "succeeds")]
    if sum(saved):
        parts.append(f"{count(saved[0])} saved queries would fail and {count(saved[1])} succeed")
    words = ", ".join(parts) + "."
    return words[0].upper() + words[1:]


def _roles(number: int) -> str:
    return f"{number or 'no'} role{'' if number == 1 else 's'}"


def _draw_queries(found: Radius) -> None:
    if not found.queries:
        return
    rows = [
        {
            "Would": "fail" if one.becomes == "fails" else "succeed",
            "Role": one.query.role,
            "Query": " ".join(one.query.sql.split()),
            "Lacks then": one.reason,
            "Saved as": one.query.saved,
            "Ran": one.query.times,
            "Last (UTC)": one.query.last_at[:16],
        }
        for one in found.queries[:SHOWN]
    ]
    st.dataframe(rows, hide_index=True, width="stretch", alt=f"{len(rows)} queries that would come out differently")
    if len(found.queries) > SHOWN:
        st.caption(f"The first {SHOWN} of {count(len(found.queries))}.")
