"""What an owner asks of whoever asks for access, for the owner to write."""

from __future__ import annotations

import streamlit as st

from mesh_core.domain.visitors import Visitor
from mesh_core.services.request_conditions import LONGEST, MOST
from pages.parts import session, trouble
from pages.parts.text import plain

WHOLE = "all products"


def draw(who: Visitor) -> None:
    """Closed at first."""
    box = st.expander("Conditions of my products", icon=":material/gavel:", key="conditions", on_change="rerun")
    if box.open:
        with box, trouble.caught():
            _draw(who)


def _draw(who: Visitor) -> None:
    domains = [d for d in session.portal().domains.all() if who.may_change(d.name)]
    st.markdown("One sentence a line. Whoever asks for access accepts them, and the request keeps what was accepted.")
    with st.container(horizontal=True):
        domain = st.selectbox("Domain", [d.name for d in domains], key="conditions_domain", width=240)
        if domain is None:
            return
        names = sorted(name.partition(".")[2] for d in domains if d.name == domain for name in d.products)
        chosen = st.selectbox("Product", (WHOLE, *names), key=f"conditions_product_{domain}", width=320)
    product = "" if chosen == WHOLE else chosen
    kept = session.portal().requests.conditions.of(domain)
    if kept.broken:
        st.warning(
            f"The conditions of {plain(domain)} can't be read: they were written past the portal. Nobody can ask for "
            f"access to {plain(domain)} until you save them anew; the audit log keeps the broken text.",
            icon=":material/warning:",
        )
    text = st.text_area(
        f"Conditions of {plain(domain)}{f'.{plain(product)}' if product else ''}",
        "\n".join(kept.by_product.get(product, ())),
        key=f"conditions_text_{domain}_{product}_{kept.etag}",
        placeholder="I name the source in every report.",
        help=f"At most {MOST}, of {LONGEST} characters each.",
    )
    if st.button("Save the conditions", key="conditions_save", icon=":material/save:"):
        session.portal().requests.conditions.save(who, (domain, product), text, kept.etag)
        st.success("Saved: they hold for requests from now on.", icon=":material/check_circle:")
