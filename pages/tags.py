"""LF-tags: the governance model as it stands, the vocabulary, and what carries which tag."""

from __future__ import annotations

import streamlit as st

from pages.parts import tag_assignments, tag_coverage, tag_expressions, tag_model, tag_rights, tag_vocabulary, trouble
from pages.parts.session import portal

TABS = {
    "Model": tag_model.draw,
    "Vocabulary": tag_vocabulary.draw,
    "Assignments": tag_assignments.draw,
    "Coverage": tag_coverage.draw,
    "Expressions": tag_expressions.draw,
    "Rights": tag_rights.draw,
}


def _draw() -> None:
    st.title("Tags")
    if not portal().tags.vocabulary():
        with st.container(border=True):
            st.markdown(":material/sell: There are no LF-tags yet: they come with the first domain.")
            st.page_link("pages/domains.py", label="Create the first domain", icon=":material/domain_add:")
        return
    for tab, draw in zip(st.tabs(list(TABS), key="tags_tab", on_change="rerun"), TABS.values(), strict=True):
        if tab.open:
            with tab, trouble.caught():
                draw()


with trouble.caught():
    _draw()
