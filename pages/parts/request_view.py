"""One request: how far each part is, what happened, and what the visitor can do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from mesh_core.domain.request_forms import Choice
from mesh_core.domain.requests import MOVES, Action, Part, Request, check_side, moved
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import DataFilter
from mesh_core.errors import MeshError
from pages.parts import filter_editor, plan_view, policy_view, radius_view, run_as_view, session, trouble, why_view
from pages.parts.text import plain, when

MOVING_S, RESTING_S = 1.0, 5.0  # how often a request is looked at again
MOVING = ("approved", "ending")
BADGES = {
    "open": ":orange-badge[:material/hourglass: open]",
    "approved": ":blue-badge[:material/sync: approved, being granted]",
    "granted": ":green-badge[:material/verified: granted]",
    "failed": ":red-badge[:material/error: failed]",
    "drifted": ":red-badge[:material/difference: drifted]",
    "ending": ":blue-badge[:material/sync: being taken back]",
}
STEPS = ("requested", "approved", "granted")
REACHED = {"open": 1, "approved": 2, "failed": 2, "granted": 3, "drifted": 3, "ending": 3, "expired": 3, "revoked": 3}


def badge(state: str) -> str:
    """A state as a badge."""
    return BADGES.get(state, f":gray-badge[{plain(state)}]")


def draw(request: Request) -> None:
    """The whole request; until it is over, what others do to it appears by itself."""
    who = session.visitor()
    with st.container(border=True, key="request"):
        until = f"until {plain(request.until)}" if request.until else "open-ended"
        st.subheader(f"{plain(request.role)} asks for access", anchor=False)
        st.markdown(f"{badge(request.state)} · asked {when(request.created_at)} · {until}")
        st.markdown(f"**What for:** {plain(request.purpose)}")
        for line in request.conditions:
            st.caption(f":material/check: Accepted: {plain(line)}")
        if request.sql:
            with st.expander("The query that it is for", icon=":material/terminal:"):
                st.code(request.sql, language="sql", wrap_lines=True)
        if request.asked_until:
            _draw_extension(who, request)
        for part in request.parts:
            _draw_part(who, request, part)
        _draw_actions(who, request)
        with st.expander("What happened", icon=":material/history:"):
            _draw_history(request)
    if not request.is_over:
        _follow(who, request)


def _follow(who: Visitor, request: Request) -> None:
    moving = any(part.state in MOVING for part in request.parts)

    @st.fragment(run_every=MOVING_S if moving else RESTING_S)
    def _poll() -> None:
        now = session.portal().requests.get(who, request.id)
        if now != request:
            st.rerun()

    _poll()


def _draw_part(who: Visitor, request: Request, part: Part) -> None:
    with st.container(border=True, key=f"part_{part.table.replace('.', '_')}"):
        rows = f" in the rows where {plain(part.row_filter)}" if part.row_filter else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(part.table)}**: {plain(', '.join(part.columns))}{rows}", width="stretch")
            st.markdown(badge(part.state), width="content")
        st.markdown(_steps(part))
        if part.words:
            st.caption(plain(part.words))
        with st.container(horizontal=True):
            why_view.link("Why it is as it is", request.role, part.table, part.columns[0])
        if part.state == "open" and _may(who, request, part, "approve"):
            with trouble.caught():
                _draw_decision(who, request, part)


def _steps(part: Part) -> str:
    reached = REACHED.get(part.state, 1)
    return " → ".join(
        f":green[:material/check_circle: {step}]" if at < reached else f":gray[:material/circle: {step}]"
        for at, step in enumerate(STEPS)
    )


def _may(who: Visitor, request: Request, part: Part, action: Action) -> bool:
    try:
        check_side(who, request, part, action)
        moved(part, action)
    except MeshError:
        return False
    return True


def _draw_decision(who: Visitor, request: Request, part: Part) -> None:
    """What to grant, what that does, the look through the role's eyes, and the two buttons."""
    requests, key = session.portal().requests, f"{request.id}_{part.table}"
    edited = Choice(part.columns)
    with st.expander("Grant other columns, or only some rows", icon=":material/tune:"):
        names = session.portal().access.columns(part.table)
        columns = st.multiselect("Columns", names, default=part.columns, key=f"decide_columns_{key}")
        rows = st.text_input(
            "Only the rows where",
            key=f"decide_rows_{key}",
            placeholder="country = 'FI' AND age >= 18",
            help="A condition as Lake Formation's data cells filters take it; empty means every row.",
        )
        edited = Choice(tuple(columns), rows.strip())
        if edited.row_filter and columns:
            database, _, table = part.table.partition(".")
            filter_editor.draw_effect(DataFilter(database, table, "preview", edited.columns, (), edited.row_filter))
    found = requests.proposals(who, request.id, part.table, edited)
    words = [
        one.words + (f", which opens {len(one.opens_more)} more columns" if one.opens_more else "") for one in found
    ]
    at = 0
    if len(found) > 1:
        at = st.radio("Grant", range(len(found)), format_func=lambda n: words[n], key=f"decide_how_{key}") or 0
    else:
        st.markdown(f"**Grants** {plain(words[0])}")
    chosen = found[at]
    if chosen.opens_more:
        st.warning(
            f"It opens more than was asked for: {plain(', '.join(chosen.opens_more[:20]))}"
            f"{' and others' if len(chosen.opens_more) > 20 else ''}.",
            icon=":material/warning:",
        )
    choice = Choice(edited.columns, edited.row_filter, chosen.kind)
    plan = requests.plan(who, request.id, part.table, choice)
    policy_view.draw(plan)
    plan_view.show_effects(plan.effects)
    radius_view.draw(plan, request.id)
    run_as_view.draw(request.role, part.table, chosen.intent, key=part.table.replace(".", "_"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Approve",
            key=f"approve_{part.table.replace('.', '_')}",
            type="primary",
            icon=":material/check:",
            on_click=_do,
            args=(lambda: requests.approve(who, request.id, {part.table: choice}),),
        )
        with st.popover("Reject", icon=":material/close:"):
            reason = st.text_area("Why not?", key=f"reject_why_{key}", max_chars=1000)
            st.button(
                "Reject it",
                key=f"reject_{part.table.replace('.', '_')}",
                on_click=_do,
                args=(lambda: requests.reject(who, request.id, part.table, reason),),
            )


def _draw_actions(who: Visitor, request: Request) -> None:
    """What can be done with the request as a whole."""
    requests = session.portal().requests
    mine = who.role == request.role
    offers: list[tuple[Action, str, str, Callable[[], Request]]] = [
        ("retry", "Try again", "refresh", lambda: requests.retry(who, request.id)),
        ("reapply", "Re-apply the grant", "sync", lambda: requests.reapply(who, request.id)),
        ("withdraw", "Withdraw", "undo", lambda: requests.withdraw(who, request.id)),
        ("revoke", "Give it back" if mine else "Take it back", "key_off", lambda: requests.revoke(who, request.id)),
        ("close", "Close", "close", lambda: requests.close(who, request.id)),
    ]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for action, label, icon, work in offers:
            if any(_may(who, request, part, action) for part in request.parts if part.state in MOVES[action].states):
                st.button(label, key=f"request_{action}", icon=f":material/{icon}:", on_click=_do, args=(work,))
        if any(part.state in ("granted", "drifted") for part in request.parts):
            words = "Looks now whether the grants are still there; the portal does so by itself every few seconds."
            st.button("Compare now", key="request_compare", icon=":material/difference:", help=words, on_click=_compare)
        if request.until and any(part.state == "granted" for part in request.parts) and not request.asked_until:
            _draw_more_time(who, request)
    compared = st.session_state.pop("request_compared", None)
    if compared is not None:
        states = {part.state for part in request.parts}
        words = "the live grants differ: see above." if "drifted" in states else "the live grants are as approved."
        st.caption(f"Compared at {when(compared.isoformat())}: {words}")
    problem = st.session_state.pop("request_problem", None)
    if problem is not None:
        trouble.show(problem)


def _compare() -> None:
    """Granted requests against the live grants, read anew."""
    portal = session.portal()
    try:
        portal.reading.forget()
        portal.reading.world()  # the worker would only log that it can't be read
        portal.requests.worker.settle()
    except MeshError as error:
        st.session_state["request_problem"] = error
    else:
        st.session_state["request_compared"] = datetime.now(UTC)


def _draw_more_time(who: Visitor, request: Request) -> None:
    today = datetime.now(UTC).date()
    with st.popover("More time", icon=":material/more_time:"):
        day = st.date_input(
            "Until", max(today, date.fromisoformat(request.until)) + timedelta(days=90), today, key="request_until"
        )
        st.button(
            "Ask for it" if who.role == request.role else "Extend",
            key="request_extend",
            on_click=_do,
            args=(lambda: session.portal().requests.extend(who, request.id, f"{day}"),),
        )


def _draw_extension(who: Visitor, request: Request) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            f"{plain(request.role)} asks to keep it until {plain(request.asked_until)}.", icon=":material/more_time:"
        )
        if all(who.may_change(part.owner) for part in request.parts):
            st.button(
                "Extend",
                key="request_extend_asked",
                type="primary",
                on_click=_do,
                args=(lambda: session.portal().requests.extend(who, request.id, request.asked_until),),
            )


def _draw_history(request: Request) -> None:
    rows = [
        {"When": when(one.at), "Who": one.who, "What": one.what, "Product": one.table, "Words": one.words}
        for one in reversed(request.history)
    ]
    st.dataframe(rows, hide_index=True, width="stretch", alt="What happened to this request")


def _do(work: Callable[[], Request]) -> None:
    """Do it, and go on showing this request, wherever its list has it now."""
    try:
        st.query_params["request"] = work().id
    except MeshError as error:
        st.session_state["request_problem"] = error
