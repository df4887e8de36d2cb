"""Vocabularies to begin with: what a key is for, what its values mean, and one plan that adds what is missing."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.vocabularies import VocabularyTemplate, from_template, missing_values, wanted_values
from mesh_core.services.vocabularies import shipped_vocabularies
from pages.parts import change_view, session
from pages.parts.text import plain


def draw(job: str) -> None:
    """The templates with how much of each the mesh has; the chosen one whole. `job` is the section's change."""
    with st.expander(
        "Start from a template", icon=":material/library_add:", key="vocabulary_templates", on_change="rerun"
    ) as box:
        if box.open:
            _draw(job)


def _draw(job: str) -> None:
    world = session.portal().reading.world()
    templates = {one.title: one for one in shipped_vocabularies()}
    rows = []
    for one in templates.values():
        missing = missing_values(world, one)
        have = "whole" if not missing else "in part" if world.tags.get(one.key) else "not yet"
        rows.append({"Template": one.title, "LF-tag": one.key, "In this mesh": have, "What for": one.description})
    st.dataframe(rows, hide_index=True, width="stretch", alt="Templates of vocabularies and how much of each there is")
    chosen = st.selectbox("Template", list(templates), index=None, key="tags_template", placeholder="Choose one …")
    if chosen is not None:
        _draw_one(templates[chosen], job)


def _draw_one(template: VocabularyTemplate, job: str) -> None:
    world = session.portal().reading.world()
    missing = missing_values(world, template)
    st.markdown(f"{plain(template.description)} {plain(template.decides)}")
    if template.of_domains:
        st.caption(
            f"Its values are the mesh's domains: {plain(', '.join(wanted_values(world, template))) or 'none yet'}."
        )
    else:
        rows = [
            {
                "Value": one.value,
                "Means": one.means,
                "Use it": one.use,
                "Decided by": one.decides,
                "In this mesh": "no" if one.value in missing else "yes",
            }
            for one in template.values
        ]
        st.dataframe(rows, hide_index=True, width="stretch", alt=f"The values of {template.key} and what they mean")
    if not missing:
        st.success("The mesh has all of it.", icon=":material/check_circle:")
        return
    change_view.draw_plan(job, from_template(world, template), label="Add")
