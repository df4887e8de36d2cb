"""The federated governance model as it really stands: who defines, who assigns, what selects, who reads.

Four columns, left to right: the stewards and the domains; the vocabulary (keys with their values); the grants, by
LF-tag expression or by name; the readers. Computed, so that the same mesh always gives the same picture. Coordinates:
x is the column (0 to 3), y the row from the top, fractions included; `rows` is the height of the whole in rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from mesh_core.domain import tags
from mesh_core.domain.access import READING
from mesh_core.domain.names import NOT_PEOPLE
from mesh_core.domain.steps import short
from mesh_core.domain.world import (
    IAM_ALLOWED,
    ColumnsResource,
    ExpressionResource,
    FilterResource,
    Grant,
    TableResource,
    Target,
    World,
)

Kind = Literal["steward", "domain", "key", "value", "expression", "named", "reader", "open"]
COLUMNS = ("Steward and domains", "LF-tags", "Grants", "Readers")
MAX_VALUES_SHOWN = 8


@dataclass(frozen=True)
class Node:
    """label is short enough for a box, words the whole sentence."""

    id: str
    kind: Kind
    label: str
    words: str
    x: int = 0
    y: float = 0.0


@dataclass(frozen=True)
class Link:
    """From one node's id to another's."""

    source: str
    target: str
    words: str


@dataclass(frozen=True)
class GovernanceMap:
    """The picture."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    rows: int


def governance_map(world: World) -> GovernanceMap:
    """Stewards, domains, LF-tags, grants and readers of a world, with what connects them."""
    carried = _carried(world)
    grants = tuple(g for g in world.grants if READING & set(g.permissions) and short(g.principal) not in NOT_PEOPLE)
    left = (*_stewards(world), *_domains(world, carried))
    vocabulary = tuple(_vocabulary(world, carried, grants))
    links, held = tuple(_tag_links(world, carried, grants)), tuple(_held(grants))
    middle = _by_weight(_grant_nodes(grants), links, _rows_of(vocabulary) | _rows_of(left))
    right = _by_weight(_readers(grants), held, _rows_of(middle))
    columns = (left, vocabulary, middle, right)
    rows = max(map(len, columns))
    nodes = tuple(
        Node(n.id, n.kind, n.label, n.words, x, (at + 0.5) * rows / len(column))
        for x, column in enumerate(columns)
        for at, n in enumerate(column)
    )
    known = {node.id for node in nodes}
    return GovernanceMap(nodes, tuple(a for a in (*links, *held) if {a.source, a.target} <= known), rows)


