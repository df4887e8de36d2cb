"""The wizard's first page: drafts to continue, templates to begin with."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from mesh_core.domain.publish_wizard import Stage
from mesh_core.services.drafts import SavedDraft
from mesh_core.services.templates import Template, load_templates
from pages.parts import session, trouble
from pages.parts.text import plain, when

SHOWN_DRAFTS = 12
# Where the Query page leaves the statement that is to become a view.
SQL = "draft_view_sql"
Open = Callable[[str, Stage], None]


def draw_refusal() -> None:
    """What the visitor may not do, and who may."""
    owners = [f"{domain.owner} ({domain.name})" for domain in session.portal().domains.all()]
    with st.container(border=True):
        if owners:
            st.markdown(
                f":material/lock: {plain(session.visitor().role)} owns no domain, so it can't create products. "
                f"These may: {plain(', '.join(owners))} and mesh\\-steward, everywhere. Choose one under *Acting as*."
            )
        else:
            st.markdown(":material/domain_add: A product belongs to a domain, and there is none yet.")
            st.page_link("pages/domains.py", label="Create the first domain", icon=":material/domain_add:")


def draw(go: Open) -> None:
    """Drafts, then templates; `?template=` begins with one at once, with the SQL that the Query page left."""
    asked = st.query_params.get("template")
    if asked:
        with trouble.caught():
            begun = session.portal().wizard.begin(session.visitor(), asked, st.session_state.get(SQL, ""))
            st.session_state.pop(SQL, None)
            go(begun.id, "basics")
    drafts = session.portal().wizard.mine(session.visitor())
    if drafts:
        _draw_drafts(drafts, go)
    st.subheader("Begin with a template", anchor=False)
    templates = load_templates()
    with st.grid(min_column_width=280):
        for template in templates:
            _draw_template(template, go)


def _draw_drafts(drafts: tuple[SavedDraft, ...], go: Open) -> None:
    st.subheader("Continue where you left", anchor=False)
    titles = {one.name: one.title for one in load_templates()}
    with st.grid(min_column_width=280):
        for saved in drafts[:SHOWN_DRAFTS]:
            draft = saved.draft
            with st.container(border=True, height="stretch"):
                name = f"{draft.domain}.{draft.name}" if draft.name else f"{draft.domain}, without a name yet"
                st.markdown(
                    f"**{plain(name)}**\n\n{plain(titles[draft.template])} · saved {plain(when(saved.saved_at))}"
                )
                if st.button("Continue", key=f"continue_{saved.id}", icon=":material/edit:"):
                    with trouble.caught():
                        go(saved.id, session.portal().wizard.stage_left(session.visitor(), saved.id))


def _draw_template(template: Template, go: Open) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown(f"{template.icon} **{plain(template.title)}**\n\n{plain(template.description)}")
        if st.button("Choose", key=f"template_{template.name}", icon=":material/arrow_forward:"):
            with trouble.caught():
                go(session.portal().wizard.begin(session.visitor(), template.name).id, "basics")
