"""Remove what the portal made, and prove it: inventory, confirmation by name, live steps, a fresh inventory."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.inventory import Inventory
from mesh_core.services.journal import JobRecord
from mesh_core.services.teardown import Preview, Scope
from pages.parts import job_view, plan_view, trouble
from pages.parts.session import portal, visitor
from pages.parts.text import plain, size

JOB, SCOPE = "teardown_job", "teardown_scope"


def _draw() -> None:
    st.title("Teardown")
    st.markdown("Remove a product, a domain or the whole mesh. Only what the portal made is touched.")
    running = st.session_state.get(JOB)
    if running:
        _draw_job(*running)
        return
    scopes = portal().teardowns.scopes(visitor())
    if not scopes:
        _draw_nothing()
        return
    chosen = st.selectbox(
        "What to remove", scopes, index=None, format_func=lambda one: one.words, key=SCOPE, placeholder="Choose …"
    )
    if chosen is not None:
        with trouble.caught(), st.spinner("Taking the inventory …"):
            preview = portal().teardowns.preview(visitor(), chosen.intent)
        _draw_preview(chosen, preview)


def _draw_nothing() -> None:
    with st.container(border=True):
        if portal().domains.all():
            st.markdown(
                f":material/lock: **{plain(visitor().role)}** owns nothing that could be removed. "
                "Act as a domain's owner or as mesh-steward to tear something down."
            )
        else:
            st.markdown(":material/done_all: There is nothing to remove: the mesh is empty.")
            st.page_link("pages/domains.py", label="Create the first domain", icon=":material/domain:")


def _draw_preview(scope: Scope, preview: Preview) -> None:
    st.subheader(f"What {plain(scope.words.lower())} holds now", anchor=False)
    _draw_inventory(preview.inventory)
    for line in preview.kept:
        st.info(plain(line), icon=":material/inventory_2:")
    if preview.dependents:
        names = ", ".join(plain(one) for one in preview.dependents)
        st.warning(f"These views read from it and will stop working: {names}", icon=":material/link_off:")
    if preview.readers:
        with st.expander(f"{len(preview.readers)} named grants go with it"):
            st.markdown("\n".join(f"- {plain(one)}" for one in preview.readers))
    with st.expander(f"The plan: {len(preview.plan.steps)} steps and who loses what"):
        plan_view.show(preview.plan)
    _draw_confirmation(scope, preview)


def _draw_inventory(inventory: Inventory) -> None:
    rows = [{"Kind": kind, "Count": count} for kind, count in inventory.counts if count] or [
        {"Kind": kind, "Count": count} for kind, count in inventory.counts
    ]
    st.dataframe(rows, hide_index=True, width="stretch", height="content", alt="Inventory by kind")
    st.caption(f"Objects in S3, every version counted: {size(inventory.size_bytes)}")


def _draw_confirmation(scope: Scope, preview: Preview) -> None:
    if preview.plan.is_empty:
        st.info("Nothing to do: nothing of it is left.", icon=":material/check_circle:")
        return
    st.markdown("Deleting the objects can't be undone; every step before it can.")
    typed = st.text_input(f"Type **{plain(scope.confirm)}** to confirm", key="teardown_confirm", live=True)
    with st.container(horizontal=True):
        st.button("Cancel", key="teardown_cancel", on_click=_forget_scope)
        ready = typed == scope.confirm
        if st.button(
            "Tear down", key="teardown_apply", type="primary", icon=":material/delete_forever:", disabled=not ready
        ):
            with trouble.caught():
                st.session_state[JOB] = (portal().changes.apply(visitor(), preview.plan), scope)
                st.rerun()


def _forget_scope() -> None:
    st.session_state[SCOPE] = None


def _draw_job(job_id: str, scope: Scope) -> None:
    st.subheader(f"Tearing down: {plain(scope.words)}", anchor=False)
    with trouble.caught():
        record = portal().jobs.get(job_id)
        if record.state == "done":
            _draw_proof(record, scope)
            with st.expander(f"What was done: {len(record.steps)} steps"):
                job_view.draw(portal().jobs, record, visitor())
        elif job_view.follow(portal().jobs, job_id, visitor()).state not in job_view.LIVE:
            _draw_proof(record, scope)
    st.button("Back to Teardown", key="teardown_back", on_click=_forget_job)


def _draw_proof(record: JobRecord, scope: Scope) -> None:
    if record.state == "undone":
        st.info("Everything is as it was before.", icon=":material/undo:")
        return
    left, lines = portal().teardowns.proof(scope.intent)
    st.subheader("The proof: a fresh inventory", anchor=False)
    if left.is_empty:
        st.success("Nothing is left: every kind counts zero.", icon=":material/verified:")
    else:
        st.error("This is left:", icon=":material/warning:")
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    _draw_inventory(left)


def _forget_job() -> None:
    st.session_state.pop(JOB, None)
    st.session_state[SCOPE] = None


_draw()
