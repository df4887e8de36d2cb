"""Governance tests: what must hold about who reads what, in sentences, run on what is granted now."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.governance_tests import HELP, Outcome, junit
from mesh_core.domain.names import STEWARD
from pages.parts import trouble
from pages.parts.session import portal, visitor
from pages.parts.text import plain

EXAMPLE = """# One sentence a line; `accepted` names who reads a domain by agreement.
accepted:
  {domain}: [{readers}]
tests:
  - no principal outside {domain} gains access
"""


def _draw() -> None:
    st.title("Governance tests")
    st.markdown(
        "Sentences that must hold, whoever changes a tag or a grant. A test that fails names the grant that let it "
        "through. The same run in CI: `python -m mesh_core.govern test`."
    )
    tests, who = portal().governance_tests, visitor()
    document = tests.document()
    if "checks_text" not in st.session_state:
        st.session_state["checks_text"] = document.text or _example()
        st.session_state["checks_etag"] = document.etag
    text = st.text_area("mesh-tests.yaml", key="checks_text", height=320, help=HELP)
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = st.button("Run the tests", key="checks_run", type="primary", icon=":material/play_arrow:")
        saved = who.is_steward and st.button("Save", key="checks_save", icon=":material/save:")
        if document.etag != st.session_state["checks_etag"]:
            st.button(
                "Somebody saved other tests: load them", key="checks_load", icon=":material/refresh:", on_click=_reload
            )
    if not who.is_steward:
        st.caption("The steward saves them; you may run them, and try others.")
    if saved:
        with trouble.caught():
            kept = tests.save(who, text, st.session_state["checks_etag"])
            st.session_state["checks_etag"] = kept.etag
            st.success("Saved. The command line runs these where it is given no file.", icon=":material/check_circle:")
    if asked:
        st.session_state["checks_asked"] = text
    if st.session_state.get("checks_asked") == text:
        with trouble.caught():
            _draw_outcomes(tests.run(text, fresh=asked))


def _reload() -> None:
    st.session_state.pop("checks_text", None)


def _example() -> str:
    """A file that passes now: who reads the first domain is accepted, whoever comes later is not."""
    matrix = portal().access.matrix()
    domain = matrix.products[0].partition(".")[0] if matrix.products else "sales"
    own = {f"{domain}-owner", STEWARD}
    cells = matrix.cells.items()
    readers = {role for (role, product), cell in cells if product.startswith(f"{domain}.") and cell != "none"}
    return EXAMPLE.format(domain=domain, readers=", ".join(sorted(readers - own)))


def _draw_outcomes(outcomes: tuple[Outcome, ...]) -> None:
    if not outcomes:
        st.info("There is no test in it yet. Write a sentence a line under `tests:`.", icon=":material/checklist:")
        return
    failed = [one for one in outcomes if not one.passed]
    if failed:
        st.error(f"{len(failed)} of {len(outcomes)} tests fail.", icon=":material/gpp_bad:")
    else:
        words = "The test passes." if len(outcomes) == 1 else f"All {len(outcomes)} tests pass."
        st.success(words, icon=":material/verified:")
    for one in sorted(outcomes, key=lambda one: (one.passed, one.sentence.line)):
        sign = ":green[:material/check_circle:]" if one.passed else ":red[:material/cancel:]"
        why = "" if one.passed else f"  \n{plain(one.words)}"
        st.markdown(f"{sign} **{plain(one.sentence.text)}** :small[line {one.sentence.line}]{why}")
    st.download_button(
        "Download as JUnit",
        junit(outcomes, 0.0),
        file_name="governance-tests.xml",
        mime="application/xml",
        key="checks_junit",
        icon=":material/download:",
        on_click="ignore",
    )


with trouble.caught():
    _draw()
