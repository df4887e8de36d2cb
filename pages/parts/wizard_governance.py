"""Step "Governance": LF-tags of table and columns; personal data is suggested with its reason, ticked by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from mesh_core.domain.publish_wizard import PERSONAL, Hint, is_ticked, retagged
from mesh_core.domain.world import Column
from mesh_core.errors import MeshError
from mesh_core.services.publish import WizardDraft
from pages.parts import session, trouble, wizard_table
from pages.parts.text import plain
from pages.parts.wizard_basics import complain

INHERIT, AS_PRODUCT = "as the domain", "as the product"
FOUND, GENERATION = "wizard_suggestions", "wizard_tags_generation"


def draw(opened: WizardDraft, problems: Mapping[str, str]) -> WizardDraft:
    """Returns the draft with the tags as they are chosen."""
    keys = session.portal().wizard.tag_keys(session.visitor())
    complain(problems, "tags")
    complain(problems, "column_tags")
    opened = _table_tags(opened, keys)
    opened = _suggested(opened)
    return _column_tags(opened, keys)


def _table_tags(opened: WizardDraft, keys: Mapping[str, tuple[str, ...]]) -> WizardDraft:
    st.markdown("**The whole product** · what is not said here is inherited from the domain")
    tags = dict(opened.draft.tags)
    inherited = session.portal().wizard.inherited_tags(opened.draft.domain)
    with st.grid(min_column_width=220):
        for key, values in keys.items():
            options = (INHERIT, *values)
            widget = f"wizard_tag_{key}"
            if st.session_state.get(widget) not in options:
                st.session_state[widget] = tags.get(key, INHERIT)
            said = f"{INHERIT}: {inherited[key]}" if key in inherited else f"{INHERIT}, which doesn't say"
            chosen = st.selectbox(
                key, options, key=widget, format_func=lambda value, said=said: said if value == INHERIT else value
            )
            tags.pop(key, None)
            if chosen != INHERIT:
                tags[key] = chosen
    return replace(opened, draft=replace(opened.draft, tags=tags))


def _suggested(opened: WizardDraft) -> WizardDraft:
    found = _suggestions(opened)
    st.markdown(
        "**Personal data** · suggested by names, by a sample and by what a view reads; only what you tick is tagged"
    )
    if not found:
        st.caption("No column looks like personal data. Tag one below if you know better.")
    draft = opened.draft
    for one in found:
        key = f"wizard_personal_{one.column}"
        st.session_state.setdefault(key, is_ticked(draft, one.column))
        ticked = st.checkbox(
            f"**{plain(one.column)}** is personal data ({plain(one.kind)}). {plain(one.reason)}", key=key
        )
        if ticked != is_ticked(draft, one.column):
            own = dict(draft.column_tags.get(one.column, {}))
            kept = {k: v for k, v in own.items() if k not in PERSONAL}
            draft = retagged(draft, one.column, {**kept, **PERSONAL} if ticked else kept)
            st.session_state[GENERATION] = st.session_state.get(GENERATION, 0) + 1
    if found:
        said = ", ".join(f"{key}={value}" for key, value in PERSONAL.items())
        st.caption(f"A tick sets {plain(said)} on the column.")
    return replace(opened, draft=draft)


def _suggestions(opened: WizardDraft) -> tuple[Hint, ...]:
    """Remembered while the columns stay as they are: a view's sample is a query."""
    key = (opened.id, opened.intake.written, tuple((c.name, c.type) for c in opened.draft.columns))
    remembered = st.session_state.get(FOUND)
    if remembered is None or remembered[0] != key:
        try:
            found = session.portal().wizard.data.suggestions(session.visitor(), opened.id, opened.draft, opened.intake)
        except MeshError as error:
            trouble.show(error)
            found = ()
        remembered = st.session_state[FOUND] = (key, found)
    return tuple(remembered[1])


def _column_tags(opened: WizardDraft, keys: Mapping[str, tuple[str, ...]]) -> WizardDraft:
    """All columns with a choice for each key."""
    with st.expander("Tags of each column", icon=":material/sell:"):
        edited = wizard_table.edit(
            tag_rows(opened.draft.columns, opened.draft.column_tags, keys),
            f"wizard_column_tags_{opened.id}_{st.session_state.get(GENERATION, 0)}",
            ["Column", "Type"],
            tag_config(keys),
            "LF-tags of each column",
        )
    draft = opened.draft
    for row in edited:
        others = {k: v for k, v in draft.column_tags.get(row["Column"], {}).items() if k not in keys}
        own = {**others, **chosen_tags(row, keys)}
        if own != draft.column_tags.get(row["Column"], {}):
            draft = retagged(draft, row["Column"], own)
            st.session_state.pop(f"wizard_personal_{row['Column']}", None)
    if draft != opened.draft:
        session.portal().wizard.save(replace(opened, draft=draft))
        st.rerun()
    return opened


def tag_rows(
    columns: Sequence[Column], tags: Mapping[str, Mapping[str, str]], keys: Mapping[str, tuple[str, ...]]
) -> list[dict[str, str]]:
    """One row a column, with a cell for each key."""
    return [
        {"Column": c.name, "Type": c.type, **{key: tags.get(c.name, {}).get(key, AS_PRODUCT) for key in keys}}
        for c in columns
    ]


def tag_config(keys: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The choice in each key's cells."""
    return {
        key: st.column_config.SelectboxColumn(options=[AS_PRODUCT, *values], required=True)
        for key, values in keys.items()
    }


def chosen_tags(row: Mapping[str, str], keys: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The tags that a row chooses for its column itself."""
    return {key: row[key] for key in keys if row[key] != AS_PRODUCT}
