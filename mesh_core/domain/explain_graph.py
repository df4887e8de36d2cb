"""An explanation as boxes and links, for a diagram: who holds which grant, what it selects by, where tags come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mesh_core.domain.explain import Explanation, GrantCheck, filter_rows
from mesh_core.domain.words import describe_resource, short

NodeKind = Literal["principal", "grant", "place", "column"]


@dataclass(frozen=True)
class Node:
    """One box. open: whether it lets the principal through; None where that isn't asked."""

    id: str
    kind: NodeKind
    label: str
    open: bool | None = None


@dataclass(frozen=True)
class Link:
    """source reaches target, in words; holds: drawn whole, else dashed."""

    source: str
    target: str
    words: str
    holds: bool = True


@dataclass(frozen=True)
class Graph:
    """Boxes and links, each once, in the order of the explanation."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


def graph_of(found: Explanation) -> Graph:
    """The boxes and links of an explanation and of what lies beneath a view."""
    parts = list(_parts(found))
    nodes = {one.id: one for one in parts if isinstance(one, Node)}
    links = {(one.source, one.target, one.words): one for one in parts if isinstance(one, Link)}
    return Graph(tuple(nodes.values()), tuple(links.values()))


def _parts(found: Explanation) -> Iterator[Node | Link]:
    who = Node(found.principal, "principal", short(found.principal))
    subject = Node(f"column {found.subject}", "column", found.subject, found.readable)
    yield from (who, subject)
    if found.open_to_iam:
        yield Link(who.id, subject.id, "IAM decides")
        return
    for one in (*found.opened_by, *found.nearest):
        yield from _of_grant(found, one, who, subject)
    for base in found.beneath:
        yield from _parts(base)
        yield Link(f"column {base.subject}", subject.id, "is read by", base.readable)


def _of_grant(found: Explanation, one: GrantCheck, who: Node, subject: Node) -> Iterator[Node | Link]:
    words = f"{', '.join(one.grant.permissions)} on {describe_resource(one.grant.resource)}"
    box = Node(f"grant {one.grant.principal} {words}", "grant", words, one.opens)
    yield box
    yield Link(who.id, box.id, one.group or "holds")
    yield Link(box.id, subject.id, _how(one), one.opens)
    for check in one.checks if found.column else ():
        if check.source is not None and check.inherited:
            yield Node(f"place {check.source}", "place", f"{check.source.level} {check.source}")
            yield Link(f"place {check.source}", subject.id, f"{check.key}={check.value}", check.holds)


def _how(one: GrantCheck) -> str:
    if one.failing and not one.opens:
        return "; ".join(f"{check.key} is {check.value or 'not set'}" for check in one.failing)
    if not one.opens:
        return "leaves it out"
    if one.filter is not None and filter_rows(one.filter):
        return f"where {filter_rows(one.filter)}"
    own = [f"{check.key}={check.value}" for check in one.checks if not check.inherited and check.source]
    return ", ".join(own) or ("its tags match" if one.checks else "by name")
