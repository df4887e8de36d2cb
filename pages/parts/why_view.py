"""Why a role may read a product or a column, or may not: in words first, as a diagram on demand.

The one place where it is drawn is the Access page; everything else leads there with `link`.
"""

from __future__ import annotations

import json

import streamlit as st

from mesh_core.domain.explain import Explanation
from mesh_core.domain.explain_graph import Graph, Link, Node, graph_of
from mesh_core.domain.explain_words import sentences
from pages.parts.text import plain

# White text on each of them, 4.5:1 and more, on the light and on the dark page alike.
OPEN, CLOSED, OTHER, LINE = "#2F7440", "#B3261E", "#4A5B66", "#8A979E"
PAGE = "pages/access.py"
DIAGRAM = "access_diagram"
LONGEST_LABEL = 34


def address(role: str, product: str, column: str = "") -> dict[str, str]:
    """The query parameters under which the Access page explains a cell."""
    where = {"access_role": role, "access_product": product}
    return {**where, "access_column": column} if column else where


def link(label: str, role: str, product: str, column: str = "") -> None:
    """A link to the explanation."""
    st.page_link(PAGE, label=label, icon=":material/help:", query_params=address(role, product, column))


def draw(found: Explanation) -> None:
    """The sentences, then the diagram for who asks for it."""
    first, *rest = sentences(found)
    icon = ":green[:material/lock_open:]" if found.readable else ":red[:material/lock:]"
    st.markdown(f"{icon} **{plain(first)}**")
    if rest:
        st.markdown("\n".join(f"- {plain(line)}" for line in rest))
    if st.toggle("Show it as a diagram", key=DIAGRAM):
        graph = graph_of(found)
        st.graphviz_chart(
            dot(graph),
            alt=f"{len(graph.nodes)} boxes and {len(graph.links)} links; the sentences above say the same",
        )
        st.caption("Green opens, red doesn't. A dashed line is a part that doesn't hold.")


def dot(graph: Graph) -> str:
    """The diagram in Graphviz' language, from the role on the left to the column on the right."""
    lines = [
        "digraph why {",
        'rankdir=LR; bgcolor="transparent"; nodesep=0.3; ranksep=0.9;',
        f'node [shape=box, style="filled,rounded", color="{LINE}", fontcolor="#FFFFFF", fontsize=12, '
        'fontname="sans-serif"];',
        f'edge [color="{LINE}", fontcolor="{LINE}", fontsize=11, fontname="sans-serif", arrowsize=0.7];',
        *map(_box, graph.nodes),
        *map(_arrow, graph.links),
    ]
    return "\n".join([*lines, "}"])


def _box(node: Node) -> str:
    fill = OTHER if node.open is None else OPEN if node.open else CLOSED
    return f'{json.dumps(node.id)} [label={json.dumps(_folded(node.label))}, fillcolor="{fill}"];'


def _arrow(link_: Link) -> str:
    style = "solid" if link_.holds else "dashed"
    return (
        f"{json.dumps(link_.source)} -> {json.dumps(link_.target)} "
        f"[label={json.dumps(_folded(link_.words))}, style={style}];"
    )


def _folded(text: str) -> str:
    """Long labels in several lines, broken at blanks."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= LONGEST_LABEL:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
