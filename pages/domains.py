"""Who owns what, how big it is, whether it is healthy; and the form that makes a new domain."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.domains import DomainView
from mesh_core.domain.intents import CreateDomain
from pages.parts import job_view, plan_view, trouble
from pages.parts.session import portal, visitor
from pages.parts.text import count, plain, size

JOB, INTENT = "domain_job", "domain_intent"


def _draw() -> None:
    st.title("Domains")
    st.markdown("A domain owns its data products: a bucket, a Glue database, an owner role.")
    domains = portal().domains.all()
    if not domains:
        with st.container(border=True):
            st.markdown(":material/domain_add: There is no domain yet. Create the first one below.")
    with st.grid(min_column_width=320):
        for domain in domains:
            _draw_card(domain)
    _draw_creation()


def _draw_card(domain: DomainView) -> None:
    with st.container(border=True, height="stretch"):
        st.subheader(plain(domain.name), anchor=False)
        st.markdown(
            f"{plain(domain.description)}\n\n"
            f":material/person: {plain(domain.owner)} · :material/dataset: {count(len(domain.products))} products · "
            f"{count(domain.row_count)} rows · {size(domain.size_bytes)}"
        )
        health = portal().domains.health(domain)
        if health.is_well:
            st.markdown(":green[:material/check_circle:] Healthy")
        for problem in health.problems:
            st.error(plain(problem), icon=":material/heart_broken:")
        if domain.foreign:
            st.caption(f"Tables that the portal did not make: {plain(', '.join(domain.foreign))}")
        st.page_link(
            "pages/catalog.py", label="Its products", icon=":material/menu_book:", query_params={"domain": domain.name}
        )


def _draw_creation() -> None:
    st.subheader("Create a domain", anchor=False)
    job_id = st.session_state.get(JOB)
    if job_id:
        _draw_job(job_id)
        return
    if not visitor().is_steward:
        st.info(
            f"{plain(visitor().role)} may not create domains; the steward may. Act as mesh-steward to create one.",
            icon=":material/lock:",
        )
        return
    with st.form("domain_form", border=True):
        name = st.text_input(
            "Name", key="domain_name", help="Lower-case letters, digits and _, at most 25. It can't be changed later."
        )
        description = st.text_input("What is it about?", key="domain_description", max_chars=200)
        if st.form_submit_button("Preview", key="domain_preview"):
            st.session_state[INTENT] = CreateDomain(name.strip(), description.strip())
    intent = st.session_state.get(INTENT)
    if intent is not None:
        with trouble.caught():
            plan = portal().changes.preview(visitor(), intent)
            plan_view.show(plan)
            if plan_view.apply_button(plan, "domain_apply"):
                st.session_state[JOB] = portal().changes.apply(visitor(), plan)
                st.rerun()


def _draw_job(job_id: str) -> None:
    with trouble.caught():
        record = job_view.follow(portal().jobs, job_id, visitor())
        if record.state == "done":
            st.success(f"{plain(record.title)}: done.", icon=":material/check_circle:")
            st.page_link("pages/publish.py", label="Create its first product", icon=":material/add_box:")
    st.button("Create another", key="domain_again", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(JOB, None)
    st.session_state.pop(INTENT, None)


_draw()
