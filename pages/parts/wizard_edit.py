"""Edit a product: words, owner, status and tags later on, as a plan too."""

from __future__ import annotations

from typing import Any, cast, get_args

import streamlit as st

from mesh_core.domain.intents import EditProduct, Status
from mesh_core.domain.publish_wizard import OWN_KEYS
from mesh_core.services.publish import Editable
from pages.parts import job_view, plan_view, radius_view, session, trouble, wizard_table
from pages.parts.text import plain
from pages.parts.wizard_basics import CONTACT_HELP, area, days, field, select
from pages.parts.wizard_governance import INHERIT, chosen_tags, tag_config, tag_rows

JOB, FORM = "edit_job", "edit_product"


def draw(name: str) -> None:
    """The fields as they stand; a plan as soon as one differs."""
    st.title(f"Edit {plain(name)}")
    if st.session_state.get(FORM) != name:
        _forget()
        st.session_state[FORM] = name
    with trouble.caught():
        if st.session_state.get(JOB):
            _draw_job(name)
            return
        editable = session.portal().wizard.editable(session.visitor(), name)
        intent = _fields(editable)
        st.subheader("Plan", anchor=False)
        if not intent.owner or not intent.description:
            st.warning("A product needs a description and an owner.", icon=":material/warning:")
            return
        plan = session.portal().changes.preview(session.visitor(), intent)
        plan_view.show(plan)
        radius_view.draw(plan)
        if plan_view.apply_button(plan, "edit_apply"):
            st.session_state[JOB] = session.portal().changes.apply(session.visitor(), plan)
            st.rerun()
    _link(name)


def _fields(now: Editable) -> EditProduct:
    left, right = st.columns(2)
    with left:
        description = area("Description", "edit_description", now.description, "What one row of it is.")
        purpose = area("Purpose", "edit_purpose", now.purpose, "What it is meant to be used for.")
    with right:
        owner = field("Owner", "edit_owner", now.owner, "A role or a person whom readers can ask.")
        contact = field("Contact", "edit_contact", now.contact, CONTACT_HELP)
        retention = days("edit_retention", now.retention_days)
        status = select("Status", get_args(Status), "edit_status", now.status, "What readers may count on.")
    keys = session.portal().wizard.tag_keys(session.visitor())
    tags = {key: value for key, value in now.tags.items() if key in OWN_KEYS}
    st.markdown("**Tags of the product** · what is not said here is inherited from the domain")
    with st.grid(min_column_width=220):
        for key, values in keys.items():
            chosen = select(key, (INHERIT, *values), f"edit_tag_{key}", now.tags.get(key, INHERIT), "An LF-tag.")
            if chosen != INHERIT:
                tags[key] = chosen
    rows = _columns(now, keys)
    return EditProduct(
        product=now.product,
        description=description.strip(),
        purpose=purpose.strip(),
        owner=owner.strip(),
        contact=contact.strip(),
        retention_days=retention,
        status=cast(Status, status),
        column_descriptions={row["Column"]: (row["Description"] or "").strip() for row in rows},
        tags=tags,
        column_tags={row["Column"]: _own(now, row, keys) for row in rows},
    )


def _own(now: Editable, row: dict[str, Any], keys: dict[str, tuple[str, ...]]) -> dict[str, str]:
    kept = {k: v for k, v in now.column_tags.get(row["Column"], {}).items() if k in OWN_KEYS}
    return {**kept, **chosen_tags(row, keys)}


def _columns(now: Editable, keys: dict[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    words = {c.name: c.description for c in now.columns}
    rows = [{**row, "Description": words[row["Column"]]} for row in tag_rows(now.columns, now.column_tags, keys)]
    st.markdown("**Columns** · descriptions and tags of their own")
    description = st.column_config.TextColumn(max_chars=255, width="large")
    return wizard_table.edit(
        rows,
        "edit_columns",
        ["Column", "Type"],
        {"Description": description, **tag_config(keys)},
        "Columns with their descriptions and LF-tags",
    )


def _draw_job(name: str) -> None:
    record = job_view.follow(session.portal().jobs, st.session_state[JOB], session.visitor())
    if record.state == "done":
        st.success(f"{plain(record.title)}: done.", icon=":material/check_circle:")
    _link(name)
    if record.state not in job_view.LIVE:
        st.button("Edit again", key="edit_again", on_click=_forget)


def _forget() -> None:
    for key in [k for k in st.session_state if str(k).startswith("edit_")]:
        del st.session_state[key]


def _link(name: str) -> None:
    st.page_link(
        "pages/product.py", label=f"Open {plain(name)}", icon=":material/dataset:", query_params={"product": name}
    )