def _carried(world: World) -> Mapping[tuple[str, str], set[str]]:
    """(key, value) -> the databases in which something effectively carries it."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for database in world.databases:
        for pair in world.assigned.get(Target(database.name), {}).items():
            found[pair].add(database.name)
    for table in world.tables:
        for column in table.column_names:
            for pair in tags.effective_values(world, Target(table.database, table.name, column)).items():
                found[pair].add(table.database)
    return found


def _stewards(world: World) -> tuple[Node, ...]:
    names = sorted({short(arn) for arn in world.administrators} - NOT_PEOPLE)
    return tuple(Node(f"steward {n}", "steward", n, f"{n} administers Lake Formation: defines LF-tags") for n in names)


def _domains(world: World, carried: Mapping[tuple[str, str], set[str]]) -> tuple[Node, ...]:
    nodes = []
    for one in sorted(world.databases, key=lambda d: d.name):
        if one.is_managed or any(one.name in names for names in carried.values()):
            owner = f"owned by {one.owner}" if one.owner else "not made by the portal"
            nodes.append(Node(f"domain {one.name}", "domain", one.name, f"Domain {one.name}, {owner}"))
    return tuple(nodes)


def _vocabulary(world: World, carried: Mapping[tuple[str, str], set[str]], grants: tuple[Grant, ...]) -> Iterable[Node]:
    used = set(carried) | {pair for grant in grants for pair in _pairs(world, grant)}
    for key in sorted(world.tags):
        values = tuple(sorted(world.tags[key])) if key == "domain" else world.tags[key]
        shown = values if len(values) <= MAX_VALUES_SHOWN else tuple(v for v in values if (key, v) in used)
        hidden = f" (+{len(values) - len(shown)} unused)" if len(shown) < len(values) else ""
        yield Node(f"key {key}", "key", f"{key}{hidden}", f"LF-tag {key} with {len(values)} values")
        for value in shown:
            where = ", ".join(sorted(carried.get((key, value), ()))) or "nothing"
            yield Node(_value_id(key, value), "value", value, f"{key}={value}, carried in: {where}")


def _value_id(key: str, value: str) -> str:
    return f"value {key}={value}"


def _pairs(world: World, grant: Grant) -> Iterable[tuple[str, str]]:
    if isinstance(grant.resource, ExpressionResource):
        for key, values in grant.resource.expression:
            for value in world.tags.get(key, ()) if "*" in values else values:
                yield key, value


def _tag_links(world: World, carried: Mapping[tuple[str, str], set[str]], grants: tuple[Grant, ...]) -> Iterable[Link]:
    for steward in _stewards(world):
        for key in sorted(world.tags):
            yield Link(steward.id, f"key {key}", "defines")
    for (key, value), domains in sorted(carried.items()):
        for domain in sorted(domains):
            yield Link(f"domain {domain}", _value_id(key, value), "carries")
    for grant in {_grant_id(g): g for g in grants}.values():
        for key, value in _pairs(world, grant):
            yield Link(_value_id(key, value), _grant_id(grant), "is named by")
        if not isinstance(grant.resource, ExpressionResource):
            yield Link(f"domain {_database(grant)}", _grant_id(grant), "is named by")


def _database(grant: Grant) -> str:
    match grant.resource:
        case TableResource(name) | ColumnsResource(name) | FilterResource(name):
            return name
        case _:
            return ""


def _grant_id(grant: Grant) -> str:
    if isinstance(grant.resource, ExpressionResource):
        return f"grant {grant.resource}"
    return f"named {_database(grant)}"


def _grant_nodes(grants: tuple[Grant, ...]) -> tuple[Node, ...]:
    nodes = {}
    for grant in sorted(grants, key=_grant_id):
        if isinstance(grant.resource, ExpressionResource):
            words = f"By expression: {grant.resource}"
            label = str(grant.resource).replace("|", " | ")  # where a narrow box may break the line
            nodes[_grant_id(grant)] = Node(_grant_id(grant), "expression", label, words)
        elif _database(grant):
            label = f"{_database(grant)}, by name"
            words = f"By name, in {_database(grant)}: tables or columns, not LF-tags"
            nodes[_grant_id(grant)] = Node(_grant_id(grant), "named", label, words)
    return tuple(nodes.values())


def _readers(grants: tuple[Grant, ...]) -> tuple[Node, ...]:
    nodes = {}
    for principal in sorted({g.principal for g in grants}):
        name = short(principal)
        open_words = f"{name}: Lake Formation is not asked, IAM alone decides"
        node = Node(f"reader {name}", "open", name, open_words) if principal == IAM_ALLOWED else None
        nodes[principal] = node or Node(f"reader {name}", "reader", name, f"{name} reads what these grants reach")
    return tuple(nodes.values())


def _held(grants: tuple[Grant, ...]) -> Iterable[Link]:
    seen = {(_grant_id(g), short(g.principal)) for g in grants if _grant_id(g) != "named "}
    return (Link(grant, f"reader {name}", "opens to") for grant, name in sorted(seen))


def _rows_of(nodes: Iterable[Node]) -> dict[str, float]:
    """Where each node stands in its column, from 0 to 1."""
    column = tuple(nodes)
    return {node.id: (at + 0.5) / len(column) for at, node in enumerate(column)}


def _by_weight(nodes: tuple[Node, ...], links: Iterable[Link], places: Mapping[str, float]) -> tuple[Node, ...]:
    """The nodes in the order of what they are linked from, so that few lines cross."""
    sources: dict[str, list[float]] = defaultdict(list)
    for link in links:
        if link.source in places:
            sources[link.target].append(places[link.source])
    return tuple(sorted(nodes, key=lambda n: (sum(sources[n.id]) / max(len(sources[n.id]), 1), n.id)))
