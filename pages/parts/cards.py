"""How a data product looks wherever it is listed: its badges, its facts, its place in a table."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mesh_core.domain.access import Amount
from mesh_core.domain.catalog import ACCESS_WORDS, Card
from pages.parts import why_view
from pages.parts.text import count, plain, size

LONGEST_DESCRIPTION = 150
ACCESS_MARKS: dict[Amount, tuple[str, str]] = {
    "all": ("green", "lock_open"),
    "part": ("orange", "lock_clock"),
    "none": ("gray", "lock"),
}


def badge(text: str, colour: str, icon: str = "") -> str:
    """Markdown of a badge that shows exactly this text."""
    sign = f":material/{icon}: " if icon else ""
    return f":{colour}-badge[{sign}{plain(text)}]"


def access_badge(amount: Amount) -> str:
    """What the visitor may read, as a badge: colour, sign and word say the same."""
    colour, icon = ACCESS_MARKS[amount]
    return badge(ACCESS_WORDS[amount], colour, icon)


def badges(card: Card) -> str:
    """Access, sensitivity, personal data, and a status that isn't active."""
    found = [access_badge(card.access)]
    if card.sensitivity:
        found.append(badge(card.sensitivity, "blue", "shield"))
    if card.personal:
        found.append(badge("personal data", "violet", "person"))
    if card.status not in ("", "active"):
        found.append(badge(card.status, "red", "flag"))
    return " ".join(found)


def facts(card: Card) -> str:
    """Owner and size in one line."""
    volume = "view" if card.is_view else f"{count(card.row_count)} rows · {size(card.size_bytes)}"
    return f":small[{plain(card.owner)} · {volume}]"


def draw_card(card: Card, role: str = "") -> None:
    """One product in a grid; `role` is whose access its badge tells, and explains with a click."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        icon = ":material/view_cozy:" if card.is_view else ":material/dataset:"
        address = {"product": str(card.name)}
        st.page_link("pages/product.py", label=f"**{plain(str(card.name))}**", icon=icon, query_params=address)
        text = card.description
        short = text if len(text) <= LONGEST_DESCRIPTION else text[:LONGEST_DESCRIPTION].rsplit(" ", 1)[0] + " …"
        st.markdown(f"{plain(short)}\n\n{badges(card)}\n\n{facts(card)}")
        if role and card.access != "all":
            why_view.link("Why not all of it?" if card.access == "part" else "Why not?", role, str(card.name))


def row(card: Card) -> dict[str, Any]:
    """One product in a table."""
    return {
        "Product": str(card.name),
        "I can read": ACCESS_WORDS[card.access],
        "Description": card.description,
        "Owner": card.owner,
        "Status": card.status,
        "Sensitivity": card.sensitivity,
        "Personal data": ", ".join(card.personal),
        "Rows": card.row_count,
        "Bytes": card.size_bytes,
        "Columns": len(card.columns),
    }
