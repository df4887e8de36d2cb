"""Step "Plan": exactly what will be made, one Apply, live steps, and the way to the product."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.names import ProductName
from mesh_core.domain.publish_wizard import STAGES
from mesh_core.errors import InvalidDraftError, NameTakenError
from mesh_core.services.publish import WizardDraft
from pages.parts import job_view, plan_view, session, trouble
from pages.parts.product_tabs import open_in_query
from pages.parts.text import plain


def draw(opened: WizardDraft) -> WizardDraft:
    """The plan, or the job where it is being applied."""
    if opened.intake.job_id:
        return _draw_job(opened)
    missing = [text for stage in STAGES for _, text in session.portal().wizard.problems(opened, stage)]
    if missing and not _exists(opened):
        st.warning("Something is missing yet:", icon=":material/warning:")
        st.markdown("\n".join(f"- {plain(text)}" for text in missing))
        return opened
    try:
        plan = session.portal().wizard.preview(session.visitor(), opened)
    except (InvalidDraftError, NameTakenError) as error:
        trouble.show(error)
        return opened
    if opened.draft.template == "cross-domain-view":
        draw_lacking(opened)
    plan_view.show(plan)
    if plan.is_empty:
        _link(str(opened.draft.product))
    elif plan_view.apply_button(plan, "wizard_apply"):
        with trouble.caught():
            session.portal().wizard.apply(session.visitor(), opened, plan)
            st.rerun()
    return opened


def _exists(opened: WizardDraft) -> bool:
    """Whether the name's only problem may be that the product stands already, as drafted."""
    found = [text for stage in STAGES for _, text in session.portal().wizard.problems(opened, stage)]
    return len(found) == 1 and "exists already" in found[0]


def draw_lacking(opened: WizardDraft) -> None:
    """Who could not read the view for want of a right on a table under it."""
    lacking = session.portal().wizard.data.lacking(opened.draft)
    if not lacking:
        st.markdown(":material/check_circle: Every role may read all that the view reads.")
        return
    st.markdown("**These roles can't read the view: they lack rights on what it reads**")
    rows = [{"Role": one.role, "Lacks": "; ".join(one.bases)} for one in lacking]
    st.dataframe(rows, hide_index=True, width="stretch", alt="Roles that lack rights on the tables under the view")


def _draw_job(opened: WizardDraft) -> WizardDraft:
    record = job_view.follow(session.portal().jobs, opened.intake.job_id, session.visitor())
    if record.state == "done":
        session.portal().wizard.discard(opened)
        st.session_state.pop("wizard_open", None)
        st.query_params.from_dict({"published": str(opened.draft.product), "job": record.id})
        st.rerun()
    if record.state in ("failed", "cancelled", "undone", "interrupted"):
        st.markdown("The draft is kept as it is.")
        if st.button("Plan again", key="wizard_plan_again", icon=":material/refresh:"):
            session.portal().wizard.plan_again(opened)
            st.rerun()
    return opened


def draw_published(product: str, job_id: str) -> None:
    """What was made, and where it is."""
    if session.portal().wizard.is_published(product):
        st.success(f"{plain(product)} is published.", icon=":material/check_circle:")
    else:
        st.info(f"There is no product {plain(product)} (any more).", icon=":material/search_off:")
    with st.container(horizontal=True, vertical_alignment="center"), trouble.caught():
        _link(product)
        if st.button("Query it", key="wizard_query", icon=":material/terminal:"):
            open_in_query(f"SELECT *\nFROM {ProductName.parse(product)}\nLIMIT 20")
        if st.button("Create another", key="wizard_another", icon=":material/add_box:"):
            st.query_params.clear()
            st.rerun()
    if job_id:
        with st.expander("What was done"), trouble.caught():
            job_view.follow(session.portal().jobs, job_id, session.visitor())


def _link(product: str) -> None:
    st.page_link(
        "pages/product.py",
        label=f"Open {plain(product)}",
        icon=":material/dataset:",
        query_params={"product": product},
    )
