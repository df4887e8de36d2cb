"""The vocabulary: which LF-tags there are, where their values are used; create, change and delete as plans."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.intents import ChangeVocabulary
from mesh_core.domain.names import STEWARD
from pages.parts import change_view, session, tag_templates
from pages.parts.text import plain

KEY, JOB, NEW = "tags_key", "tags_vocabulary", "A new LF-tag …"


def draw() -> None:
    """Every value with its uses, then the form."""
    rows = [
        {
            "LF-tag": use.key,
            "Value": use.value,
            "Assigned at": len(use.targets),
            "Where": ", ".join(use.targets) or "nowhere",
            "Named by the grants of": ", ".join(use.roles) or "nobody",
        }
        for use in session.portal().tags.uses()
    ]
    st.dataframe(
        rows, hide_index=True, width="stretch", height="content", alt="LF-tags, their values and where these are used"
    )
    if not session.visitor().is_steward:
        st.info(
            f"{plain(session.visitor().role)} may not change the vocabulary: {STEWARD} keeps it for all domains.",
            icon=":material/lock:",
        )
        return
    if change_view.draw_job(JOB):
        return
    tag_templates.draw(JOB)
    st.subheader("Change the vocabulary", anchor=False)
    vocabulary = session.portal().tags.vocabulary()
    chosen = st.selectbox("LF-tag", [NEW, *vocabulary], key=KEY)
    if chosen == NEW:
        _draw_new(tuple(vocabulary))
    else:
        _draw_change(chosen, vocabulary[chosen])


def _draw_new(taken: tuple[str, ...]) -> None:
    key = st.text_input("Name", key="tags_new_key", placeholder="for example cost_centre", live=True).strip().lower()
    typed = st.text_input("Values, separated by commas", key="tags_new_values", placeholder="retail, online", live=True)
    values = _values(typed)
    if key in taken:
        st.warning(f"The LF-tag {plain(key)} exists already. Choose it above to change it.", icon=":material/warning:")
    elif not key or not values:
        st.caption("An LF-tag needs a name and at least one value. Both are kept in lower case.")
    else:
        change_view.draw_plan(JOB, ChangeVocabulary(key, values), label="Create")


def _values(typed: str) -> tuple[str, ...]:
    """In the order typed, each once."""
    return tuple(dict.fromkeys(part.strip().lower() for part in typed.split(",") if part.strip()))


def _draw_change(key: str, values: tuple[str, ...]) -> None:
    keep = st.multiselect(
        f"Values of {plain(key)}",
        values,
        default=values,
        key=f"tags_values_{key}_{hash(values)}",
        accept_new_options=True,
        placeholder="Type a value and press Enter",
        help="Type to add a value, remove one with its cross.",
    )
    delete = st.toggle("Delete this LF-tag with all its values", key=f"tags_delete_{key}")
    wanted = () if delete else _values(",".join(keep))
    if not wanted and not delete:
        st.caption("An LF-tag needs at least one value; to remove it whole, use the switch.")
    elif delete or set(wanted) != set(values):
        change_view.draw_plan(JOB, ChangeVocabulary(key, wanted), label="Delete" if delete else "Change")
    else:
        st.caption("Add or remove a value to see the plan.")
