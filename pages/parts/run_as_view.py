"""Look through a role's eyes: what it gets of a product, now and after a planned change, side by side.

`draw` offers it to who answers for the product and to nobody else. Nothing is read before the button is pressed, since
each look is a query and an event in the audit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from mesh_core.domain.run_as import WITHHELD, Comparison, Half, Line, RowMark
from mesh_core.domain.visitors import Visitor
from mesh_core.services.run_as import ROWS, Planned
from pages.parts import session, trouble
from pages.parts.text import plain

CHANGE = "Change"
GREEN, RED, AMBER = "rgba(34, 160, 90, 0.25)", "rgba(220, 60, 60, 0.25)", "rgba(225, 150, 20, 0.30)"
# What a row is called in the half that has it, and in the half that hasn't.
WORDS: dict[RowMark, tuple[str, str]] = {
    "same": ("same", "same"),
    "changed": ("~ changes", "~ changes"),
    "appears": ("+ appears", "not yet"),
    "disappears": ("− disappears", "gone"),
    "unknown": ("not compared", "not shown"),
}
COLOURS: dict[RowMark, str] = {"appears": GREEN, "disappears": RED}


@dataclass(frozen=True)
class _Shown:
    """A comparison that was asked for, and what it was asked for."""

    visitor: str
    role: str
    product: str
    planned: Planned
    found: Comparison


def draw(role: str, product: str, planned: Planned = (), key: str = "") -> None:
    """The offer, and what was found; nothing for who may not look. `key` tells several on one page apart."""
    who = session.visitor()
    if not session.portal().run_as.may_preview(who, product):
        return
    place = f"run_as_{key}" if key else "run_as"
    with st.container(border=True, key=f"{place}_box"):
        after = " now and after this change" if planned else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f":material/visibility: **Run as {plain(role)}** · the rows and columns that it gets of "
                f"{plain(product)}{after}. Read-only; each look is recorded.",
                width="stretch",
            )
            asked = st.button(f"Run as {role}", key=place, icon=":material/play_arrow:")
        if asked:
            st.session_state.pop(f"{place}_shown", None)
            with trouble.caught(), st.spinner(f"Reading {product} as {role} …"):
                found = session.portal().run_as.preview(who, role, product, planned)
                st.session_state[f"{place}_shown"] = _Shown(who.role, role, product, planned, found)
        shown = st.session_state.get(f"{place}_shown")
        if shown is not None and _asked(shown) == (who.role, role, product, planned):
            _draw_found(shown.found, who, place)


def _asked(shown: _Shown) -> tuple[str, str, str, Planned]:
    return shown.visitor, shown.role, shown.product, shown.planned


def _draw_found(found: Comparison, who: Visitor, place: str) -> None:
    if found.after is None:
        _draw_half(found, found.now, who, f"{place}_now")
    else:
        st.markdown(f":material/difference: **{plain(found.words)}**")
        left, right = st.columns(2)
        with left:
            st.markdown("**Now**")
            _draw_half(found, found.now, who, f"{place}_now")
        with right:
            st.markdown("**After the change**")
            _draw_half(found, found.after, who, f"{place}_after")
        st.caption(
            "Nobody can ask the endpoint about a change that isn't made. So the second half is the portal's decision, "
            f"and never shows what {plain(who.role)} may not read."
        )
    if any(WITHHELD in row for half in (found.now, found.after) if half for row in half.rows):
        st.caption(
            f"“{WITHHELD}”: {plain(who.role)} may not read these values, so the preview doesn't show them either."
        )


def _draw_half(found: Comparison, half: Half, who: Visitor, key: str) -> None:
    st.caption(_how(found, half, who))
    match half.state:
        case "refused":
            lead = "It gets nothing." if half.by_decision else "It gets nothing. Athena's answer:"
            st.warning(f"{lead} {plain(half.words)}", icon=":material/lock:")
        case "failed":
            st.error(f"It is not known what it gets: {plain(half.words)}", icon=":material/error:")
        case "absent":
            st.info(plain(half.words), icon=":material/delete:")
        case "withheld":
            st.info(f"Columns: {plain(', '.join(half.names))}. {plain(half.words)}", icon=":material/visibility_off:")
        case "read":
            _draw_rows(found, half, key)


def _how(found: Comparison, half: Half, who: Visitor) -> str:
    """With whose rights it was read."""
    if not half.by_decision:
        return f"The endpoint's own answer to the credentials of {plain(found.role)}."
    read = f"read with the credentials of {plain(who.role)}."
    return f"What the grants will open to it, {read}" if half is found.after else f"{plain(half.words)} It was {read}"


def _draw_rows(found: Comparison, half: Half, key: str) -> None:
    if not half.rows:
        st.info("The query ran and found no rows.", icon=":material/search_off:")
    if not half.rows and not found.lines:
        st.markdown(f"Columns: {plain(', '.join(half.names))}")
        return
    names = _labels(found, half)
    marked = found.after is not None and found.compared
    rows = [_row(half, found, line, marked) for line in found.lines]
    frame = pd.DataFrame(rows, columns=[*([CHANGE] if marked else []), *names], dtype="string")
    st.dataframe(
        frame.style.apply(lambda _: _colours(found, half, frame, marked), axis=None) if marked else frame,
        hide_index=True,
        key=key,
        placeholder="NULL",
        height="content" if len(rows) <= 12 else 460,
        column_config={CHANGE: st.column_config.TextColumn(pinned=True)} if marked else None,
        alt=f"What {found.role} gets of {found.product}: {len(half.rows)} rows, {len(half.names)} columns",
    )
    if half.truncated:
        st.caption(f"The first {ROWS} rows; there are more.")


def _labels(found: Comparison, half: Half) -> list[str]:
    """The columns' names, with a sign where a column is on this side only."""
    marks = dict(found.columns)
    signs = {"appears": " + appears", "disappears": " − disappears"}
    return [name + signs.get(marks.get(name, "same"), "") for name in half.names]


def _row(half: Half, found: Comparison, line: Line, marked: bool) -> list[str | None]:
    cells = line.now if half is found.now else line.after
    word = WORDS[line.mark][0 if cells is not None else 1]
    values: list[str | None] = list(cells) if cells is not None else [""] * len(half.names)
    return [word, *values] if marked else values


def _colours(found: Comparison, half: Half, frame: Any, marked: bool) -> Any:
    """Backgrounds: rows and columns that only one side has, cells that differ. Words say the same."""
    marks = dict(found.columns)
    styles = pd.DataFrame("", index=frame.index, columns=frame.columns)
    first = 1 if marked else 0
    for at, name in enumerate(half.names):
        colour = {"appears": GREEN, "disappears": RED}.get(marks.get(name, "same"), "")
        for number, line in enumerate(found.lines):
            own = AMBER if name in line.cells else COLOURS.get(line.mark, colour)
            if own and (line.now if half is found.now else line.after) is not None:
                styles.iloc[number, first + at] = f"background-color: {own}"
    for number, line in enumerate(found.lines):
        own = AMBER if line.mark == "changed" else COLOURS.get(line.mark, "")
        if own and marked:
            styles.iloc[number, 0] = f"background-color: {own}"
    return styles
