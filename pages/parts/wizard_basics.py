"""Step "Basics": where the product belongs, what it is called, whom to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast, get_args

import streamlit as st

from mesh_core.domain.intents import Status
from mesh_core.domain.publish import MAX_RETENTION_DAYS
from mesh_core.services.publish import WizardDraft
from pages.parts import session
from pages.parts.text import plain

CONTACT_HELP = "An e-mail address, a link or a channel where readers ask. May stay empty, unless a policy asks for it."
RETENTION_HELP = "How long rows are kept: a promise in the contract, nothing is deleted by it. May stay empty."


def draw(opened: WizardDraft, problems: Mapping[str, str]) -> WizardDraft:
    """The fields; what is missing stands under its field. Returns the draft as the fields have it."""
    draft = opened.draft
    domains = session.portal().wizard.domains(session.visitor())
    left, right = st.columns(2)
    with left:
        domain = select(
            "Domain", domains, "wizard_domain", draft.domain, "Only domains that you may change are listed."
        )
        complain(problems, "domain")
        name = field(
            "Name",
            "wizard_name",
            draft.name,
            "Lower-case letters, digits and _. It becomes the table's name and can't be changed after publishing.",
        )
        complain(problems, "name")
        owner = field("Owner", "wizard_owner", draft.owner, "A role or a person whom readers can ask.")
        complain(problems, "owner")
        contact = field("Contact", "wizard_contact", draft.contact, CONTACT_HELP)
        complain(problems, "contact")
    with right:
        description = area("Description", "wizard_description", draft.description, "What one row of it is.")
        complain(problems, "description")
        purpose = area("Purpose", "wizard_purpose", draft.purpose, "What it is meant to be used for. May stay empty.")
        status = select("Status", get_args(Status), "wizard_status", draft.status, "What readers may count on.")
        retention = days("wizard_retention", draft.retention_days)
    if domain != draft.domain and owner == session.portal().wizard.owner_of(draft.domain):
        owner = session.portal().wizard.owner_of(domain)
        st.session_state.pop("wizard_owner", None)
    changed = replace(
        draft,
        domain=domain,
        name=name.strip(),
        owner=owner.strip(),
        contact=contact.strip(),
        retention_days=retention,
        description=description.strip(),
        purpose=purpose.strip(),
        status=cast(Status, status),
    )
    if changed.domain != draft.domain:
        session.portal().wizard.save(replace(opened, draft=changed), opened)
        st.rerun()
    return replace(opened, draft=changed)


def days(key: str, value: int) -> int:
    """The days that rows are kept; left empty, nothing is said about it."""
    st.session_state.setdefault(key, value or None)
    chosen = st.number_input(
        "Retention in days", 1, MAX_RETENTION_DAYS, step=1, key=key, help=RETENTION_HELP, placeholder="not said"
    )
    return chosen or 0


def complain(problems: Mapping[str, str], name: str) -> None:
    """The sentence under a field that can't stay as it is."""
    if name in problems:
        st.markdown(f":red[:material/error: {plain(problems[name])}]")


def field(label: str, key: str, value: str, help_text: str) -> str:
    """A text field that starts with the stored value and keeps what is typed."""
    st.session_state.setdefault(key, value)
    return st.text_input(label, key=key, help=help_text)


def area(label: str, key: str, value: str, help_text: str) -> str:
    """The same for longer text."""
    st.session_state.setdefault(key, value)
    return st.text_area(label, key=key, help=help_text, height=100)


def select(label: str, options: tuple[str, ...], key: str, value: str, help_text: str) -> str:
    """A choice that starts with the stored value; the first option where that is not on offer."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = value if value in options else options[0]
    return st.selectbox(label, options, key=key, help=help_text)
