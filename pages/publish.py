"""Create product: template, basics, data and schema, governance, plan, apply; `?edit=sales.baskets` edits one.

`?draft=<id>&step=<step>` is a draft that is under way; it is stored at every change.
"""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.publish_wizard import STAGES, Stage
from mesh_core.errors import NotFoundError, PermissionDeniedError
from mesh_core.services.publish import WizardDraft
from pages.parts import trouble, wizard_basics, wizard_data, wizard_edit, wizard_governance, wizard_plan, wizard_start
from pages.parts.session import portal, visitor
from pages.parts.text import plain

OPEN, TRIED = "wizard_open", "wizard_tried"
TITLES: dict[Stage, str] = {"basics": "Basics", "data": "Data and schema", "governance": "Governance", "plan": "Plan"}


def _draw() -> None:
    query = st.query_params
    if "edit" in query:
        wizard_edit.draw(query["edit"])
        return
    st.title("Create product")
    if "published" in query:
        wizard_plan.draw_published(query["published"], query.get("job", ""))
        return
    if not portal().wizard.domains(visitor()):
        wizard_start.draw_refusal()
        return
    if "draft" not in query and OPEN in st.session_state and "template" not in query:
        query["draft"], query["step"] = st.session_state[OPEN]
    if "draft" in query:
        _draw_draft(query["draft"], query.get("step", "basics"))
    else:
        wizard_start.draw(_open)


def _open(draft_id: str, stage: Stage) -> None:
    st.query_params.from_dict({"draft": draft_id, "step": stage})
    st.session_state[OPEN] = (draft_id, stage)
    st.session_state.pop(TRIED, None)
    st.session_state.pop(wizard_data.REFUSED, None)
    st.rerun()


def _close() -> None:
    st.session_state.pop(OPEN, None)
    st.session_state.pop(wizard_data.REFUSED, None)
    st.query_params.clear()


def _draw_draft(draft_id: str, step: str) -> None:
    stage: Stage = next((one for one in STAGES if one == step), "basics")
    try:
        opened = portal().wizard.open(visitor(), draft_id)
    except (NotFoundError, PermissionDeniedError) as error:
        _close()
        trouble.show(error)
        st.button("Start a new product", key="wizard_new", icon=":material/add_box:")
        return
    st.session_state[OPEN] = (draft_id, stage)
    if opened.intake.job_id:
        stage = "plan"
    _draw_stepper(opened, stage)
    problems = dict(portal().wizard.problems(opened, stage)) if st.session_state.get(TRIED) == (draft_id, stage) else {}
    edited = _draw_stage(opened, stage, problems)
    if edited != opened:
        portal().wizard.save(edited, opened)
        if problems:
            st.rerun()
    if not edited.intake.job_id:
        _draw_navigation(edited, stage)


def _draw_stepper(opened: WizardDraft, stage: Stage) -> None:
    at = STAGES.index(stage)
    with st.container(horizontal=True, key="wizard_stepper"):
        for number, one in enumerate(STAGES):
            icon = ":material/check_circle:" if number < at else f":material/counter_{number + 1}:"
            label = f"**{TITLES[one]}**" if one == stage else TITLES[one]
            if st.button(label, key=f"wizard_step_{one}", type="tertiary", icon=icon, disabled=number > at):
                _open(opened.id, one)
    name = f"{opened.draft.domain}.{opened.draft.name}" if opened.draft.name else "A product without a name yet"
    st.caption(f"Step {at + 1} of {len(STAGES)} · {plain(name)} · saved as a draft at every change")


def _draw_stage(opened: WizardDraft, stage: Stage, problems: dict[str, str]) -> WizardDraft:
    match stage:
        case "basics":
            return wizard_basics.draw(opened, problems)
        case "data":
            return wizard_data.draw(opened, problems)
        case "governance":
            return wizard_governance.draw(opened, problems)
        case "plan":
            return wizard_plan.draw(opened)


def _draw_navigation(opened: WizardDraft, stage: Stage) -> None:
    at = STAGES.index(stage)
    trouble_place = st.container()
    goes = False
    with st.container(horizontal=True, key="wizard_navigation"):
        if at > 0 and st.button("Back", key="wizard_back", icon=":material/arrow_back:"):
            _open(opened.id, STAGES[at - 1])
        if stage != "plan":
            goes = st.button("Next", key="wizard_next", type="primary", icon=":material/arrow_forward:")
        st.space("stretch")
        st.button("Close, keep the draft", key="wizard_close", type="tertiary", on_click=_close)
        with st.popover("Discard", icon=":material/delete:"):
            st.markdown("The draft and its uploaded file are deleted for good. Products stay as they are.")
            st.button("Discard this draft", key="wizard_discard", on_click=_discard, args=(opened,))
    if goes:
        with trouble_place, trouble.caught():
            _leave(opened, stage)


def _discard(opened: WizardDraft) -> None:
    portal().wizard.discard(opened)
    _close()


def _leave(opened: WizardDraft, stage: Stage) -> None:
    """Go on when nothing is missing; else draw the step again with what is."""
    finished = wizard_data.finish(opened) if stage == "data" else opened
    portal().wizard.save(finished, opened)
    if portal().wizard.problems(finished, stage):
        st.session_state[TRIED] = (opened.id, stage)
        st.rerun()
    _open(opened.id, STAGES[STAGES.index(stage) + 1])


_draw()
