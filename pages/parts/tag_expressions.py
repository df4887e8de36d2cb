"""Saved LF-tag expressions: names that people understand for what a grant reaches; kept by the steward."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.intents import ChangeExpression
from mesh_core.domain.limits import INLINE_BYTES, size_of
from mesh_core.domain.names import STEWARD
from mesh_core.domain.tags import Expression
from mesh_core.services.tags import SavedExpression
from pages.parts import change_view, session, tag_guidance
from pages.parts.text import count, plain

NEW, JOB = "A new expression …", "tags_expression"


def draw() -> None:
    """What is saved, then the form."""
    st.markdown(
        "A saved expression gives a name to a choice of LF-tags. Grants by that name follow it: whoever changes the "
        "expression changes what all of them reach, and the plan says for whom."
    )
    found = session.portal().tags.expressions()
    if found:
        rows = [
            {
                "Name": one.name,
                "Matches everything with": one.words,
                "Columns now": one.columns,
                "Tables now": one.tables,
                "Granted to": ", ".join(one.roles) or "nobody",
            }
            for one in found
        ]
        st.dataframe(rows, hide_index=True, width="stretch", alt="Saved LF-tag expressions and what they reach")
    else:
        st.info("Nothing is saved yet.", icon=":material/bookmark:")
    if not session.visitor().is_steward:
        who = plain(session.visitor().role)
        st.caption(
            f"{who} may not change them: {plain(STEWARD)} keeps them, since a change reaches every grant by them."
        )
        return
    st.subheader("Save or change", anchor=False)
    if not change_view.draw_job(JOB):
        _draw_form({one.name: one for one in found})


def _draw_form(found: dict[str, SavedExpression]) -> None:
    chosen = st.selectbox("Expression", (NEW, *found), key="expression_chosen")
    held = found.get(chosen)
    if held is None:
        name = st.text_input(
            "Name", key="expression_name", placeholder="for example Sales without personal data"
        ).strip()
        if name in found:
            st.warning(f"{plain(name)} exists already: choose it above to change it.", icon=":material/warning:")
            return
    else:
        name = held.name
        if st.toggle("Delete it, with the grants by its name", key=f"expression_delete_{name}"):
            change_view.draw_plan(JOB, ChangeExpression(name, ()), label="Delete")
            return
    pairs = _choose(name if held else "", held.pairs if held else ())
    if not name or not pairs:
        st.caption("It needs a name, and a value of at least one LF-tag.")
    elif held is not None and pairs == held.pairs:
        st.caption("Choose other values to see the plan.")
    else:
        change_view.draw_plan(JOB, ChangeExpression(name, pairs), label="Change" if held else "Save")


def _choose(name: str, held: Expression) -> Expression:
    """Values by key, with what they match now."""
    now, pairs = dict(held), []
    with st.grid(min_column_width=220):
        for key, values in session.portal().tags.vocabulary().items():
            kept = [value for value in now.get(key, ()) if value in values]
            widget = f"expression_{name}_{key}"
            chosen = st.multiselect(
                key, values, kept, key=widget, placeholder="any, or not set", help=tag_guidance.help_for(key)
            )
            if chosen:
                pairs.append((key, tuple(sorted(chosen))))
    found: Expression = tuple(pairs)
    if found:
        reach = session.portal().access.reach(found)
        words = ", ".join(f"{plain(table)} ({len(columns)})" for table, columns in sorted(reach.columns.items()))
        st.markdown(
            f"Matches {count(reach.count)} columns of {count(len(reach.columns))} tables now: {words or 'none'}"
        )
        if size_of(found) > INLINE_BYTES:
            most = f"more than the {INLINE_BYTES} that a grant holds itself, so it needs its name."
            st.caption(f"{count(size_of(found))} bytes: {most}")
    return found
