"""Personal data: which columns look like it and aren't marked so, by a look at names and values; decided in bulk."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.names import STEWARD
from mesh_core.domain.suggestions import Found, State
from mesh_core.errors import MeshError
from mesh_core.services.personal import Progress, Row
from pages.parts import change_view, trouble
from pages.parts.session import portal, visitor
from pages.parts.text import count, plain, rows_key

JOB, POLL_S, UNDO = "personal_accept", 0.5, "personal_undo"
STATES: tuple[State, ...] = ("open", "accepted", "rejected")
EVERYWHERE, ANY_KIND = "every domain", "every kind"
SURE = {"Any": 0.0, "70 % and more": 0.7, "90 % and more": 0.9}


def _draw() -> None:
    st.title("Personal data")
    who = visitor()
    if not (who.is_steward or who.owned):
        with st.container(border=True):
            st.markdown(
                f":material/lock: {plain(who.role)} owns no domain. What is personal is decided by the owners of "
                f"domains, and by {plain(STEWARD)} for all of them."
            )
        return
    st.markdown(
        "Columns whose names or values look personal and that aren't marked `pii=true`. The values are looked at with "
        "the domain owner's rights and kept nowhere. New products are looked at by themselves within a minute."
    )
    _draw_scan()
    if change_view.draw_job(JOB):
        return
    problem = st.session_state.pop("personal_problem", None)
    if problem is not None:
        trouble.show(problem)
    rows = portal().personal.rows(who)
    titles = [state.capitalize() for state in STATES]
    for tab, state in zip(st.tabs(titles, key="personal_tab", on_change="rerun"), STATES, strict=True):
        if tab.open:
            with tab, trouble.caught():
                _draw_state(state, [row for row in rows if row.state == state])


def _draw_scan() -> None:
    personal, who = portal().personal, visitor()
    names = tuple(d.name for d in portal().domains.all() if who.may_change(d.name))
    now = personal.progress()
    if now is not None and now.state == "running":
        _draw_running()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scope = st.selectbox("Look at", ("all products", *names), key="personal_scope", width=240)
        if st.button("Scan now", key="personal_scan", icon=":material/search:", type="primary"):
            with trouble.caught():
                personal.start(who, "" if scope == "all products" else scope)
                st.rerun()
    if now is not None:
        _draw_ended(now)


@st.fragment(run_every=POLL_S)
def _draw_running() -> None:
    now = portal().personal.progress()
    if now is None or now.state != "running":
        st.rerun()
    share = now.done / now.total if now.total else 1.0
    st.progress(share, text=f"Looking at {plain(now.scope) or 'all products'}: {now.done} of {now.total}")
    st.button("Cancel", key="personal_cancel", icon=":material/stop:", on_click=portal().personal.cancel)


def _draw_ended(now: Progress) -> None:
    columns = f"{count(now.open_found) if now.open_found else 'no'} column{'' if now.open_found == 1 else 's'}"
    looked = f"{count(now.done)} of {count(now.total)} products were looked at, with {columns} to decide on."
    if now.state == "failed":
        st.error(f"The scan failed: {plain(now.words)} {looked} Scan again.", icon=":material/error:")
    elif now.state == "cancelled":
        st.info(f"Stopped. {looked}", icon=":material/stop:")
    else:
        st.caption(f"The last scan: {looked}")
    if now.by_names:
        with st.expander(f"Looked at by their names only: {count(len(now.by_names))}"):
            st.markdown("\n".join(f"- **{plain(name)}**: {plain(why)}" for name, why in now.by_names))


def _draw_state(state: State, rows: list[Row]) -> None:
    _draw_undo()
    if not rows:
        looked = portal().personal.looked_at(visitor())
        words = {
            "open": f"Nothing is open: in {count(looked)} products that were looked at no column looks personal and "
            "unmarked."
            if looked
            else "Nothing was looked at yet. Scan now, or wait a minute.",
            "accepted": "Nothing was accepted yet. A suggestion counts as accepted while its column carries pii=true.",
            "rejected": "Nothing was rejected. What you reject stays here, whatever scan finds it again.",
        }
        st.info(words[state], icon=":material/fingerprint:")
        return
    shown = _chosen(rows)
    table = [
        {
            "Column": row.found.name,
            "Looks like": row.found.kind,
            "Confidence": row.found.confidence,
            "Why": row.found.reason,
            **({"Rejected by": row.found.rejected_by, "Because": row.found.note} if state == "rejected" else {}),
        }
        for row in shown
    ]
    picked = st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        key=rows_key(f"personal_{state}", (row.found.name for row in shown)),
        on_select="rerun",
        selection_mode="multi-row",
        column_config={"Confidence": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)},
        alt=f"{len(table)} columns that look personal: {state}",
    )
    chosen = [shown[at] for at in picked.selection.rows if at < len(shown)]
    if state == "accepted":
        return
    if len(shown) > 1 and st.toggle(f"All {count(len(shown))} that are shown", key=f"personal_all_{state}"):
        chosen = shown
    if state == "rejected":
        off, icon = not chosen, ":material/undo:"
        st.button("Open again", key="personal_reopen", icon=icon, disabled=off, on_click=_reopen, args=(chosen,))
    else:
        _draw_decision(chosen)


def _chosen(rows: list[Row]) -> list[Row]:
    with st.container(horizontal=True):
        domains = sorted({row.found.target.database for row in rows})
        domain = st.selectbox("Domain", (EVERYWHERE, *domains), key="personal_domain", width=200)
        kinds = sorted({row.found.kind for row in rows})
        kind = st.selectbox("Looks like", (ANY_KIND, *kinds), key="personal_kind", width=200)
        sure = st.selectbox("Confidence", list(SURE), key="personal_sure", width=200)
    return [
        row
        for row in rows
        if domain in (EVERYWHERE, row.found.target.database)
        and kind in (ANY_KIND, row.found.kind)
        and row.found.confidence >= SURE[sure]
    ]


def _draw_decision(chosen: list[Row]) -> None:
    if not chosen:
        st.caption("Choose rows, then accept them with one plan, or reject them.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Why not personal? (may stay empty)", key="personal_note", max_chars=500, width=360)
        many = f" {count(len(chosen))}" if len(chosen) > 1 else ""
        st.button(f"Reject{many}", key="personal_reject", icon=":material/close:", on_click=_reject, args=(chosen,))
    found = [row.found for row in chosen]
    change_view.draw_plan(JOB, portal().personal.accepting(found), label=f"Accept{many}")


def _reject(chosen: list[Row]) -> None:
    found = [row.found for row in chosen]
    try:
        portal().personal.reject(visitor(), found, st.session_state.get("personal_note", ""))
    except MeshError as error:
        st.session_state["personal_problem"] = error
    else:
        st.session_state[UNDO] = (visitor().role, found)
        st.session_state["personal_note"] = ""
        st.session_state["personal_all_open"] = False


def _reopen(chosen: list[Row]) -> None:
    _open_again([row.found for row in chosen])


def _draw_undo() -> None:
    role, found = st.session_state.get(UNDO, ("", []))
    if not found or role != visitor().role:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        many = f"{plain(found[0].name)} is" if len(found) == 1 else f"{count(len(found))} columns are"
        st.markdown(f":material/close: {many} rejected.", width="content")
        st.button("Undo", key="personal_undo_button", type="tertiary", icon=":material/undo:", on_click=_undo)


def _undo() -> None:
    _open_again(st.session_state.pop(UNDO, ("", []))[1])


def _open_again(found: list[Found]) -> None:
    try:
        portal().personal.reopen(visitor(), found)
    except MeshError as error:
        st.session_state["personal_problem"] = error


with trouble.caught():
    _draw()
