"""A result as a Plotly chart: bar, line, scatter or histogram, of the rows that are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from mesh_core.services.query import Result
from pages.parts.chart_choice import KINDS, NO_COLOUR, Choice, first_choice
from pages.parts.text import count, plain

MOST_COLOURS = 8  # as many as the theme's palette tells apart
MOST_BARS = 60  # per colour: more can't be told apart


def draw(result: Result) -> None:
    """Controls and chart; in words when there is nothing to draw."""
    names = result.table.column_names
    suggested = first_choice(result.columns, names)
    if suggested is None or not result.table.num_rows:
        st.info("There is no number in this result to draw. Add one, such as count(\\*).", icon=":material/bar_chart:")
        return
    choice = _choose(suggested, names)
    figure, notes = figure_of(result.table, choice)
    st.plotly_chart(figure, key="query_chart", alt=_in_words(choice), config={"displaylogo": False})
    for note in [*notes, *_partial(result)]:
        st.caption(note)


def _choose(suggested: Choice, names: list[str]) -> Choice:
    """The visitor's choice; it starts anew with every other set of columns."""
    key = "|".join(names)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            "Chart", KINDS, default=suggested.kind, key=f"chart_kind_{key}", required=True, width="content"
        )
        x = st.selectbox("Across", names, index=names.index(suggested.x), key=f"chart_x_{key}", width=180)
        if kind == "Histogram":
            return Choice("Histogram", x)
        at = names.index(suggested.y) if suggested.y else len(names) - 1
        y = st.selectbox("Up", names, index=at, key=f"chart_y_{key}", width=180)
        colours = [NO_COLOUR, *names]
        at = colours.index(suggested.colour) if suggested.colour else 0
        colour = st.selectbox("Colour", colours, index=at, key=f"chart_colour_{key}", width=180)
    return Choice(kind, x, y, "" if colour == NO_COLOUR else colour)


def figure_of(table: Any, choice: Choice) -> tuple[go.Figure, list[str]]:
    """The figure, and what it leaves out in words."""
    figure, notes = go.Figure(), []
    groups = list(_groups(table, choice.colour))
    if len(groups) > MOST_COLOURS:
        notes.append(f"The {MOST_COLOURS} first of {len(groups)} values of {plain(choice.colour)} are drawn.")
    for name, part in groups[:MOST_COLOURS]:
        if choice.kind == "Bar" and part.num_rows > MOST_BARS:
            notes.append(f"The first {MOST_BARS} of {count(part.num_rows)} bars are drawn.")
            part = part.slice(0, MOST_BARS)
        figure.add_trace(_trace(part, choice, name))
    up = "rows" if choice.kind == "Histogram" else choice.y
    figure.update_layout(
        xaxis_title=_text(choice.x),
        yaxis_title=_text(up),
        margin={"t": 20, "b": 10},
        height=420,
        barmode="group",
        colorway=st.get_option("theme.chartCategoricalColors"),
    )
    if choice.colour:
        figure.update_layout(legend_title_text=_text(choice.colour), showlegend=True)
    return figure, list(dict.fromkeys(notes))


def _groups(table: Any, colour: str) -> Iterator[tuple[str, Any]]:
    """The rows by their colour column's value, in order of first appearance."""
    if not colour:
        yield "", table
        return
    at: dict[Any, list[int]] = {}
    for number, value in enumerate(table.column(colour).to_pylist()):
        at.setdefault(value, []).append(number)
    for value, rows in at.items():
        yield "NULL" if value is None else str(value), table.take(rows)


def _trace(part: Any, choice: Choice, name: str) -> Any:
    x, common = _values(part, choice.x), {"name": _text(name), "showlegend": bool(name)}
    match choice.kind:
        case "Histogram":
            return go.Histogram(x=x, **common)
        case "Bar":
            return go.Bar(x=x, y=_values(part, choice.y), **common)
        case "Line":
            order = sorted(range(len(x)), key=lambda i: (x[i] is None, x[i]))
            y = _values(part, choice.y)
            return go.Scatter(x=[x[i] for i in order], y=[y[i] for i in order], mode="lines+markers", **common)
        case "Scatter":
            return go.Scatter(x=x, y=_values(part, choice.y), mode="markers", **common)


def _values(part: Any, name: str) -> list[Any]:
    column = part.column(name)
    values = column.to_pylist()
    if str(column.type).startswith("decimal"):  # exact in the grid; a chart's pixels are floats anyway
        return [None if value is None else float(value) for value in values]
    return [_text(value) if isinstance(value, str) else value for value in values]


def _text(value: str) -> str:
    """Plotly reads a little HTML in labels: names and values are shown as they are."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _in_words(choice: Choice) -> str:
    if choice.kind == "Histogram":
        return f"Histogram of {choice.x}"
    by = f", coloured by {choice.colour}" if choice.colour else ""
    return f"{choice.kind} chart of {choice.y} by {choice.x}{by}"


def _partial(result: Result) -> list[str]:
    return [f"Drawn from the first {count(result.table.num_rows)} rows."] if result.truncated else []
