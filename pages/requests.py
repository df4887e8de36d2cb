"""Requests for access: what waits for me, what I received, what I sent."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.requests import Request
from pages.parts import request_conditions, request_view, trouble
from pages.parts.session import portal, visitor
from pages.parts.text import when

RULES = """# Nothing is approved by itself yet. An example, to begin with:
# rules:
#   - name: internal figures for a quarter
#     domain: [sales]
#     tags: {pii: ["false"], sensitivity: [public, internal]}
#     purpose: [report]
#     max_days: 90
"""
CHOSEN, TABLE, ANY = "request", "requests_table", "any"
MINE, RECEIVED, SENT = "Needs my action", "Received", "Sent"
NOTHING = {
    MINE: "Nothing waits for you.",
    RECEIVED: "Nobody has asked for anything that you own.",
    SENT: "You have asked for nothing yet. Where a page says that you may not read something, it offers to ask for it.",
}


def _draw() -> None:
    st.title("Requests")
    who, requests = visitor(), portal().requests
    lists = {MINE: requests.needing(who), RECEIVED: requests.received(who), SENT: requests.sent(who)}
    wanted = st.query_params.get(CHOSEN, "")
    names = [name for name in lists if name != RECEIVED or who.is_steward or who.owned]
    if st.session_state.get("requests_show") not in names or st.session_state.get("requests_of") != who.role:
        st.session_state["requests_show"], st.session_state["requests_of"] = _first(names, lists, wanted), who.role
    show = st.segmented_control(
        "Show",
        names,
        key="requests_show",
        required=True,
        format_func=lambda name: f"{name} ({len(lists[name])})",
        label_visibility="collapsed",
        on_change=_forget,
    )
    found = lists[show or names[0]]
    if show == RECEIVED and found:
        found = _filtered(found)
    if not found and not (wanted and lists[show or MINE] == ()):
        with st.container(border=True):
            st.markdown(
                f":material/inbox: {NOTHING[show or MINE] if not lists[show or MINE] else 'None is like that.'}"
            )
            if show == SENT:
                st.page_link("pages/catalog.py", label="Find a product in the Catalog", icon=":material/menu_book:")
    elif found:
        _draw_list(found)
    chosen = st.query_params.get(CHOSEN, "") or (found[0].id if show == MINE and found else "")
    if chosen:
        with trouble.caught():
            request_view.draw(requests.get(who, chosen))
    elif found:
        st.caption("Choose a request to see how far it is.")
    if who.is_steward or who.owned:
        request_conditions.draw(who)
    if who.is_steward:
        _draw_rules()


def _first(names: list[str], lists: dict[str, tuple[Request, ...]], wanted: str) -> str:
    """The list to begin with: the one that holds the request of the address, else the first that isn't empty."""
    for name in names:
        if wanted and any(one.id == wanted for one in lists[name]):
            return name
    return next((name for name in names if lists[name]), names[0])


def _filtered(found: tuple[Request, ...]) -> tuple[Request, ...]:
    with st.container(horizontal=True):
        states = sorted({one.state for one in found})
        state = st.selectbox("State", (ANY, *states), key="requests_state", width=200)
        roles = sorted({one.role for one in found})
        role = st.selectbox("Role", (ANY, *roles), key="requests_role", width=200)
        owners = sorted({part.owner for one in found for part in one.parts})
        owner = st.selectbox("Domain", (ANY, *owners), key="requests_owner", width=200)
    return tuple(
        one
        for one in found
        if state in (ANY, one.state)
        and role in (ANY, one.role)
        and (owner == ANY or any(part.owner == owner for part in one.parts))
    )


def _draw_list(found: tuple[Request, ...]) -> None:
    rows = [
        {
            "Role": one.role,
            "Asks for": "; ".join(f"{part.table} ({', '.join(part.columns)})" for part in one.parts),
            "What for": one.purpose,
            "State": one.state,
            "Until": one.until or "open-ended",
            "Asked": when(one.created_at),
        }
        for one in found
    ]
    picked = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height="content" if len(rows) <= 8 else 320,
        key=TABLE,
        on_select="rerun",
        selection_mode="single-row",
        alt=f"{len(rows)} requests",
    )
    for row in picked.selection.rows:
        if row < len(found) and st.query_params.get(CHOSEN) != found[row].id:
            st.query_params[CHOSEN] = found[row].id


def _draw_rules() -> None:
    """What is approved without an owner's click, for the steward to change."""
    with st.expander("What is approved by itself", icon=":material/rule:"):
        st.markdown(
            "Rules by sensitivity, domain, purpose and duration. What one approves is granted and tried like any "
            "request, with the rule's name in its history; what none matches waits for its owner."
        )
        kept = portal().requests.rules()
        text = st.text_area("Rules (YAML)", kept.text or RULES, key=f"requests_rules_{kept.etag}", height=220)
        if st.button("Save the rules", key="requests_save_rules", icon=":material/save:"):
            with trouble.caught():
                portal().requests.save_rules(visitor(), text, kept.etag)
                st.success("Saved: they hold for requests from now on.", icon=":material/check_circle:")


def _forget() -> None:
    st.query_params.pop(CHOSEN, None)
    st.session_state.pop(TABLE, None)


with trouble.caught():
    _draw()
