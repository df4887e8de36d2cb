"""Step "Governance": LF-tags of table and columns; personal data is suggested with its reason, ticked by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from mesh_core.domain.personal_data import Suggestion
from mesh_core.domain.publish_wizard import PERSONAL, is_ticked, retagged
from mesh_core.errors import MeshError
from mesh_core.services.publish import WizardDraft
from pages.parts import trouble
from pages.parts.session import portal, visitor
from pages.parts.text import plain
from pages.parts.wizard_basics import complain

INHERIT = "as the domain"
FOUND = "wizard_suggestions"


def draw(opened: WizardDraft, problems: Mapping[str, str]) -> WizardDraft:
    """Returns the draft with the tags as they are chosen."""
    keys = portal().wizard.tag_keys()
    complain(problems, "tags")
    complain(problems, "column_tags")
    opened = _table_tags(opened, keys)
    opened = _suggested(opened)
    return _column_tags(opened, keys)


def _table_tags(opened: WizardDraft, keys: Mapping[str, tuple[str, ...]]) -> WizardDraft:
    st.markdown("**The whole product** · what is not said here is inherited from the domain")
    tags = dict(opened.draft.tags)
    inherited = portal().wizard.inherited_tags(opened.draft.domain)
    with st.grid(min_column_width=220):
        for key, values in keys.items():
            options = (INHERIT, *values)
            widget = f"wizard_tag_{key}"
            if st.session_state.get(widget) not in options:
                st.session_state[widget] = tags.get(key, INHERIT)
            said = f"The domain says {inherited[key]}." if key in inherited else "The domain doesn't say."
            chosen = st.selectbox(key, options, key=widget, help=said)
            tags.pop(key, None)
            if chosen != INHERIT:
                tags[key] = chosen
    return replace(opened, draft=replace(opened.draft, tags=tags))


def _suggested(opened: WizardDraft) -> WizardDraft:
    found = _suggestions(opened)
    st.markdown("**Personal data** · suggested by names and a sample of the values; only what you tick is tagged")
    if not found:
        st.caption("No column looks like personal data. Tag one below if you know better.")
    draft = opened.draft
    for one in found:
        key = f"wizard_personal_{one.column}"
        st.session_state.setdefault(key, is_ticked(draft, one.column))
        ticked = st.checkbox(f"**{plain(one.column)}** is personal data ({one.kind}). {plain(one.reason)}", key=key)
        if ticked != is_ticked(draft, one.column):
            own = dict(draft.column_tags.get(one.column, {}))
            kept = {k: v for k, v in own.items() if k not in PERSONAL}
            draft = retagged(draft, one.column, {**kept, **PERSONAL} if ticked else kept)
            st.session_state.pop(_editor_key(opened), None)
            st.session_state.pop(f"{_editor_key(opened)}_base", None)
    if found:
        said = ", ".join(f"{key}={value}" for key, value in PERSONAL.items())
        st.caption(f"A tick sets {plain(said)} on the column.")
    return replace(opened, draft=draft)


def _suggestions(opened: WizardDraft) -> tuple[Suggestion, ...]:
    """Remembered while the columns stay as they are: a view's sample is a query."""
    key = (opened.id, opened.intake.written, tuple((c.name, c.type) for c in opened.draft.columns))
    remembered = st.session_state.get(FOUND)
    if remembered is None or remembered[0] != key:
        try:
            found = portal().wizard.data.suggestions(visitor(), opened.id, opened.draft, opened.intake)
        except MeshError as error:
            trouble.show(error)
            found = ()
        remembered = st.session_state[FOUND] = (key, found)
    return tuple(remembered[1])


def _editor_key(opened: WizardDraft) -> str:
    return f"wizard_column_tags_{opened.id}"


def _column_tags(opened: WizardDraft, keys: Mapping[str, tuple[str, ...]]) -> WizardDraft:
    """All columns with a choice for each key; empty means inherited."""
    key = _editor_key(opened)
    base = st.session_state.setdefault(f"{key}_base", _rows(opened, keys))
    with st.expander("Tags of each column", icon=":material/sell:"):
        edited: list[dict[str, Any]] = st.data_editor(
            base,
            key=key,
            hide_index=True,
            width="stretch",
            num_rows="fixed",
            disabled=["Column", "Type"],
            column_config={
                name: st.column_config.SelectboxColumn(options=["", *values]) for name, values in keys.items()
            },
        )
    draft = opened.draft
    for row in edited:
        others = {k: v for k, v in draft.column_tags.get(row["Column"], {}).items() if k not in keys}
        own = {**others, **{k: row[k] for k in keys if row[k]}}
        if own != draft.column_tags.get(row["Column"], {}):
            draft = retagged(draft, row["Column"], own)
            st.session_state.pop(f"wizard_personal_{row['Column']}", None)
    if draft != opened.draft:
        changed = replace(opened, draft=draft)
        portal().wizard.save(changed)
        st.rerun()
    return opened


def _rows(opened: WizardDraft, keys: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    tags = opened.draft.column_tags
    return [
        {"Column": c.name, "Type": c.type, **{key: tags.get(c.name, {}).get(key, "") for key in keys}}
        for c in opened.draft.columns
    ]
