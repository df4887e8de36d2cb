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
    st.markdown("A domain owns its data products: a bucket, a Glue database with its LF\\-tag, an owner role.")
    domains = portal().domains.all()
    if not domains:
        with st.container(border=True):
            st.markdown(":material/domain_add: There is no domain yet. Create the first one below.")
    with st.grid(min_column_width=320):
        for domain in domains:
            _draw_card(domain)
    _draw_creation()


def _draw_card(domain: DomainView) -> None:
    with st.container(border=True, height="stretch", key=f"domain_card_{domain.name}"):
        st.subheader(plain(domain.name), anchor=False)
        said = plain(domain.description) or "Nobody has said yet what it is about."
        st.markdown(
            f"{said}\n\n:material/person: Owner **{plain(domain.owner)}**\n\n"
            f":material/dataset: {_products(domain)}\n\n{_health_line(domain)}"
        )
        for problem in portal().domains.health(domain).problems:
            st.error(plain(problem), icon=":material/heart_broken:")
        if domain.foreign:
            st.caption(f"Tables that the portal did not make: {plain(', '.join(domain.foreign))}")
        with st.container(horizontal=True):
            address = {"domain": domain.name}
            st.page_link("pages/catalog.py", label="Its products", icon=":material/menu_book:", query_params=address)
            if visitor().may_change(domain.name):
                st.page_link("pages/publish.py", label="Create a product", icon=":material/add_box:")


def _products(domain: DomainView) -> str:
    """Products, views among them, and what they hold."""
    views = f", {_many(domain.view_count, 'view')} among them" if domain.view_count else ""
    held = f" · {count(domain.row_count)} rows · {size(domain.size_bytes)}" if domain.size_bytes else ""
    return f"{_many(len(domain.products), 'product')}{views}{held}"


def _many(number: int, what: str) -> str:
    return f"{count(number)} {what}{'' if number == 1 else 's'}"


def _health_line(domain: DomainView) -> str:
    if not portal().domains.health(domain).is_well:
        return ":red[:material/heart_broken: Needs attention]"
    return ":green[:material/check_circle: Healthy] · applies finished, contracts as in S3, Lake Formation in force"


def _draw_creation() -> None:
    st.subheader("Create a domain", anchor=False)
    job_id = st.session_state.get(JOB)
    if job_id:
        _draw_job(job_id)
        return
    if not visitor().is_steward:
        st.info(
            f"{plain(visitor().role)} may not create domains: mesh\\-steward may. Choose it under *Acting as*, or ask.",
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
            if plan_view.apply_button(plan, "domain_apply") and JOB not in st.session_state:
                st.session_state[JOB] = portal().changes.apply(visitor(), plan)
                st.rerun()


def _draw_job(job_id: str) -> None:
    with trouble.caught():
        record = job_view.follow(portal().jobs, job_id, visitor())
        if record.state == "done":
            st.success(f"{plain(record.title)}: done.", icon=":material/check_circle:")
            st.page_link("pages/publish.py", label="Create its first product", icon=":material/add_box:")
        if record.state not in job_view.LIVE:
            st.button("Create another", key="domain_again", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(JOB, None)
    st.session_state.pop(INTENT, None)


_draw()
