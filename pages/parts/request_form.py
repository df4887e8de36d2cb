"""Ask for access: the form, filled in as far as the portal knows, on every page that says no."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from mesh_core.domain.request_forms import Ask, Form
from mesh_core.domain.request_grants import Wish
from mesh_core.errors import MeshError
from pages.parts import session, trouble
from pages.parts.text import plain

PAGE = "pages/requests.py"
OPEN_ENDED = "Open-ended"
DURATIONS = {"30 days": 30, "90 days": 90, "One year": 365, OPEN_ENDED: 0}


def draw(key: str, sql: str = "", tables: tuple[str, ...] = (), columns: tuple[str, ...] = ()) -> None:
    """The form for what the visitor lacks to run `sql`, or of `tables`; nothing where nothing is lacking.

    columns  of the one table named, those to begin with (all that are denied where it is left out)
    """
    sent = st.session_state.get(_name(key, "sent"))
    if sent is not None:
        _draw_sent(key, sent)
        return
    with trouble.caught():
        who, requests = session.visitor(), session.portal().requests
        wishes = requests.wishes(who, sql, tables)
        if wishes:
            _draw_form(key, requests.form(who, _begun(wishes, columns)), sql, wishes)


def button(key: str, sql: str = "", tables: tuple[str, ...] = ()) -> None:
    """A button that opens the form below it, and the form."""
    shown = _name(key, "shown")
    if st.button(
        "Request access", key=_name(key, "open"), icon=":material/key:", type="primary", disabled=_is_shown(shown)
    ):
        st.session_state[shown] = session.visitor().role
        st.rerun()
    if _is_shown(shown):
        draw(key, sql, tables)


def _is_shown(name: str) -> bool:
    return bool(st.session_state.get(name) == session.visitor().role)


def _begun(wishes: tuple[Wish, ...], columns: tuple[str, ...]) -> tuple[Wish, ...]:
    """The wishes, the first one's columns narrowed to those that the visitor came for."""
    first, *rest = wishes
    chosen = tuple(c for c in first.columns if c in columns)
    return (replace(first, columns=chosen), *rest) if chosen else wishes


def _draw_form(key: str, form: Form, sql: str, wishes: tuple[Wish, ...]) -> None:
    with st.container(border=True, key=_name(key, "form")):
        who = session.visitor()
        st.markdown(f":material/key: **Request access as {plain(who.role)}**")
        chosen = []
        for at, wish in enumerate(form.wishes):
            picked = st.multiselect(
                f"Columns of {wish.table} (asks {wish.owner}'s owner)",
                wishes[at].columns,
                default=wish.columns,
                key=_name(key, f"columns_{who.role}_{wish.table}_{'_'.join(wish.columns)}"[:200]),
            )
            chosen.append(replace(wish, columns=tuple(picked)))
        purpose = st.text_input(
            "What for?",
            key=_name(key, "purpose"),
            max_chars=1000,
            placeholder="What you need it for, in a sentence. The owner decides by it.",
        )
        days = st.selectbox("For how long?", list(DURATIONS), index=1, key=_name(key, "days"), width=240)
        if days == OPEN_ENDED:
            st.warning(
                "Open-ended access stays until somebody takes it away. Owners grant a time sooner.",
                icon=":material/hourglass_disabled:",
            )
        st.markdown("\n".join(f"- {plain(line)}" for line in form.conditions))
        accepted = st.checkbox("I accept these conditions", key=_name(key, "accept"))
        problem = st.session_state.pop(_name(key, "problem"), None)
        if problem is not None:
            trouble.show(problem)
        until = _until(DURATIONS[days])
        ask = Ask(tuple(chosen), purpose, until, form.conditions if accepted else (), sql)
        st.button(
            "Submit",
            key=_name(key, "submit"),
            type="primary",
            icon=":material/send:",
            on_click=_submit,
            args=(key, ask),
        )


def _until(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat() if days else ""


def _submit(key: str, ask: Ask) -> None:
    try:
        request = session.portal().requests.submit(session.visitor(), ask)
        st.session_state[_name(key, "sent")] = (session.visitor().role, request.id)
    except MeshError as error:
        st.session_state[_name(key, "problem")] = error


def _draw_sent(key: str, sent: tuple[str, str]) -> None:
    role, request_id = sent
    if role != session.visitor().role:
        return
    with trouble.caught(), st.container(border=True, key=_name(key, "done")):
        request = session.portal().requests.get(session.visitor(), request_id)
        owners = ", ".join(dict.fromkeys(part.owner for part in request.parts))
        st.success(
            f"Sent to the owner of {plain(owners)}. You may run the query again once it is granted.",
            icon=":material/mark_email_read:",
        )
        st.page_link(PAGE, label="Follow the request", icon=":material/inbox:", query_params={"request": request_id})


def _name(key: str, what: str) -> str:
    return f"ask_{key}_{what}"
