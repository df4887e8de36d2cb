"""Deciding on a large mesh: the matrix, the map of tags, a search over tags, and the blast radius of a narrowed tag.

20 domains, 1,000 tables of 20 columns, 100 personas, as `big_mesh.py` makes it, read once through the endpoint. What a
page waits for after that is measured in this process; the floor of the radius is a plain pass over all columns of all
readers. 2,000 distinct queries are decided again.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.big_lake import ACCOUNT
from benchmarks.big_mesh import MeshSize, domain_of, make, persona
from benchmarks.measure import Part, Room, Row, median_s, milliseconds
from mesh_core.bootstrap import portal_from
from mesh_core.domain.access import effects
from mesh_core.domain.projection import after
from mesh_core.domain.radius import Query, radius
from mesh_core.domain.steps import AssignTags
from mesh_core.domain.world import Target, World
from mesh_core.services.access import AccessView
from mesh_core.services.reading import Reading
from mesh_core.services.tags import TagsView

GOAL_S = 2.0
SIZE = MeshSize()
RADIUS_TABLES, RADIUS_READERS, QUERIES = 500, 50, 2_000
TEXT = """## Governance of {tables:,} tables

{columns:,} columns, {personas} personas; each figure is the median of {rounds} runs on a reading whose index is made
anew.

| what | median |
|---|---|
| who may read what: the matrix | {matrix} |
| the map of LF-tags with what each rule reaches | {model} |
| what an LF-tag expression reaches | {search} |
| blast radius of narrowing a domain, {radius_columns:,} columns and {readers} readers | {radius} |
| the same with {queries:,} queries that all must be decided again, read for the first time | {replay} |
| a plain pass over every column of every reader | {floor} |"""


@dataclass(frozen=True)
class Times:
    """Median seconds."""

    matrix_s: float
    model_s: float
    search_s: float
    radius_s: float
    replay_s: float
    floor_s: float


class _Same(Reading):
    """A reading that is always this one, with nothing worked out yet."""

    def __init__(self, world: World) -> None:
        self._only = world

    def world(self, max_age_s: float | None = None) -> World:
        return self._only


def run(room: Room) -> Part:
    """The part of the report."""
    world = _read(room.kept / "mesh")
    rounds = room.rounds(5)
    some = _some(world)
    narrowed = AssignTags(Target("domain00"), some.assigned[Target("domain00")], {"domain": "domain00", "pii": "true"})
    found = Times(
        median_s(lambda: AccessView(_Same(replace(world))).matrix(), rounds),
        median_s(lambda: TagsView(_Same(replace(world))).model(), rounds),
        median_s(lambda: AccessView(_Same(replace(world))).reach((("pii", ("true",)),)), rounds),
        median_s(lambda: _radius(some, narrowed, ()), rounds),
        median_s(lambda: _radius(some, narrowed, _queries()), 1),
        median_s(lambda: _pass(some), rounds),
    )
    return Part(rows(found), text(rounds, found))


def rows(found: Times) -> list[Row]:
    """The goals, as the slowest of the pages and the radius."""
    pages = max(found.matrix_s, found.model_s, found.search_s)
    ratio = found.radius_s / found.floor_s
    return [
        Row(
            "Matrix, map and search over tags, 100 personas on 1,000 tables: the slowest",
            milliseconds(pages),
            f"{GOAL_S:.0f} s",
            pages <= GOAL_S,
        ),
        Row(
            "Blast radius, 10,000 columns x 50 readers, as a multiple of one pass over them",
            f"{ratio:.2f}x ({milliseconds(found.radius_s)})",
            f"{GOAL_S:.0f} s",
            found.radius_s <= GOAL_S,
        ),
    ]


def text(rounds: int, found: Times) -> str:
    """The section."""
    return TEXT.format(
        tables=SIZE.tables,
        columns=SIZE.tables * SIZE.columns,
        personas=SIZE.personas,
        rounds=rounds,
        matrix=milliseconds(found.matrix_s),
        model=milliseconds(found.model_s),
        search=milliseconds(found.search_s),
        radius=milliseconds(found.radius_s),
        replay=milliseconds(found.replay_s),
        floor=milliseconds(found.floor_s),
        radius_columns=RADIUS_TABLES * SIZE.columns,
        readers=RADIUS_READERS,
        queries=QUERIES,
    )


def _read(home: Path) -> World:
    """The large mesh, made once, read through the endpoint."""
    if not (home / "made").exists():
        make(home)
        (home / "made").touch()
    portal = portal_from({"MESH_HOME": str(home), "MESH_DEMO": "0", "MESH_ACCOUNT": ACCOUNT})
    try:
        return portal.reading.world()
    finally:
        portal.close()


def _some(world: World) -> World:
    tables = tuple(table for table in world.tables if table.is_managed)[:RADIUS_TABLES]
    people = tuple(p for p in world.principals if p.name.startswith("persona"))[:RADIUS_READERS]
    return replace(world, tables=tables, principals=people)


def _radius(some: World, narrowed: AssignTags, queries: tuple[Query, ...]) -> None:
    before = replace(some)
    then = after(before, (narrowed,))
    changed = effects(before, then, [one.arn for one in before.principals])
    radius(before, then, ((narrowed,), changed), queries, ())


def _queries() -> tuple[Query, ...]:
    """As many distinct statements, all on tables of the domain that is narrowed."""
    found = []
    for number in range(QUERIES):
        table = f"product{number % 50 * SIZE.domains:04}"
        sql = f"SELECT column_01, column_{number % 7:02} FROM {domain_of(SIZE, 0)}.{table} WHERE column_01 = {number}"
        found.append(Query(persona(number % RADIUS_READERS), sql, "", ""))
    return tuple(found)


def _pass(some: World) -> int:
    """Every column of every reader, looked at once."""
    return sum(column.name != "" for _ in some.principals for table in some.tables for column in table.all_columns)
