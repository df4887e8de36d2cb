"""Policies: the rules that every plan is held against, what breaks them now, and how to mend it."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.names import STEWARD
from mesh_core.domain.policies import HELP
from mesh_core.domain.violations import Violation
from mesh_core.services.policies import Seen
from pages.parts import policy_fix, trouble
from pages.parts.session import portal, visitor
from pages.parts.text import count, plain, rows_key

EXAMPLE = "rules:\n  - rule: retention\n    max_days: 365\n    action: refuse"
TABS = ("Violations", "Rules")
EVERY_RULE, EVERY_DOMAIN, THE_MESH = "every rule", "every domain", "the whole mesh"


def _draw() -> None:
    st.title("Policies")
    st.markdown(
        "Every plan is held against these rules before it is applied: it is refused, or applied with a warning. What "
        "broke a rule before is listed here with the change that mends it."
    )
    for tab, draw in zip(
        st.tabs(TABS, key="policies_tab", on_change="rerun"), (_draw_violations, _draw_rules), strict=True
    ):
        if tab.open:
            with tab, trouble.caught():
                draw()


def _draw_violations() -> None:
    found = portal().policies.seen()
    if policy_fix.draw_job():
        return
    if not found:
        st.success("Nothing breaks a rule.", icon=":material/verified:")
        return
    refusing = sum(one.violation.action == "refuse" for one in found)
    st.markdown(f"**{_many(refusing)}** of rules that refuse, **{_many(len(found) - refusing)}** of rules that warn.")
    shown = _chosen(found)
    rows = [
        {
            "Rule": "refuses" if one.violation.action == "refuse" else "warns",
            "Where": one.violation.subject,
            "What": one.violation.words,
            "The rule says": one.violation.text,
            "Since (UTC)": one.since[:16].replace("T", " ") or "just now",
        }
        for one in shown
    ]
    picked = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        key=rows_key("policies", (f"{one.violation.kind} {one.violation.subject}" for one in shown)),
        on_select="rerun",
        selection_mode="multi-row",
        alt=f"{len(rows)} violations of the mesh's policies",
    )
    policy_fix.draw([shown[at].violation for at in picked.selection.rows if at < len(shown)])


def _many(number: int) -> str:
    return f"{count(number) if number else 'no'} violation{'' if number == 1 else 's'}"


def _chosen(found: tuple[Seen, ...]) -> list[Seen]:
    with st.container(horizontal=True):
        kinds = sorted({one.violation.kind for one in found})
        kind = st.selectbox("Rule", (EVERY_RULE, *kinds), key="policies_kind", width=240)
        domains = sorted({one.violation.domain for one in found if one.violation.domain})
        domain = st.selectbox("Domain", (EVERY_DOMAIN, *domains), key="policies_domain", width=200)
    return [
        one
        for one in found
        if kind in (EVERY_RULE, one.violation.kind) and domain in (EVERY_DOMAIN, one.violation.domain)
    ]


def _draw_rules() -> None:
    who = visitor()
    domains = tuple(d.name for d in portal().domains.all())
    whose = st.selectbox(
        "Rules of", (THE_MESH, *domains), key="policies_whose", help="A domain's rules may only tighten the mesh's."
    )
    domain = "" if whose == THE_MESH else whose
    text, etag_key, is_old = _draw_text(domain)
    may = who.may_change(domain) if domain else who.is_steward
    with st.container(horizontal=True, vertical_alignment="center"):
        tried = st.button("Try", key="policies_try", icon=":material/play_arrow:", help="What would break these rules?")
        saved = may and st.button("Save", key="policies_save", type="primary", icon=":material/save:")
        if is_old:
            words = "Somebody saved other rules: load them"
            st.button(words, key="policies_load", icon=":material/refresh:", on_click=_reload, args=(domain,))
    if not may:
        saves = f"{domain}-owner" if domain else STEWARD
        st.caption(f"{plain(saves)} saves them; you may read them, and try others.")
    with trouble.caught():
        if saved:
            st.session_state[etag_key] = portal().policies.save(who, domain, text, st.session_state[etag_key]).etag
            st.success("Saved. Every plan is held against them from now on.", icon=":material/check_circle:")
        if tried or saved:
            _draw_outcome(portal().policies.violations(text, domain))
    if domain:
        _draw_effective(domain)


def _draw_text(domain: str) -> tuple[str, str, bool]:
    """What is typed, the key of the version it began with, and whether somebody saved another since."""
    document = portal().policies.document(domain)
    text_key, etag_key = f"policies_text_{domain}", f"policies_etag_{domain}"
    if text_key not in st.session_state:
        st.session_state[text_key] = document.text
        st.session_state[etag_key] = document.etag
    text = st.text_area(
        f"policies.yaml of {plain(domain or THE_MESH)}",
        key=text_key,
        height=240 if domain else 420,
        help=HELP,
        placeholder=EXAMPLE if domain else None,
    )
    return text, etag_key, document.etag != st.session_state[etag_key]


def _reload(domain: str) -> None:
    st.session_state.pop(f"policies_text_{domain}", None)


def _draw_outcome(found: tuple[Violation, ...]) -> None:
    refusing = sum(one.action == "refuse" for one in found)
    rest = len(found) - refusing
    st.markdown(f"With these rules the mesh has {_many(refusing)} of rules that refuse and {_many(rest)} of others.")
    if found:
        rows = [{"Where": one.subject, "What": one.words, "Rule": one.text} for one in found]
        st.dataframe(rows, hide_index=True, width="stretch", alt="What would break the rules that were tried")


def _draw_effective(domain: str) -> None:
    st.subheader(f"What holds in {plain(domain)}", anchor=False)
    rows = [
        {
            "Rule": rule.text,
            "A plan that breaks it": "is refused" if rule.action == "refuse" else "is applied with a warning",
            "From": "the domain, with the mesh's" if rule.domain else "the mesh",
            "Except": ", ".join(rule.excepted),
        }
        for rule in portal().policies.policies().rules_for(domain)
    ]
    st.dataframe(rows, hide_index=True, width="stretch", alt=f"The rules that hold in {domain}")


with trouble.caught():
    _draw()
