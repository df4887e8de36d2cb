"""Who may assign which LF-tag values and grant by which: one's own rights, and the steward's form to hand them on."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from mesh_core.domain.delegation import ASSIGN, DOMAIN, EVERY, GRANT_BY
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.names import STEWARD
from mesh_core.domain.world import Grant, TagResource
from mesh_core.services.tags import OwnerRights
from pages.parts import change_view, session
from pages.parts.text import count, plain

JOB, ALL = "tags_rights", "all values, future ones too"
WHAT = {"Assign these values": ASSIGN, "Grant by these values": GRANT_BY}


def draw() -> None:
    """What the visitor may do, then for everybody what each owner may."""
    st.markdown(
        "The steward defines LF-tags and hands on the use of their values: **assigning** a value to what one owns "
        f"(`{ASSIGN}`), and **granting by** it (`{GRANT_BY}`), as Lake Formation has them."
    )
    rights = session.portal().tags.rights()
    _draw_own(rights)
    if not rights:
        return
    st.subheader("What each owner may", anchor=False)
    rows = [
        {
            "Owner": one.role,
            "Of": ", ".join(one.domains),
            "Assigns": _words(one.assign),
            "Grants by": _words(one.grant_by),
        }
        for one in rights
    ]
    st.dataframe(rows, hide_index=True, width="stretch", alt="Which LF-tag values each owner may assign and grant by")
    if session.visitor().is_steward and not change_view.draw_job(JOB):
        _draw_missing(rights)
        _draw_form(rights)


def _draw_own(rights: tuple[OwnerRights, ...]) -> None:
    who = session.visitor()
    if who.is_steward:
        st.info(
            f"{plain(who.role)} defines the vocabulary, assigns every value and grants by every expression.",
            icon=":material/verified_user:",
        )
        return
    mine = next((one for one in rights if one.role == who.role), None)
    if mine is None:
        st.info(
            f"{plain(who.role)} owns no domain, so it assigns nothing and grants nothing. Its reading is on Access.",
            icon=":material/lock:",
        )
        return
    where = plain(" and ".join(mine.domains))
    lines = [f"**You may**, in {where}:"]
    lines += [f"- assign {_listed(key, values)}" for key, values in mine.assign.items()] or ["- assign nothing"]
    for key, values in mine.grant_by.items():
        lines.append(f"- grant by expressions that say {_listed(key, values)}; further LF-tags narrow them")
    lines.append("- grant by name: tables, columns and row filters")
    more = [key for key in session.portal().tags.vocabulary() if key not in mine.assign]
    lines.append(
        f"\n**Not more**, since other domains' data would open: no other `{DOMAIN}`, no expression without it."
    )
    if more:
        keys = plain(", ".join(more))
        lines.append(f"The values of {keys} are assigned by {plain(STEWARD)}, who may hand them on to you.")
    st.markdown("\n".join(lines))


def _listed(key: str, values: tuple[str, ...]) -> str:
    every = values == session.portal().tags.vocabulary().get(key)
    return (
        f"every value of **{plain(key)}**"
        if every and len(values) > 1
        else f"**{plain(key)}={plain('|'.join(values))}**"
    )


def _words(held: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{key}={'|'.join(values)}" for key, values in held.items()) or "nothing"


def _draw_missing(rights: tuple[OwnerRights, ...]) -> None:
    """Owners of a mesh that is older than these rights."""
    missing = tuple(grant for one in rights for grant in one.lacking)
    if missing:
        names = plain(", ".join(one.role for one in rights if one.lacking))
        with st.expander(f"Owners that lack the usual rights: {count(sum(bool(one.lacking) for one in rights))}"):
            st.markdown(f"{names}: their own domain's value, and every value of what classifies data.")
            change_view.draw_plan(f"{JOB}_usual", ChangeGrants(missing), label="Give them")


def _draw_form(rights: tuple[OwnerRights, ...]) -> None:
    st.subheader("Hand on, or take back", anchor=False)
    with st.grid(min_column_width=220):
        role = st.selectbox("Owner", [one.role for one in rights], index=None, key="rights_role")
        what = WHAT[st.selectbox("What", list(WHAT), key="rights_what")]
        vocabulary = session.portal().tags.vocabulary()
        keys = [DOMAIN] if what == GRANT_BY and DOMAIN in vocabulary else list(vocabulary)
        key = st.selectbox("LF-tag", keys, key=f"rights_key_{what}")
        values = st.multiselect("Values", (ALL, *vocabulary.get(key, ())), key=f"rights_values_{key}")
    take = st.toggle("Take back", key="rights_take")
    if role is None or not values:
        st.caption("Choose an owner and values: the plan says what is given or taken.")
        return
    chosen = (EVERY,) if ALL in values else tuple(sorted(values))
    grant = Grant(session.portal().naming.role_arn(role), TagResource(key, chosen), (what,))
    intent = session.portal().tags.taking_back(grant) if take else ChangeGrants((grant,))
    change_view.draw_plan(JOB, intent, label="Take back" if take else "Hand on")
